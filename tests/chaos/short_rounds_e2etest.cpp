// One short round of each scenario, the same at every run unless CHAOS_SEED says otherwise. `make chaos` runs
// long.
#include <gtest/gtest.h>

#include "chaos/round.hpp"

namespace recado::chaos {
namespace {

class ShortRound : public ::testing::TestWithParam<const char*> {};

TEST_P(ShortRound, KeepsEveryPromise) {
  RoundOptions options;
  options.seed = seed_or(1);
  options.most_faults = 2;
  const RoundResult result = run_round(scenario(GetParam()), options);
  for (const auto& violation : result.judgement.violations) {
    ADD_FAILURE() << violation.rule << " " << violation.tag << ": " << violation.detail;
  }
  for (const auto& ill : result.ill) ADD_FAILURE() << ill;
  // A round in which nothing had to arrive would prove nothing.
  if (result.skipped.empty()) {
    EXPECT_GT(result.judgement.required, 20U);
  }
}

INSTANTIATE_TEST_SUITE_P(Of, ShortRound,
                         ::testing::Values("alone", "nodes", "redis", "receiver", "clock", "disk",
                                           "disk_everysec"),
                         [](const auto& param) { return std::string(param.param); });

}  // namespace
}  // namespace recado::chaos
