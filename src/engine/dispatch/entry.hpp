// What a node holds: claimed messages, and the origins they go to.
#pragma once

#include <bitset>
#include <cstdint>
#include <deque>
#include <string>

#include "engine/channel.hpp"
#include "engine/dispatch/breaker.hpp"
#include "engine/heap.hpp"
#include "engine/message.hpp"
#include "engine/store/keys.hpp"
#include "engine/store/notes.hpp"

namespace recado::engine {

struct Origin;

/// One claimed message. Owned by the dispatcher's table; its address is stable.
struct Entry : HeapHook {
  enum class State {
    waiting,    ///< in the heap until it is due
    ready,      ///< due, in its origin's queue for a free connection
    withdrawn,  ///< taken out while a request changes it
    sending,
    recording,  ///< its outcome is on the way to Redis
    holding,    ///< on its way behind a gate
  };
  std::string key;
  unsigned shard = 0;
  std::uint64_t claim = 0;
  std::string incarnation;  ///< ours when it was claimed: once that is barred, it is not ours to send
  Instant claimed_at{};
  Notes notes;  ///< not in the record yet
  std::string record;
  bool whole = true;  ///< false: only the head of a large record, the rest is fetched just before it is sent
  State state = State::waiting;
  Origin* origin = nullptr;
};

/// One destination `scheme://host:port`, or one channel to people, as this node sees it. Lives while it has
/// entries, or its breaker a memory.
struct Origin {
  explicit Origin(BreakerLimits limits) : breaker(limits) {}
  std::string name;
  std::deque<Entry*> ready;  ///< due, waiting for a connection, in due order
  std::size_t entries = 0;   ///< all that this node holds for it
  std::uint32_t in_flight = 0;
  bool runnable = false;  ///< in the dispatcher's round
  bool pressed = false;   ///< waits until there are more free connections for everybody
  enum class Pace { unknown, quick, slow } pace = Pace::unknown;  ///< how its last answer came
  double answer_seconds = 0;  ///< how long its answers take, newer ones weighing more; 0: not known
  SteadyPoint
      quiet_since{};  ///< of one with something in flight: when the first began, or an answer came last
  std::bitset<keys::kShards> behind;  ///< shards where some of its messages wait behind its share
  std::size_t ramp = 1;               ///< how many the opening gate lets in next
  Breaker breaker;
  // Of a channel to people (its name begins with `channel:`) only:
  bool channel = false;
  bool probing = false;  ///< a probe is under way
  bool waits_for_pace = false;
  SteadyPoint pace_until{};    ///< up to there its pace is used up
  ChannelState trouble;        ///< why it is closed, as far as this node knows
  Instant next_day{};          ///< until then it may send no more
  std::uint64_t day_most = 0;  ///< the limit by which that was found
};

}  // namespace recado::engine
