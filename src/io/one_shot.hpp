// A value that one coroutine waits for and somebody else provides, once.
#pragma once

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/post.hpp>
#include <optional>
#include <utility>

#include "io/loop.hpp"

namespace recado::io {

/// Loop thread only. set() exactly once; one waiter at most, which may come before or after. The waiter must
/// not be cancelled while it waits: whoever owns the set() side promises to call it.
template <class T>
class OneShot {
 public:
  explicit OneShot(Loop& loop) : loop_(loop) {}
  OneShot(const OneShot&) = delete;
  OneShot& operator=(const OneShot&) = delete;

  void set(T value) {
    value_.emplace(std::move(value));
    if (!handler_) return;
    // In a function of our own: an erased handler names its executor erased too, which costs two allocations.
    asio::post(loop_.executor(), [handler = std::move(*handler_)]() mutable { std::move(handler)(); });
    handler_.reset();
  }

  Task<T> wait();

 private:
  static constexpr asio::use_awaitable_t<Executor> kUse{};
  Loop& loop_;
  std::optional<T> value_;
  std::optional<asio::any_completion_handler<void()>> handler_;
};

template <class T>
Task<T> OneShot<T>::wait() {
  if (!value_) {
    co_await asio::async_initiate<const asio::use_awaitable_t<Executor>&, void()>(
        // Constructed in place: moving into an existing handler recurses for ever in Boost 1.81.
        [this](auto handler) { handler_.emplace(std::move(handler)); }, kUse);
  }
  co_return std::move(*value_);
}

/// What several files use has its coroutine in one of them: g++ numbers the fields of a coroutine's frame by
/// file, so that link-time optimisation would find two types of one name.
extern template class OneShot<bool>;

}  // namespace recado::io
