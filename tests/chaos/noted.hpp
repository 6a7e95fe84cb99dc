// What every fault is made of: its time, and its note in the ledger.
#pragma once

#include "chaos/world.hpp"

namespace recado::chaos {

using Kind = Trouble::Kind;

/// Waiting is what a fault does: the time of its being is the fault.
inline void last(Millis span) {
  e2e::wait_until(e2e::now() + span);
}

inline Nanos now_ns() {
  return e2e::clock().now_ns();
}

/// Noted from its making to its end, with the part before the ledger knows of it covered by `from`.
class Noted {
 public:
  Noted(World& world, Kind kind, const char* name) : world_(world) {
    trouble_.kind = kind;
    trouble_.name = name;
    trouble_.from = now_ns();
  }
  ~Noted() {
    trouble_.to = now_ns();
    world_.ledger().trouble(trouble_);
  }
  Noted(const Noted&) = delete;
  Noted& operator=(const Noted&) = delete;

 private:
  World& world_;
  Trouble trouble_;
};

}  // namespace recado::chaos
