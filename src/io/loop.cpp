#include "io/loop.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <cstdlib>
#include <exception>
#include <vector>

#include "base/log.hpp"
#include "io/deadline.hpp"
#include "io/deadline_queue.hpp"

namespace recado::io {

Loop::Loop(const Clock& clock) : clock_(clock), deadlines_(std::make_unique<DeadlineQueue>(*this)) {}

Loop::~Loop() = default;

void Loop::run() {
  context_.run();
}

void Loop::stop() {
  context_.stop();
}

void Loop::post(std::function<void()> function) {
  asio::post(context_, std::move(function));
}

// A posted handler joins the queue behind everything that is ready now, which is what "end of the turn" means
// here.
void Loop::defer(std::function<void()> function) {
  asio::post(context_, std::move(function));
}

Task<error_code> Loop::sleep(Millis duration) {
  Timer timer(context_.get_executor());
  timer.expires_after(duration);
  auto [error] = co_await timer.async_wait(as_result);
  co_return error;
}

struct TaskGroup::State {
  struct Running {
    explicit Running(const char* n) : name(n) {}
    const char* name;
    asio::cancellation_signal signal;
  };

  explicit State(Loop& l) : loop(l), finished(l) {}

  Loop& loop;
  std::list<std::shared_ptr<Running>> running;
  WakeEvent finished;
};

TaskGroup::TaskGroup(Loop& loop) : state_(std::make_shared<State>(loop)) {}

TaskGroup::~TaskGroup() = default;

void TaskGroup::spawn(const char* name, Task<> task) {
  auto entry = std::make_shared<State::Running>(name);
  state_->running.push_back(entry);
  auto place = std::prev(state_->running.end());
  asio::co_spawn(
      state_->loop.context().get_executor(), std::move(task),
      asio::bind_cancellation_slot(
          entry->signal.slot(), [state = state_, entry, place](std::exception_ptr failure) {
            state->running.erase(place);
            if (state->running.empty()) state->finished.notify();
            if (!failure) return;
            try {
              std::rethrow_exception(failure);
            } catch (const boost::system::system_error& error) {
              // How Asio unwinds a cancelled coroutine.
              if (error.code() == asio::error::operation_aborted) return;
              log::error("a task ended by an exception", {{"task", entry->name}, {"what", error.what()}});
            } catch (const std::exception& error) {
              log::error("a task ended by an exception", {{"task", entry->name}, {"what", error.what()}});
            } catch (...) {
              log::error("a task ended by an unknown exception", {{"task", entry->name}});
            }
            // A defect of ours: going on without the task would be a silent stop.
            std::abort();
          }));
}

void TaskGroup::cancel() {
  // In a later turn, and with the entries kept: a task that ends first must not leave the signal dangling.
  std::vector<std::shared_ptr<State::Running>> all(state_->running.begin(), state_->running.end());
  asio::post(state_->loop.context(), [all = std::move(all)] {
    for (const auto& entry : all) entry->signal.emit(asio::cancellation_type::terminal);
  });
}

Task<> TaskGroup::join() {
  auto state = state_;
  while (!state->running.empty()) co_await state->finished.wait();
}

bool TaskGroup::empty() const noexcept {
  return state_->running.empty();
}

std::size_t TaskGroup::size() const noexcept {
  return state_->running.size();
}

WakeEvent::WakeEvent(Loop& loop) : timer_(loop.context().get_executor()) {}

void WakeEvent::notify() {
  notified_ = true;
  timer_.cancel();
}

Task<bool> WakeEvent::wait_for(std::chrono::nanoseconds timeout) {
  if (!notified_ && timeout > std::chrono::nanoseconds::zero()) {
    timer_.expires_after(timeout);
    co_await timer_.async_wait(as_result);
  }
  co_return std::exchange(notified_, false);
}

Task<> WakeEvent::wait() {
  while (!notified_) {
    timer_.expires_at(Timer::time_point::max());
    auto [error] = co_await timer_.async_wait(as_result);
    if (error && !notified_) break;  // cancelled: the next suspension unwinds
  }
  notified_ = false;
}

}  // namespace recado::io
