// The circuit breaker of one origin. Pure; the clock is a parameter.
//
//   closed ─ 20 down in a row over 10 s ─► open ─ probe time ─► half_open ─ answered ─► closed
//                                           ▲                      │
//                                           └──────── down ────────┘
//
// The wait for the next probe doubles from 5 s to 60 s; once closed, messages come back with a ramp.
//
// Nodes learn from each other by the gates in Redis: a breaker that has no answer of its own to go by opens
// when another node holds messages back (adopt), and probes early when another node let them out (invite).
//
// Only failures to connect, TLS failures and unanswered timeouts count ("down"), never an HTTP status: one
// origin may serve thousands of webhooks.
#pragma once

#include <cstdint>

#include "base/time.hpp"

namespace recado::engine {

struct BreakerLimits {
  int threshold = 20;           ///< failures in a row
  Millis minimum_span{10'000};  ///< from the first of them to the one that opens it
  Millis first_wait{5'000};     ///< until the first probe
  Millis longest_wait{60'000};  ///< between probes
};

class Breaker {
 public:
  enum class State { closed, open, half_open };

  explicit Breaker(BreakerLimits limits = {}) : limits_(limits), next_wait_(limits.first_wait) {}

  State state() const noexcept { return state_; }
  /// Whether a message may be sent now. Open: only once the probe time has come; in half_open one probe at a
  /// time.
  bool allows(SteadyPoint now) const noexcept;
  /// Moves open → half_open when its probe time has come. Returns the state.
  State tick(SteadyPoint now) noexcept;
  /// A send begins: unless closed, it is the probe (open becomes half_open).
  void started() noexcept;
  /// The destination answered, whatever the status (in any state: an answer to an earlier send counts too).
  /// True when this closed the breaker.
  bool answered(SteadyPoint now) noexcept;
  /// It answered within the first wait, and nothing failed since: this node knows better than another one's
  /// gate.
  bool answered_lately(SteadyPoint now) const noexcept;
  /// It could not be reached. True when this opened the breaker, for the first time or again. Sends that had
  /// begun before it opened change nothing while no probe is out.
  bool down(SteadyPoint now) noexcept;
  /// A channel says that nobody can be sent to: opens it at once. True when it was not open before.
  bool trip(SteadyPoint now) noexcept;
  /// A send ended without an answer to the question (fence, drain, a name that did not resolve, a connection
  /// closed).
  void abandoned() noexcept;
  /// Another node cannot reach it and probes in `wait`: opens a closed one. True when it opened.
  bool adopt(SteadyPoint now, Millis wait) noexcept;
  /// Another node has reached it: an open one probes at once, but not within the first wait after a failure
  /// of this node's own.
  void invite(SteadyPoint now) noexcept;
  /// Until the next probe; zero when not open.
  Millis wait(SteadyPoint now) const noexcept;
  /// When it left `closed`; meaningless while closed.
  SteadyPoint since() const noexcept { return since_; }
  /// Failures in a row, counted up to the threshold.
  int failures() const noexcept { return failures_; }

 private:
  BreakerLimits limits_;
  State state_ = State::closed;
  int failures_ = 0;
  SteadyPoint first_failure_{};
  SteadyPoint last_failure_{};  ///< of this node's own
  SteadyPoint last_answer_{};
  SteadyPoint since_{};
  SteadyPoint probe_at_{};
  Millis next_wait_;
  bool probing_ = false;
};

const char* to_string(Breaker::State state) noexcept;

}  // namespace recado::engine
