#include "delivery.hpp"

#include <algorithm>
#include <stdexcept>

#include "load/generator.hpp"
#include "registrations.hpp"

namespace recado::bench {

namespace {

constexpr Millis kQuiet{5'000};

}  // namespace

Delivered judge_arrivals(const std::vector<Arrival>& arrivals, std::uint32_t count,
                         const std::function<Instant(std::uint32_t)>& due) {
  Delivered out;
  std::vector<bool> seen(count, false);
  std::int64_t latest_due = 0, last = 0;
  for (const Arrival& arrival : arrivals) {
    if (arrival.number >= count) continue;
    if (seen[arrival.number]) {
      ++out.repeated;
      continue;
    }
    seen[arrival.number] = true;
    const std::int64_t due_ms = to_ms(due(arrival.number));
    out.late_ms.push_back(static_cast<double>(arrival.at_ns - due_ms * 1'000'000) / 1e6);
    out.disorder_ms = std::max(out.disorder_ms, static_cast<double>(latest_due - due_ms));
    latest_due = std::max(latest_due, due_ms);
    last = std::max(last, arrival.at_ns);
  }
  out.missing = count - static_cast<std::uint32_t>(out.late_ms.size());
  if (last > 0) out.seconds = static_cast<double>(last - to_ms(due(0)) * 1'000'000) / 1e9;
  return out;
}

Delivered deliver(Service& service, Sink& sink, const Due& due, double per_second) {
  for (double patience = 1.3; patience < 20; patience *= 2) {
    const Instant first =
        e2e::now() + service.ahead() +
        Millis{200 + static_cast<std::int64_t>(patience * 1e3 * due.count / std::max(per_second, 1.0))};
    const DueTimes times = spread(first, due.count, due.over);
    sink.clear(due.count);
    Registrations requests({.url = sink.url(), .ids = ids_of(service.name())}, times);
    {
      load::Generator generator(service.ports(), 64, [&requests] { return requests.next(); });
      const load::Tally tally = generator.run_count(due.count, Millis{120'000});
      if (tally.of(201) != due.count)
        throw std::runtime_error(service.name() + " accepted " + std::to_string(tally.of(201)) + " of " +
                                 std::to_string(due.count) + " messages");
    }
    if (e2e::now() + service.ahead() > first) {  // too slow this time: those must be out of the way first
      sink.wait(due.count, first + due.over, kQuiet);
      continue;
    }
    const double cpu = service.cpu(), redis_cpu = service.redis_cpu();
    e2e::wait_until(first - Millis{200});
    const InterferenceWatch watch;
    sink.wait(due.count, first + due.over, kQuiet);
    const Interference busy = watch.stop();
    e2e::wait_until(e2e::now() + Millis{300});  // the outcomes are still being recorded
    Delivered out = judge_arrivals(sink.arrivals(), due.count, times);
    out.cpu_us = (service.cpu() - cpu) * 1e6 / due.count;
    out.redis_cpu_us = (service.redis_cpu() - redis_cpu) * 1e6 / due.count;
    out.busy = busy;
    return out;
  }
  throw std::runtime_error(service.name() + " does not register as fast as it did when it was warmed up");
}

}  // namespace recado::bench
