#include "timer.hpp"

#include <ctime>

#include "end_to_end/harness.hpp"

namespace recado::bench {

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

}  // namespace

BareTimer::BareTimer(Millis interval)
    : thread_([this, interval](const std::stop_token& ended) { run(ended, interval.count() * 1'000'000); }) {}

void BareTimer::run(const std::stop_token& ended, std::int64_t interval_ns) {
  for (std::int64_t next = e2e::clock().now_ns() + interval_ns; !ended.stop_requested();
       next += interval_ns) {
    const timespec until{next / kSecond, next % kSecond};
    while (::clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &until, nullptr) != 0) {
    }
    wakes_.push_back({next, static_cast<double>(e2e::clock().now_ns() - next) / 1e6});
  }
}

std::vector<double> BareTimer::stop(std::int64_t from_ns, std::int64_t to_ns) {
  thread_.request_stop();
  thread_.join();
  std::vector<double> out;
  for (const Wake& wake : wakes_) {
    if (wake.at_ns >= from_ns && wake.at_ns <= to_ns) out.push_back(wake.late_ms);
  }
  return out;
}

}  // namespace recado::bench
