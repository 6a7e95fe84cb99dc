// `GET /messages/{id}/explain`: facts in, sentence and timeline out; then the route itself.
#include "api/explain_render.hpp"

#include <gmock/gmock.h>

#include "api/served_api.hpp"

namespace recado::api::testing {
namespace {

using engine::Explanation;
using engine::Failure;
using engine::GateKind;
using engine::RetryReason;
using engine::Status;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

const Instant kNow = from_ms(1'776'220'905'000);  // 2026-04-15T02:41:45Z

Explanation waiting(Millis until = Millis{3'600'000}) {
  Explanation facts;
  facts.message.uid = Uid::generate(kNow - Millis{60'000});
  facts.message.spec.id = "m";
  facts.message.spec.webhook_url = "https://example.com/hook";
  facts.message.spec.due = facts.message.next_run = kNow + until;
  facts.node = "0123456789abcdef";
  facts.breaker.origin = "https://example.com";
  return facts;
}

engine::Attempt attempt(Instant at, int status, Failure failure = Failure::none) {
  engine::Attempt out;
  out.at = at;
  out.status = status;
  out.latency = Millis{12};
  out.failure = failure;
  out.claim = 17;
  out.node = "fedcba9876543210";
  out.claimed_before = Millis{900};
  return out;
}

engine::GateView gate(const std::string& name, std::optional<Instant> next = std::nullopt) {
  engine::GateView out;
  out.name = name;
  out.kind = engine::gate_kind(name);
  out.since = kNow - Millis{300'000};
  out.next = next;
  return out;
}

std::vector<std::string> events(const Explanation& facts) {
  std::vector<std::string> out;
  for (const auto& event : explain_timeline(facts, kNow)) out.emplace_back(event.event);
  return out;
}

TEST(ExplainSummary, SaysWhatAMessageWaitsFor) {
  struct Case {
    const char* name;
    std::function<void(Explanation&)> change;
    std::string begins;
    std::string holds;
  };
  for (const Case& c : std::vector<Case>{
           {"its time", [](Explanation&) {}, "It waits for its time, 2026-04-15T03:41:45+00:00 (in 1h).", ""},
           {"its time, then a paused queue", [](Explanation& f) { f.ahead = {gate("queue:main:slow")}; },
            "It waits for its time",
            "When it is due it will be held back: its queue is paused (queue:main:slow)."},
           {"a paused queue", [](Explanation& f) { f.held = gate("queue:main:slow"); },
            "It is held back: its queue is paused (queue:main:slow) since 2026-04-15T02:36:45+00:00.",
            "resumed"},
           {"an unreachable destination",
            [](Explanation& f) { f.held = gate("origin:https://example.com", kNow + Millis{20'000}); },
            "It is held back: its destination cannot be reached (origin:https://example.com)",
            "The next probe is due at 2026-04-15T02:42:05+00:00 (in 20s)."},
           {"an open gate", [](Explanation& f) { f.held = gate("origin:https://example.com", Instant{}); },
            "It is held back", "being probed or let out now"},
           {"a slow destination",
            [](Explanation& f) { f.held = gate("share:https://example.com", kNow + Millis{100}); },
            "It is held back: its destination is slow", "caught up"},
           {"a retry",
            [](Explanation& f) {
              f.message.status = Status::retrying;
              f.message.attempt_count = 1;
              f.message.attempts = {attempt(kNow - Millis{1'000}, 503, Failure::status)};
              f.message.attempts[0].retry = RetryReason::backoff;
              f.message.next_run = kNow + Millis{4'000};
            },
            "Attempt 1 did not succeed (answered 503 after 12ms); it is tried again at "
            "2026-04-15T02:41:49+00:00 (in 4s)",
            "by the message's backoff"},
           {"what Retry-After asked for",
            [](Explanation& f) {
              f.message.attempt_count = 1;
              f.message.attempts = {attempt(kNow, 429, Failure::status)};
              f.message.attempts[0].retry = RetryReason::retry_after;
            },
            "Attempt 1", "Retry-After"},
           {"a node", [](Explanation& f) { f.message.next_run = kNow - Millis{60'000}; }, "Its time has come",
            "No node has claimed it yet"},
           {"its claimed time",
            [](Explanation& f) {
              f.message.next_run = kNow + Millis{700};
              f.claim = {"0123456789abcdef", 5, kNow, false};
            },
            "It is about to be sent: node 0123456789abcdef (this one) has claimed it", "(in 700ms)"},
           {"an answer",
            [](Explanation& f) {
              f.claim = {"0123456789abcdef", 5, kNow, true};
            },
            "It is being sent now: attempt 1, by this node", ""},
           {"nothing, it has expired",
            [](Explanation& f) {
              f.held = gate("queue:main:slow");
              f.message.spec.expires_at = kNow - Millis{1};
            },
            "It is held back", "it fails as expired when its turn comes"},
       }) {
    Explanation facts = waiting();
    c.change(facts);
    const std::string summary = explain_summary(facts, kNow);
    EXPECT_EQ(summary.substr(0, c.begins.size()), c.begins) << c.name;
    EXPECT_THAT(summary, HasSubstr(c.holds)) << c.name;
  }
}

TEST(ExplainSummary, SaysWhatBecameOfAFinishedOne) {
  Explanation facts = waiting(Millis{-5'000});
  facts.message.status = Status::delivered;
  facts.message.attempt_count = 1;
  facts.message.attempts = {attempt(kNow - Millis{4'997}, 200)};
  facts.message.finished_at = kNow - Millis{4'980};
  EXPECT_EQ(explain_summary(facts, kNow),
            "It was delivered at 2026-04-15T02:41:40.020+00:00, at attempt 1; the first attempt began 3ms "
            "after its "
            "time.");
  facts.message.status = Status::failed;
  facts.message.failure = Failure::timeout;
  facts.message.attempts[0] = attempt(kNow - Millis{4'000}, 0, Failure::timeout);
  EXPECT_EQ(explain_summary(facts, kNow),
            "It failed at 2026-04-15T02:41:40.020+00:00 after 1 attempt: the last attempt no answer "
            "(timeout) after 12ms.");
  facts.message.attempts.clear();
  facts.message.attempt_count = 0;
  facts.message.failure = Failure::expired;
  facts.message.spec.expires_at = kNow - Millis{5'000};
  EXPECT_EQ(explain_summary(facts, kNow),
            "It failed at 2026-04-15T02:41:40.020+00:00 without being sent: its expiresAt, "
            "2026-04-15T02:41:40+00:00, "
            "came before it was delivered.");
  facts.message.status = Status::unknown;
  EXPECT_THAT(explain_summary(facts, kNow), HasSubstr("may have been delivered"));
}

TEST(ExplainTimeline, TellsEverythingInTheOrderOfTime) {
  Explanation facts = waiting(Millis{-50'000});
  engine::Message& message = facts.message;
  message.status = Status::retrying;
  message.attempt_count = 1;
  message.attempts = {attempt(kNow - Millis{49'000}, 503, Failure::status)};
  message.attempts[0].retry = RetryReason::backoff;
  message.attempts[0].retry_in = Millis{50'000};
  message.next_run = kNow + Millis{1'000};
  message.taken_over = {1, kNow - Millis{49'500}, "deadbeefdeadbeef"};
  message.deferral = {2, GateKind::origin, kNow - Millis{20'000}, "0123456789abcdef"};
  message.spec.expires_at = kNow + Millis{600'000};
  facts.held = gate("origin:https://example.com", kNow + Millis{500});
  facts.held->since = kNow - Millis{30'000};
  EXPECT_THAT(events(facts),
              ElementsAre("created", "due", "claimed", "taken_over", "attempt", "retry_planned",
                          "gate_closed", "held", "gate_probe", "next_attempt", "expires"));
  const auto timeline = explain_timeline(facts, kNow);
  EXPECT_EQ(timeline[2].node, "fedcba9876543210");
  EXPECT_EQ(timeline[2].at, kNow - Millis{49'900});
  EXPECT_THAT(timeline[3].detail, HasSubstr("the same webhook-id"));
  EXPECT_EQ(timeline[4].detail, "attempt 1 of 15: answered 503 after 12ms");
  EXPECT_THAT(timeline[7].detail, HasSubstr("2 times"));
}

TEST(ExplainTimeline, NumbersTheAttemptsThatAreKept) {
  Explanation facts = waiting(Millis{-50'000});
  facts.message.attempt_count = 30;
  facts.message.attempts.assign(20, attempt(kNow - Millis{1'000}, 500, Failure::status));
  std::vector<std::string> first_and_last;
  for (const auto& event : explain_timeline(facts, kNow)) {
    if (std::string(event.event) == "attempt") first_and_last.push_back(event.detail.substr(0, 10));
  }
  EXPECT_EQ(first_and_last.size(), 20U);
  EXPECT_EQ(first_and_last.front(), "attempt 11");
  EXPECT_EQ(first_and_last.back(), "attempt 30");
  EXPECT_FALSE(first_lateness(facts.message)) << "the first one is not kept";
}

TEST(ExplainTimeline, KnowsNothingOfTheClaimsOfOlderRecords) {
  Explanation facts = waiting(Millis{-5'000});
  facts.message.status = Status::delivered;
  facts.message.attempt_count = 1;
  facts.message.attempts = {attempt(kNow - Millis{4'000}, 200)};
  facts.message.attempts[0].claim = 0;
  facts.message.attempts[0].node.clear();
  facts.message.finished_at = kNow - Millis{3'988};
  EXPECT_THAT(events(facts), ElementsAre("created", "due", "attempt", "delivered"));
}

class Explain : public ServedApi {
 protected:
  engine::Message& stored(const std::string& id, const std::string& more) {
    EXPECT_EQ(call("PUT", "/messages/" + id, message_body(more)).status, 201);
    return engine.at(id);
  }
};

TEST_F(Explain, AnswersOneDocument) {
  stored(
      "m",
      R"("scheduleTo":"2027-03-28T02:30:00","timezone":"Europe/Berlin","expiresAt":"2027-04-01T00:00:00Z")");
  engine.around.node = "0123456789abcdef";
  engine.around.ahead = {gate("queue:main:default")};
  const auto body = expect(200, call("GET", "/messages/m/explain"));
  EXPECT_EQ(body["messageId"].text(), "m");
  EXPECT_THAT(body["summary"].text(), HasSubstr("It waits for its time, 2027-03-28T01:30:00+00:00"));
  EXPECT_EQ(body["zone"]["local"].text(), "2027-03-28T03:30:00+02:00[Europe/Berlin]");
  EXPECT_THAT(body["zone"]["note"].text(), HasSubstr("does not exist in Europe/Berlin"));
  EXPECT_EQ(body["nextAttempt"]["because"].text(), "schedule");
  EXPECT_EQ(body["gatesAhead"][0]["gate"].text(), "queue:main:default");
  EXPECT_TRUE(body["claim"].is_null());
  EXPECT_TRUE(body["held"].is_null());
  EXPECT_TRUE(body["latenessMs"].is_null());
  EXPECT_EQ(body["timeline"].items.size(), 3U);
  EXPECT_EQ(body["timeline"][0]["event"].text(), "created");
}

TEST_F(Explain, ShowsGatesClaimsBreakerAndWarnings) {
  stored("m", R"("delay":0)");
  engine.around.held = gate("origin:https://example.com", kNow + Millis{20'000});
  engine.around.claim = {"fedcba9876543210", 12, kNow, false};
  engine.around.breaker = {"https://example.com", "open", 20, kNow - Millis{9'000}, kNow + Millis{20'000}};
  engine.around.warnings = {{"clock", "Redis's clock is 400 ms ahead"}};
  const auto body = expect(200, call("GET", "/messages/m/explain"));
  EXPECT_EQ(body["held"]["kind"].text(), "origin");
  EXPECT_EQ(body["held"]["next"].text(), "2026-04-15T02:42:05+00:00");
  EXPECT_EQ(body["claim"]["node"].text(), "fedcba9876543210");
  EXPECT_EQ(body["breaker"]["state"].text(), "open");
  EXPECT_EQ(body["breaker"]["nextProbe"].text(), "2026-04-15T02:42:05+00:00");
  EXPECT_EQ(body["warnings"][0]["code"].text(), "clock");
}

TEST_F(Explain, IsA404WhereThereIsNoMessage) {
  EXPECT_EQ(call("GET", "/messages/none/explain").status, 404);
}

TEST_F(Explain, IsA503WhenRedisIsAway) {
  stored("m", R"("delay":0)");
  engine.fail = Error(ErrorCode::unavailable, "Redis is not connected");
  EXPECT_EQ(call("GET", "/messages/m/explain").status, 503);
}

}  // namespace
}  // namespace recado::api::testing
