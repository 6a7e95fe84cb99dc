// Several nodes on one Redis, and one of them, or the way to Redis, fails at a chosen moment.
#include <gmock/gmock.h>

#include <csignal>

#include "chaos/redis_proxy.hpp"
#include "end_to_end/harness.hpp"

namespace recado::chaos {
namespace {

using namespace recado::e2e;

struct SeveralNodes : ::testing::Test {
  redis::testing::Server server{{"--appendonly", "yes"}};
  RedisProxy proxy{server.dir() + "/redis.sock"};
  Recado one{{{"REDIS_URL", "redis://127.0.0.1:" + std::to_string(proxy.port())}}};
  Recado two{{{"REDIS_URL", "unix://" + server.dir() + "/redis.sock"}}};

  /// How many messages are claimed, by whomever.
  std::size_t claimed() const {
    std::size_t count = 0;
    std::istringstream keys(redis_command(server.dir(), {"--scan", "--pattern", "recado:1:*:claimed:*"}));
    for (std::string key; std::getline(keys, key);) {
      count += static_cast<std::size_t>(std::atoi(redis_command(server.dir(), {"HLEN", key}).c_str()));
    }
    return count;
  }
  std::string metric(const Recado& node, const std::string& name) const {
    const std::string all = node.get("/metrics").body;
    const auto at = all.find("\n" + name + " ");
    return at == std::string::npos
               ? ""
               : all.substr(at + name.size() + 2, all.find('\n', at + 1) - at - name.size() - 2);
  }
  void expect_at_rest() {
    EXPECT_TRUE(eventually([&] { return member(two.get("/health").body, "scheduled_jobs") == "0"; }));
    EXPECT_TRUE(eventually([&] { return claimed() == 0; }));
  }
};

TEST_F(SeveralNodes, AKilledNodesClaimsAreSentByTheOtherWithinFiveSeconds) {
  constexpr std::size_t kMessages = 60;
  Sink sink;
  const Instant due = now() + Millis{950};
  const auto all = [due](std::size_t) { return due; };
  expect_all_created(one.post("/messages/batch", batch("k-", kMessages, all, sink.url())), kMessages);
  one.kill();
  const Instant killed = now();
  ASSERT_EQ(sink.wait_ids(kMessages).size(), kMessages);
  std::int64_t last = 0;
  for (const auto& arrival : sink.arrivals()) last = std::max(last, arrival.at_ns / 1'000'000);
  std::printf("the last of what the killed node held arrived %lld ms after it was killed\n",
              static_cast<long long>(last - to_ms(killed)));
  EXPECT_LE(last - to_ms(killed), 5'000);
  expect_at_rest();
  EXPECT_EQ(sink.count(), kMessages);
}

TEST_F(SeveralNodes, ANodePausedForSixSecondsSendsNothingThatWasTakenOverAndSpoilsNoRecord) {
  constexpr std::size_t kMessages = 200;
  Sink sink;
  const Instant first = now() + Millis{600};
  const auto due = [first](std::size_t i) { return first + Millis{static_cast<int>(i) * 4}; };
  expect_all_created(one.post("/messages/batch", batch("p-", kMessages, due, sink.url())), kMessages);
  // In the middle of sending.
  sink.wait(20);
  one.child().signal(SIGSTOP);
  const std::size_t begun = sink.count();
  wait_until(now() + Millis{6'000});
  EXPECT_EQ(sink.wait_ids(kMessages).size(), kMessages);
  one.child().signal(SIGCONT);
  ASSERT_TRUE(one.wait_healthy());
  expect_at_rest();
  // The node that was paused takes part again.
  ASSERT_EQ(one.post("/messages", message("after", now(), sink.url())).status, 201);
  EXPECT_TRUE(one.wait_status("after", "delivered"));
  // Only what it had begun before it froze may have come twice, and each is delivered exactly once on record.
  EXPECT_LE(sink.count(), kMessages + 1 + begun);
  EXPECT_EQ(member(two.get("/messages?status=delivered&limit=1").body, "total"),
            std::to_string(kMessages + 1));
  std::map<std::string, std::size_t> late;
  for (const auto& [id, times] : sink.wait_ids(kMessages)) {
    if (times > 1) ++late[id];
  }
  EXPECT_LE(late.size(), begun);
}

TEST_F(SeveralNodes, AClaimWhoseReplyWaitedWhileTheNodeWasPausedIsNotSentWhenItGoesOn) {
  Sink sink;
  // The command is at Redis after 200 ms, its reply would be back after another 200.
  proxy.delay(Millis{200});
  std::thread client([&] { one.post("/messages", message("slow", now(), sink.url())); });
  ASSERT_TRUE(eventually([&] { return claimed() == 1; }));
  one.child().signal(SIGSTOP);
  EXPECT_EQ(sink.wait(1).size(), 1U);  // by the other, which took it over
  one.child().signal(SIGCONT);
  client.join();
  proxy.behave();
  ASSERT_TRUE(one.wait_healthy());
  // Whatever it was about to send would be sent before what it is asked for now.
  ASSERT_EQ(one.post("/messages", message("after", now(), sink.url())).status, 201);
  EXPECT_TRUE(one.wait_status("after", "delivered"));
  expect_at_rest();
  EXPECT_EQ(sink.wait_ids(2)["slow"], 1);
}

TEST_F(SeveralNodes, ANodeThatWasIdleIsNotTakenForDeadWhenItClaimsAgain) {
  test::Signal answer;
  Sink sink([&](const Arrival& arrival) {
    if (arrival.message_id() == "%7Bs%7Dsecond") answer.wait();
    return Sink::Reply();
  });
  ASSERT_EQ(one.post("/messages", message("{s}first", now(), sink.url())).status, 201);
  ASSERT_TRUE(one.wait_status("%7Bs%7Dfirst", "delivered"));
  const auto beats = [this] {
    return redis_command(server.dir(), {"--scan", "--pattern", "recado:1:*:beats"});
  };
  ASSERT_FALSE(beats().empty());
  ASSERT_TRUE(eventually([&] { return beats().empty(); }));  // the other has forgotten the idle one
  ASSERT_EQ(one.post("/messages", message("{s}second", now(), sink.url())).status, 201);
  wait_until(now() + Millis{1'500});  // the other has looked, more than once
  answer.set();
  EXPECT_TRUE(two.wait_status("%7Bs%7Dsecond", "delivered"));
  EXPECT_EQ(sink.count(), 2U);
}

TEST_F(SeveralNodes, ARedisThatTakesNoWritesKillsNobody) {
  test::Signal arrived, answer;
  Sink sink([&](const Arrival&) {
    arrived.set();
    answer.wait();
    return Sink::Reply();
  });
  ASSERT_EQ(one.post("/messages", message("in-flight", now(), sink.url())).status, 201);
  ASSERT_TRUE(arrived.wait());
  // Its heartbeats come seldom, so that the other one's look comes first when Redis takes writes again.
  proxy.delay(Millis{400});
  redis_command(server.dir(), {"CONFIG", "SET", "min-replicas-to-write", "1"});
  // Longer than it takes to be taken for dead.
  wait_until(now() + Millis{5'000});
  redis_command(server.dir(), {"CONFIG", "SET", "min-replicas-to-write", "0"});
  wait_until(now() + Millis{1'500});
  proxy.behave();
  answer.set();
  EXPECT_TRUE(two.wait_status("in-flight", "delivered"));
  EXPECT_EQ(sink.count(), 1U);
  EXPECT_EQ(metric(one, "recado_taken_over_total"), "0");
}

TEST_F(SeveralNodes, WhatWasCancelledIsNotSentThoughItsClaimWasOnTheWay) {
  constexpr int kMessages = 60;
  Sink sink;
  two.terminate();
  const Instant first = now() + Millis{2'500};
  const auto due = [first](std::size_t i) { return first + Millis{static_cast<int>(i) * 40}; };
  expect_all_created(one.post("/messages/batch", batch("c-", kMessages, due, sink.url())), kMessages);
  proxy.delay(Millis{150});
  // A cancellation takes two round trips; while they are under way the messages come within reach of a claim.
  std::vector<std::thread> clients;
  std::mutex mutex;
  std::set<std::string> cancelled;
  for (int i = 0; i < kMessages; ++i) {
    clients.emplace_back([&, i] {
      wait_until(due(static_cast<std::size_t>(i)) - Millis{400 + 20 * i});
      const std::string id = "c-" + std::to_string(i);
      if (one.ask("DELETE", "/messages/" + id).status != 200) return;
      const std::lock_guard lock(mutex);
      cancelled.insert(id);
    });
  }
  for (auto& client : clients) client.join();
  proxy.behave();
  ASSERT_TRUE(eventually([&] { return member(one.get("/health").body, "scheduled_jobs") == "0"; }));
  // What is still in the node's memory would go out now.
  wait_until(due(kMessages) + Millis{1'000});
  for (const auto& arrival : sink.arrivals()) {
    EXPECT_FALSE(cancelled.contains(arrival.message_id())) << arrival.message_id();
  }
  EXPECT_GT(cancelled.size(), 10U);
}

TEST_F(SeveralNodes, GoOnWhenRedisCameBackEmptyAndSaySo) {
  Sink sink;
  two.terminate();
  proxy.behave();
  ASSERT_EQ(one.post("/messages", message("gone", now() + Millis{60'000}, sink.url())).status, 201);
  const std::string secret = redis_command(server.dir(), {"GET", "recado:1:secret:signing"});
  ASSERT_FALSE(secret.empty());
  server.kill(SIGKILL);
  std::error_code ignored;
  std::filesystem::remove_all(server.dir() + "/appendonlydir", ignored);
  server.start();
  EXPECT_TRUE(one.child().wait_output("Redis came back empty"));
  ASSERT_TRUE(one.wait_healthy());
  EXPECT_TRUE(
      eventually([&] { return one.get("/health").body.find("came back empty") != std::string::npos; }));
  EXPECT_TRUE(eventually([&] {
    return redis_command(server.dir(), {"GET", "recado:1:secret:signing"}) == secret;
  }));
  ASSERT_EQ(one.post("/messages", message("new", now(), sink.url())).status, 201);
  EXPECT_EQ(sink.wait(1).size(), 1U);
  EXPECT_TRUE(one.wait_status("new", "delivered"));
}

}  // namespace
}  // namespace recado::chaos
