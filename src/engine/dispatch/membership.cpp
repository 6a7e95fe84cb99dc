#include "engine/dispatch/membership.hpp"

#include <algorithm>
#include <cstdio>
#include <fstream>

#include "base/crypto.hpp"
#include "base/log.hpp"
#include "io/gather.hpp"

namespace recado::engine {

namespace {

/// Standing still for longer than a beat: then it is asked whether beating is possible at all.
constexpr Millis kSilent{700};

std::string random_incarnation() {
  std::array<unsigned char, 8> bytes{};
  random_bytes(bytes);
  return hex(bytes);
}

std::vector<std::string> read_lines(const std::string& path) {
  std::vector<std::string> out;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const bool plausible =
        line.size() == 16 && line.find_first_not_of("0123456789abcdef") == std::string::npos;
    if (plausible) out.push_back(line);
  }
  return out;
}

}  // namespace

Membership::Membership(io::Loop& loop, Store& store, std::string state_file, Callbacks callbacks)
    : loop_(loop),
      store_(store),
      tasks_(loop),
      state_file_(std::move(state_file)),
      callbacks_(std::move(callbacks)) {}

void Membership::start() {
  if (!state_file_.empty()) former_ = read_lines(state_file_);
  draw();
  tasks_.spawn("heartbeat", beat());
  tasks_.spawn("watch other nodes", watch());
  if (!former_.empty()) tasks_.spawn("take back former claims", reap_former());
}

void Membership::stop() {
  tasks_.cancel();
}

void Membership::acknowledged(unsigned shard, SteadyPoint sent) {
  acknowledged_[shard] = std::max(acknowledged_[shard], sent);
}

bool Membership::may_send(unsigned shard) const {
  return acknowledged_[shard] != SteadyPoint{} && loop_.clock().steady() - acknowledged_[shard] <= kFence;
}

void Membership::reincarnate(const std::string& incarnation) {
  if (incarnation != store_.incarnation()) return;
  log::warning(
      "this node was declared dead by another one (it was paused, or cut off from Redis); going on under a "
      "new name",
      {{"incarnation", store_.incarnation()}});
  former_.push_back(store_.incarnation());
  draw();
  callbacks_.barred();
}

void Membership::draw() {
  store_.set_incarnation(random_incarnation());
  log::info("this node's name in Redis", {{"incarnation", store_.incarnation()}});
  acknowledged_.fill(SteadyPoint{});
  write_state();
}

/// The list is complete before the first claim under the new name: whoever starts next on this DATA_DIR takes
/// back the claims of all of them.
void Membership::write_state() const {
  if (state_file_.empty()) return;
  const std::string temporary = state_file_ + ".new";
  {
    std::ofstream file(temporary, std::ios::trunc);
    for (const auto& name : former_) file << name << '\n';
    file << store_.incarnation() << '\n';
  }
  if (std::rename(temporary.c_str(), state_file_.c_str()) != 0) {
    log::warning(
        "the node's state file cannot be written; after a crash its messages wait a few seconds longer",
        {{"file", state_file_}});
  }
}

io::Task<> Membership::beat() {
  while (true) {
    co_await loop_.sleep(kBeatInterval);
    beat_now();
  }
}

void Membership::beat_now() {
  for (unsigned shard = 0; shard < keys::kShards; ++shard) {
    if (beating_[shard] || !callbacks_.holds_claims(shard)) continue;
    beating_[shard] = true;
    tasks_.spawn("beat", beat_shard(shard));
  }
}

io::Task<> Membership::beat_shard(unsigned shard) {
  const SteadyPoint sent = loop_.clock().steady();
  const std::string incarnation = store_.incarnation();
  const Result<std::int64_t> counter = co_await store_.beat(shard);
  beating_[shard] = false;
  if (!counter.ok() || incarnation != store_.incarnation()) co_return;
  if (*counter < 0) {
    reincarnate(incarnation);
  } else if (*counter > 0) {
    acknowledged(shard, sent);
    callbacks_.beat_acknowledged();
  }
}

