// Gives memory that a peak left behind back to the system: what this process needs does not depend on how
// many messages wait, and what it shows should not either.
#pragma once

#include <cstddef>

#include "io/loop.hpp"

namespace recado::app {

/// When that is worth while: asked at even intervals. What is in use cannot be given back, and looking for
/// what is free takes time, so a release that brought little is followed by a pause. Pure.
class MemoryRelease {
 public:
  /// `resident`: bytes that the process has in memory before it has anything to do.
  explicit MemoryRelease(std::size_t resident) : least_(resident) {}
  /// `resident`: those that it has now.
  bool due(std::size_t resident);
  /// A release was made; bytes resident before and after it.
  void released(std::size_t before, std::size_t after);

 private:
  std::size_t least_;  ///< that was ever resident after a release, or at the start
  bool pause_ = false;
};

/// Does it while this runs; ends when its task is cancelled. Loop thread only.
io::Task<> release_memory(io::Loop& loop);

}  // namespace recado::app
