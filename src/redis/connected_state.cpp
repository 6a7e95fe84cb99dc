#include "redis/connected_state.hpp"

namespace recado::redis {

void ConnectedState::announce(bool connected) {
  connected_ = connected;
  if (connected) {
    for (io::Timer* timer : waiters_) timer->cancel();
  }
  const auto everyone = callbacks_;
  for (const auto& callback : everyone) callback(connected);
}

io::Task<bool> ConnectedState::wait(Millis limit) {
  if (connected_ || closed_) co_return connected_;
  io::Timer timer(loop_.executor());
  timer.expires_after(limit);
  const auto place = waiters_.insert(waiters_.end(), &timer);
  co_await timer.async_wait(io::as_result);
  waiters_.erase(place);
  co_return connected_;
}

void ConnectedState::close() {
  closed_ = true;
  for (io::Timer* timer : waiters_) timer->cancel();
}

}  // namespace recado::redis
