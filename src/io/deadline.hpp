// The one deadline helper: a limit on how long something may take.
//
// One sweep timer serves every deadline (a timer an operation costs more than the operation). Deadlines fire
// up to kDeadlineResolution late, never early; what must be exact to the millisecond (messages) has the
// dispatch loop's own timer.
#pragma once

#include <functional>
#include <map>

#include "io/loop.hpp"

namespace recado::io {

inline constexpr Millis kDeadlineResolution{50};

/// Use: `Deadline d(loop, 30s, [&] { stream.close(); });` around the operations it limits; when one fails,
/// `d.expired()` tells a timeout from any other failure. Loop thread only; must not outlive the loop.
class Deadline {
 public:
  /// After `limit`, calls `on_expired` once, from the loop (it must not throw and may close streams).
  Deadline(Loop& loop, Millis limit, std::function<void()> on_expired);
  ~Deadline();
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

  /// Starts counting anew; also after it expired.
  void restart(Millis limit);
  /// Stops counting; expired() keeps its answer.
  void cancel() noexcept;
  bool expired() const noexcept { return expired_; }

 private:
  friend class DeadlineQueue;
  Loop& loop_;
  std::function<void()> on_expired_;
  std::multimap<SteadyPoint, Deadline*>::iterator place_;
  bool queued_ = false;
  bool expired_ = false;
};

}  // namespace recado::io
