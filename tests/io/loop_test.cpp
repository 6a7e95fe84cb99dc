#include "io/loop.hpp"

#include <gtest/gtest.h>

#include <boost/asio/this_coro.hpp>
#include <stdexcept>

#include "io/deadline.hpp"

namespace recado::io {
namespace {

struct LoopTest : testing::Test {
  SystemClock clock;
  Loop loop{clock};
};

TEST_F(LoopTest, DeferredFunctionsRunAfterEverythingThatIsReady) {
  std::string order;
  loop.post([&] {
    loop.defer([&] { order += 'c'; });
    order += 'a';
  });
  loop.post([&] { order += 'b'; });
  loop.run();
  EXPECT_EQ(order, "abc");
}

Task<> notify_later(Loop& loop, WakeEvent& event) {
  co_await loop.sleep(Millis{5});
  event.notify();
}

Task<> expect_notified(WakeEvent& event, bool& woken) {
  woken = co_await event.wait_for(std::chrono::seconds(30));
}

TEST_F(LoopTest, WakeEventEndsAWaitEarly) {
  TaskGroup group(loop);
  WakeEvent event(loop);
  bool woken = false;
  group.spawn("waiter", expect_notified(event, woken));
  group.spawn("notifier", notify_later(loop, event));
  loop.run();
  EXPECT_TRUE(woken);
}

TEST_F(LoopTest, WakeEventRemembersANotifyThatCameBefore) {
  TaskGroup group(loop);
  WakeEvent event(loop);
  bool woken = false;
  event.notify();
  event.notify();
  group.spawn("waiter", expect_notified(event, woken));
  loop.run();
  EXPECT_TRUE(woken);
}

Task<> wait_short(WakeEvent& event, int& outcome) {
  outcome = (co_await event.wait_for(Millis{1})) ? 1 : 0;
}

TEST_F(LoopTest, WakeEventSaysWhenItWasTheTimeout) {
  TaskGroup group(loop);
  WakeEvent event(loop);
  int outcome = -1;
  group.spawn("waiter", wait_short(event, outcome));
  loop.run();
  EXPECT_EQ(outcome, 0);
}

Task<> sleep_for_ever(Loop& loop) {
  while (true) co_await loop.sleep(std::chrono::hours(1));
}

Task<> cancel_and_join(Loop& loop, TaskGroup& group, bool& joined) {
  co_await loop.sleep(Millis{1});
  group.cancel();
  co_await group.join();
  joined = true;
}

TEST_F(LoopTest, TaskGroupCancelsItsTasksAndWaitsForThem) {
  TaskGroup group(loop);
  TaskGroup supervisor(loop);
  bool joined = false;
  for (int i = 0; i < 3; ++i) group.spawn("sleeper", sleep_for_ever(loop));
  EXPECT_EQ(group.size(), 3U);
  supervisor.spawn("supervisor", cancel_and_join(loop, group, joined));
  loop.run();
  EXPECT_TRUE(joined);
  EXPECT_TRUE(group.empty());
}

Task<> fail() {
  throw std::runtime_error("planted");
  co_return;
}

TEST(LoopDeathTest, AnExceptionThatLeavesATaskEndsTheProcessInsteadOfBeingSwallowed) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_DEATH(
      {
        SystemClock clock;
        Loop loop(clock);
        TaskGroup group(loop);
        group.spawn("faulty", fail());
        loop.run();
      },
      "faulty");
}

TEST_F(LoopTest, DeadlineFiresOnceAndSaysSo) {
  int fired = 0;
  Deadline deadline(loop, Millis{1}, [&] { ++fired; });
  loop.run();
  EXPECT_EQ(fired, 1);
  EXPECT_TRUE(deadline.expired());
}

TEST_F(LoopTest, CancelledDeadlineNeverFiresAndLetsTheLoopEnd) {
  int fired = 0;
  Deadline deadline(loop, std::chrono::hours(1), [&] { ++fired; });
  deadline.cancel();
  loop.run();
  EXPECT_EQ(fired, 0);
  EXPECT_FALSE(deadline.expired());
}

TEST_F(LoopTest, DeadlineArmedRightAfterTheLastOneWasCancelledStillFires) {
  int fired = 0;
  {
    Deadline first(loop, Millis{20}, [] {});
  }
  Deadline second(loop, Millis{30}, [&] { ++fired; });
  loop.run();
  EXPECT_EQ(fired, 1);
}

TEST_F(LoopTest, DeadlinesFireInTheirOrderAndMayBeRestartedFromTheirOwnCallback) {
  std::string order;
  std::unique_ptr<Deadline> repeated;
  int rounds = 0;
  repeated = std::make_unique<Deadline>(loop, Millis{1}, [&] {
    order += 'r';
    if (++rounds < 2) repeated->restart(Millis{120});
  });
  Deadline other(loop, Millis{60}, [&] { order += 'o'; });
  loop.run();
  EXPECT_EQ(order, "ror");
}

TEST(DeadlineWithTurnedClock, WaitsForTheLoopsOwnClock) {
  ManualClock clock(from_ms(0));
  Loop loop(clock);
  bool fired = false;
  Deadline deadline(loop, std::chrono::seconds(30), [&] { fired = true; });
  loop.post([&] { clock.advance(std::chrono::seconds(31)); });
  loop.run();
  EXPECT_TRUE(fired);
}

}  // namespace
}  // namespace recado::io
