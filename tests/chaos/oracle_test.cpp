// The oracle itself: it complains about what is wrong, and only about that.
#include "chaos/oracle.hpp"

#include <gmock/gmock.h>

namespace recado::chaos {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr Nanos kStart = 1'000 * kSecond;

std::string body(int version) {
  return "version " + std::to_string(version);
}

/// One message, registered at 0, due at 1 s, delivered at 1.01 s; a test changes what it wants to see judged.
struct OracleTest : ::testing::Test {
  OracleTest() {
    Registered message;
    message.tag = "m";
    message.id = "id-m";
    message.requests.push_back(request(Request::Kind::put_in, Answered::acknowledged, 0, 0, 1'000));
    history.messages["m"] = message;
    arrive(1'010, true, 1);
    finish("delivered");
  }

  static Nanos at(std::int64_t ms) { return kStart + ms * kMilli; }

  static Request request(Request::Kind kind, Answered answered, std::int64_t at_ms, int version = 0,
                         std::int64_t due_ms = 0) {
    Request out;
    out.kind = kind;
    out.answered = answered;
    out.asked = at(at_ms);
    out.done = at(at_ms + 5);
    out.payload = kind == Request::Kind::cancel ? std::string() : body(version);
    out.not_before = at(due_ms);
    return out;
  }
  void ask(Request more) { message().requests.push_back(std::move(more)); }
  Registered& message() { return history.messages.at("m"); }
  Arrival& arrive(std::int64_t at_ms, bool success, int attempt, int version = 0) {
    Arrival arrival;
    arrival.at = at(at_ms);
    arrival.answered = at(at_ms + 2);
    arrival.success = success;
    arrival.tag = "m";
    arrival.payload = body(version);
    arrival.webhook_id = "msg_1";
    arrival.attempt = attempt;
    history.arrivals.push_back(arrival);
    return history.arrivals.back();
  }
  void finish(const std::string& status, const std::string& error = "") {
    history.finals["id-m"].status = status;
    history.finals["id-m"].error = error;
  }
  void lose_node(std::int64_t from, std::int64_t to) {
    Trouble trouble;
    trouble.from = at(from);
    trouble.to = at(to);
    history.troubles.push_back(trouble);
  }
  void lose_redis(std::int64_t from, std::int64_t to) {
    lose_node(from, to);
    history.troubles.back().kind = Trouble::Kind::redis_away;
  }
  std::vector<std::string> rules() const {
    std::vector<std::string> out;
    for (const auto& violation : judge(history).violations) out.push_back(violation.rule);
    return out;
  }

  History history;
};

TEST_F(OracleTest, HasNothingToSayOfWhatWentWell) {
  EXPECT_THAT(rules(), IsEmpty());
  EXPECT_EQ(judge(history).required, 1U);
  EXPECT_EQ(judge(history).delivered, 1U);
}

TEST_F(OracleTest, SeesALostMessage) {
  history.arrivals.clear();
  history.finals.clear();
  EXPECT_THAT(rules(), ElementsAre("lost"));
}

TEST_F(OracleTest, SeesALostMessageThoughItsReceiverWasReachedAndFailed) {
  history.arrivals[0].success = false;
  finish("failed", "connect");
  EXPECT_THAT(rules(), ElementsAre("lost"));
}

TEST_F(OracleTest, DoesNotMissWhatMayNeverHaveBeenRegistered) {
  message().requests[0].answered = Answered::unknown;
  history.arrivals.clear();
  history.finals.clear();
  EXPECT_THAT(rules(), IsEmpty());
}

TEST_F(OracleTest, AcceptsAFailureThatTheReceiverOrTheExpiryCaused) {
  history.arrivals[0].success = false;
  message().refused_for_good = true;
  finish("failed", "status");
  EXPECT_THAT(rules(), IsEmpty());
  message().refused_for_good = false;
  message().expires = true;
  finish("failed", "expired");
  EXPECT_THAT(rules(), IsEmpty());
}

TEST_F(OracleTest, SeesAnEarlyMessageByAMillisecond) {
  history.arrivals[0].at = at(999);
  EXPECT_THAT(rules(), ElementsAre("early"));
  history.arrivals[0].at = at(1'000);
  EXPECT_THAT(rules(), IsEmpty());
}

TEST_F(OracleTest, JudgesTimesByTheNodesClock) {
  history.clock.push_back({at(0), 3'600 * kSecond});
  message().requests[0].not_before += 3'600 * kSecond;
  EXPECT_THAT(rules(), IsEmpty());
  history.arrivals[0].at = at(999);
  EXPECT_THAT(rules(), ElementsAre("early"));
}

TEST_F(OracleTest, DoesNotTakeARetryForEarlyAfterTheClockWasSetBack) {
  history.arrivals[0].success = false;
  history.clock.push_back({at(1'200), -3'600 * kSecond});
  arrive(5'000, true, 2);
  EXPECT_THAT(rules(), IsEmpty());
}

TEST_F(OracleTest, SeesARepeat) {
  arrive(1'500, true, 1);
  EXPECT_THAT(rules(), ElementsAre("repeated"));
  history.arrivals[1].attempt = 2;
  EXPECT_THAT(rules(), ElementsAre("repeated"));
}

TEST_F(OracleTest, SeesAnAttemptThatWasNotCounted) {
  history.arrivals[0].success = false;
  arrive(1'500, true, 1);
  EXPECT_THAT(rules(), ElementsAre("repeated"));
}

TEST_F(OracleTest, TakesARetryForWhatItIs) {
  history.arrivals[0].success = false;
  arrive(1'500, true, 2);
  EXPECT_THAT(rules(), IsEmpty());
}

TEST_F(OracleTest, ExcusesARepeatOnlyByANodeThatWasLostWithTheMessageInFlight) {
  arrive(9'500, true, 1);
  lose_node(1'011, 1'011);
  EXPECT_THAT(rules(), IsEmpty());
  EXPECT_EQ(judge(history).repeated, 1U);
  history.troubles.clear();
  lose_node(5'000, 8'000);  // its outcome had long been recorded
  EXPECT_THAT(rules(), ElementsAre("repeated"));
  lose_redis(1'000, 5'100);  // no, it had not
  EXPECT_THAT(rules(), IsEmpty());
}

TEST_F(OracleTest, DoesNotExcuseARepeatByRedisAlone) {
  arrive(9'500, true, 1);
  lose_redis(900, 9'000);
  EXPECT_THAT(rules(), ElementsAre("repeated"));
}

TEST_F(OracleTest, SeesARepeatUnderAnotherWebhookId) {
  lose_node(1'011, 1'011);
  arrive(1'500, true, 1).webhook_id = "msg_2";
  EXPECT_THAT(rules(), ElementsAre("changed id"));
}

TEST_F(OracleTest, SeesWhatArrivesAfterItWasCancelled) {
  ask(request(Request::Kind::cancel, Answered::acknowledged, 400));
  EXPECT_THAT(rules(), ElementsAre("cancelled"));
  message().requests[1].answered = Answered::unknown;
  EXPECT_THAT(rules(), IsEmpty());
}

TEST_F(OracleTest, SeesWhatArrivesAsItWasBeforeItsChange) {
  ask(request(Request::Kind::change, Answered::acknowledged, 400, 1, 1'000));
  EXPECT_THAT(rules(), ElementsAre("outdated", "lost"));
  arrive(1'020, true, 1, 1);
  history.arrivals.erase(history.arrivals.begin());
  EXPECT_THAT(rules(), IsEmpty());
}

TEST_F(OracleTest, AcceptsEitherWhenTheChangeMayHaveHappened) {
  ask(request(Request::Kind::change, Answered::unknown, 400, 1, 1'000));
  EXPECT_THAT(rules(), IsEmpty());
  history.arrivals[0].payload = body(1);
  EXPECT_THAT(rules(), IsEmpty());
}

TEST_F(OracleTest, SeesWhatArrivesThoughItWasRefused) {
  message().requests[0].answered = Answered::refused;
  EXPECT_THAT(rules(), ElementsAre("refused"));
}

TEST_F(OracleTest, SeesWhatNobodySent) {
  history.arrivals[0].payload = "something else";
  EXPECT_THAT(rules(), ElementsAre("forged", "lost"));
  history.arrivals[0].payload = body(0);
  history.arrivals[0].signature_holds = false;
  EXPECT_THAT(rules(), ElementsAre("forged"));
  history.arrivals[0].signature_holds = true;
  arrive(1'700, true, 1).tag = "nobody's";
  EXPECT_THAT(rules(), ElementsAre("forged"));
}

TEST_F(OracleTest, SeesARecordThatDisagreesWithTheReceiver) {
  finish("failed", "timeout");
  EXPECT_THAT(rules(), ElementsAre("spoiled"));
  history.finals.clear();
  EXPECT_THAT(rules(), ElementsAre("spoiled"));
}

TEST_F(OracleTest, SeesAnOutcomeThatWasNotToldAndOneThatWasToldTwice) {
  message().wants_callback = true;
  EXPECT_THAT(rules(), ElementsAre("no callback"));
  Arrival& told = arrive(1'100, true, 1, 7);
  told.callback = true;
  told.webhook_id = "msg_callback";
  EXPECT_THAT(rules(), IsEmpty());
  Arrival again = history.arrivals.back();
  again.at += kSecond;
  history.arrivals.push_back(again);
  EXPECT_THAT(rules(), ElementsAre("repeated"));
}

TEST_F(OracleTest, AsksNothingOfWhatAnEmptiedRedisHeld) {
  history.arrivals.clear();
  history.finals.clear();
  Trouble emptied;
  emptied.kind = Trouble::Kind::redis_emptied;
  emptied.from = at(500);
  emptied.to = at(600);
  history.troubles.push_back(emptied);
  EXPECT_THAT(rules(), IsEmpty());
  message().requests[0].asked = at(700);  // after it
  EXPECT_THAT(rules(), ElementsAre("lost"));
}

}  // namespace
}  // namespace recado::chaos
