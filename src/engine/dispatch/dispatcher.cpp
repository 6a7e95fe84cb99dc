#include "engine/dispatch/dispatcher.hpp"

#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/posix/stream_descriptor.hpp>

#include "engine/store/record.hpp"

namespace recado::engine {

namespace {

constexpr Millis kCompareInterval{5'000};
constexpr Millis kAfterFailure{100};
constexpr Millis kLongestNap{500};

std::array<Counter*, 6> held_counters(Metrics& metrics) {
  std::array<Counter*, 6> out{};
  for (std::size_t kind = 0; kind < out.size(); ++kind) {
    out[kind] = &metrics.counter("recado_held_total", "Messages moved behind a closed gate, by its kind",
                                 {{"gate", to_string(static_cast<GateKind>(kind))}});
  }
  return out;
}

}  // namespace

Dispatcher::Dispatcher(io::Loop& loop, Store& store, net::HttpClient& http, const Channel& webhook,
                       Metrics& metrics, EngineOptions options)
    : loop_(loop),
      store_(store),
      http_(http),
      webhook_(webhook),
      options_(std::move(options)),
      tasks_(loop),
      sends_(loop),
      steps_(loop),
      wake_(loop),
      idle_(loop),
      membership_(loop, store, options_.state_file,
                  {[this](unsigned shard) { return shards_[shard].held > 0; }, [this] { drop_unsent(); },
                   [this](unsigned shard) { poll_soon(shard); }, [this] { pump_all(); }}),
      recorder_(loop, store),
      attempts_(metrics.counter("recado_attempts_total", "Requests sent to destinations")),
      delivered_(metrics.counter("recado_delivered_total", "Messages delivered")),
      retried_(metrics.counter("recado_retries_total", "Attempts that failed and will be repeated")),
      failed_(metrics.counter("recado_failed_total", "Messages given up")),
      taken_over_(
          metrics.counter("recado_taken_over_total", "Outcomes that came after another node had taken over")),
      held_back_(held_counters(metrics)),
      opened_(metrics.counter("recado_breaker_opened_total",
                              "Breakers that opened, or opened again after a probe")),
      lateness_(metrics.histogram("recado_lateness_seconds", "From the due time to the first byte sent",
                                  {0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 300})),
      latency_(metrics.histogram("recado_attempt_seconds", "From the start of an attempt to its answer",
                                 {0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30})) {
  register_gauges(metrics);
}

Dispatcher::~Dispatcher() = default;

void Dispatcher::start() {
  running_ = true;
  const SteadyPoint now = loop_.clock().steady();
  progress_ = now;
  for (unsigned shard = 0; shard < keys::kShards; ++shard) {
    // Spread over the interval, so that an idle node asks a little all the time instead of much at once.
    shards_[shard].next_poll = now + Millis{shard};
    shards_[shard].next_compare = now + kCompareInterval + Millis{300 * shard};
  }
  membership_.start();
  tasks_.spawn("dispatch", run());
  tasks_.spawn("watch the clock", watch_clock());
  tasks_.spawn("retention", trim());
  tasks_.spawn("watch the loop's turns", watch_turns());
  if (options_.channels != nullptr) tasks_.spawn("watch the channels", watch_channels());
}

io::Task<> Dispatcher::run() {
  while (running_) {
    progress_ = loop_.clock().steady();
    fire_due();
    hold_surplus();
    const SteadyPoint now = loop_.clock().steady();
    SteadyPoint next = now + kLongestNap;
    for (unsigned shard = 0; shard < keys::kShards; ++shard) {
      Shard& one = shards_[shard];
      if (one.polling) continue;
      if (one.next_poll <= now) {
        one.polling = true;
        tasks_.spawn("poll", poll(shard));
      } else {
        next = std::min(next, one.next_poll);
      }
      if (one.next_compare <= now) {
        one.next_compare = now + kCompareInterval;
        tasks_.spawn("compare claims", compare(shard));
      }
    }
    std::chrono::nanoseconds nap = next - now;
    if (!heap_.empty()) {
      const std::chrono::nanoseconds until_due{to_ms(heap_.top()->due) * 1'000'000 - loop_.clock().now_ns()};
      nap = std::min(nap, until_due);
    }
    co_await wake_.wait_for(nap);
  }
}

void Dispatcher::fire_due() {
  const Instant now = loop_.clock().now();
  bool any = false;
  while (!heap_.empty() && heap_.top()->due <= now) {
    make_ready(static_cast<Entry&>(*heap_.pop()));
    any = true;
  }
  if (any) pump();
}

std::size_t Dispatcher::room() const {
  std::size_t reserved = 0;
  for (const auto& shard : shards_) reserved += shard.reserved + shard.reserved_by_gates;
  const std::size_t used = entries_.size() + reserved;
  return used < options_.room && bytes_ < kRoomBytes ? options_.room - used : 0;
}

io::Task<> Dispatcher::poll(unsigned shard) {
  Shard& one = shards_[shard];
  while (running_) {
    one.poll_again = false;
    const SteadyPoint sent = loop_.clock().steady();
    const Instant now = loop_.clock().now();
    const Instant until = now + kWindow;
    const std::size_t most = std::min(kBatch, room());
    const std::size_t most_bytes = bytes_ < kRoomBytes ? kRoomBytes - bytes_ : 0;
    one.reserved = most;
    const std::string incarnation = store_.incarnation();
    auto reply = co_await store_.claim(shard, now, until, most, most_bytes);
    one.reserved = 0;
    if (!reply.ok()) {
      if (reply.error().code() == ErrorCode::outcome_unknown) compare_soon(shard);
      if (store_.client().connected()) {
        redis_log_.write(log::Level::warning, "claiming failed; trying again", {{"reason", reply.error()}});
      }
      one.more = false;
      one.next_poll = loop_.clock().steady() + kAfterFailure;
      break;
    }
    if (reply->barred) {
      membership_.reincarnate(incarnation);
      continue;
    }
    // Claimed under a name that is barred elsewhere: nobody beats for it any more, so it is taken over soon.
    if (incarnation != store_.incarnation()) continue;
    one.more = reply->left || most == 0;
    if (!one.more) {
      one.reached = until;
    } else if (!reply->claimed.empty()) {
      one.reached = reply->claimed.back().due;
    }
    note_gates(shard, *reply);
    if (!reply->claimed.empty()) {
      membership_.acknowledged(shard, sent);
      for (auto& message : reply->claimed) insert(std::move(message), shard, From::due_set);
      fire_due();
      wake_.notify();
    }
    one.next_poll = loop_.clock().steady() + kPollInterval;
    if (!one.poll_again || room() == 0) break;
  }
  one.polling = false;
  claim_more();
  wake_.notify();
}

/// Fills the room in due order while Redis has more than fits: the shard that is furthest behind comes first.
void Dispatcher::claim_more() {
  while (running_ && room() >= kBatch) {
    Shard* first = nullptr;
    for (auto& shard : shards_) {
      if (shard.more && !shard.polling && (first == nullptr || shard.reached < first->reached))
        first = &shard;
    }
    if (first == nullptr) return;
    first->polling = true;
    tasks_.spawn("poll", poll(static_cast<unsigned>(first - shards_.data())));
  }
}

void Dispatcher::insert(Claimed claimed, unsigned shard, From from) {
  if (const auto found = entries_.find(claimed.key); found != entries_.end()) {
    // Ours already under an older claim, which is void. One that is being sent, recorded or changed is left:
    // the comparison adopts the new claim when that has ended.
    Entry& old = *found->second;
    if (old.state != Entry::State::waiting && old.state != Entry::State::ready) {
      compare_soon(shard);
      return;
    }
    erase(old);
  }
  auto entry = std::make_unique<Entry>();
  entry->due = claimed.due;
  entry->sequence = ++sequence_;
  entry->key = claimed.key;
  entry->shard = shard;
  entry->claim = claimed.claim;
  entry->incarnation = store_.incarnation();
  entry->claimed_at = claimed.at;
  entry->notes = std::move(claimed.notes);
  entry->origin = &origin_of(claimed);
  entry->record = std::move(claimed.record);
  entry->whole = claimed.whole;
  ++entry->origin->entries;
  ++shards_[shard].held;
  bytes_ += entry->record.size();
  if (withdrawn_.contains(entry->key)) {
    entry->state = Entry::State::withdrawn;  // it was claimed while a request is changing it
  } else {
    heap_.push(entry.get());
  }
  Entry& inserted = *entry;
  entries_.emplace(entry->key, std::move(entry));
  if (from == From::due_set && inserted.state == Entry::State::waiting) hold_claimed(inserted);
}

void Dispatcher::erase(Entry& entry) {
  if (entry.heap_index != kNotInHeap) heap_.remove(&entry);
  if (entry.state == Entry::State::ready) std::erase(entry.origin->ready, &entry);
  bytes_ -= entry.record.size();
  --entry.origin->entries;
  --shards_[entry.shard].held;
  const std::string key = entry.key;
  entries_.erase(key);
  if (entries_.empty()) idle_.notify();
}

/// Compares what we hold with what Redis says we hold: after a lost reply the two may differ.
io::Task<> Dispatcher::compare(unsigned shard) {
  const std::string incarnation = store_.incarnation();
  const std::uint64_t before = sequence_;
  auto claims = co_await store_.read_claims(shard);
  if (!claims.ok()) compare_soon(shard);  // it was owed: messages may wait for it
  if (!claims.ok() || incarnation != store_.incarnation()) co_return;
  std::vector<std::string> missed;
  for (const auto& [key, claim] : *claims) {
    const auto found = entries_.find(key);
    if (found == entries_.end()) missed.push_back(key);
  }
  std::vector<Entry*> lost;
  for (auto& [key, entry] : entries_) {
    if (entry->shard != shard || entry->sequence > before) continue;
    if (entry->state != Entry::State::waiting && entry->state != Entry::State::ready) continue;
    const auto held = claims->find(key);
    if (held == claims->end() || held->second.number != entry->claim) lost.push_back(entry.get());
  }
  for (Entry* entry : lost) erase(*entry);
  if (missed.empty()) co_return;
  // In batches: records may be large, and Redis serves others meanwhile.
  for (std::size_t from = 0; from < missed.size(); from += kBatch) {
    std::vector<std::string> some(
        missed.begin() + static_cast<std::ptrdiff_t>(from),
        missed.begin() + static_cast<std::ptrdiff_t>(std::min(missed.size(), from + kBatch)));
    auto records = co_await store_.read_records(shard, some);
    if (!records.ok()) co_return;
    // Read again after the records: a claim that still stands now was not given back in between.
    const auto still = co_await store_.read_claims(shard);
    if (!still.ok() || incarnation != store_.incarnation()) co_return;
    for (std::size_t i = 0; i < some.size(); ++i) {
      const auto stands = still->find(some[i]);
      if (stands == still->end() || stands->second.number != claims->at(some[i]).number) continue;
      if (entries_.contains(some[i]) || (*records)[i].empty()) continue;
      Claimed claimed;
      claimed.key = some[i];
      claimed.due = claims->at(some[i]).due;
      claimed.claim = claims->at(some[i]).number;
      claimed.at = claims->at(some[i]).at;
      claimed.record = std::move((*records)[i]);
      claimed.shorten();
      log::info("adopted a message whose claim had got lost on the way", {{"shard", shard}});
      insert(std::move(claimed), shard, From::due_set);
    }
  }
  wake_.notify();
}

/// Wakes the loop when the wall clock is set: what is due is judged anew (timerfd_create(2),
/// TFD_TIMER_CANCEL_ON_SET).
io::Task<> Dispatcher::watch_clock() {
  const int descriptor = ::timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
  if (descriptor < 0) co_return;  // the loop looks at the clock at least every kLongestNap anyway
  boost::asio::posix::basic_stream_descriptor<io::Executor> timer(loop_.executor(), descriptor);
  const itimerspec far_away{{0, 0}, {0x7fffffff, 0}};
  while (running_) {
    ::timerfd_settime(descriptor, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &far_away, nullptr);
    auto [error] = co_await timer.async_wait(boost::asio::posix::descriptor_base::wait_read, io::as_result);
    if (error) co_return;
    std::uint64_t expirations = 0;
    const auto ignored = ::read(descriptor, &expirations, sizeof(expirations));
    static_cast<void>(ignored);
    log::warning("the wall clock was set; due times are judged anew");
    for (unsigned shard = 0; shard < keys::kShards; ++shard) poll_soon(shard);
  }
}

bool Dispatcher::wants(Instant due) const {
  return running_ && !draining_ && due <= loop_.clock().now() + kWindow && room() > kBatch;
}

void Dispatcher::adopt(Claimed claimed, SteadyPoint sent) {
  const unsigned shard = shard_of(claimed.key);
  membership_.acknowledged(shard, sent);
  insert(std::move(claimed), shard, From::due_set);
  fire_due();
  wake_.notify();
}

void Dispatcher::poll_soon(unsigned shard) {
  shards_[shard].next_poll = SteadyPoint{};
  shards_[shard].poll_again = true;
  wake_.notify();
}

void Dispatcher::compare_soon(unsigned shard) {
  shards_[shard].next_compare = loop_.clock().steady() + kAfterFailure;
  wake_.notify();
}

void Dispatcher::set_queue_closed(const std::string& gate, bool closed) {
  for (auto& shard : shards_) {
    if (closed) {
      shard.closed.insert(gate);
    } else {
      shard.closed.erase(gate);
    }
  }
}

double Dispatcher::seconds_since_progress() const {
  return std::chrono::duration<double>(loop_.clock().steady() - progress_).count();
}

/// Everything that is not being sent is lost to us: another node declared this one dead. What is on its way
/// to be sent finds that out before its first byte.
void Dispatcher::drop_unsent() {
  std::vector<Entry*> lost;
  for (auto& [key, entry] : entries_) {
    const bool on_its_way = entry->state == Entry::State::sending ||
                            entry->state == Entry::State::recording || entry->state == Entry::State::holding;
    if (!on_its_way) lost.push_back(entry.get());
  }
  for (auto& [name, origin] : origins_) origin->ready.clear();
  for (Entry* entry : lost) {
    if (entry->state == Entry::State::ready) entry->state = Entry::State::withdrawn;
    erase(*entry);
  }
}

void Dispatcher::reconnected() {
  membership_.beat_now();
  for (unsigned shard = 0; shard < keys::kShards; ++shard) poll_soon(shard);
}

/// Gives back what is held and not being sent.
void Dispatcher::release_unsent() {
  for (auto& [name, origin] : origins_) origin->ready.clear();
  std::vector<Entry*> unsent;
  for (auto& [key, entry] : entries_) {
    if (entry->state == Entry::State::waiting || entry->state == Entry::State::ready)
      unsent.push_back(entry.get());
  }
  for (Entry* entry : unsent) {
    if (entry->heap_index != kNotInHeap) heap_.remove(entry);
    Store::Outcome back;
    back.kind = Store::Outcome::Kind::release;
    back.due = entry->due;
    submit(*entry, std::move(back));
  }
}

io::Task<> Dispatcher::drain(Millis grace) {
  draining_ = true;
  running_ = false;
  wake_.notify();
  const SteadyPoint until = loop_.clock().steady() + grace;
  const auto polling = [](const Shard& shard) { return shard.polling; };
  while (true) {
    // Again and again: a claim that was under way when the drain began is answered after that.
    release_unsent();
    const bool expects_more = std::any_of(shards_.begin(), shards_.end(), polling);
    if ((entries_.empty() && !expects_more) || loop_.clock().steady() >= until) break;
    co_await idle_.wait_for(Millis{20});
  }
  if (!entries_.empty()) {
    log::warning("drain time is over; what is still being sent is given back when this node's heartbeat ends",
                 {{"messages", entries_.size()}});
  }
  stopped_ = true;
  sends_.cancel();
  recorder_.stop();
  membership_.stop();
  tasks_.cancel();
}

}  // namespace recado::engine
