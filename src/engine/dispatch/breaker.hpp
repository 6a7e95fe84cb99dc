// The circuit breaker of one origin. Pure; the clock is a parameter.
//
//   closed ─ 20 down in a row over 10 s ─► open ─ probe time ─► half_open ─ answered ─► closed
//                                           ▲                      │
//                                           └──────── down ────────┘
//
// The wait for the next probe doubles from 5 s to 60 s; once closed, messages come back with a ramp.
//
// Only failures to connect, TLS failures and unanswered timeouts count ("down"), never an HTTP status: one
// origin may serve thousands of webhooks.
#pragma once

#include <cstdint>

#include "base/time.hpp"

namespace recado::engine {

class Breaker {
 public:
  enum class State { closed, open, half_open };

  static constexpr int kThreshold = 20;
  static constexpr Millis kMinimumSpan{10'000};
  static constexpr Millis kFirstWait{5'000};
  static constexpr Millis kLongestWait{60'000};

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
  bool answered() noexcept;
  /// It could not be reached. True when this opened the breaker, for the first time or again. Sends that had
  /// begun before it opened change nothing while no probe is out.
  bool down(SteadyPoint now) noexcept;
  /// A send ended without an answer to the question (fence, drain, a name that did not resolve, a connection
  /// closed).
  void abandoned() noexcept;
  /// Until the next probe; zero when not open.
  Millis wait(SteadyPoint now) const noexcept;

 private:
  State state_ = State::closed;
  int failures_ = 0;
  SteadyPoint first_failure_{};
  SteadyPoint probe_at_{};
  Millis next_wait_ = kFirstWait;
  bool probing_ = false;
};

const char* to_string(Breaker::State state) noexcept;

}  // namespace recado::engine
