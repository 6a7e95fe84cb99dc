// Gates: one mechanism holds messages back, whatever the reason. What is held never clogs the head of the due
// set.
#include <algorithm>

#include "engine/dispatch/dispatcher.hpp"
#include "engine/store/record.hpp"
#include "net/url.hpp"

namespace recado::engine {

namespace {

constexpr Millis kSurplusCheck{100};
/// An origin is slow when its first waiting message is this late; then its surplus is held.
constexpr Millis kSlow{500};
constexpr Millis kFullPause{250};
constexpr Millis kRampStep{50};
constexpr std::string_view kOriginPrefix = "origin:";
constexpr std::size_t kOriginsKept = 4'096;

std::string origin_name(std::string_view key, std::string_view record) {
  const auto url = net::parse_url(record_url(key, record));
  return url.ok() ? url->origin() : "unreadable";
}

}  // namespace

Origin& Dispatcher::origin_of(const Claimed& claimed) {
  return origin_named(origin_name(claimed.key, claimed.record));
}

Origin& Dispatcher::origin_named(std::string name) {
  const auto found = origins_.find(name);
  if (found != origins_.end()) return *found->second;
  if (origins_.size() >= kOriginsKept) drop_idle_origins();
  auto origin = std::make_unique<Origin>();
  origin->name = name;
  return *origins_.emplace(std::move(name), std::move(origin)).first->second;
}

void Dispatcher::drop_idle_origins() {
  std::erase_if(origins_, [](const auto& item) {
    const Origin& origin = *item.second;
    return origin.entries == 0 && origin.in_flight == 0 && !origin.runnable && !origin.full &&
           origin.breaker.state() == Breaker::State::closed;
  });
}

/// Moves a message, which has left its origin's queue, behind a gate. `gate_at`: when the gate is looked at
/// next, unless it has a time already.
void Dispatcher::hold(Entry& entry, const std::string& gate, Instant gate_at) {
  if (entry.heap_index != kNotInHeap) heap_.remove(&entry);
  held_back_.add();
  Store::Outcome held;
  held.kind = Store::Outcome::Kind::hold;
  held.due = entry.due;
  held.gate = gate;
  held.gate_at = gate_at;
  submit(entry, std::move(held));
}

/// A destination that takes long and has more waiting here than its share gives the room back to the others.
void Dispatcher::hold_surplus() {
  const SteadyPoint steady = loop_.clock().steady();
  if (steady < next_surplus_check_) return;
  next_surplus_check_ = steady + kSurplusCheck;
  const Instant now = loop_.clock().now();
  for (auto& [name, origin] : origins_) {
    if (origin->ready.size() <= kOriginShare || now - origin->ready.front()->due < kSlow) continue;
    origin->full = true;
    log::info("a slow destination has more waiting than its share; the surplus is held back",
              {{"origin", name}, {"waiting", origin->ready.size()}});
    const std::vector<Entry*> surplus(origin->ready.begin() + kOriginShare / 2, origin->ready.end());
    origin->ready.resize(kOriginShare / 2);
    for (Entry* entry : surplus) hold(*entry, keys::origin_gate(name), now + kFullPause);
  }
}

/// A gate's time has come: let some of what it holds back in, or look again later.
io::Task<> Dispatcher::release(unsigned shard, std::string gate) {
  while (running_) {
    const SteadyPoint steady = loop_.clock().steady();
    const Instant now = loop_.clock().now();
    std::size_t most = kBatch;
    Millis next = kRampStep;
    if (gate.starts_with(kOriginPrefix)) {
      Origin* origin = &origin_named(gate.substr(kOriginPrefix.size()));
      const Breaker::State state = origin->breaker.tick(steady);
      if (state != Breaker::State::closed) {
        most = origin->breaker.allows(steady) ? 1 : 0;
        next = std::max(origin->breaker.wait(steady), Millis{1'000});
      } else if (origin->ready.size() > kOriginShare / 2) {
        most = 0;
        next = kFullPause;
      } else {
        origin->full = false;
        most = std::min(origin->ramp, kBatch);
        origin->ramp = std::min(origin->ramp * 2, kBatch);
      }
    }
    most = std::min(most, room());
    if (most == 0) {
      const auto postponed = co_await store_.set_gate(shard, gate, now + next, true);
      static_cast<void>(postponed);  // a gate whose time could not be moved is simply looked at again
      break;
    }
    const SteadyPoint sent = loop_.clock().steady();
    auto reply = co_await store_.claim_held(shard, gate, now, now + next, most, kRoomBytes);
    if (!reply.ok()) {
      if (reply.error().code() == ErrorCode::outcome_unknown) compare_soon(shard);
      break;
    }
    if (reply->barred) {
      membership_.reincarnate();
      break;
    }
    if (reply->gate_busy || reply->claimed.empty()) break;
    membership_.acknowledged(shard, sent);
    for (auto& message : reply->claimed) insert(std::move(message), shard);
    fire_due();
    wake_.notify();
    if (most < kBatch) break;
    co_await loop_.sleep(kRampStep);
  }
  shards_[shard].releasing.erase(gate);
}

}  // namespace recado::engine
