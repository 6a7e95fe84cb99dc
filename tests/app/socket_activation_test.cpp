#include "app/service_manager.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

namespace recado::app {
namespace {

using ::testing::HasSubstr;

struct InheritedSockets : ::testing::Test {
  ~InheritedSockets() override {
    for (const char* name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) ::unsetenv(name);
  }
  static Result<std::vector<int>> with(const std::string& pid, const char* count) {
    ::setenv("LISTEN_PID", pid.c_str(), 1);
    ::setenv("LISTEN_FDS", count, 1);
    return inherited_sockets();
  }
  const std::string own = std::to_string(::getpid());
};

TEST_F(InheritedSockets, ThereAreNoneWithoutActivation) {
  const auto none = inherited_sockets();
  ASSERT_TRUE(none.ok());
  EXPECT_TRUE(none->empty());
}

TEST_F(InheritedSockets, ThoseOfAnotherProcessAreNotOurs) {
  const auto others = with("1", "2");
  ASSERT_TRUE(others.ok());
  EXPECT_TRUE(others->empty());
}

TEST_F(InheritedSockets, ACountThatCannotBeIsRefused) {
  for (const char* count : {"", "x", "1x", "-1", "65", "99999999999999999999"}) {
    const auto refused = with(own, count);
    ASSERT_FALSE(refused.ok()) << count;
    EXPECT_EQ(refused.error().code(), ErrorCode::configuration);
    EXPECT_THAT(refused.error().detail(), HasSubstr("LISTEN_FDS"));
  }
}

TEST_F(InheritedSockets, TheVariablesGoNoFurther) {
  ASSERT_TRUE(with(own, "0").ok());
  EXPECT_EQ(::getenv("LISTEN_PID"), nullptr);
  EXPECT_EQ(::getenv("LISTEN_FDS"), nullptr);
}

}  // namespace
}  // namespace recado::app
