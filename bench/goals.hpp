// What Recado wants to reach, and whether it does in this run.
#pragma once

#include <string>
#include <vector>

#include "results.hpp"

namespace recado::bench {

/// A bound for the median of one of Recado's measures: `factor`, or that times another measure's median.
struct Goal {
  std::string text;
  std::string measure;
  bool at_least = true;
  double factor = 0;
  std::string of_measure;     ///< empty: the factor is the bound
  std::string of_contestant;  ///< whose; empty: Recado's own
};

struct Verdict {
  Goal goal;
  std::string unit;
  int decimals = 0;
  double reached = 0, wanted = 0;
  bool met = false;
};

/// Those for which this run has the values.
std::vector<Verdict> judge(const Results& results);

}  // namespace recado::bench
