// One helper thread for what would hold up the loop: a password's hash.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

#include "io/loop.hpp"

namespace recado::io {

/// Loop thread only, but for the work itself. The thread is started with the first work.
class Worker {
 public:
  /// `loop` must outlive it. `most_waiting`: more work than that is refused while one is under way.
  Worker(Loop& loop, std::size_t most_waiting);
  /// Waits for the work under way. What has not begun never runs, and who waits for it is not woken: the loop
  /// must not run any more, or nobody may wait.
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// Runs `work` on the thread, in its turn, and completes on the loop once it has run. False at once when
  /// too much waits, or the system gives no thread. What `work` refers to must live until then; it must not
  /// throw.
  Task<bool> run(std::function<void()> work);

 private:
  struct Shared;
  std::unique_ptr<Shared> shared_;
};

}  // namespace recado::io
