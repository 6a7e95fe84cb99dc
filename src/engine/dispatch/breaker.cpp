#include "engine/dispatch/breaker.hpp"

#include <algorithm>

namespace recado::engine {

bool Breaker::allows(SteadyPoint now) const noexcept {
  switch (state_) {
    case State::closed:
      return true;
    case State::open:
      return now >= probe_at_;
    case State::half_open:
      return !probing_;
  }
  return true;
}

Breaker::State Breaker::tick(SteadyPoint now) noexcept {
  if (state_ == State::open && now >= probe_at_) {
    state_ = State::half_open;
    probing_ = false;
  }
  return state_;
}

void Breaker::started() noexcept {
  if (state_ == State::closed) return;
  // A send that begins while open is the probe: allows() let it through because its time had come.
  state_ = State::half_open;
  probing_ = true;
}

bool Breaker::answered() noexcept {
  const bool closes = state_ != State::closed;
  *this = Breaker{};
  return closes;
}

bool Breaker::down(SteadyPoint now) noexcept {
  switch (state_) {
    case State::closed:
      if (failures_ == 0) first_failure_ = now;
      if (failures_ < kThreshold) ++failures_;
      if (failures_ < kThreshold || now - first_failure_ < kMinimumSpan) return false;
      break;
    case State::open:
      return false;  // sends that had begun before it opened
    case State::half_open:
      if (!probing_) return false;  // likewise: it says nothing about the probe to come
      next_wait_ = std::min(next_wait_ * 2, kLongestWait);
      break;
  }
  state_ = State::open;
  probing_ = false;
  probe_at_ = now + next_wait_;
  return true;
}

void Breaker::abandoned() noexcept {
  probing_ = false;
}

Millis Breaker::wait(SteadyPoint now) const noexcept {
  if (state_ != State::open || now >= probe_at_) return Millis::zero();
  return std::chrono::ceil<Millis>(probe_at_ - now);
}

const char* to_string(Breaker::State state) noexcept {
  switch (state) {
    case Breaker::State::closed:
      return "closed";
    case Breaker::State::open:
      return "open";
    case Breaker::State::half_open:
      return "half_open";
  }
  return "closed";
}

}  // namespace recado::engine
