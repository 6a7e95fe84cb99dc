// Lateness and processor time along the rate at which messages fall due, for the plots.
#include <algorithm>

#include "bench.hpp"
#include "delivery.hpp"

namespace recado::bench {

void rates(Bench& bench) {
  const auto& settings = bench.settings;
  const Millis over = settings.pick<Millis>(Millis{3'000}, Millis{2'000}, Millis{500});
  for (const auto& name : bench.order(present(settings, {kRecado, kBullmq}))) {
    Sink sink;
    Service service(name, settings, Fsync::everysec);
    const double registered =
        service.warm_up(settings.pick<Millis>(Millis{2'000}, Millis{1'500}, Millis{100}));
    for (const std::uint32_t rate : settings.pick<std::vector<std::uint32_t>>(
             {200, 500, 1'000, 2'000, 5'000, 10'000, 15'000, 20'000, 30'000}, {500, 2'000, 10'000},
             {200, 400})) {
      bench.say(std::to_string(rate) + " due a second: " + name);
      const auto count = static_cast<std::uint32_t>(rate * over.count() / 1'000);
      Delivered delivered = deliver(service, sink, {count, over}, registered);
      const std::string id = "rate-" + std::to_string(rate);
      const std::string title = std::to_string(rate) + " due a second";
      const auto add = [&](const char* what, const char* says, const char* unit, double value) {
        bench.results.add({id + what, title + says, unit, false, 2}, name, value, delivered.busy);
      };
      add("-p50", ": p50", "ms", quantile(delivered.late_ms, 0.5));
      add("-p99", ": p99", "ms", quantile(delivered.late_ms, 0.99));
      const double seconds = std::max(delivered.seconds, std::chrono::duration<double>(over).count());
      add("-load", ": CPU of the service", "% of a core", delivered.cpu_us * count / 1e4 / seconds);
      add("-redis-load", ": CPU of its Redis", "% of a core", delivered.redis_cpu_us * count / 1e4 / seconds);
      // What is not delivered in time any more would not be at a higher rate either.
      if (delivered.seconds > 2 * seconds || quantile(delivered.late_ms, 0.5) > 3'000) break;
    }
  }
}

}  // namespace recado::bench
