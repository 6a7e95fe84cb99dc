// What can be broken in a world, one entry a fault: its name, how long it lasts, how it is done and undone.
#pragma once

#include <string>
#include <vector>

#include "chaos/random.hpp"
#include "chaos/world.hpp"

namespace recado::chaos {

struct Fault {
  const char* name;
  Millis shortest, longest;
  /// Breaks, waits for `lasts`, mends; notes in the ledger what that allows. `target`: which node.
  void (*inject)(World& world, const char* name, Millis lasts, std::size_t target);
};

/// A kind of world and what is broken in it.
struct Scenario {
  const char* name;
  WorldOptions world;
  std::vector<Fault> faults;
};

const std::vector<Scenario>& scenarios();
const Scenario& scenario(const std::string& name);

}  // namespace recado::chaos
