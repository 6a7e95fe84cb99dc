#include "goals.hpp"

#include "contestants.hpp"

namespace recado::bench {

namespace {

std::vector<Goal> goals() {
  std::vector<Goal> all;
  const auto bound = [&](const char* text, const char* measure, bool at_least, double value) {
    all.push_back({text, measure, at_least, value, "", ""});
  };
  for (const char* connections : {"16", "64", "256"}) {
    const std::string row = std::string("registration-") + connections + "-200-everysec";
    const std::string name = std::string("registration, ") + connections + " connections, everysec: ";
    all.push_back({name + "3 × BullMQ", row, true, 3, row, kBullmq});
    all.push_back({name + "25 × the seed's stack", row, true, 25, row, kSeed});
    all.push_back({name + "p99 half of BullMQ's", row + "-p99", false, 0.5, row + "-p99", kBullmq});
    all.push_back({name + "half of what Redis does with the script", row, true, 0.5, "script-64-everysec",
                   "redis-benchmark"});
    all.push_back(
        {std::string("registration, ") + connections + " connections, always: 2 × BullMQ on everysec",
         std::string("registration-") + connections + "-200-always", true, 2, row, kBullmq});
  }
  bound("batches of 1,000, everysec", "registration-batch-everysec", true, 100'000);
  all.push_back({"registration, one connection, everysec: 1.3 × BullMQ", "registration-1-200-everysec", true,
                 1.3, "registration-1-200-everysec", kBullmq});
  bound("lateness, idle: p99 under 1 ms", "idle-p99", false, 1);
  bound("lateness, idle: most under 5 ms", "idle-most", false, 5);
  bound("lateness, 10k due in one second: p50 under 2 ms", "due-10000-p50", false, 2);
  bound("lateness, 10k due in one second: p99 under 10 ms", "due-10000-p99", false, 10);
  bound("50k due in one second: delivered at 25k/s", "due-50000-rate", true, 25'000);
  bound("50k due in one second: in due order (within 20 ms)", "due-50000-disorder", false, 20);
  bound("burst of 10k: drained in 0.35 s", "burst-10000-drain", false, 0.35);
  bound("HTTPS keep-alive: 70 % of plain HTTP's rate", "https-share", true, 70);
  bound("mixed load: p99 under 15 ms", "mixed-p99", false, 15);
  bound("memory of recado with 1M pending: under 30 MB", "memory-1000000-server-service", false, 30);
  bound("memory of recado: flat to 1M pending (within 2 MB)", "memory-growth", false, 2);
  bound("memory of Redis, 1M pending, our ids: under 450 B", "memory-1000000-server-redis", false, 450);
  bound("memory of Redis, 1M pending, 36-byte ids: under 520 B", "memory-1000000-client-redis", false, 520);
  bound("restart with 1M pending: first fire within 0.2 s of exec", "restart-1000000-first", false, 0.2);
  all.push_back({"two nodes register 0.95 of what one does", "nodes-2-registration", true, 0.95,
                 "nodes-1-registration", ""});
  all.push_back(
      {"two nodes deliver 0.95 of what one does", "nodes-2-delivery", true, 0.95, "nodes-1-delivery", ""});
  return all;
}

}  // namespace

std::vector<Verdict> judge(const Results& results) {
  std::vector<Verdict> out;
  for (const Goal& goal : goals()) {
    const auto reached = results.of(goal.measure, kRecado);
    if (!reached) continue;
    double wanted = goal.factor;
    if (!goal.of_measure.empty()) {
      const auto other =
          results.of(goal.of_measure, goal.of_contestant.empty() ? kRecado : goal.of_contestant);
      if (!other) continue;
      wanted *= other->median;
    }
    Verdict verdict{goal, "", 0, reached->median, wanted, false};
    for (const Measure& measure : results.measures()) {
      if (measure.id == goal.measure) verdict.unit = measure.unit, verdict.decimals = measure.decimals;
    }
    verdict.met = goal.at_least ? verdict.reached >= wanted : verdict.reached <= wanted;
    out.push_back(std::move(verdict));
  }
  return out;
}

}  // namespace recado::bench
