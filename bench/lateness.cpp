// How late: a message now and then, 1k, 10k and 50k due within one second, 10k at one instant, and while
// registrations come in.
#include <algorithm>
#include <atomic>
#include <optional>
#include <stdexcept>
#include <thread>

#include "bench.hpp"
#include "delivery.hpp"
#include "load/generator.hpp"
#include "registrations.hpp"
#include "timer.hpp"

namespace recado::bench {

namespace {

constexpr const char* kTimer = "a bare timer";

Millis warm_up_time(const Bench& bench) {
  return bench.settings.pick<Millis>(Millis{2'000}, Millis{1'500}, Millis{100});
}

void add_lateness(Bench& bench, const std::string& contestant, const std::string& id,
                  const std::string& title, Delivered& delivered, std::uint32_t count) {
  auto& results = bench.results;
  const auto& busy = delivered.busy;
  if (delivered.repeated > 0) bench.say("    " + std::to_string(delivered.repeated) + " came more than once");
  const double arrived = 100.0 * static_cast<double>(delivered.late_ms.size()) / count;
  results.add({id + "-arrived", title + ": delivered", "%"}, contestant, arrived, busy);
  if (delivered.late_ms.empty()) return;
  const double early = *std::min_element(delivered.late_ms.begin(), delivered.late_ms.end());
  if (early < 0) bench.say("    early by " + std::to_string(-early) + " ms");
  results.add({id + "-p50", title + ": p50", "ms", false, 2}, contestant, quantile(delivered.late_ms, 0.5),
              busy);
  results.add({id + "-p99", title + ": p99", "ms", false, 2}, contestant, quantile(delivered.late_ms, 0.99),
              busy);
  results.add({id + "-most", title + ": most", "ms", false, 2}, contestant, quantile(delivered.late_ms, 1),
              busy);
}

/// How late the machine woke a thread that did nothing else while Recado delivered.
void add_bare_timer(Bench& bench, BareTimer& timer, const Sink& sink, std::uint32_t per_second,
                    const Interference& busy) {
  const auto arrivals = sink.arrivals();
  if (arrivals.empty()) return;
  std::vector<double> late = timer.stop(arrivals.front().at_ns, arrivals.back().at_ns);
  if (late.empty()) return;
  const std::string title = "a thread that only sleeps, " + std::to_string(per_second) + "/s, meanwhile: ";
  const auto add = [&](const char* id, const char* what, double share) {
    bench.results.add({id, title + what, "ms", false, 2}, kTimer, quantile(late, share), busy);
  };
  add("timer-p50", "p50", 0.5);
  add("timer-p99", "p99", 0.99);
  add("timer-most", "most", 1);
}

void add_cpu(Bench& bench, const std::string& contestant, const std::string& id, const std::string& title,
             const Delivered& delivered) {
  bench.results.add({id + "-cpu", title + ": CPU of the service", "µs/message", false, 1}, contestant,
                    delivered.cpu_us, delivered.busy);
  bench.results.add({id + "-redis-cpu", title + ": CPU of its Redis", "µs/message", false, 1}, contestant,
                    delivered.redis_cpu_us, delivered.busy);
}

}  // namespace

void lateness(Bench& bench) {
  const auto& settings = bench.settings;
  const auto idle = settings.pick<std::uint32_t>(10'000, 2'000, 200);
  const auto per_second = settings.pick<std::uint32_t>(500, 500, 400);
  const auto counts =
      settings.pick<std::vector<std::uint32_t>>({1'000, 10'000, 50'000}, {1'000, 10'000, 50'000}, {300});
  for (const auto& name : bench.order(present(settings, {kRecado, kBullmq, kSeed}))) {
    Sink sink;
    Service service(name, settings, Fsync::everysec);
    const double rate = service.warm_up(warm_up_time(bench));
    if (name != kSeed) {
      bench.say("lateness, idle: " + name);
      std::optional<BareTimer> timer;
      if (name == kRecado) timer.emplace(Millis{1'000 / per_second});
      Delivered delivered =
          deliver(service, sink, {idle, Millis{static_cast<std::int64_t>(idle) * 1'000 / per_second}}, rate);
      if (timer) add_bare_timer(bench, *timer, sink, per_second, delivered.busy);
      add_lateness(bench, name, "idle", "lateness, idle (" + std::to_string(per_second) + "/s)", delivered,
                   idle);
    }
    for (const std::uint32_t count : counts) {
      if (name == kSeed && count > 10'000) continue;
      bench.say("lateness, " + std::to_string(count) + " due in one second: " + name);
      Delivered delivered = deliver(service, sink, {count, Millis{1'000}}, rate);
      const std::string id = "due-" + std::to_string(count);
      const std::string title = "lateness, " + std::to_string(count) + " due in one second";
      add_lateness(bench, name, id, title, delivered, count);
      if (name != kSeed && count >= 10'000) add_cpu(bench, name, id, title, delivered);
      if (count < 50'000) continue;
      bench.results.add({id + "-rate", title + ": delivered at", "messages/s"}, name, delivered.rate(),
                        delivered.busy);
      bench.results.add({id + "-disorder", title + ": out of due order by at most", "ms", false}, name,
                        delivered.disorder_ms, delivered.busy);
    }
  }
}

void burst(Bench& bench) {
  const auto count = bench.settings.pick<std::uint32_t>(10'000, 10'000, 300);
  for (const auto& name : bench.order(present(bench.settings, {kRecado, kBullmq}))) {
    Sink sink;
    Service service(name, bench.settings, Fsync::everysec);
    const double rate = service.warm_up(warm_up_time(bench));
    // The first one opens the connections to the destination.
    for (const bool counts : {false, true}) {
      bench.say("burst of " + std::to_string(count) + (counts ? ": " : ", not counted: ") + name);
      const Delivered delivered = deliver(service, sink, {count, Millis{0}}, rate);
      if (!counts) continue;
      const std::string id = "burst-" + std::to_string(count);
      const std::string title = "burst of " + std::to_string(count) + " at one instant";
      bench.results.add({id + "-drain", title + ": drained in", "s", false, 3}, name, delivered.seconds,
                        delivered.busy);
      add_cpu(bench, name, id, title, delivered);
    }
  }
}

void mixed(Bench& bench) {
  const auto per_second = bench.settings.pick<std::uint32_t>(2'000, 2'000, 200);
  const Millis over = bench.settings.pick<Millis>(Millis{5'000}, Millis{3'000}, Millis{500});
  const auto count = static_cast<std::uint32_t>(per_second * over.count() / 1'000);
  for (const auto& name : bench.order(present(bench.settings, {kRecado, kBullmq}))) {
    bench.say("mixed load: " + name);
    Sink sink;
    Service service(name, bench.settings, Fsync::everysec);
    const double half = service.warm_up(warm_up_time(bench)) / 2;
    load::Tally tally;
    std::atomic<bool> ended{false};
    std::thread registering([&] {
      // Longer than deliver() takes, which registers for about count / half seconds and waits 1.7 s at least.
      Registrations requests(Shape{}, far_future());
      load::Generator generator(service.ports(), 64, [&requests] { return requests.next(); });
      tally = generator.run(Millis{2'500 + static_cast<std::int64_t>(1.3e3 * count / half)} + over, half);
      ended = true;
    });
    Delivered delivered = deliver(service, sink, {count, over}, half);
    const bool alone = ended;
    registering.join();
    if (alone) throw std::runtime_error("registering ended before the last message was due");
    const std::string title =
        "mixed, " + std::to_string(per_second) + "/s due while registering at half speed";
    bench.results.add({"mixed-rate", title + ": registered", "messages/s"}, name,
                      static_cast<double>(tally.accepted_in_time) / tally.seconds, delivered.busy);
    add_lateness(bench, name, "mixed", title, delivered, count);
  }
}

}  // namespace recado::bench
