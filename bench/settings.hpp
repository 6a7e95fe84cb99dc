// What `make bench` is told by its environment.
#pragma once

#include <set>
#include <string>

#include "base/time.hpp"

namespace recado::bench {

/// How much is measured: everything, enough to see whether something has changed, or only that it still runs.
enum class Scale { full, quick, smoke };

struct Settings {
  Scale scale = Scale::full;
  int rounds = 3;
  std::set<std::string> groups;       ///< empty: all
  std::set<std::string> contestants;  ///< empty: all
  bool keep = false;                  ///< the rows of the last run that this one does not measure stay
  std::string out;                    ///< where results and plots go
  std::string peers;                  ///< the folder of the peers' sources
  std::string npm;                    ///< where the npm peers are installed

  bool wants(const std::string& group) const { return groups.empty() || groups.contains(group); }
  bool has(const std::string& contestant) const {
    return contestants.empty() || contestants.contains(contestant);
  }
  /// One of three by scale.
  template <class T>
  T pick(T full, T quick, T smoke) const {
    return scale == Scale::full ? full : scale == Scale::quick ? quick : smoke;
  }
};

/// BENCH_ONLY (groups, separated by commas), BENCH_PEERS (contestants likewise), BENCH_ROUNDS, BENCH_QUICK=1,
/// BENCH_SMOKE=1, BENCH_KEEP=1, BENCH_OUT.
Settings settings_of_environment();

}  // namespace recado::bench
