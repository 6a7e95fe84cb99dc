// Taking over from the program of seed 003: its keys `message:<id>` → JSON `id`, `scheduleTo`, `payload`,
// `webhookUrl`.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "engine/destination.hpp"
#include "engine/engine.hpp"
#include "io/loop.hpp"
#include "redis/client.hpp"

namespace recado::app {

struct SeedImport {
  std::size_t registered = 0;  ///< now ours, and their keys deleted
  /// Registered (and perhaps sent) already, by an import that was broken off: their keys deleted.
  std::size_t present = 0;
  std::vector<std::string> left;  ///< `message:<id>: why`: unreadable, or a refused address; their keys stay
};

/// Reads `source` with SCAN, registers through `engine`, deletes each key once its message is registered.
/// Progress is logged; what was left is the caller's to name. Errors: Redis stayed away for a minute; calling
/// again goes on where it stopped.
io::Task<Result<SeedImport>> import_seed_messages(io::Loop& loop, redis::Client& source,
                                                  engine::Engine& engine,
                                                  const engine::Destinations& destinations);

/// Reads and judges the same way and changes nothing; `registered` then are those that could be.
io::Task<Result<SeedImport>> judge_seed_messages(io::Loop& loop, redis::Client& source,
                                                 const engine::Destinations& destinations);

}  // namespace recado::app
