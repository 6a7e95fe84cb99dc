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

bool Breaker::answered(SteadyPoint now) noexcept {
  const bool closes = state_ != State::closed;
  *this = Breaker{limits_};
  last_answer_ = now;
  return closes;
}

bool Breaker::answered_lately(SteadyPoint now) const noexcept {
  return last_answer_ != SteadyPoint{} && failures_ == 0 && now - last_answer_ < limits_.first_wait;
}

bool Breaker::adopt(SteadyPoint now, Millis wait) noexcept {
  if (state_ != State::closed) return false;
  state_ = State::open;
  since_ = now;
  probing_ = false;
  probe_at_ = now + std::clamp(wait, Millis::zero(), limits_.longest_wait);
  return true;
}

void Breaker::invite(SteadyPoint now) noexcept {
  if (state_ != State::open) return;
  if (last_failure_ != SteadyPoint{} && now - last_failure_ < limits_.first_wait) return;
  probe_at_ = std::min(probe_at_, now);
}

bool Breaker::down(SteadyPoint now) noexcept {
  last_failure_ = now;
  switch (state_) {
    case State::closed:
      if (failures_ == 0) first_failure_ = now;
      if (failures_ < limits_.threshold) ++failures_;
      if (failures_ < limits_.threshold || now - first_failure_ < limits_.minimum_span) return false;
      since_ = now;
      break;
    case State::open:
      return false;  // sends that had begun before it opened
    case State::half_open:
      if (!probing_) return false;  // likewise: it says nothing about the probe to come
      next_wait_ = std::min(next_wait_ * 2, limits_.longest_wait);
      break;
  }
  state_ = State::open;
  probing_ = false;
  probe_at_ = now + next_wait_;
  return true;
}

bool Breaker::trip(SteadyPoint now) noexcept {
  if (state_ == State::open) return false;  // sends that had begun before it opened
  last_failure_ = now;
  if (state_ == State::closed) since_ = now;
  if (state_ == State::half_open) next_wait_ = std::min(next_wait_ * 2, limits_.longest_wait);
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
