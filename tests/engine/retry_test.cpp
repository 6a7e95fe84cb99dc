#include "engine/retry.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <chrono>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace recado::engine {
namespace {

using namespace std::chrono_literals;

const Instant kFinished = from_ms(1'776'220'905'000);
constexpr double kLongestJitter = 0.999999999999;

std::string words(Millis low, Millis high) {
  return low == high ? format_duration(low) : format_duration(low) + " .. " + format_duration(high);
}

/// The waits a policy can come to, one line a retry.
std::vector<std::string> schedule(const RetryPolicy& policy) {
  std::vector<std::string> lines;
  for (int failed = 1; failed < policy.max_attempts; ++failed) {
    const auto n = static_cast<std::uint32_t>(failed);
    lines.push_back(words(backoff_delay(policy, n, 0), backoff_delay(policy, n, 1)));
  }
  return lines;
}

TEST(RetrySchedule, OfTheDefaultPolicy) {
  EXPECT_EQ(schedule(RetryPolicy{}), (std::vector<std::string>{
                                         "2s500ms .. 5s",         // 2nd attempt
                                         "5s .. 10s",             // 3rd
                                         "10s .. 20s",            //
                                         "20s .. 40s",            //
                                         "40s .. 1m20s",          //
                                         "1m20s .. 2m40s",        //
                                         "2m40s .. 5m20s",        //
                                         "5m20s .. 10m40s",       //
                                         "10m40s .. 21m20s",      // 10th
                                         "21m20s .. 42m40s",      //
                                         "42m40s .. 1h25m20s",    //
                                         "1h25m20s .. 2h50m40s",  //
                                         "2h50m40s .. 5h41m20s",  //
                                         "5h41m20s .. 10h",  // 15th, the last: about a day after the first
                                     }));
}

TEST(RetrySchedule, OfAShortExponentialPolicyStaysAtItsMaximum) {
  RetryPolicy policy;
  policy.max_attempts = 7;
  policy.initial = 1s;
  policy.max = 5s;
  EXPECT_EQ(schedule(policy),
            (std::vector<std::string>{"500ms .. 1s", "1s .. 2s", "2s .. 4s", "4s .. 5s", "5s", "5s"}));
}

TEST(RetrySchedule, OfAFixedPolicyWaitsExactlyInitialAndHasNoMaximum) {
  RetryPolicy policy;
  policy.max_attempts = 4;
  policy.backoff = Backoff::fixed;
  policy.initial = 30s;
  policy.max = 1s;
  EXPECT_EQ(schedule(policy), (std::vector<std::string>{"30s", "30s", "30s"}));
}

TEST(Backoff, OfAnOddNumberOfMillisecondsIsNeverUnderTheHalf) {
  RetryPolicy policy;
  policy.initial = 5ms;
  EXPECT_EQ(backoff_delay(policy, 1, 0), 3ms);
  policy.initial = 1ms;
  EXPECT_EQ(backoff_delay(policy, 1, 0), 1ms);
}

TEST(Backoff, NeverOverflowsNorIsNegativeAtAnyExtreme) {
  constexpr auto kMax = Millis::max();
  for (const Millis initial : {Millis::min(), -1ms, 0ms, 1ms, 5'000ms, kMax}) {
    for (const Millis max : {Millis::min(), -1ms, 0ms, 1ms, 36'000'000ms, kMax}) {
      for (const std::uint32_t failed : {0U, 1U, 2U, 63U, 64U, 65U, 1000U, 4'294'967'295U}) {
        for (const double random : {0.0, 0.5, kLongestJitter, 1.0, -1.0, 2.0, std::nan("")}) {
          RetryPolicy policy;
          policy.initial = initial;
          policy.max = max;
          const Millis wait = backoff_delay(policy, failed, random);
          EXPECT_GE(wait, 0ms);
          EXPECT_LE(wait, std::max(max, 0ms));
        }
      }
    }
  }
}

RC_GTEST_PROP(BackoffProperty, LiesBetweenHalfAndTheWholeAndUnderTheMaximum, ()) {
  RetryPolicy policy;
  policy.initial = Millis{*rc::gen::inRange<std::int64_t>(1, 86'400'000)};
  policy.max = Millis{*rc::gen::inRange<std::int64_t>(1, 864'000'000)};
  const auto failed = *rc::gen::inRange<std::uint32_t>(1, 1001);
  const double random = *rc::gen::inRange(0, 1'000'000) / 1e6;
  const double whole = static_cast<double>(policy.initial.count()) * std::pow(2.0, failed - 1);
  const double max = static_cast<double>(policy.max.count());
  const auto wait = static_cast<double>(backoff_delay(policy, failed, random).count());
  RC_ASSERT(wait >= std::min(whole / 2, max));
  RC_ASSERT(wait <= std::min(whole, max));
}

Message message_after(std::uint32_t attempts) {
  Message message;
  message.attempt_count = attempts;
  return message;
}

Outcome outcome_of(Verdict verdict, Failure failure) {
  Outcome outcome;
  outcome.verdict = verdict;
  outcome.attempt.failure = failure;
  return outcome;
}

TEST(Decide, DeliversWhatWasAccepted) {
  const auto decision = decide(message_after(1), outcome_of(Verdict::delivered, Failure::none), kFinished, 0);
  EXPECT_EQ(decision.status, Status::delivered);
  EXPECT_EQ(decision.failure, Failure::none);
}

TEST(Decide, DeliversOnTheLastAttemptAndPastExpiryToo) {
  Message message = message_after(15);
  message.spec.expires_at = kFinished - 1h;
  EXPECT_EQ(decide(message, outcome_of(Verdict::delivered, Failure::none), kFinished, 0).status,
            Status::delivered);
}

TEST(Decide, FailsAtOnceForTheReasonOfTheAttemptWhenGivenUp) {
  for (const Failure failure : {Failure::status, Failure::redirect, Failure::address_refused}) {
    const auto decision = decide(message_after(1), outcome_of(Verdict::give_up, failure), kFinished, 0);
    EXPECT_EQ(decision.status, Status::failed);
    EXPECT_EQ(decision.failure, failure);
  }
}

TEST(Decide, RetriesAfterTheBackoff) {
  const auto decision = decide(message_after(1), outcome_of(Verdict::retry, Failure::connect), kFinished, 0);
  EXPECT_EQ(decision.status, Status::retrying);
  EXPECT_EQ(decision.next_run, kFinished + 2'500ms);
}

TEST(Decide, FailsForTheReasonOfTheLastAttemptWhenAllAreUsed) {
  EXPECT_EQ(decide(message_after(14), outcome_of(Verdict::retry, Failure::dns), kFinished, 0).status,
            Status::retrying);
  const auto decision = decide(message_after(15), outcome_of(Verdict::retry, Failure::dns), kFinished, 0);
  EXPECT_EQ(decision.status, Status::failed);
  EXPECT_EQ(decision.failure, Failure::dns);
}

TEST(Decide, MakesOneAttemptWhenAsked) {
  Message message = message_after(1);
  message.spec.retry.max_attempts = 1;
  EXPECT_EQ(decide(message, outcome_of(Verdict::retry, Failure::timeout), kFinished, 0).failure,
            Failure::timeout);
}

struct Wish {
  const char* name;
  Millis asked;
  Millis granted;
};

TEST(Decide, LetsRetryAfterWinOverBackoffAndMaximumUpToADay) {
  const std::vector<Wish> wishes{
      {"shorter than the backoff", 1s, 1s}, {"longer than the maximum", 12h, 12h}, {"a day", 24h, 24h},
      {"more than a day", 25h, 24h},        {"a century", 876'000h, 24h},          {"at once", 0s, 100ms},
      {"nearly at once", 99ms, 100ms},      {"in the past", -5s, 100ms},
  };
  for (const Backoff backoff : {Backoff::exponential, Backoff::fixed}) {
    for (const Wish& wish : wishes) {
      Message message = message_after(3);
      message.spec.retry.backoff = backoff;
      Outcome outcome = outcome_of(Verdict::retry, Failure::status);
      outcome.retry_after = wish.asked;
      EXPECT_EQ(decide(message, outcome, kFinished, 0.5).next_run - kFinished, wish.granted) << wish.name;
    }
  }
}

TEST(Decide, DoesNotLetRetryAfterAddAttempts) {
  Outcome outcome = outcome_of(Verdict::retry, Failure::status);
  outcome.retry_after = 1s;
  EXPECT_EQ(decide(message_after(15), outcome, kFinished, 0).status, Status::failed);
}

TEST(Decide, FailsAsExpiredWhenTheRetryWouldComeAtOrAfterExpiry) {
  Message message = message_after(1);
  Outcome outcome = outcome_of(Verdict::retry, Failure::status);
  outcome.retry_after = 10s;
  message.spec.expires_at = kFinished + 10'001ms;
  EXPECT_EQ(decide(message, outcome, kFinished, 0).status, Status::retrying);
  message.spec.expires_at = kFinished + 10s;
  EXPECT_EQ(decide(message, outcome, kFinished, 0).status, Status::failed);
  EXPECT_EQ(decide(message, outcome, kFinished, 0).failure, Failure::expired);
}

TEST(Decide, NeverPassesTheEndOfTime) {
  Message message = message_after(1);
  message.spec.retry.backoff = Backoff::fixed;
  message.spec.retry.initial = Millis::max();
  EXPECT_EQ(decide(message, outcome_of(Verdict::retry, Failure::dns), kFinished, 0).next_run, Instant::max());
}

}  // namespace
}  // namespace recado::engine
