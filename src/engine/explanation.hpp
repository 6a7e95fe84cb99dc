// What is known of a message beyond its record: everything that says why it was sent, or was not. Plain
// values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/message.hpp"
#include "redis/client.hpp"

namespace recado::engine {

/// A destination's circuit breaker as this node has it; other nodes may see it differently.
struct BreakerView {
  std::string origin;  ///< `scheme://host:port`
  std::string state = "closed";
  int failures = 0;  ///< in a row
  std::optional<Instant> since;
  std::optional<Instant> next_probe;
};

/// A closed gate.
struct GateView {
  std::string name;
  GateKind kind = GateKind::other;
  std::optional<Instant> since;  ///< as far as it is known
  std::optional<Instant> next;   ///< when it is looked at next; nullopt: when it is resumed
};

/// A node's claim of a message.
struct ClaimView {
  std::string node;  ///< its incarnation; empty: it was moving while it was looked at
  std::uint64_t number = 0;
  std::optional<Instant> since;
  bool sending = false;  ///< known of this node only
};

struct Explanation {
  Message message;
  std::optional<ClaimView> claim;
  std::optional<GateView> held;  ///< the gate that holds it
  std::vector<GateView> ahead;   ///< closed gates that it will meet when it is due
  BreakerView breaker;
  std::string node;                      ///< this one's incarnation
  std::vector<redis::Warning> warnings;  ///< of Redis, also about its clock
};

}  // namespace recado::engine
