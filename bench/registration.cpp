// How much is taken in: one message a request over 1 to 256 connections, batches, larger payloads, both
// fsyncs.
#include "bench.hpp"
#include "contestants.hpp"
#include "load/generator.hpp"
#include "registrations.hpp"

namespace recado::bench {

namespace {

struct Row {
  std::string id, title;
  std::size_t connections;
  std::size_t payload_bytes = 200;
  std::uint32_t per_request = 1;
};

std::string size_text(std::size_t bytes) {
  return bytes < 1'000 ? std::to_string(bytes) + " B" : std::to_string(bytes / 1'000) + " KB";
}

std::vector<Row> rows_of(const Bench& bench, const std::string& contestant, Fsync fsync) {
  std::vector<Row> rows;
  const auto single = [&](std::size_t connections, std::size_t bytes) {
    const std::string id = std::to_string(connections) + "-" + std::to_string(bytes);
    rows.push_back({id,
                    std::to_string(connections) + " connection" + (connections == 1 ? "" : "s") + ", " +
                        size_text(bytes),
                    connections, bytes});
  };
  for (const std::size_t connections :
       bench.settings.pick<std::vector<std::size_t>>({1, 16, 64, 256}, {1, 16, 64, 256}, {4}))
    single(connections, 200);
  if (contestant != kSeed)
    rows.push_back({"batch", "batches of 1,000 over 4 connections, 200 B", 4, 200, 1'000});
  if (fsync == Fsync::everysec && contestant != kSeed && bench.settings.scale == Scale::full) {
    single(64, 2'000);
    single(64, 64'000);
  }
  return rows;
}

void measure(Bench& bench, Service& service, const Row& row, Fsync fsync) {
  const Millis duration = row.payload_bytes > 10'000
                              ? Millis{1'500}
                              : bench.settings.pick<Millis>(Millis{4'000}, Millis{2'000}, Millis{300});
  Registrations requests({.payload_bytes = row.payload_bytes, .ids = ids_of(service.name())}, far_future(),
                         row.per_request);
  load::Generator generator(service.ports(), row.connections, [&requests] { return requests.next(); });
  generator.run(Millis{200}, 0);
  const double cpu = service.cpu(), redis_cpu = service.redis_cpu();
  const InterferenceWatch watch;
  load::Tally tally =
      row.per_request == 1
          ? generator.run(duration, 0)
          : generator.run_count(bench.settings.pick<std::uint64_t>(200, 100, 2), Millis{60'000});
  const Interference busy = watch.stop();
  const double taken = static_cast<double>(tally.accepted_in_time) * row.per_request;
  const std::string id = "registration-" + row.id + "-" + to_string(fsync);
  const std::string title = "registration, " + std::string(to_string(fsync)) + ", " + row.title;
  auto& results = bench.results;
  results.add({id, title, "messages/s"}, service.name(), taken / tally.seconds, busy);
  std::vector<double> took(tally.accepted_ms.begin(), tally.accepted_ms.end());
  results.add({id + "-p50", title + ": p50", "ms", false, 2}, service.name(), quantile(took, 0.5), busy);
  results.add({id + "-p99", title + ": p99", "ms", false, 2}, service.name(), quantile(took, 0.99), busy);
  const double cpu_us = 1e6 / std::max(taken, 1.0);
  if (row.connections == 64 || row.per_request > 1) {
    results.add({id + "-cpu", title + ": CPU of the service", "µs/message", false, 1}, service.name(),
                (service.cpu() - cpu) * cpu_us, busy);
    results.add({id + "-redis-cpu", title + ": CPU of its Redis", "µs/message", false, 1}, service.name(),
                (service.redis_cpu() - redis_cpu) * cpu_us, busy);
  }
  const std::uint64_t refused = [&] {
    std::uint64_t all = tally.broken;
    for (const auto& [status, count] : tally.answers) all += status / 100 == 2 ? 0 : count;
    return all;
  }();
  if (refused > 0) bench.say("    " + std::to_string(refused) + " requests were not accepted");
}

}  // namespace

void registration(Bench& bench) {
  for (const Fsync fsync : {Fsync::everysec, Fsync::always}) {
    std::vector<std::string> names = {kRecado, kBullmq};
    if (fsync == Fsync::everysec) names.emplace_back(kSeed);
    for (const auto& name : bench.order(present(bench.settings, names))) {
      Service service(name, bench.settings, fsync);
      service.warm_up(bench.settings.pick<Millis>(Millis{2'000}, Millis{1'500}, Millis{100}));
      for (const Row& row : rows_of(bench, name, fsync)) {
        bench.say("registration, " + std::string(to_string(fsync)) + ", " + row.title + ": " + name);
        measure(bench, service, row, fsync);
      }
    }
  }
}

}  // namespace recado::bench
