// Which charts are made of the results.
#pragma once

#include <string>

#include "results.hpp"

namespace recado::bench {

/// Writes lateness.svg, cpu.svg, memory.svg and restart.svg into `directory`, those for which there are
/// values.
void write_plots(const Results& results, const std::string& directory);

}  // namespace recado::bench
