// One node against two and three on one Redis of one machine: registering, and delivering what falls due at
// one instant.
#include "bench.hpp"
#include "delivery.hpp"
#include "load/generator.hpp"
#include "registrations.hpp"

namespace recado::bench {

namespace {

void measure(Bench& bench, std::size_t count) {
  const auto& settings = bench.settings;
  const std::string id = "nodes-" + std::to_string(count);
  const std::string title = std::to_string(count) + (count == 1 ? " node" : " nodes");
  bench.say(title + " on one Redis");
  Sink sink;
  Service service(kRecado, settings, Fsync::everysec, count);
  const double rate = service.warm_up(settings.pick<Millis>(Millis{2'000}, Millis{1'500}, Millis{100}));
  {
    Registrations requests(Shape{}, far_future());
    load::Generator generator(service.ports(), 64, [&requests] { return requests.next(); });
    const InterferenceWatch watch;
    const load::Tally tally =
        generator.run(settings.pick<Millis>(Millis{4'000}, Millis{2'000}, Millis{300}), 0);
    bench.results.add(
        {id + "-registration", title + " on one Redis: registration, 64 connections", "messages/s"}, kRecado,
        static_cast<double>(tally.accepted_in_time) / tally.seconds, watch.stop());
  }
  const auto burst = settings.pick<std::uint32_t>(20'000, 10'000, 300);
  deliver(service, sink, {std::min(burst, 2'000U), Millis{0}}, rate);  // opens the connections
  const Delivered delivered = deliver(service, sink, {burst, Millis{0}}, rate);
  bench.results.add({id + "-delivery",
                     title + " on one Redis: delivering a burst of " + std::to_string(burst), "messages/s"},
                    kRecado, delivered.rate(), delivered.busy);
  if (delivered.repeated > 0) bench.say("    " + std::to_string(delivered.repeated) + " came more than once");
}

}  // namespace

void nodes(Bench& bench) {
  if (!bench.settings.has(kRecado)) return;
  const std::size_t most = bench.settings.pick<std::size_t>(3, 3, 2);
  for (std::size_t i = 0; i < most; ++i) measure(bench, bench.round % 2 == 0 ? i + 1 : most - i);
}

}  // namespace recado::bench
