// An external Redis that goes away and comes back.
#include <gmock/gmock.h>

#include <csignal>

#include "end_to_end/harness.hpp"

namespace recado::e2e {
namespace {

using ::testing::HasSubstr;

struct RedisAway : ::testing::Test {
  redis::testing::Server server{{"--appendonly", "yes", "--appendfsync", "always"}};
  Recado recado{Environment{{"REDIS_URL", "unix://" + server.dir() + "/redis.sock"}}};

  void expect_503_within_2_s(std::string_view method, std::string_view path, std::string_view body = "") {
    const SteadyPoint asked = clock().steady();
    const Answer answer = recado.ask(method, path, body);
    const auto took = clock().steady() - asked;
    EXPECT_EQ(answer.status, 503) << method << " " << path << " " << answer.body;
    EXPECT_EQ(answer.header("retry-after"), "1") << path;
    // 2 s are promised; the rest is a busy machine's.
    EXPECT_LT(took, Millis{2'500}) << path;
  }
};

/// A batch whose messages get their ids from Recado, which stores them part by part.
std::string without_ids(std::size_t count, const std::string& url) {
  std::string out = "[";
  for (std::size_t i = 0; i < count; ++i) {
    out += std::string(i > 0 ? "," : "") + R"({"delay":"60s","webhookUrl":")" + url + "\"}";
  }
  return out + "]";
}

TEST_F(RedisAway, IsAnswered503AndRecoversByItself) {
  Sink sink;
  server.kill(SIGKILL);
  expect_503_within_2_s("POST", "/messages", message("away", now(), sink.url()));
  expect_503_within_2_s("POST", "/messages/batch", without_ids(500, sink.url()));
  expect_503_within_2_s("GET", "/messages");
  expect_503_within_2_s("GET", "/messages/away");
  expect_503_within_2_s("PATCH", "/messages/away", R"({"delay":"1s"})");
  expect_503_within_2_s("PUT", "/messages/away", message("away", now(), sink.url()));
  expect_503_within_2_s("DELETE", "/messages/away");
  expect_503_within_2_s("POST", "/messages/away/send");
  expect_503_within_2_s("DELETE", "/messages?all=true");
  expect_503_within_2_s("GET", "/queues");
  const Answer health = recado.get("/health");
  EXPECT_EQ(health.status, 503);
  EXPECT_EQ(member(health.body, "status"), "unhealthy");
  EXPECT_EQ(member(health.body, "redis"), "disconnected");
  EXPECT_EQ(recado.get("/health/live").status, 200);
  EXPECT_EQ(recado.get("/health/ready").status, 503);
  EXPECT_EQ(recado.get("/openapi.json").status, 200);

  server.start();
  EXPECT_TRUE(recado.wait_healthy(Millis{5'000}));
  EXPECT_EQ(recado.post("/messages", message("back", now(), sink.url())).status, 201);
  ASSERT_EQ(sink.wait(1).size(), 1U);
  EXPECT_EQ(sink.arrivals()[0].message_id(), "back");
}

TEST_F(RedisAway, StoppedLikeADeadMachineIsAnswered503) {
  server.freeze();
  expect_503_within_2_s("POST", "/messages",
                        message("frozen", now() + Millis{60'000}, "http://127.0.0.1:9/"));
  server.thaw();
  ASSERT_TRUE(recado.wait_healthy());
  // Unknown outcome: the same id may be sent again.
  const int again =
      recado.post("/messages", message("frozen", now() + Millis{60'000}, "http://127.0.0.1:9/")).status;
  EXPECT_TRUE(again == 201 || again == 409) << again;
  EXPECT_EQ(member(recado.get("/messages").body, "total"), "1");
}

TEST_F(RedisAway, StoppedLikeADeadMachineALongBatchWaitsForItOnce) {
  server.freeze();
  const SteadyPoint asked = clock().steady();
  const Answer answer = recado.post("/messages/batch", without_ids(500, "http://127.0.0.1:9/"));
  EXPECT_LT(clock().steady() - asked, Millis{2'500});
  EXPECT_EQ(answer.status, 207) << answer.body.substr(0, 500);
  EXPECT_EQ(length_of(answer.body, "results"), 500U);
  // What left may have been stored, the rest surely was not: the client is told to ask again for all.
  EXPECT_EQ(member(answer.body, "results.0.status"), "503");
  EXPECT_EQ(member(answer.body, "results.499.status"), "503");
  server.thaw();
  ASSERT_TRUE(recado.wait_healthy());
  EXPECT_LE(std::stoi(member(recado.get("/messages").body, "total")), 128);
}

TEST_F(RedisAway, OutcomesOfWhatWasInFlightAreRecordedLater) {
  test::Signal arrived, answer;
  Sink sink([&](const Arrival&) {
    arrived.set();
    answer.wait();
    return Sink::Reply{200, "", "received"};
  });
  ASSERT_EQ(recado.post("/messages", message("flying", now(), sink.url())).status, 201);
  ASSERT_TRUE(arrived.wait());
  server.kill(SIGKILL);
  ASSERT_TRUE(eventually([&] { return recado.get("/health").status == 503; }));
  answer.set();
  server.start();
  ASSERT_TRUE(recado.wait_healthy());
  EXPECT_TRUE(recado.wait_status("flying", "delivered"));
  EXPECT_EQ(member(recado.get("/messages/flying").body, "attemptCount"), "1");
  EXPECT_EQ(recado.terminate(), 0);
  EXPECT_EQ(sink.count(), 1U);
}

TEST_F(RedisAway, WhatFellDueMeanwhileIsSentWhenItIsBack) {
  Sink sink;
  const Instant due = now() + Millis{2'000};
  const auto all = [due](std::size_t i) { return due + Millis{static_cast<int>(i)}; };
  expect_all_created(recado.post("/messages/batch", batch("due-", 100, all, sink.url())), 100);
  server.kill(SIGKILL);
  wait_until(due + Millis{500});
  server.start();
  EXPECT_EQ(sink.wait_ids(100).size(), 100U);
  ASSERT_TRUE(recado.wait_healthy());
  EXPECT_TRUE(eventually([&] { return member(recado.get("/health").body, "scheduled_jobs") == "0"; }));
}

TEST(RedisNotThere, AtTheStartIsSaidAndServedWith503) {
  Sink sink;
  redis::testing::Server server;
  server.kill(SIGKILL);
  Recado recado(Environment{{"REDIS_URL", "unix://" + server.dir() + "/redis.sock"}}, false);
  EXPECT_TRUE(recado.child().wait_output("Redis cannot be reached"));
  const Answer answer = recado.post("/messages", message("early", now(), sink.url()));
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.header("retry-after"), "1");
  server.start();
  ASSERT_TRUE(recado.wait_healthy());
  EXPECT_EQ(recado.post("/messages", message("later", now(), sink.url())).status, 201);
  EXPECT_EQ(sink.wait(1).size(), 1U);
  // A server without AOF loses messages: it is said.
  EXPECT_THAT(recado.get("/health").body, HasSubstr("appendonly"));
}

}  // namespace
}  // namespace recado::e2e
