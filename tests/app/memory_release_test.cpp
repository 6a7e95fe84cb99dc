#include "app/memory_release.hpp"

#include <gtest/gtest.h>

namespace recado::app {
namespace {

constexpr std::size_t kMiB = 1024 * 1024;

/// Looks until a release is due, at most a hundred times; how many it took.
int looks_until_due(MemoryRelease& release, std::size_t resident) {
  int looks = 1;
  while (looks < 100 && !release.due(resident)) ++looks;
  return looks;
}

TEST(MemoryRelease, IsDueOnceMuchMoreIsResidentThanTheLastOneLeft) {
  MemoryRelease release(13 * kMiB);
  EXPECT_FALSE(release.due(14 * kMiB));
  EXPECT_TRUE(release.due(15 * kMiB));
  release.released(30 * kMiB, 12 * kMiB);
  EXPECT_FALSE(release.due(13 * kMiB));
  EXPECT_TRUE(release.due(14 * kMiB));
}

TEST(MemoryRelease, ComesBackToWhatWasInUseInTheMiddleOfAPeak) {
  MemoryRelease release(13 * kMiB);
  EXPECT_TRUE(release.due(67 * kMiB));
  release.released(67 * kMiB, 66 * kMiB);  // nearly all of it is in use
  // The peak is over, and nothing was added to it.
  EXPECT_LT(looks_until_due(release, 67 * kMiB), 3);
  release.released(67 * kMiB, 14 * kMiB);
  EXPECT_FALSE(release.due(14 * kMiB));
}

TEST(MemoryRelease, PausesAfterOneThatBroughtNothing) {
  MemoryRelease release(13 * kMiB);
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(release.due(90 * kMiB));
    release.released(90 * kMiB, 90 * kMiB);
    EXPECT_FALSE(release.due(90 * kMiB));
  }
}

}  // namespace
}  // namespace recado::app
