// Shares the loop between a kind of work that may come in any amount (requests) and everything else.
#pragma once

#include <boost/asio/any_completion_handler.hpp>
#include <deque>

#include "io/loop.hpp"

namespace recado::io {

/// Those who come while the slice of this turn is used up wait in line, and go on one after the other in the
/// next ones. Between two slices everything that is ready has its turn, and the sockets are looked at:
/// without that, an event waits for as many others as there are busy connections (epoll gives them out in
/// turn).
///
/// Must outlive the loop's run. Loop thread only. A waiter may be cancelled: it goes on in its turn and finds
/// that out at its next step.
class TimeSlice {
 public:
  TimeSlice(Loop& loop, std::chrono::nanoseconds length) : loop_(loop), length_(length) {}
  TimeSlice(const TimeSlice&) = delete;
  TimeSlice& operator=(const TimeSlice&) = delete;

  /// True: go on. False: wait() first.
  bool try_enter();
  /// Completes when it is the caller's turn; how long that took.
  Task<std::chrono::nanoseconds> wait();

 private:
  void end_turn();

  Loop& loop_;
  const std::chrono::nanoseconds length_;
  SteadyPoint began_{};
  bool open_ = false;  ///< a slice has begun and end_turn() will be called
  std::deque<asio::any_completion_handler<void()>> waiting_;
};

}  // namespace recado::io
