// What the groups of measures share.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "results.hpp"
#include "settings.hpp"

namespace recado::bench {

struct Bench {
  Settings settings;
  Results results;
  int round = 0;

  /// `names` in the order of this round: every second one begins with the other end.
  std::vector<std::string> order(std::vector<std::string> names) const;
  /// Says what is being measured, on standard error.
  void say(const std::string& what) const;
};

/// One round of each, in files of their own.
void registration(Bench& bench);
void lateness(Bench& bench);
void burst(Bench& bench);
void mixed(Bench& bench);
void https(Bench& bench);
void memory(Bench& bench);
void restart(Bench& bench);
void nodes(Bench& bench);
void rates(Bench& bench);
void references(Bench& bench);

}  // namespace recado::bench
