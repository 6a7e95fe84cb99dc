// From due to outcome: waiting for a connection, sending, reading the answer.
#include <algorithm>
#include <utility>

#include "engine/dispatch/dispatcher.hpp"
#include "engine/dispatch/transport.hpp"
#include "engine/series.hpp"
#include "engine/store/record.hpp"

namespace recado::engine {

namespace {

/// An answer that takes longer makes its origin a slow one.
constexpr Millis kSlowAnswer{2'000};
/// The mean answer time follows about so many answers.
constexpr double kAnswersWeighed = 256;
/// When whether somebody may be sent to could not be found out.
constexpr Millis kAskAgain{200};
/// How many of those that wait for free connections look again when one becomes free.
constexpr int kLookAgain = 2;
/// Where records go that this program cannot read (written by a newer version): kept, and named in the log.
constexpr const char* kUnreadableGate = "unreadable";

}  // namespace

void Dispatcher::make_ready(Entry& entry) {
  entry.state = Entry::State::ready;
  // Mostly at the end. What comes late (claimed only when it was due, let out by a gate) goes before what was
  // due after it.
  auto& ready = entry.origin->ready;
  const auto place = std::upper_bound(ready.begin(), ready.end(), &entry,
                                      [](const Entry* a, const Entry* b) { return a->due < b->due; });
  ready.insert(place, &entry);
  make_runnable(*entry.origin);
}

void Dispatcher::make_runnable(Origin& origin) {
  if (origin.runnable || origin.ready.empty()) return;
  origin.runnable = true;
  runnable_.push_back(&origin);
}

/// Starts what may start: one message an origin a round, so that a flood for one destination does not keep
/// the others waiting. An origin that cannot go on leaves the round; the end of one of its sends, a new
/// message or a heartbeat brings it back, and the end of any send when it was short of connections.
void Dispatcher::pump() {
  // A send may end before it was ever waited for: an expired message, a destination that is refused at once.
  // Its end comes back here, and must not start the next one on top of it: thousands would not fit the stack.
  if (pumping_) {
    pump_again_ = true;
    return;
  }
  pumping_ = true;
  do {
    pump_again_ = false;
    start_runnable();
  } while (pump_again_);
  pumping_ = false;
}

void Dispatcher::start_runnable() {
  for (int i = 0; i < kLookAgain && !pressed_.empty() && in_flight_ < options_.max_in_flight; ++i) {
    Origin& origin = *pressed_.front();
    pressed_.pop_front();
    origin.pressed = false;
    make_runnable(origin);
  }
  while (!runnable_.empty() && in_flight_ < options_.max_in_flight) {
    Origin& origin = *runnable_.front();
    runnable_.pop_front();
    origin.runnable = false;
    if (origin.ready.empty()) continue;
    const Started started = try_start(origin);
    if (started == Started::yes) make_runnable(origin);
    if (started == Started::pressed && !origin.pressed) {
      origin.pressed = true;
      pressed_.push_back(&origin);
    }
  }
}

void Dispatcher::pump_all() {
  for (auto& [name, origin] : origins_) make_runnable(*origin);
  pump();
}

/// How many connections an origin may have: its fixed limit, and no more than are still free. So n slow
/// origins end up with an (n+1)th each, and all shrink when more come. The last eighth is not for those that
/// are slow, and of the others only those whose last answer came quickly may have several of it, or any of
/// the last sixteenth: whatever floods in, a destination that works goes on.
std::uint32_t Dispatcher::connections_for(const Origin& origin) const {
  const std::uint32_t all = options_.max_in_flight;
  const std::uint32_t free = all > in_flight_ ? all - in_flight_ : 0;
  const bool stuck = origin.in_flight > 0 && loop_.clock().steady() - origin.quiet_since > kSlowAnswer;
  const Origin::Pace pace = stuck ? Origin::Pace::slow : origin.pace;
  if (free <= all / 8 && pace == Origin::Pace::slow) return 0;
  if (free <= all / 16 && pace != Origin::Pace::quick) return 0;
  if (free <= all / 8 && pace != Origin::Pace::quick) return 1;
  return std::min(options_.max_in_flight_per_origin, std::max<std::uint32_t>(1, free));
}

/// Starts the origin's first message that may go.
Dispatcher::Started Dispatcher::try_start(Origin& origin) {
  if (draining_) return Started::nothing;
  const SteadyPoint now = loop_.clock().steady();
  origin.breaker.tick(now);
  if (origin.channel && !channel_lets(origin, now)) return Started::nothing;
  if (!origin.breaker.allows(now)) {
    // Holding moves them out of the way in batches; nothing is sent and no attempt is burnt.
    if (origin.breaker.state() == Breaker::State::open) {
      const std::deque<Entry*> waiting = std::exchange(origin.ready, {});
      for (Entry* entry : waiting) hold_behind_breaker(*entry);
    }
    return Started::nothing;
  }
  if (origin.in_flight >= options_.max_in_flight_per_origin) return Started::nothing;
  if (origin.in_flight >= kStepsAtOnce && is_handler(origin)) return Started::nothing;
  if (origin.in_flight >= connections_for(origin)) return Started::pressed;
  const auto first = std::find_if(origin.ready.begin(), origin.ready.end(),
                                  [this](const Entry* entry) { return may_send(*entry); });
  if (first == origin.ready.end()) return Started::nothing;
  Entry& entry = **first;
  origin.ready.erase(first);
  entry.state = Entry::State::sending;
  if (origin.in_flight++ == 0) origin.quiet_since = now;
  ++in_flight_;
  origin.breaker.started();
  if (is_handler(origin)) {
    steps_.spawn("handle", deliver(entry));
  } else {
    sends_.spawn("deliver", deliver(entry));
  }
  return Started::yes;
}

/// Not once another node has, or may have, taken it over.
bool Dispatcher::may_send(const Entry& entry) const {
  return entry.incarnation == store_.incarnation() && membership_.may_send(entry.shard);
}

/// A send that did not begin: again when it may, unless it is not ours any more.
void Dispatcher::try_again(Entry& entry) {
  if (entry.incarnation == store_.incarnation()) {
    make_ready(entry);
  } else {
    erase(entry);
  }
}

/// Reads a large record, which the claim left in Redis. False when it is gone or Redis is away.
io::Task<bool> Dispatcher::fetch(Entry& entry) {
  std::vector<std::string> keys = {entry.key};
  const auto records = co_await store_.read_records(entry.shard, std::move(keys));
  if (!records.ok() || records->front().empty()) co_return false;
  bytes_ -= entry.record.size();
  entry.record = records->front();
  entry.whole = true;
  bytes_ += entry.record.size();
  co_return true;
}

std::string Dispatcher::closed_queue(const Entry& entry, const Message& message) const {
  const auto& closed = shards_[entry.shard].closed;
  if (closed.empty() || message.hidden()) return {};
  for (const std::string& queue : {message.spec.queue, std::string("*")}) {
    std::string gate = keys::queue_gate(message.spec.account, queue);
    if (closed.contains(gate)) return gate;
  }
  return {};
}

/// Whether the recipient may be sent to.
io::Task<Dispatcher::Admitted> Dispatcher::admit(Message message) const {
  if (options_.admission == nullptr) co_return std::optional<Admission::Refusal>();
  co_return co_await options_.admission->refuse(std::move(message));
}

io::Task<> Dispatcher::deliver(Entry& entry) {
  Origin& origin = *entry.origin;
  const auto done = [this, &origin] {
    --origin.in_flight;
    --in_flight_;
    make_runnable(origin);
  };
  if (!entry.whole) {
    const bool fetched = co_await fetch(entry);
    if (!fetched) {
      origin.breaker.abandoned();
      done();
      compare_soon(entry.shard);  // gone: the comparison drops it; Redis away: it is tried again after a beat
      try_again(entry);
      co_return;
    }
  }
  Result<Message> decoded = decode_record(entry.key, entry.record, entry.due);
  if (!decoded.ok()) {
    log::error("a stored message cannot be read and is held back",
               {{"key", entry.key}, {"reason", decoded.error()}});
    origin.breaker.abandoned();
    done();
    hold(entry, kUnreadableGate, from_ms(INT64_C(253402300799999)));
    co_return;
  }
  Message message = std::move(decoded).value();
  if (!message.spec.handler.empty()) {
    Step step = co_await run_handler(message);
    origin.pace = Origin::Pace::quick;
    origin.breaker.abandoned();
    done();
    conclude_step(entry, std::move(message), std::move(step));
    pump();
    co_return;
  }
  std::optional<Message> claimed_series;
  if (message.spec.repeat) {
    claimed_series = std::move(message);
    message = occurrence_of(*claimed_series);
  }
  const Message* series = claimed_series ? &*claimed_series : nullptr;
  const Instant started = loop_.clock().now();
  if (const std::string gate = closed_queue(entry, message); !gate.empty()) {
    origin.breaker.abandoned();
    done();
    hold(entry, gate, started);
    pump();
    co_return;
  }
  if (message.spec.expires_at && *message.spec.expires_at <= started) {
    origin.breaker.abandoned();
    done();
    finish_unsent(entry, message, series, Failure::expired, "its expiresAt had passed when its turn came");
    pump();
    co_return;
  }
  const auto channel = origin.channel ? find_channel(message.spec.channel) : nullptr;
  if (const auto wait = origin.channel ? recipient_wait(channel.get(), message) : std::nullopt) {
    origin.breaker.abandoned();
    done();
    put_off(entry, *wait);
    pump();
    co_return;
  }
  Admitted admitted{std::optional<Admission::Refusal>()};
  if (channel) admitted = co_await admit(message);
  if (!admitted.ok()) {
    origin.breaker.abandoned();
    done();
    put_off(entry, kAskAgain);
    pump();
    co_return;
  }
  if (*admitted) {
    origin.breaker.abandoned();
    done();
    finish_unsent(entry, message, series, (**admitted).failure, (**admitted).detail);
    pump();
    co_return;
  }
  if (channel) {
    const bool today = co_await day_lets(entry, *channel);
    if (!today) {
      origin.breaker.abandoned();
      done();
      pump();
      co_return;
    }
  }
  std::optional<net::MailRequest> mail;
  Result<net::HttpRequest> request = channel ? personal_request(*channel, message, started, mail)
                                             : webhook_.request(message, message.attempt_count + 1, started);
  if (!request.ok()) {
    origin.breaker.abandoned();
    done();
    finish_unsent(entry, message, series, channel ? Failure::content : Failure::status,
                  request.error().detail());
    pump();
    co_return;
  }
  bool fenced = false;
  const bool first_attempt = message.attempt_count == 0;
  const std::string node = store_.incarnation();
  std::function<bool()> before_write = [this, first_attempt, &entry, &fenced] {
    fenced = !may_send(entry);
    if (!fenced && first_attempt) {
      lateness_.observe(static_cast<double>(loop_.clock().now_ns() - to_ms(entry.due) * 1'000'000) / 1e9);
    }
    return !fenced;
  };
  const SteadyPoint began = loop_.clock().steady();
  std::optional<net::MailResponse> mailed;
  auto sending = mail ? send_mail(std::move(*mail), std::move(before_write), mailed)
                      : http_.send(std::move(request).value(), std::move(before_write));
  const net::HttpResponse response = co_await std::move(sending);
  const SteadyPoint ended = loop_.clock().steady();
  done();
  if (fenced && !response.written) {
    origin.breaker.abandoned();
    try_again(entry);
    pump();
    co_return;
  }
  attempts_.add();
  latency_.observe(static_cast<double>(response.latency.count()) / 1000.0);
  const Instant now = loop_.clock().now();
  Outcome outcome = channel ? channel->outcome(personal_response(response, mailed), started, now)
                            : webhook_.outcome(response, started, now);
  if (outcome.verdict == Verdict::hold) {
    close_channel(origin, outcome.channel);
    hold_behind_breaker(entry);
    pump();
    co_return;
  }
  outcome.attempt.claim = entry.claim;
  outcome.attempt.node = node;
  outcome.attempt.claimed_before = std::max(Millis::zero(), started - entry.claimed_at);
  const bool slow = response.error == net::SendError::timeout || response.latency >= kSlowAnswer;
  origin.pace = slow ? Origin::Pace::slow : Origin::Pace::quick;
  origin.quiet_since = ended;
  const double took = std::chrono::duration<double>(ended - began).count();
  origin.answer_seconds += (took - origin.answer_seconds) / (origin.answer_seconds > 0 ? kAnswersWeighed : 1);
  if (outcome.destination_down) {
    if (origin.breaker.down(loop_.clock().steady())) {
      opened_.add();
      log::warning("a destination cannot be reached; its messages are held back until it can",
                   {{"origin", origin.name}, {"reason", outcome.attempt.detail}});
    }
    origin.ramp = 1;
  } else if (response.error != net::SendError::none) {
    origin.breaker.abandoned();  // no answer, but nothing that says that the destination is down
  } else if (origin.breaker.answered(loop_.clock().steady())) {
    log::info("a destination answers again", {{"origin", origin.name}});
    tasks_.spawn("open a gate everywhere", open_everywhere(keys::origin_gate(origin.name)));
  }
  conclude(entry, std::move(message), series, outcome);
  pump();
}

}  // namespace recado::engine
