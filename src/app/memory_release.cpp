#include "app/memory_release.hpp"

#ifdef RECADO_MIMALLOC
#include <mimalloc.h>
#else
#include <malloc.h>
#endif
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <utility>

namespace recado::app {

namespace {

constexpr Millis kInterval{5'000};
constexpr std::size_t kWorthReleasing = 2 * 1024 * 1024;  ///< giving back takes up to 1 ms

/// proc(5), statm: the second figure is the resident pages.
std::size_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::size_t total = 0, resident = 0;
  file >> total >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

void give_back() {
#ifdef RECADO_MIMALLOC
  ::mi_collect(true);
#else
  ::malloc_trim(0);
#endif
}

}  // namespace

bool MemoryRelease::due(std::size_t resident) {
  if (std::exchange(pause_, false)) return false;
  return resident >= least_ + kWorthReleasing;
}

void MemoryRelease::released(std::size_t before, std::size_t after) {
  least_ = std::min(least_, after);
  pause_ = before < after + kWorthReleasing;
}

io::Task<> release_memory(io::Loop& loop) {
  MemoryRelease release(resident_bytes());
  while (true) {
    co_await loop.sleep(kInterval);
    const std::size_t before = resident_bytes();
    if (!release.due(before)) continue;
    give_back();
    release.released(before, resident_bytes());
  }
}

}  // namespace recado::app
