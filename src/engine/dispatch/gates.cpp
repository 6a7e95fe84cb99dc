// Gates: one mechanism holds messages back, whatever the reason. What is held never clogs the head of the due
// set, nor another destination.
//
// A gate `origin:…` says to every node that somebody cannot reach that destination: their breakers open too,
// each probes when the gate's time has come, and the first one that is answered opens the gate in all shards
// (time 0).
#include <algorithm>

#include "engine/dispatch/dispatcher.hpp"
#include "engine/store/record.hpp"
#include "net/url.hpp"

namespace recado::engine {

namespace {

constexpr Millis kSurplusCheck{100};
/// An origin is slow when its first waiting message is this late; then its surplus is held.
constexpr Millis kSlow{250};
/// What a destination answers within this is its share of the room, if that is more than an eighth. Moving
/// a message behind a gate and back costs about what delivering it does, so that holding back what would be
/// through in a moment helps nobody.
constexpr double kShareSeconds = 4;
constexpr double kShortestAnswer = 1e-5;
constexpr Millis kTurnCheck{25};
constexpr double kTurnsWeighed = 8;
/// Most that one check moves behind a gate: the loop has others to serve.
constexpr std::size_t kSurplusBatch = 1'024;
constexpr Millis kFullPause{100};
constexpr Millis kRampStep{50};
constexpr Millis kShortestPostponement{1'000};
/// How long what a poll said of a gate is believed.
constexpr Millis kGateNews{2'000};
constexpr std::size_t kOriginsKept = 4'096;

/// A channel that cannot send says so: one failure is enough, and it is probed at least every 10 s.
constexpr BreakerLimits kChannelLimits{1, Millis{0}, Millis{1'000}, Millis{10'000}};

/// Whether the gate closes when its destination, or its channel, cannot be sent to.
bool is_of_breaker(GateKind kind) {
  return kind == GateKind::origin || kind == GateKind::channel;
}

std::string origin_name(std::string_view key, std::string_view record) {
  const std::string destination = record_url(key, record);
  if (destination.starts_with(keys::kChannelOrigin) || destination.starts_with(keys::kHandlerOrigin))
    return destination;
  const auto url = net::parse_url(destination);
  return url.ok() ? url->origin() : "unreadable";
}

/// The origin that a gate is of.
std::string gate_subject(const std::string& gate) {
  if (gate.starts_with(keys::kChannelOrigin)) return gate;  // else what follows the kind
  return gate.substr(gate.find(':') + 1);
}

}  // namespace

Origin& Dispatcher::origin_of(const Claimed& claimed) {
  return origin_named(origin_name(claimed.key, claimed.record));
}

Origin& Dispatcher::origin_named(std::string name) {
  const auto found = origins_.find(name);
  if (found != origins_.end()) return *found->second;
  if (origins_.size() >= std::max(kOriginsKept, origins_worth_a_sweep_)) {
    drop_idle_origins();
    // What is left is in use: looking again before it has grown by half would cost more than it frees.
    origins_worth_a_sweep_ = origins_.size() + origins_.size() / 2;
  }
  const bool channel = name.starts_with(keys::kChannelOrigin);
  auto origin = std::make_unique<Origin>(channel ? kChannelLimits : options_.breaker);
  origin->name = name;
  origin->channel = channel;
  return *origins_.emplace(std::move(name), std::move(origin)).first->second;
}

/// An open breaker may be forgotten once its probe is due: what it holds is behind its gate in Redis, and
/// whoever finds that gate probes anew.
void Dispatcher::drop_idle_origins() {
  const SteadyPoint steady = loop_.clock().steady();
  std::erase_if(origins_, [steady](const auto& item) {
    const Origin& origin = *item.second;
    return origin.entries == 0 && origin.in_flight == 0 && !origin.runnable && !origin.pressed &&
           !origin.waits_for_pace && !origin.probing &&
           (origin.breaker.state() == Breaker::State::closed || origin.breaker.allows(steady));
  });
}

/// Moves a message, which has left its origin's queue, behind a gate. `gate_at`: when the gate is looked at
/// next, unless it has a time already. One that has expired fails instead.
void Dispatcher::hold(Entry& entry, const std::string& gate, Instant gate_at) {
  if (entry.heap_index != kNotInHeap) heap_.remove(&entry);
  const Instant now = loop_.clock().now();
  Store::Outcome held;
  Deferral deferral;
  deferral.kind = gate_kind(gate);
  deferral.at = now;
  deferral.node = store_.incarnation();
  if (entry.whole) {
    if (auto message = decode_record(entry.key, entry.record, entry.due); message.ok()) {
      if (message->spec.expires_at && *message->spec.expires_at <= now) {
        finish_unsent(entry, *message, nullptr, Failure::expired,
                      "its expiresAt had passed when its turn came");
        return;
      }
      add_notes(*message, entry.notes);
      deferral.count = message->deferral.count + 1;
      message->deferral = std::move(deferral);
      held.record = encode_record(*message);
    }
  } else {
    held.note = deferral_note(deferral);
  }
  held_back_[static_cast<std::size_t>(gate_kind(gate))]->add();
  held.kind = Store::Outcome::Kind::hold;
  held.due = entry.due;
  held.gate = gate;
  held.gate_at = gate_at;
  held.gate_since = now;
  submit(entry, std::move(held));
}

void Dispatcher::hold_behind_breaker(Entry& entry) {
  const SteadyPoint steady = loop_.clock().steady();
  const Instant probe = loop_.clock().now() + entry.origin->breaker.wait(steady);
  hold(entry, keys::origin_gate(entry.origin->name), probe);
}

void Dispatcher::hold_behind_share(Entry& entry) {
  entry.origin->behind.set(entry.shard);
  hold(entry, keys::share_gate(entry.origin->name), loop_.clock().now() + kFullPause);
}

/// A message was claimed from the due set: holds it at once where its destination's gate is closed. While
/// some of an origin's messages wait behind its share, newer ones queue up behind them.
void Dispatcher::hold_claimed(Entry& entry) {
  Origin& origin = *entry.origin;
  const SteadyPoint steady = loop_.clock().steady();
  const auto elsewhere = down_elsewhere_.find(origin.name);
  if (elsewhere != down_elsewhere_.end() && steady - elsewhere->second.seen <= kGateNews &&
      !origin.breaker.answered_lately(steady)) {
    const Millis wait = elsewhere->second.until - loop_.clock().now();
    if (wait > Millis::zero() && origin.breaker.adopt(steady, wait)) {
      log::info("another node cannot reach a destination; its messages are held back here too",
                {{"origin", origin.name}});
    }
  }
  origin.breaker.tick(steady);
  const bool pressed =
      entries_.size() > options_.room - origin_share() && origin.entries > share_of(origin, steady);
  const Breaker::State state = origin.breaker.state();
  if (state == Breaker::State::open || (origin.channel && state != Breaker::State::closed)) {
    hold_behind_breaker(entry);
  } else if (origin.channel && is_used_up(origin)) {
    hold_until_next_day(entry);
  } else if (origin.behind.any() || pressed) {
    hold_behind_share(entry);
  }
}

/// How long what is ready waits for its turn: a part of every answer's time that is not the destination's.
io::Task<> Dispatcher::watch_turns() {
  while (running_) {
    const SteadyPoint before = loop_.clock().steady();
    co_await loop_.sleep(Millis::zero());
    const double waited = std::chrono::duration<double>(loop_.clock().steady() - before).count();
    turn_seconds_ += (waited - turn_seconds_) / kTurnsWeighed;
    co_await loop_.sleep(kTurnCheck);
  }
}

/// What it answers on all the connections that it may have; 0 when it has not answered yet.
double Dispatcher::answers_per_second(const Origin& origin, SteadyPoint now) const {
  // Of a channel to people its pace, not its answers, says how much goes through.
  if (origin.answer_seconds <= 0 || origin.channel) return 0;
  const bool silent = origin.in_flight > 0 && now - origin.quiet_since > kSlow;
  const double silence = silent ? std::chrono::duration<double>(now - origin.quiet_since).count() : 0.0;
  const double its_own = std::max(origin.answer_seconds - turn_seconds_, kShortestAnswer);
  return options_.max_in_flight_per_origin / std::max(its_own, silence);
}

/// How many of the room's messages an origin may have when others are kept waiting by them.
std::size_t Dispatcher::share_of(const Origin& origin, SteadyPoint now) const {
  const double answers = kShareSeconds * answers_per_second(origin, now);
  const auto room = static_cast<double>(options_.room);
  return std::max(origin_share(), static_cast<std::size_t>(std::min(answers, room)));
}

/// A destination that takes long and has more waiting here than its share gives the room back to the others.
void Dispatcher::hold_surplus() {
  const SteadyPoint steady = loop_.clock().steady();
  if (steady < next_surplus_check_) return;
  next_surplus_check_ = steady + kSurplusCheck;
  std::erase_if(down_elsewhere_,
                [steady](const auto& item) { return steady - item.second.seen > kGateNews; });
  const Instant now = loop_.clock().now();
  std::size_t may_move = kSurplusBatch;
  for (auto& [name, origin] : origins_) {
    if (origin->ready.size() <= origin_share() || now - origin->ready.front()->due < kSlow) continue;
    const std::size_t share = share_of(*origin, steady);
    if (origin->ready.size() <= share) continue;
    if (may_move == 0) break;
    if (origin->behind.none()) {
      log::info("a slow destination has more waiting than its share; the surplus is held back",
                {{"origin", name}, {"waiting", origin->ready.size()}});
    }
    const std::size_t surplus = std::min(may_move, origin->ready.size() - share / 2);
    may_move -= surplus;
    const std::vector<Entry*> last(origin->ready.end() - static_cast<std::ptrdiff_t>(surplus),
                                   origin->ready.end());
    origin->ready.resize(origin->ready.size() - surplus);
    for (Entry* entry : last) hold_behind_share(*entry);
  }
}

/// What a poll said of a shard's gates.
void Dispatcher::note_gates(unsigned shard, const Store::ClaimReply& reply) {
  Shard& one = shards_[shard];
  const SteadyPoint steady = loop_.clock().steady();
  one.closed = {reply.closed_gates.begin(), reply.closed_gates.end()};
  one.waiting.clear();
  for (const auto& [gate, at] : reply.waiting_gates) {
    one.waiting.push_back(gate);
    if (!is_of_breaker(gate_kind(gate))) continue;
    const auto known = origins_.find(gate_subject(gate));
    if (known != origins_.end() && known->second->breaker.answered_lately(steady)) {
      // A node that is cut off from it has closed the gate, or a late hold of ours: it is reachable from
      // here.
      if (one.releasing.insert(gate).second) tasks_.spawn("open a gate", release(shard, gate, at));
      continue;
    }
    NewsOfGate& news = down_elsewhere_[gate_subject(gate)];
    news.until = at;
    news.seen = steady;
  }
  for (const auto& [gate, at] : reply.ready_gates) {
    if (one.releasing.insert(gate).second) tasks_.spawn("open a gate", release(shard, gate, at));
  }
}

/// How much a gate whose time has come lets back in now.
Dispatcher::Opening Dispatcher::opening_of(const std::string& gate, Instant at) {
  const SteadyPoint steady = loop_.clock().steady();
  const Instant now = loop_.clock().now();
  const GateKind kind = gate_kind(gate);
  Opening out;
  out.most = kBatch;
  out.next = now + kRampStep;
  if (is_of_breaker(kind) || kind == GateKind::share || kind == GateKind::day) {
    Origin& origin = origin_named(gate_subject(gate));
    Breaker& breaker = origin.breaker;
    if (is_of_breaker(kind) && at == kOpenGate) breaker.invite(steady);
    // Somebody else's gate: one message is the probe, whatever this node believed.
    if (is_of_breaker(kind) && at != kOpenGate && !breaker.answered_lately(steady)) {
      breaker.adopt(steady, Millis::zero());
    }
    if (breaker.tick(steady) != Breaker::State::closed) {
      // A channel is probed by a question, never by a message.
      const bool probes = kind == GateKind::origin && breaker.allows(steady);
      out.most = probes ? 1 : 0;
      out.next = at == kOpenGate ? kOpenGate : now + std::max(breaker.wait(steady), kShortestPostponement);
      out.again = false;
    } else if (kind == GateKind::day && is_used_up(origin)) {
      out.most = 0;
      out.next = origin.next_day;
      out.again = false;
    } else if (origin.ready.size() > origin_share() / 2) {
      out.most = 0;
      out.next = is_of_breaker(kind) ? kOpenGate : now + kFullPause;
      out.pause = kFullPause;
    } else if (is_of_breaker(kind)) {
      out.most = std::min(origin.ramp, kBatch);
      out.next = kOpenGate;
      origin.ramp = std::min(origin.ramp * 2, kBatch);
    }
  }
  if (out.most > room()) {
    out.most = room();
    out.pause = kFullPause;
  }
  return out;
}

/// A gate's time has come: lets what it holds back in, in the order of its time, in batches, a few at first.
io::Task<> Dispatcher::release(unsigned shard, std::string gate, Instant at) {
  if (is_of_breaker(gate_kind(gate)) && at > loop_.clock().now()) {
    const auto opened = co_await store_.set_gate(shard, gate, kOpenGate);
    if (opened.ok()) at = kOpenGate;
  }
  while (running_ && at <= loop_.clock().now()) {
    const Opening opening = opening_of(gate, at);
    const SteadyPoint sent = loop_.clock().steady();
    const std::string incarnation = store_.incarnation();
    shards_[shard].reserved_by_gates += opening.most;
    const std::size_t most_bytes = bytes_ < kRoomBytes ? kRoomBytes - bytes_ : 0;
    auto reply =
        co_await store_.claim_held(shard, gate, loop_.clock().now(), opening.next, opening.most, most_bytes);
    shards_[shard].reserved_by_gates -= opening.most;
    if (!reply.ok()) {
      if (reply.error().code() == ErrorCode::outcome_unknown) compare_soon(shard);
      break;
    }
    if (reply->barred) {
      membership_.reincarnate(incarnation);
      break;
    }
    if (incarnation != store_.incarnation()) break;
    if (reply->gate_busy && !(at == kOpenGate && opening.most == 0 && opening.again)) break;
    if (!reply->claimed.empty()) {
      membership_.acknowledged(shard, sent);
      for (auto& message : reply->claimed) insert(std::move(message), shard, From::gate);
      fire_due();
      wake_.notify();
    }
    if (!reply->gate_busy && !reply->left) {
      const auto origin = origins_.find(gate_subject(gate));
      if (gate_kind(gate) == GateKind::share && origin != origins_.end()) origin->second->behind.reset(shard);
      break;
    }
    if (!opening.again) break;
    co_await loop_.sleep(opening.pause);
    at = opening.next;
  }
  shards_[shard].releasing.erase(gate);
}

/// The destination answers again: opens its gate in every shard, for every node.
io::Task<> Dispatcher::open_everywhere(std::string gate) {
  for (unsigned shard = 0; shard < keys::kShards; ++shard) {
    const auto opened = co_await store_.set_gate(shard, gate, kOpenGate);
    if (opened.ok()) poll_soon(shard);  // else its time comes, and it is probed
  }
}

}  // namespace recado::engine