io::Task<> Membership::watch() {
  while (true) {
    co_await loop_.sleep(kBeatInterval);
    const SteadyPoint asked = loop_.clock().steady();
    const auto beats = co_await store_.read_beats();
    const SteadyPoint now = loop_.clock().steady();
    std::vector<unsigned> suspected;
    for (unsigned shard = 0; shard < keys::kShards; ++shard) {
      if (!beats[shard].ok()) continue;
      for (const auto& [incarnation, counter] : *beats[shard]) {
        const auto seen = others_[shard].find(incarnation);
        if (seen != others_[shard].end() && seen->second.counter == counter &&
            asked - seen->second.since >= kSilent) {
          suspected.push_back(shard);
          break;
        }
      }
    }
    if (!suspected.empty()) {
      // Nor can anybody beat while Redis refuses writes (full disk, read-only, too few replicas).
      const auto writable = co_await store_.take_writes(suspected);
      for (std::size_t i = 0; i < suspected.size(); ++i) {
        if (!writable[i]) others_[suspected[i]].clear();
      }
    }
    std::vector<io::Task<>> take_overs;
    for (unsigned shard = 0; shard < keys::kShards; ++shard) {
      auto& seen = others_[shard];
      if (!beats[shard].ok()) {
        // Nobody can beat there while it is away: start counting anew.
        seen.clear();
        continue;
      }
      const auto& counters = *beats[shard];
      std::erase_if(seen, [&](const auto& item) { return !counters.contains(item.first); });
      for (const auto& [incarnation, counter] : counters) {
        if (incarnation == store_.incarnation()) continue;
        Seen& one = seen[incarnation];
        if (one.counter != counter) {
          one.counter = counter;
          one.since = now;
        } else if (asked - one.since >= kDeadAfter) {
          seen.erase(incarnation);  // it begins anew if it is seen again
          take_overs.push_back(take_over(shard, incarnation, counter));
        }
      }
    }
    // All shards side by side: on a slow way to Redis, one after the other would take longer than is
    // promised.
    for (auto& one : take_overs) tasks_.spawn("take over", std::move(one));
  }
}

io::Task<> Membership::take_over(unsigned shard, std::string incarnation, std::string counter) {
  const auto moved = co_await reap(shard, incarnation, std::move(counter));
  if (moved.value_or(0) > 0) {
    log::info("took over what a lost node had claimed",
              {{"incarnation", incarnation}, {"shard", shard}, {"messages", *moved}});
  }
}

/// Takes all claims of a dead node in a shard back, in batches. Returns how many; nullopt when Redis went
/// away.
io::Task<std::optional<std::int64_t>> Membership::reap(unsigned shard, std::string incarnation,
                                                       std::string counter) {
  std::int64_t moved = 0;
  while (true) {
    const auto reaped = co_await store_.reap(shard, incarnation, counter);
    if (!reaped.ok()) co_return std::nullopt;
    if (reaped->alive) co_return moved;
    moved += reaped->moved;
    if (reaped->left == 0) break;
  }
  if (moved > 0) callbacks_.took_over(shard);
  co_return moved;
}

/// All shards side by side: a restart is over when the slowest is. True when nothing is left.
io::Task<bool> Membership::reap_everywhere(std::string incarnation) {
  std::vector<io::Task<std::optional<std::int64_t>>> reaps;
  for (unsigned shard = 0; shard < keys::kShards; ++shard) reaps.push_back(reap(shard, incarnation, "*"));
  const auto moved = co_await io::gather(loop_, tasks_, "take back claims", std::move(reaps));
  bool all = true;
  std::int64_t total = 0;
  for (const auto& one : moved) {
    all = all && one;
    total += one.value_or(0);
  }
  if (total > 0) {
    log::info("took back what this node had claimed before it ended",
              {{"incarnation", incarnation}, {"messages", total}});
  }
  co_return all;
}

io::Task<> Membership::reap_former() {
  while (!former_.empty()) {
    const std::vector<std::string> names = former_;
    for (const auto& name : names) {
      const bool all = co_await reap_everywhere(name);
      if (all) std::erase(former_, name);
    }
    if (former_.empty()) {
      write_state();
      co_return;
    }
    co_await loop_.sleep(Millis{50});
  }
}

}  // namespace recado::engine
