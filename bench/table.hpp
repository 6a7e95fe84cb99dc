// What people read: the measures side by side, and the goals, as Markdown tables.
#pragma once

#include <string>
#include <vector>

#include "goals.hpp"
#include "results.hpp"

namespace recado::bench {

/// Each cell: the median and, over several rounds, (least–most); a ratio above 1 is in Recado's favour. A row
/// during which others had more than 5 % of the machine is marked with `!`.
std::string measures_table(const Results& results);
/// What was measured of others than Recado and its peers.
std::string references_table(const Results& results);
std::string goals_table(const std::vector<Verdict>& verdicts);

}  // namespace recado::bench
