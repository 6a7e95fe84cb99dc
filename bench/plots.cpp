#include "plots.hpp"

#include <charconv>
#include <filesystem>
#include <fstream>

#include "contestants.hpp"
#include "plot.hpp"

namespace recado::bench {

namespace {

/// The medians of the measures named `prefix`, a number, `suffix`, by that number.
Series series(const Results& results, const std::string& name, bool dashed, const std::string& contestant,
              const std::string& prefix, const std::string& suffix) {
  Series out{name, contestant == kRecado ? 0U : 1U, dashed, {}};
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
  /// Two lines for each of Recado and BullMQ.
  const auto pairs = [&](const std::string& prefix, const std::string& solid, const std::string& solid_suffix,
                         const std::string& dashed, const std::string& dashed_suffix) {
    std::vector<Series> out;
    for (const std::string contestant : {kRecado, kBullmq}) {
      const std::string name = contestant == kRecado ? "Recado" : "BullMQ";
      out.push_back(series(results, name + solid, false, contestant, prefix, solid_suffix));
      out.push_back(series(results, name + dashed, true, contestant, prefix, dashed_suffix));
    }
    return out;
  };
  write(directory + "/lateness.svg", {"Lateness against rate",
                                      {"messages due a second", true},
                                      {"late by, ms", true},
                                      pairs("rate-", ": p50", "-p50", ": p99", "-p99")});
  write(directory + "/cpu.svg", {"Processor time of deliveries against rate",
                                 {"messages due a second", false},
                                 {"share of one core, %", false},
                                 pairs("rate-", "", "-load", ": its Redis", "-redis-load")});
  write(directory + "/memory.svg",
        {"Memory against backlog (200 B payload, 40 B URL)",
         {"messages pending", true},
         {"memory, MB", true},
         pairs("memory-", "", "-server-service", ": its Redis", "-server-redis-all")});
  write(directory + "/restart.svg", {"Restart after kill -9 against backlog",
                                     {"messages pending", true},
                                     {"seconds from exec", true},
                                     pairs("restart-", ": healthy", "-healthy", ": first fire", "-first")});
}

}  // namespace recado::bench
