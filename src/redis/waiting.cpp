#include "redis/waiting.hpp"

#include <boost/asio/post.hpp>

namespace recado::redis {

namespace asio = boost::asio;

void Waiting::complete(Result<Reply> result) {
  if (result_) return;
  result_.emplace(std::move(result));
  resume();
}

void Waiting::resume() {
  if (!handler_) return;
  Handler handler(std::move(*handler_));
  handler_.reset();
  std::move(handler)();
}

void Waiting::abandon() noexcept {
  if (!handler_) return;
  Handler dying(std::move(*handler_));
  handler_.reset();
}

io::Task<Result<Reply>> Waiting::result_of(std::shared_ptr<Waiting> waiting) {
  if (!waiting->result_) {
    const io::Executor executor = co_await asio::this_coro::executor;
    auto initiation = [executor, waiting](auto&& handler) {
      waiting->handler_.emplace(std::forward<decltype(handler)>(handler));
      // The erased handler's slot: it has taken the place of the original's.
      auto slot = waiting->handler_->get_cancellation_slot();
      if (!slot.is_connected()) return;
      // Weak: the coroutine's frame holds the slot and the object, the object holds the coroutine.
      slot.assign([executor, weak = std::weak_ptr<Waiting>(waiting)](asio::cancellation_type) {
        const auto self = weak.lock();
        if (!self || self->result_) return;
        self->result_.emplace(Error(ErrorCode::outcome_unknown, "the wait for Redis was cancelled"));
        asio::post(executor, [self] { self->resume(); });
      });
    };
    const asio::use_awaitable_t<io::Executor> token;
    co_await asio::async_initiate<const asio::use_awaitable_t<io::Executor>, void()>(initiation, token);
  }
  co_return std::move(*waiting->result_);
}

}  // namespace recado::redis
