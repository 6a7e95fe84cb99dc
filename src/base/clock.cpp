#include <ctime>

#include "base/time.hpp"

namespace recado {
namespace {

std::int64_t read_ns(clockid_t id) noexcept {
  timespec t{};
  ::clock_gettime(id, &t);  // fails only for clocks that the kernel does not have; these two it has
  return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
}

}  // namespace

Instant SystemClock::now() const noexcept {
  return std::chrono::floor<Millis>(
      std::chrono::sys_time<std::chrono::nanoseconds>{std::chrono::nanoseconds{now_ns()}});
}

std::int64_t SystemClock::now_ns() const noexcept {
  return read_ns(CLOCK_REALTIME);
}

SteadyPoint SystemClock::steady() const noexcept {
  return SteadyPoint{std::chrono::nanoseconds{read_ns(CLOCK_BOOTTIME)}};
}

}  // namespace recado
