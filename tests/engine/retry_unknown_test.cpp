#include <gtest/gtest.h>

#include "engine/delivery/webhook.hpp"
#include "engine/retry.hpp"

namespace recado::engine {
namespace {

TEST(Retry, WhatMayHaveBeenSentIsNotRepeatedHoweverManyAttemptsAreLeft) {
  Message message;
  message.attempt_count = 1;
  Outcome outcome;
  outcome.verdict = Verdict::unknown;
  outcome.attempt.failure = Failure::timeout;
  const Decision decision = decide(message, outcome, from_ms(1'000), 0.5);
  EXPECT_EQ(decision.status, Status::unknown);
  EXPECT_EQ(decision.failure, Failure::timeout);
}

TEST(Callback, OfAMessageThatMayHaveBeenSentSaysNeitherDeliveredNorFailed) {
  Message message;
  message.spec.id = "m1";
  message.spec.channel = "cloud";
  message.status = Status::unknown;
  message.failure = Failure::timeout;
  EXPECT_EQ(
      callback_body(message, from_ms(0)),
      R"({"type":"message.unknown","timestamp":"1970-01-01T00:00:00Z","data":{"messageId":"m1",)"
      R"("status":"unknown","attemptCount":0,"lastStatus":null,"error":"timeout","channel":"cloud","tags":[]}})");
}

}  // namespace
}  // namespace recado::engine
