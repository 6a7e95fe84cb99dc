// `make bench`: Recado and what users would pick instead, on loopback, in one run, in turns.
#include "bench.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>

#include "contestants.hpp"
#include "goals.hpp"
#include "machine.hpp"
#include "plots.hpp"
#include "table.hpp"

namespace recado::bench {

std::vector<std::string> Bench::order(std::vector<std::string> names) const {
  if (round % 2 == 1) std::reverse(names.begin(), names.end());
  return names;
}

void Bench::say(const std::string& what) const {
  std::fprintf(stderr, "[%d/%d] %s\n", round + 1, settings.rounds, what.c_str());
}

namespace {

struct Group {
  const char* name;
  void (*round)(Bench&);
};
constexpr Group kGroups[] = {
    {"references", references}, {"registration", registration},
    {"lateness", lateness},     {"burst", burst},
    {"mixed", mixed},           {"https", https},
    {"memory", memory},         {"restart", restart},
    {"nodes", nodes},           {"rates", rates},
};

void write(const std::string& path, const std::string& text) {
  std::ofstream(path) << text;
}

/// Everything so far, so that an interrupted run was not for nothing. Returns the table.
std::string write_results(const Bench& bench) {
  std::string text;
  for (const auto& [name, value] : machine_facts()) text += "- " + name + ": " + value + "\n";
  text += "\n" + measures_table(bench.results);
  if (const auto references = references_table(bench.results); !references.empty()) text += "\n" + references;
  text += "\n" + goals_table(judge(bench.results));
  std::filesystem::create_directories(bench.settings.out);
  write(bench.settings.out + "/table.md", text);
  write(bench.settings.out + "/results.json", bench.results.json(bench.settings.rounds));
  write_plots(bench.results, bench.settings.out);
  return text;
}

constexpr const char* kUsage =
    "Measures Recado beside BullMQ and APScheduler on loopback, by these variables:\n"
    "  BENCH_QUICK=1          shorter, for a first look\n"
    "  BENCH_ROUNDS=3         rounds of each measure; the tables show their median, least and most\n"
    "  BENCH_ONLY=a,b         only some groups, of those below\n"
    "  BENCH_PEERS=a,b        only these: recado, bullmq, apscheduler\n"
    "  BENCH_OUT=DIRECTORY    where table.md, results.json and the plots go\n"
    "  BENCH_KEEP=1           keep the rows of an earlier run that this one does not measure\n";

void say_groups(std::FILE* to) {
  for (const Group& group : kGroups) std::fprintf(to, " %s", group.name);
  std::fputs("\n", to);
}

/// The answer to arguments, of which there are none.
int explain(const std::string& argument) {
  const bool asked = argument == "--help";
  std::FILE* to = asked ? stdout : stderr;
  if (!asked) std::fputs("the bench takes no arguments\n", to);
  std::fputs(kUsage, to);
  std::fputs("Groups:", to);
  say_groups(to);
  return asked ? 0 : 2;
}

int run() {
  Bench bench{settings_of_environment(), {}, 0};
  for (const std::string& name : bench.settings.groups) {
    if (std::none_of(std::begin(kGroups), std::end(kGroups),
                     [&](const Group& g) { return name == g.name; })) {
      std::fprintf(stderr, "BENCH_ONLY: there is no group '%s'; there are:", name.c_str());
      say_groups(stderr);
      return 2;
    }
  }
  if (bench.settings.keep) bench.results.keep(e2e::read_file(bench.settings.out + "/results.json"));
  bool complete = true;
  std::string table;
  for (const Group& group : kGroups) {
    if (!bench.settings.wants(group.name)) continue;
    for (bench.round = 0; bench.round < bench.settings.rounds; ++bench.round) {
      try {
        group.round(bench);
      } catch (const std::exception& error) {
        // The other rows are worth having.
        bench.say("*** " + std::string(group.name) + " is incomplete: " + error.what());
        complete = false;
      }
      table = write_results(bench);
    }
  }
  std::fputs(table.c_str(), stdout);
  std::fprintf(stderr, "written to %s: table.md, results.json, *.svg\n", bench.settings.out.c_str());
  return complete ? 0 : 1;
}

}  // namespace
}  // namespace recado::bench

int main(int argc, char** argv) {
  if (argc > 1) return recado::bench::explain(argv[1]);
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  try {
    return recado::bench::run();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "the bench cannot go on: %s\n", error.what());
    return 1;
  }
}
