#include "base/buffer.hpp"

#include <gtest/gtest.h>

namespace recado {
namespace {

TEST(FreeBuffer, LeavesNothing) {
  std::string buffer(1 << 20, 'x');
  free_buffer(buffer);
  EXPECT_TRUE(buffer.empty());
  EXPECT_EQ(buffer.capacity(), std::string().capacity());
}

}  // namespace
}  // namespace recado
