#include "io/deadline.hpp"

#include <algorithm>

#include "io/deadline_queue.hpp"

namespace recado::io {

namespace {

// The timer runs on the machine's steady clock, deadlines on the loop's Clock (which a test turns by hand):
// looking again at least this often keeps both right.
constexpr std::chrono::milliseconds kLongestNap{200};

}  // namespace

Deadline::Deadline(Loop& loop, Millis limit, std::function<void()> on_expired)
    : loop_(loop), on_expired_(std::move(on_expired)) {
  restart(limit);
}

Deadline::~Deadline() {
  cancel();
}

void Deadline::restart(Millis limit) {
  cancel();
  expired_ = false;
  place_ = loop_.deadlines().add(loop_.clock().steady() + limit, this);
  queued_ = true;
}

void Deadline::cancel() noexcept {
  if (!queued_) return;
  queued_ = false;
  loop_.deadlines().remove(place_);
}

DeadlineQueue::DeadlineQueue(Loop& loop) : loop_(loop), timer_(loop.context().get_executor()) {}

DeadlineQueue::~DeadlineQueue() {
  for (auto& [at, deadline] : queue_) deadline->queued_ = false;
}

DeadlineQueue::Queue::iterator DeadlineQueue::add(SteadyPoint at, Deadline* deadline) {
  auto place = queue_.emplace(at, deadline);
  if (!armed_ || at < armed_for_) arm();
  return place;
}

void DeadlineQueue::remove(Queue::iterator place) {
  queue_.erase(place);
  // An armed timer with nothing to watch would keep a finished loop from ending.
  if (queue_.empty() && armed_ && !sweeping_) {
    timer_.cancel();
    armed_ = false;
  }
}

void DeadlineQueue::arm() {
  if (sweeping_ || queue_.empty()) return;
  const auto now = loop_.clock().steady();
  const auto wait =
      std::clamp<std::chrono::nanoseconds>(queue_.begin()->first - now, kDeadlineResolution / 2, kLongestNap);
  armed_ = true;
  armed_for_ = now + wait;
  timer_.expires_after(wait);
  timer_.async_wait([this](error_code error) {
    if (error == asio::error::operation_aborted) return;  // re-armed, or nothing to watch
    armed_ = false;
    sweep();
  });
}

void DeadlineQueue::sweep() {
  sweeping_ = true;
  const auto now = loop_.clock().steady();
  while (!queue_.empty() && queue_.begin()->first <= now) {
    Deadline* deadline = queue_.begin()->second;
    queue_.erase(queue_.begin());
    deadline->queued_ = false;
    deadline->expired_ = true;
    // A copy: the callback may destroy the deadline.
    auto on_expired = deadline->on_expired_;
    on_expired();
  }
  sweeping_ = false;
  arm();
}

}  // namespace recado::io
