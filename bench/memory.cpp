// What a pending message costs: memory of the service and of its Redis at 100k and 1M pending, with ids that
// the server makes and with 36-byte ids of the client. Payload 200 B, URL 40 B.
#include <algorithm>

#include "backlog.hpp"
#include "bench.hpp"

namespace recado::bench {

namespace {

/// Both in MB (10^6 bytes).
struct Footprint {
  double service = 0, redis = 0;
};

/// What the backlog takes, not what its registration left behind for a moment: the least that the service has
/// in memory within the time in which it gives back what is free.
Footprint footprint(Service& service) {
  constexpr int kLooks = 12;
  double least = resident_mb(service.node().pid());
  for (int look = 0; look < kLooks; ++look) {
    e2e::wait_until(e2e::now() + Millis{1'000});
    least = std::min(least, resident_mb(service.node().pid()));
  }
  return {least, service.redis().info("used_memory") / 1e6};
}

/// Fills up to each of `counts` and says what that takes.
void measure(Bench& bench, const std::string& name, Ids ids, const std::vector<std::uint32_t>& counts) {
  const std::string whose = ids == Ids::servers ? "server" : "client";
  auto& results = bench.results;
  Service service(name, bench.settings, Fsync::everysec);
  fill(service, 1'000, {.ids = ids});  // scripts, hashes and buffers are there
  const Footprint empty = footprint(service);
  std::uint32_t pending = 0;
  double least = empty.service, most = empty.service;
  for (const std::uint32_t count : counts) {
    const std::string id = "memory-" + std::to_string(count) + "-" + whose;
    const std::string title = "memory, " + std::to_string(count) + " pending, ids of the " + whose;
    bench.say(title + ": " + name);
    const InterferenceWatch watch;
    fill(service, count - pending, {.ids = ids});
    const Interference busy = watch.stop();
    pending = count;
    const Footprint full = footprint(service);
    results.add({id + "-service", title + ": service", "MB", false, 1}, name, full.service, busy);
    results.add({id + "-redis", title + ": Redis", "B/message", false}, name,
                (full.redis - empty.redis) * 1e6 / count, busy);
    results.add({id + "-redis-all", title + ": Redis", "MB", false, 1}, name, full.redis, busy);
    least = std::min(least, full.service), most = std::max(most, full.service);
    if (count == counts.back() && ids == Ids::servers)
      results.add(
          {"memory-growth", "memory of the service, most less least over all backlogs", "MB", false, 1}, name,
          most - least, busy);
  }
}

}  // namespace

void memory(Bench& bench) {
  const auto counts = backlogs(bench, kRecado);
  std::vector<std::string> names = {kRecado};
  // One round for the peer: its figures hardly differ, and a million takes it minutes.
  if (bench.round == 0) names.emplace_back(kBullmq);
  for (const auto& name : bench.order(present(bench.settings, names)))
    measure(bench, name, Ids::servers, backlogs(bench, name));
  if (bench.settings.has(kRecado)) measure(bench, kRecado, Ids::clients, {counts.back()});
}

}  // namespace recado::bench
