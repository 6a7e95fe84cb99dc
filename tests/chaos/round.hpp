// One round: a world, a workload, faults one after the other, quiet, judgement.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "chaos/faults.hpp"
#include "chaos/oracle.hpp"

namespace recado::chaos {

struct RoundOptions {
  std::uint64_t seed = 1;
  std::size_t most_faults = 100;  ///< of the scenario's, drawn by the seed
  unsigned a_second = 40;         ///< registrations
  /// How long the system may take to deliver everything and be healthy, once nothing is broken any more.
  Millis patience{30'000};
};

struct RoundResult {
  std::string scenario;
  std::uint64_t seed = 0;
  std::uint64_t plan_digest = 0;
  Judgement judgement;
  std::vector<std::string> ill;  ///< what was not healthy by itself afterwards
  struct Tried {
    std::size_t times = 0;
    Millis lasted{};
  };
  std::map<std::string, Tried> faults;
  std::map<std::string, std::size_t> conducts;  ///< of the receiver
  std::map<int, std::size_t> statuses;          ///< answers to clients
  std::size_t arrivals = 0;
  Millis until_quiet{};
  std::string skipped;  ///< why this machine cannot run it; empty: it ran

  bool passed() const { return judgement.violations.empty() && ill.empty(); }
};

/// Says on standard output what it does.
RoundResult run_round(const Scenario& scenario, const RoundOptions& options);

/// One line a fault, one a scenario.
void print_table(const std::vector<RoundResult>& rounds);

/// CHAOS_SEED, or `otherwise`.
std::uint64_t seed_or(std::uint64_t otherwise);

}  // namespace recado::chaos
