#include "engine/dispatch/breaker.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <vector>

namespace recado::engine {
namespace {

using namespace std::chrono_literals;
using State = Breaker::State;

SteadyPoint at(Millis since_start) {
  return SteadyPoint{} + 1h + since_start;
}

/// Open since `at(10s)`, first probe at `at(15s)`.
Breaker open_breaker() {
  Breaker breaker;
  for (int i = 0; i < 19; ++i) EXPECT_FALSE(breaker.down(at(0s)));
  EXPECT_TRUE(breaker.down(at(10s)));
  return breaker;
}

TEST(Breaker, OpensOnlyAfterTwentyFailuresOverAtLeastTenSeconds) {
  struct Case {
    const char* name;
    int failures;
    Millis apart;
    bool opens;
  };
  for (const Case& c : std::vector<Case>{
           {"nineteen over a long time", 19, 1min, false},
           {"twenty at once", 20, 0s, false},
           {"a thousand at once", 1000, 0s, false},
           {"twenty over 9.5 s", 20, 500ms, false},
           {"twenty over 10 s", 21, 500ms, true},
           {"twenty over days", 20, 24h, true},
       }) {
    Breaker breaker;
    bool opened = false;
    for (int i = 0; i < c.failures; ++i) opened = breaker.down(at(i * c.apart)) || opened;
    EXPECT_EQ(opened, c.opens) << c.name;
    EXPECT_EQ(breaker.state(), c.opens ? State::open : State::closed) << c.name;
  }
}

TEST(Breaker, OpensAtTheFailureThatCompletesTheTenSeconds) {
  Breaker breaker;
  for (int i = 0; i < 50; ++i) EXPECT_FALSE(breaker.down(at(0s)));
  EXPECT_FALSE(breaker.down(at(9'999ms)));
  EXPECT_TRUE(breaker.down(at(10s)));
}

TEST(Breaker, StartsCountingAnewAfterAnyAnswer) {
  Breaker breaker;
  for (int i = 0; i < 19; ++i) breaker.down(at(i * 1s));
  EXPECT_FALSE(breaker.answered(at(1h)));
  for (int i = 0; i < 19; ++i) EXPECT_FALSE(breaker.down(at(20s + i * 1s)));
  EXPECT_TRUE(breaker.down(at(39s)));
}

TEST(Breaker, OfAChannelOpensAtOnceAndIsProbedAtLeastEveryTenSeconds) {
  Breaker breaker(BreakerLimits{1, 0ms, 1s, 10s});
  EXPECT_TRUE(breaker.trip(at(0s)));
  EXPECT_EQ(breaker.state(), State::open);
  EXPECT_FALSE(breaker.trip(at(500ms)));  // what had begun before it opened
  EXPECT_EQ(breaker.wait(at(500ms)), 500ms);
  Millis now = 1s;
  for (const Millis wait : std::vector<Millis>{2s, 4s, 8s, 10s, 10s}) {
    EXPECT_TRUE(breaker.allows(at(now)));
    breaker.tick(at(now));
    breaker.started();
    EXPECT_TRUE(breaker.trip(at(now)));
    EXPECT_EQ(breaker.wait(at(now)), wait);
    now += wait;
  }
  EXPECT_TRUE(breaker.answered(at(now)));
  EXPECT_EQ(breaker.state(), State::closed);
}

TEST(Breaker, LetsNothingThroughUntilItsProbeTime) {
  Breaker breaker = open_breaker();
  EXPECT_FALSE(breaker.allows(at(10s)));
  EXPECT_EQ(breaker.wait(at(10s)), 5s);
  EXPECT_EQ(breaker.tick(at(14'999ms)), State::open);
  EXPECT_EQ(breaker.wait(at(14'999ms)), 1ms);
  EXPECT_EQ(breaker.tick(at(15s)), State::half_open);
  EXPECT_EQ(breaker.wait(at(15s)), 0s);
}

TEST(Breaker, RoundsTheWaitUpSoThatATimerNeverWakesTooEarly) {
  const Breaker breaker = open_breaker();
  EXPECT_EQ(breaker.wait(at(14'999ms) + 1us), 1ms);
}

TEST(Breaker, LetsOneProbeThroughAtATime) {
  Breaker breaker = open_breaker();
  breaker.tick(at(15s));
  EXPECT_TRUE(breaker.allows(at(15s)));
  breaker.started();
  EXPECT_FALSE(breaker.allows(at(15s)));
  breaker.abandoned();
  EXPECT_TRUE(breaker.allows(at(15s)));
  EXPECT_EQ(breaker.state(), State::half_open);
}

TEST(Breaker, TakesASendThatBeginsAtProbeTimeForTheProbeWithoutATick) {
  Breaker breaker = open_breaker();
  EXPECT_TRUE(breaker.allows(at(15s)));
  breaker.started();
  EXPECT_EQ(breaker.state(), State::half_open);
  EXPECT_FALSE(breaker.allows(at(15s)));
}

TEST(Breaker, ClosesWhenTheProbeIsAnswered) {
  Breaker breaker = open_breaker();
  breaker.tick(at(15s));
  breaker.started();
  EXPECT_TRUE(breaker.answered(at(1h)));
  EXPECT_EQ(breaker.state(), State::closed);
  EXPECT_TRUE(breaker.allows(at(15s)));
}

TEST(Breaker, DoublesItsWaitFromFiveToSixtySecondsWhileProbesFail) {
  Breaker breaker = open_breaker();
  SteadyPoint now = at(10s);
  for (const Millis wait : {5s, 10s, 20s, 40s, 60s, 60s}) {
    EXPECT_EQ(breaker.wait(now), wait);
    now += wait;
    EXPECT_EQ(breaker.tick(now), State::half_open);
    breaker.started();
    EXPECT_TRUE(breaker.down(now));
    EXPECT_EQ(breaker.state(), State::open);
  }
}

TEST(Breaker, ForgetsTheDoubledWaitOnceItClosed) {
  Breaker breaker = open_breaker();
  breaker.tick(at(15s));
  breaker.started();
  breaker.down(at(15s));
  EXPECT_EQ(breaker.wait(at(15s)), 10s);
  EXPECT_TRUE(breaker.answered(at(1h)));
  for (int i = 0; i < 20; ++i) breaker.down(at(20s + i * 1s));
  EXPECT_EQ(breaker.wait(at(39s)), 5s);
}

TEST(Breaker, IgnoresFailuresOfSendsThatHadBegunBeforeItOpened) {
  Breaker breaker = open_breaker();
  EXPECT_FALSE(breaker.down(at(12s)));
  EXPECT_EQ(breaker.wait(at(12s)), 3s);
  breaker.tick(at(15s));
  EXPECT_FALSE(breaker.down(at(15s)));
  EXPECT_TRUE(breaker.allows(at(15s)));
}

TEST(Breaker, ClosesWhenASendThatHadBegunBeforeItOpenedIsAnswered) {
  Breaker breaker = open_breaker();
  EXPECT_TRUE(breaker.answered(at(1h)));
  EXPECT_TRUE(breaker.allows(at(10s)));
}

TEST(Breaker, OpensWhenAnotherNodeHoldsMessagesBack) {
  Breaker breaker;
  EXPECT_TRUE(breaker.adopt(at(0s), 3s));
  EXPECT_EQ(breaker.state(), State::open);
  EXPECT_EQ(breaker.wait(at(0s)), 3s);
  EXPECT_EQ(breaker.since(), at(0s));
  EXPECT_FALSE(breaker.adopt(at(1s), 60s)) << "it is open already";
  EXPECT_EQ(breaker.tick(at(3s)), State::half_open);
}

TEST(Breaker, NeverWaitsLongerForAnotherNodesProbeThanForItsOwn) {
  Breaker breaker;
  EXPECT_TRUE(breaker.adopt(at(0s), 24h));
  EXPECT_EQ(breaker.wait(at(0s)), 60s);
}

TEST(Breaker, ProbesAtOnceWhenAnotherNodeHasReachedTheDestination) {
  Breaker breaker = open_breaker();
  breaker.tick(at(15s));
  breaker.started();
  breaker.down(at(15s));
  EXPECT_EQ(breaker.wait(at(15s)), 10s);
  breaker.invite(at(16s));
  EXPECT_EQ(breaker.wait(at(16s)), 9s) << "its own failure is too fresh";
  breaker.invite(at(20s));
  EXPECT_EQ(breaker.tick(at(20s)), State::half_open);
}

TEST(Breaker, KnowsBetterForFiveSecondsAfterAnAnswerUnlessSomethingFailedSince) {
  Breaker breaker;
  EXPECT_FALSE(breaker.answered_lately(at(0s)));
  breaker.answered(at(0s));
  EXPECT_TRUE(breaker.answered_lately(at(4'999ms)));
  EXPECT_FALSE(breaker.answered_lately(at(5s)));
  breaker.answered(at(10s));
  breaker.down(at(11s));
  EXPECT_FALSE(breaker.answered_lately(at(11s)));
}

TEST(Breaker, NamesItsStates) {
  EXPECT_STREQ(to_string(State::closed), "closed");
  EXPECT_STREQ(to_string(State::open), "open");
  EXPECT_STREQ(to_string(State::half_open), "half_open");
}

}  // namespace
}  // namespace recado::engine
