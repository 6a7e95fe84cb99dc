#include "plots.hpp"

#include <charconv>
#include <filesystem>
#include <fstream>

#include "contestants.hpp"
#include "plot.hpp"

namespace recado::bench {

namespace {

/// The medians of the measures named `prefix`, a number, `suffix`, by that number.
Series series(const Results& results, const std::string& name, const std::string& contestant,
              const std::string& prefix, const std::string& suffix) {
  Series out{name, {}};
  for (const Measure& measure : results.measures()) {
    if (!measure.id.starts_with(prefix)) continue;
    double x = 0;
    const char* end = measure.id.data() + measure.id.size();
    const auto [after, error] = std::from_chars(measure.id.data() + prefix.size(), end, x);
    if (error != std::errc() || std::string_view(after, static_cast<std::size_t>(end - after)) != suffix)
      continue;
    if (const auto spread = results.of(measure.id, contestant)) out.points.emplace_back(x, spread->median);
  }
  return out;
}

void write(const std::string& path, const Chart& chart) {
  const std::string text = svg(chart);
  if (!text.empty()) std::ofstream(path) << text;
}

}  // namespace

void write_plots(const Results& results, const std::string& directory) {
  std::filesystem::create_directories(directory);
  const auto of = [&](const char* name, const char* contestant, const char* prefix, const char* suffix) {
    return series(results, name, contestant, prefix, suffix);
  };
  write(directory + "/lateness.svg",
        {"Lateness against rate",
         {"messages due a second", true},
         {"late by, ms", true},
         {of("Recado p50", kRecado, "rate-", "-p50"), of("Recado p99", kRecado, "rate-", "-p99"),
          of("BullMQ p50", kBullmq, "rate-", "-p50"), of("BullMQ p99", kBullmq, "rate-", "-p99")}});
  write(directory + "/cpu.svg",
        {"Processor time of deliveries against rate",
         {"messages due a second", false},
         {"share of one core, %", false},
         {of("Recado", kRecado, "rate-", "-load"), of("its Redis", kRecado, "rate-", "-redis-load"),
          of("BullMQ", kBullmq, "rate-", "-load"), of("its Redis", kBullmq, "rate-", "-redis-load")}});
  write(directory + "/memory.svg", {"Memory against backlog (200 B payload, 40 B URL)",
                                    {"messages pending", true},
                                    {"memory, MB", true},
                                    {of("Recado", kRecado, "memory-", "-server-service"),
                                     of("its Redis", kRecado, "memory-", "-server-redis-all"),
                                     of("BullMQ", kBullmq, "memory-", "-server-service"),
                                     of("its Redis", kBullmq, "memory-", "-server-redis-all")}});
  write(directory + "/restart.svg", {"Restart after kill -9 against backlog",
                                     {"messages pending", true},
                                     {"seconds from exec", true},
                                     {of("Recado healthy", kRecado, "restart-", "-healthy"),
                                      of("Recado first fire", kRecado, "restart-", "-first"),
                                      of("BullMQ healthy", kBullmq, "restart-", "-healthy"),
                                      of("BullMQ first fire", kBullmq, "restart-", "-first")}});
}

}  // namespace recado::bench
