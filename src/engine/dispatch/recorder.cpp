#include "engine/dispatch/recorder.hpp"

#include <algorithm>
#include <iterator>

#include "base/log.hpp"

namespace recado::engine {

namespace {

constexpr Millis kFirstPause{20};
constexpr Millis kLongestPause{500};

}  // namespace

Recorder::Recorder(io::Loop& loop, Store& store) : loop_(loop), store_(store), tasks_(loop) {}

void Recorder::submit(unsigned shard, Store::Outcome outcome, Done done) {
  Item item{std::move(outcome), std::move(done)};
  queued_[shard].push_back(std::move(item));
  ++pending_;
  if (flush_scheduled_) return;
  flush_scheduled_ = true;
  loop_.defer([this] { flush(); });
}

void Recorder::stop() {
  tasks_.cancel();
}

void Recorder::flush() {
  flush_scheduled_ = false;
  for (unsigned shard = 0; shard < keys::kShards; ++shard) {
    if (running_[shard] || queued_[shard].empty()) continue;
    running_[shard] = true;
    tasks_.spawn("record outcomes", drain(shard));
  }
}

io::Task<> Recorder::drain(unsigned shard) {
  auto& queued = queued_[shard];
  while (!queued.empty()) {
    const std::string& incarnation = queued.front().outcome.incarnation;
    std::size_t count = 1;
    while (count < queued.size() && count < kBatch && queued[count].outcome.incarnation == incarnation)
      ++count;
    const auto end = queued.begin() + static_cast<std::ptrdiff_t>(count);
    std::vector<Item> items(std::make_move_iterator(queued.begin()), std::make_move_iterator(end));
    queued.erase(queued.begin(), end);
    co_await run(shard, std::move(items));
  }
  running_[shard] = false;
}

io::Task<> Recorder::run(unsigned shard, std::vector<Item> items) {
  std::vector<const Store::Outcome*> outcomes;
  for (const auto& item : items) outcomes.push_back(&item.outcome);
  Millis pause = kFirstPause;
  while (true) {
    const Result<std::vector<Store::Recorded>> result = co_await store_.record(shard, outcomes);
    if (result.ok()) {
      for (std::size_t i = 0; i < items.size(); ++i) {
        --pending_;
        items[i].done((*result)[i]);
      }
      co_return;
    }
    if (result.error().code() != ErrorCode::unavailable &&
        result.error().code() != ErrorCode::outcome_unknown) {
      log::error("Redis refuses to record outcomes; trying again", {{"reason", result.error()}});
    }
    co_await loop_.sleep(pause);
    pause = std::min(pause * 2, kLongestPause);
  }
}

}  // namespace recado::engine
