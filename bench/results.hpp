// What was measured: values by measure and contestant, one or more a round.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cpu.hpp"

namespace recado::bench {

/// A row of the table.
struct Measure {
  std::string id;     ///< for goals, plots and results.json
  std::string title;  ///< what people read
  std::string unit;
  bool higher_is_better = true;
  int decimals = 0;
};

struct Spread {
  double least = 0, median = 0, most = 0;
  std::size_t count = 0;
};
/// Requires at least one value.
Spread spread_of(std::vector<double> values);

/// The value below which `share` of the values lie, 0-1; 0 without values.
double quantile(std::vector<double>& values, double share);

class Results {
 public:
  void add(const Measure& measure, const std::string& contestant, double value, const Interference& busy);

  /// In the order in which they came first.
  const std::vector<Measure>& measures() const noexcept { return measures_; }
  /// Who has values anywhere, Recado first.
  std::vector<std::string> contestants() const;
  std::optional<Spread> of(const std::string& measure, const std::string& contestant) const;
  /// The median over the rounds of what others had of the machine while the row was measured.
  Interference busy(const std::string& measure) const;

  /// As results.json, with what is known about the machine.
  std::string json(int rounds) const;
  /// Takes the rows of an earlier results.json; those that are measured again replace them. What cannot be
  /// read is left out.
  void keep(std::string_view json);

 private:
  struct Sample {
    double value = 0;
    Interference busy;
    bool earlier = false;  ///< from an earlier run
  };

  std::vector<Measure> measures_;
  std::map<std::string, std::map<std::string, std::vector<Sample>>> samples_;  ///< by measure, contestant
};

}  // namespace recado::bench
