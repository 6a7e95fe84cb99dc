#include "app/pressure.hpp"

#include <gtest/gtest.h>

namespace recado::app {
namespace {

SteadyPoint at(int ms) {
  return SteadyPoint{} + Millis{ms};
}

TEST(Standing, CountsOnlyWhatHoldsAtEveryLook) {
  Standing slow(Millis{300});
  EXPECT_FALSE(slow.look(true, at(0)));
  EXPECT_FALSE(slow.look(true, at(250)));
  EXPECT_FALSE(slow.look(false, at(290)));  // a moment's relief: it begins anew
  EXPECT_FALSE(slow.look(true, at(300)));
  EXPECT_FALSE(slow.look(true, at(599)));
  EXPECT_TRUE(slow.look(true, at(600)));
  EXPECT_TRUE(slow.stands());
  EXPECT_FALSE(slow.look(false, at(650)));
  EXPECT_FALSE(slow.stands());
}

TEST(Standing, OneLateLookIsNoStandingDelay) {
  Standing slow(Millis{300});
  slow.look(false, at(0));
  EXPECT_FALSE(slow.look(true, at(5'000)));  // the process was stopped: the next look is in time again
  EXPECT_FALSE(slow.look(false, at(5'050)));
}

}  // namespace
}  // namespace recado::app
