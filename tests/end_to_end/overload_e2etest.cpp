// What happens when something is short: registrations are refused, what is acknowledged goes on.
#include <gmock/gmock.h>

#include <csignal>
#include <vector>

#include "end_to_end/harness.hpp"

namespace recado::e2e {
namespace {

using ::testing::HasSubstr;

struct FullRedis : ::testing::Test {
  redis::testing::Server server{{"--appendonly", "yes", "--maxmemory-policy", "noeviction"}};
  Recado node{{{"REDIS_URL", "unix://" + server.dir() + "/redis.sock"}}};
  Sink sink;

  void set_maxmemory(std::size_t bytes) {
    ASSERT_EQ(redis_command(server.dir(), {"CONFIG", "SET", "maxmemory", std::to_string(bytes)}), "OK");
  }
  std::size_t used_memory() {
    const std::string info = redis_command(server.dir(), {"INFO", "memory"});
    return std::stoul(info.substr(info.find("used_memory:") + 12));
  }
  Answer register_later() {
    return node.post("/messages",
                     message("late-" + std::to_string(++later_), now() + Millis{3'600'000}, sink.url()));
  }

 private:
  int later_ = 0;
};

TEST_F(FullRedis, RegistrationsAreRefusedBeforeItIsFull) {
  // So much that the registrations of this test do not fill what is left.
  ASSERT_EQ(redis_command(server.dir(), {"SETRANGE", "filler", "50000000", "x"}), "50000001");
  set_maxmemory(used_memory() + used_memory() / 50);
  Answer refused;
  ASSERT_TRUE(eventually([&] { return (refused = register_later()).status == 503; }));
  EXPECT_EQ(refused.header("retry-after"), "1");
  EXPECT_THAT(refused.body, HasSubstr("but for a reserve"));
  EXPECT_EQ(node.get("/messages").status, 200);
  EXPECT_THAT(node.get("/metrics").body, HasSubstr("recado_http_shed_total{reason=\"redis_memory\"}"));
  set_maxmemory(0);
  EXPECT_TRUE(eventually([&] { return register_later().status == 201; }));
}

TEST_F(FullRedis, ThatWasAwaySinceIsAskedAnewBeforeAnythingIsRefused) {
  const std::string info = redis_command(server.dir(), {"INFO", "server"});
  const pid_t redis = std::atoi(info.c_str() + info.find("process_id:") + 11);
  ASSERT_GT(redis, 0);
  set_maxmemory(1);
  ASSERT_TRUE(
      eventually([&] { return register_later().body.find("but for a reserve") != std::string::npos; }));
  set_maxmemory(0);
  ::kill(redis, SIGSTOP);
  EXPECT_TRUE(eventually([&] { return node.get("/health").status == 503; }));
  ::kill(redis, SIGCONT);
  EXPECT_TRUE(node.wait_healthy());
  EXPECT_EQ(register_later().status, 201);
}

TEST_F(FullRedis, WhatIsAcknowledgedIsClaimedDeliveredAndRecorded) {
  // One is claimed before Redis is full, the other has to be claimed then.
  ASSERT_EQ(node.post("/messages", message("near", now() + Millis{900}, sink.url())).status, 201);
  ASSERT_EQ(node.post("/messages", message("far", now() + Millis{3'000}, sink.url())).status, 201);
  set_maxmemory(1);
  EXPECT_EQ(sink.wait_ids(2).size(), 2U);
  for (const char* id : {"near", "far"}) EXPECT_TRUE(node.wait_status(id, "delivered")) << id;
  EXPECT_EQ(register_later().status, 503);
  EXPECT_EQ(node.get("/health").status, 503);
  set_maxmemory(0);
  EXPECT_TRUE(node.wait_healthy());
  EXPECT_EQ(sink.count(), 2U);
}

TEST_F(FullRedis, TheClaimsOfADeadNodeAreTakenOver) {
  Recado other({{"REDIS_URL", "unix://" + server.dir() + "/redis.sock"}});
  ASSERT_EQ(node.post("/messages", message("mine", now() + Millis{950}, sink.url())).status, 201);
  node.kill();
  set_maxmemory(1);
  EXPECT_EQ(sink.wait_ids(1).size(), 1U);
  EXPECT_TRUE(other.wait_status("mine", "delivered"));
}

TEST(StoppedRedis, RefusesRegistrationsBeforeTheyTimeOut) {
  redis::testing::Server server;
  Recado node({{"REDIS_URL", "unix://" + server.dir() + "/redis.sock"}});
  const std::string info = redis_command(server.dir(), {"INFO", "server"});
  const pid_t redis = std::atoi(info.c_str() + info.find("process_id:") + 11);
  ASSERT_GT(redis, 0);
  ::kill(redis, SIGSTOP);
  // The first to come wait for their reply; those who come while they do are sent away at once.
  const std::string registration =
      http::testing::post("/messages", R"({"delay":"1h","webhookUrl":"http://127.0.0.1:9/"})",
                          "Authorization: Bearer " + std::string(kToken) + "\r\n");
  std::vector<http::testing::Client> callers;
  for (int i = 0; i < 25; ++i) {
    callers.emplace_back(node.port());
    callers.back().send(registration);
    wait_until(now() + Millis{50});
  }
  int sent_away = 0;
  for (auto& caller : callers) {
    const Answer answer = caller.read();
    EXPECT_EQ(answer.status, 503);
    EXPECT_EQ(answer.header("retry-after"), "1");
    if (answer.body.find("Redis answers slowly") != std::string::npos) ++sent_away;
  }
  EXPECT_GT(sent_away, 0);
  ::kill(redis, SIGCONT);
  EXPECT_TRUE(eventually([&] {
    return node.post("/messages", R"({"delay":"1h","webhookUrl":"http://127.0.0.1:9/"})").status == 201;
  }));
}

}  // namespace
}  // namespace recado::e2e
