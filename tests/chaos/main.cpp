// Without CHAOS_MINUTES: the tests, as ctest runs them. With it: rounds of every scenario until the minutes
// are over, then the table. `make chaos` does the latter.
//
//   CHAOS_MINUTES=10  how long
//   CHAOS_SEED=7      the first round's; each later round has the next. Drawn and printed when not given
//   CHAOS_SCENARIO=redis  only that one
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "base/crypto.hpp"
#include "chaos/round.hpp"

namespace recado::chaos {
namespace {

int run_for(double minutes) {
  const std::uint64_t first = seed_or(random_u64() % 1'000'000'000);
  const char* only = std::getenv("CHAOS_SCENARIO");
  std::printf("CHAOS_SEED=%llu CHAOS_MINUTES=%g\n", static_cast<unsigned long long>(first), minutes);
  const SteadyPoint until = e2e::clock().steady() + Millis{static_cast<std::int64_t>(minutes * 60'000)};
  std::vector<RoundResult> rounds;
  for (std::uint64_t seed = first; e2e::clock().steady() < until || rounds.empty(); ++seed) {
    const auto& all = scenarios();
    RoundOptions options;
    options.seed = seed;
    const std::string wanted = only != nullptr ? only : "";
    rounds.push_back(run_round(wanted.empty() ? all[seed % all.size()] : scenario(wanted), options));
  }
  print_table(rounds);
  for (const auto& round : rounds) {
    if (!round.passed()) {
      std::printf("again: CHAOS_SCENARIO=%s CHAOS_SEED=%llu CHAOS_MINUTES=0.01 make chaos\n",
                  round.scenario.c_str(), static_cast<unsigned long long>(round.seed));
    }
  }
  return std::all_of(rounds.begin(), rounds.end(), [](const auto& round) { return round.passed(); }) ? 0 : 1;
}

}  // namespace
}  // namespace recado::chaos

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  const char* minutes = std::getenv("CHAOS_MINUTES");
  if (minutes != nullptr && *minutes != '\0') return recado::chaos::run_for(std::atof(minutes));
  return RUN_ALL_TESTS();
}
