#include "io/time_slice.hpp"

#include <utility>

namespace recado::io {

bool TimeSlice::try_enter() {
  const SteadyPoint now = loop_.clock().steady();
  if (!open_) {
    open_ = true;
    began_ = now;
    loop_.defer([this] { end_turn(); });
    return true;
  }
  return waiting_.empty() && now - began_ < length_;
}

Task<std::chrono::nanoseconds> TimeSlice::wait() {
  constexpr asio::use_awaitable_t<Executor> kUse{};
  const SteadyPoint since = loop_.clock().steady();
  co_await asio::async_initiate<const asio::use_awaitable_t<Executor>&, void()>(
      [this](auto handler) { waiting_.emplace_back(std::move(handler)); }, kUse);
  co_return loop_.clock().steady() - since;
}

/// Runs behind everything that was ready when the slice began, and behind a look at the sockets.
void TimeSlice::end_turn() {
  open_ = !waiting_.empty();
  if (!open_) return;
  began_ = loop_.clock().steady();
  do {
    auto next = std::move(waiting_.front());
    waiting_.pop_front();
    std::move(next)();  // goes on from here up to its next suspension
  } while (!waiting_.empty() && loop_.clock().steady() - began_ < length_);
  loop_.defer([this] { end_turn(); });
}

}  // namespace recado::io
