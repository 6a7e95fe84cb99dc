// Whether this node can take on more: looks at Redis, the loop and what waits for them, and says why not.
//
// A delay counts only when it stands: a single slow write or a busy moment refuses nobody. The limits lie
// well below what would make due messages late (they are claimed half a second ahead), so registrations are
// refused before that. Loop thread only.
#pragma once

#include <cstdint>
#include <optional>

#include "base/metrics.hpp"
#include "engine/engine.hpp"
#include "http/load.hpp"
#include "io/loop.hpp"
#include "redis/client.hpp"

namespace recado::app {

/// A condition that has to hold for a while before it counts. Pure.
class Standing {
 public:
  explicit Standing(Millis least) : least_(least) {}
  /// `holds` at `now`; true when it has held at every look for at least the time asked for.
  bool look(bool holds, SteadyPoint now);
  bool stands() const noexcept { return stands_; }

 private:
  const Millis least_;
  std::optional<SteadyPoint> since_;
  bool stands_ = false;
};

class Pressure {
 public:
  /// Everything must outlive it.
  Pressure(io::Loop& loop, redis::Client& redis, const engine::Engine& engine, Metrics& metrics);

  /// Looks again and again; ends when its task is cancelled.
  io::Task<> watch();
  /// The same for Redis's memory.
  io::Task<> watch_memory();

  /// Why nothing new should be taken on; nullopt when there is no reason.
  std::optional<http::Overload> overload() const;

 private:
  io::Loop& loop_;
  redis::Client& redis_;
  const engine::Engine& engine_;
  Standing redis_slow_;
  Standing loop_slow_;
  double memory_share_ = 0;
  Gauge& lag_;
  Gauge& redis_wait_;
  Gauge& redis_commands_;
  Gauge& redis_memory_;
};

}  // namespace recado::app
