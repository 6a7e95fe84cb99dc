// `GET /messages/{id}/explain` through the life of messages, on the real thing.
#include <gmock/gmock.h>

#include <atomic>
#include <csignal>

#include "end_to_end/harness.hpp"

namespace recado::e2e {
namespace {

using ::testing::HasSubstr;

/// The events of a timeline, in order.
std::vector<std::string> events(const std::string& explanation) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < length_of(explanation, "timeline"); ++i) {
    out.push_back(member(explanation, "timeline." + std::to_string(i) + ".event"));
  }
  return out;
}

std::string explain(const Recado& recado, const std::string& id) {
  const Answer answer = recado.get("/messages/" + id + "/explain");
  EXPECT_EQ(answer.status, 200) << answer.body;
  return answer.body;
}

TEST(Explain, TellsWhatHappenedToADeliveredMessage) {
  std::atomic<int> answers = 0;
  Sink sink([&](const Arrival&) {
    return Sink::Reply{++answers == 1 ? 503 : 200, "Retry-After: 1\r\n", ""};
  });
  Recado recado;
  ASSERT_EQ(recado.post("/messages", message("d", now() + Millis{300}, sink.url())).status, 201);
  ASSERT_TRUE(eventually([&] { return recado.status_of("d") == "retrying"; }));
  std::string body = explain(recado, "d");
  EXPECT_THAT(member(body, "summary"), HasSubstr("Attempt 1 did not succeed (answered 503"));
  EXPECT_EQ(member(body, "nextAttempt.because"), "retry_after");
  EXPECT_EQ(member(body, "nextAttempt.number"), "2");
  ASSERT_TRUE(recado.wait_status("d", "delivered"));
  body = explain(recado, "d");
  EXPECT_THAT(member(body, "summary"), HasSubstr("It was delivered at"));
  EXPECT_THAT(member(body, "summary"), HasSubstr("at attempt 2"));
  EXPECT_THAT(events(body),
              ::testing::UnorderedElementsAre("created", "due", "claimed", "attempt", "retry_planned",
                                              "claimed", "attempt", "delivered"));
  EXPECT_EQ(member(body, "node").size(), 16U);
  EXPECT_NE(member(body, "latenessMs"), "null");
  EXPECT_EQ(recado.get("/messages/none/explain").status, 404);
}

TEST(Explain, TellsWhyAMessageIsHeld) {
  Sink sink;
  Recado recado;
  ASSERT_EQ(recado.post("/queues/slow/pause").status, 200);
  ASSERT_EQ(
      recado.post("/messages", message("later", now() + Millis{3'600'000}, sink.url(), R"(,"queue":"slow")"))
          .status,
      201);
  std::string body = explain(recado, "later");
  EXPECT_THAT(member(body, "summary"), HasSubstr("When it is due it will be held back: its queue is paused"));
  ASSERT_EQ(recado.post("/messages", message("now", now(), sink.url(), R"(,"queue":"slow")")).status, 201);
  ASSERT_TRUE(
      eventually([&] { return member(recado.get("/messages/now").body, "heldBy") == "queue:main:slow"; }));
  body = explain(recado, "now");
  EXPECT_EQ(member(body, "held.kind"), "queue");
  EXPECT_NE(member(body, "held.since"), "null");
  EXPECT_EQ(member(body, "held.next"), "null");
  EXPECT_EQ(member(body, "deferrals.count"), "1");
  EXPECT_EQ(member(body, "status"), "scheduled");
  ASSERT_EQ(recado.post("/queues/slow/resume").status, 200);
  ASSERT_TRUE(recado.wait_status("now", "delivered"));
  body = explain(recado, "now");
  EXPECT_EQ(member(body, "deferrals.lastKind"), "queue");
  EXPECT_EQ(member(body, "held"), "null");
}

TEST(Explain, TellsThatAMessageWasTakenOverFromADeadNode) {
  redis::testing::Server server{{"--appendonly", "yes"}};
  const Environment environment = {{"REDIS_URL", "unix://" + server.dir() + "/redis.sock"}};
  Recado one{environment};
  Recado two{environment};
  Sink sink;
  // Due within the window: claimed by the node that adds it, in the same step.
  ASSERT_EQ(one.post("/messages", message("t", now() + Millis{900}, sink.url())).status, 201);
  const std::string before = explain(two, "t");
  one.kill();
  EXPECT_EQ(member(before, "status"), "delivering");
  const std::string lost = member(before, "claim.node");
  EXPECT_EQ(lost.size(), 16U);
  EXPECT_NE(member(before, "claim.since"), "null");
  EXPECT_EQ(member(before, "claim.sending"), "false");
  ASSERT_TRUE(two.wait_status("t", "delivered"));
  const std::string after = explain(two, "t");
  EXPECT_EQ(member(after, "takenOver.count"), "1");
  EXPECT_EQ(member(after, "takenOver.lastNode"), lost);
  EXPECT_THAT(events(after), ::testing::Contains("taken_over"));
  EXPECT_EQ(redis_command(server.dir(), {"--scan", "--pattern", "*:notes"}), "");
}

}  // namespace
}  // namespace recado::e2e
