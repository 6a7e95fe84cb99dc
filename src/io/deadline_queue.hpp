// The sweep behind Deadline: every armed deadline by its time, one timer.
#pragma once

#include <map>

#include "io/loop.hpp"

namespace recado::io {

class Deadline;

class DeadlineQueue {
 public:
  using Queue = std::multimap<SteadyPoint, Deadline*>;

  explicit DeadlineQueue(Loop& loop);
  /// Lets go of what is still armed: coroutines that the context destroys later hold deadlines.
  ~DeadlineQueue();

  Queue::iterator add(SteadyPoint at, Deadline* deadline);
  void remove(Queue::iterator place);

 private:
  void arm();
  void sweep();

  Loop& loop_;
  Timer timer_;
  Queue queue_;
  bool armed_ = false;
  bool sweeping_ = false;
  SteadyPoint armed_for_{};
};

}  // namespace recado::io
