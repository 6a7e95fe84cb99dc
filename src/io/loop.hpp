// The event loop's types: one Asio io_context, one thread, C++20 coroutines.
//
// Everything on the loop uses the concrete executor type below (any_io_executor costs an indirection and an
// allocation an operation). Nothing here is thread-safe: only post() may be called from other threads.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>
#include <list>
#include <memory>
#include <string>

#include "base/time.hpp"

namespace recado::io {

namespace asio = boost::asio;
using boost::system::error_code;

using Context = asio::io_context;
using Executor = Context::executor_type;
using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, Executor>;

/// A coroutine on the loop. A plain verb names it; no `async_` prefix.
template <class T = void>
using Task = asio::awaitable<T, Executor>;

/// Completion token: the operation's error comes back as a value, `auto [ec, n] = co_await …(as_result)`.
/// Deferred: awaiting it makes no coroutine of its own.
inline constexpr asio::as_tuple_t<asio::deferred_t> as_result{};

class DeadlineQueue;

/// The context, the clock and the shared services of the loop. Lives as long as anything that runs on it.
class Loop {
 public:
  explicit Loop(const Clock& clock);
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  Context& context() noexcept { return context_; }
  Executor executor() noexcept { return context_.get_executor(); }
  const Clock& clock() const noexcept { return clock_; }
  DeadlineQueue& deadlines() noexcept { return *deadlines_; }

  /// Runs until stop() or until nothing is left to do.
  void run();
  void stop();

  /// Runs `function` on the loop in a later turn. From any thread.
  void post(std::function<void()> function);

  /// Runs `function` once at the end of the current turn's ready handlers (the "one loop turn, one write"
  /// hook).
  void defer(std::function<void()> function);

  /// Waits. Returns early (operation_aborted) only when the coroutine is cancelled.
  Task<error_code> sleep(Millis duration);

 private:
  Context context_{1};
  const Clock& clock_;
  std::unique_ptr<DeadlineQueue> deadlines_;
};

/// Owns coroutines: knows which still run, cancels them together, waits for the last one. An exception that
/// leaves one is a defect of ours: it is logged with the task's name and ends the process (nothing is
/// swallowed).
class TaskGroup {
 public:
  explicit TaskGroup(Loop& loop);
  ~TaskGroup();  ///< requires empty(): call cancel() and join() first, or let the loop end before
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;

  /// Starts `task`: on the loop it runs up to its first suspension before spawn() returns, from elsewhere it
  /// begins in a later turn. `name` is for logs and must outlive the group (a literal).
  void spawn(const char* name, Task<> task);
  /// Asks every running task to stop at its next suspension point (terminal cancellation), from the next turn
  /// on.
  void cancel();
  /// Completes when no task is left.
  Task<> join();
  bool empty() const noexcept;
  std::size_t size() const noexcept;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

/// A wake-up signal: wait() completes at notify(), at once when one came before. Many notifies are one.
/// One waiter at a time.
class WakeEvent {
 public:
  explicit WakeEvent(Loop& loop);
  void notify();
  /// Completes at notify() or after `timeout`, whichever is first; true when notified.
  Task<bool> wait_for(std::chrono::nanoseconds timeout);
  Task<> wait();

 private:
  Timer timer_;
  bool notified_ = false;
};

}  // namespace recado::io
