#include "io/time_slice.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace recado::io {
namespace {

/// Every piece of work takes a millisecond of a clock that only it moves.
struct TimeSliceTest : testing::Test {
  ManualClock clock{Instant{}};
  Loop loop{clock};
  TaskGroup group{loop};
  TimeSlice slice{loop, Millis{3}};
  std::string order;

  Task<> work(char name) {
    if (!slice.try_enter()) co_await slice.wait();
    clock.advance(Millis{1});
    order += name;
  }
};

TEST_F(TimeSliceTest, LetsEverybodyThroughWhoComesWithinIt) {
  for (const char name : {'a', 'b', 'c'}) group.spawn("work", work(name));
  loop.run();
  EXPECT_EQ(order, "abc");
}

TEST_F(TimeSliceTest, LetsWhatIsReadyGoBetweenTwoSlicesAndKeepsTheOrder) {
  for (char name = 'a'; name <= 'h'; ++name) group.spawn("work", work(name));
  loop.post([this] { order += '1'; });
  loop.run();
  // The first three; what was ready; three more in their order, and so on.
  EXPECT_EQ(order, "abc1defgh");
}

Task<> keep_going(TimeSliceTest& test, int& turns) {
  while (test.order.size() < 12) {
    ++turns;
    WakeEvent later(test.loop);
    later.notify();
    co_await later.wait();
    co_await test.loop.sleep(Millis{0});
  }
}

TEST_F(TimeSliceTest, OthersHaveATurnForEverySliceHoweverManyWait) {
  int turns = 0;
  for (char name = 'a'; name < 'a' + 12; ++name) group.spawn("work", work(name));
  group.spawn("others", keep_going(*this, turns));
  loop.run();
  EXPECT_EQ(order, "abcdefghijkl");
  EXPECT_GE(turns, 2) << "twelve took four slices";
}

Task<> measure(TimeSliceTest& test, std::chrono::nanoseconds& took) {
  if (!test.slice.try_enter()) took = co_await test.slice.wait();
}

TEST_F(TimeSliceTest, TellsHowLongTheWaitWas) {
  std::chrono::nanoseconds took{};
  for (const char name : {'a', 'b', 'c', 'd'}) group.spawn("work", work(name));
  group.spawn("measure", measure(*this, took));
  loop.run();
  EXPECT_GE(took, Millis{1}) << "the fourth was before it";
}

}  // namespace
}  // namespace recado::io
