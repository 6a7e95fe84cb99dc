// Getting up again after kill -9 with a backlog, of which some fell due meanwhile. Redis stays up: how long
// it loads is its own.
#include "backlog.hpp"
#include "bench.hpp"
#include "load/generator.hpp"
#include "sink.hpp"

namespace recado::bench {

namespace {

constexpr Millis kDown{500};  ///< after they have fallen due

double seconds_between(std::int64_t from_ns, std::int64_t to_ns) {
  return static_cast<double>(to_ns - from_ns) / 1e9;
}

void measure(Bench& bench, const std::string& name, std::uint32_t pending, std::uint32_t overdue) {
  bench.say("restart, " + std::to_string(pending) + " pending: " + name);
  Sink sink;
  Service service(name, bench.settings, Fsync::everysec);
  const double rate = service.warm_up(Millis{500});
  fill(service, pending, {});
  sink.clear(overdue);
  const Instant due = e2e::now() + kDown + service.ahead() +
                      Millis{static_cast<std::int64_t>(2e3 * overdue / std::max(rate, 1.0))};
  Registrations requests({.url = sink.url()}, spread(due, overdue, Millis{0}));
  {
    load::Generator generator(service.ports(), 64, [&requests] { return requests.next(); });
    if (generator.run_count(overdue, Millis{60'000}).of(201) != overdue || e2e::now() + service.ahead() > due)
      throw std::runtime_error(name + " was too slow to register what is to fall due");
  }
  Node& node = service.node();
  node.kill();
  e2e::wait_until(due + kDown);

  const InterferenceWatch watch;
  const std::int64_t started = e2e::clock().now_ns();
  node.start();
  node.wait_healthy();
  const std::int64_t healthy = e2e::clock().now_ns();
  const bool all = sink.wait(overdue, e2e::now(), Millis{90'000});
  const Interference busy = watch.stop();
  const auto arrivals = sink.arrivals();
  const std::string id = "restart-" + std::to_string(pending);
  const std::string title = "restart after kill -9, " + std::to_string(pending) + " pending";
  auto& results = bench.results;
  results.add({id + "-healthy", title + ": exec to healthy", "s", false, 3}, name,
              seconds_between(started, healthy), busy);
  if (arrivals.empty()) return;
  results.add({id + "-first", title + ": exec to first fire", "s", false, 3}, name,
              seconds_between(started, arrivals.front().at_ns), busy);
  results.add(
      {id + "-all", title + ": exec to all " + std::to_string(overdue) + " overdue fired", "s", false, 3},
      name, seconds_between(started, arrivals.back().at_ns), busy);
  if (!all) bench.say("    " + std::to_string(overdue - arrivals.size()) + " did not come within 90 s");
}

}  // namespace

void restart(Bench& bench) {
  const auto overdue = bench.settings.pick<std::uint32_t>(10'000, 10'000, 100);
  std::vector<std::string> names = {kRecado};
  if (bench.round == 0) names.emplace_back(kBullmq);  // a million takes it minutes
  for (const auto& name : bench.order(present(bench.settings, names))) {
    for (const std::uint32_t pending : backlogs(bench, name)) measure(bench, name, pending, overdue);
  }
}

}  // namespace recado::bench
