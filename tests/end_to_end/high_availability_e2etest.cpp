// Redis with sentinels and Redis Cluster under load: a master lost, a slot moved.
#include <gmock/gmock.h>

#include "end_to_end/harness.hpp"
#include "end_to_end/traffic.hpp"
#include "redis/slots.hpp"
#include "support/redis_processes.hpp"

namespace recado::e2e {
namespace {

using ::testing::HasSubstr;

/// Redis is looked at after the connection is there: soon, not at once.
bool says(const Recado& recado, const std::string& warning) {
  return eventually([&] { return recado.get("/health").body.find(warning) != std::string::npos; });
}

TEST(HighAvailability, ASentinelFailoverLosesNothingAcknowledged) {
  test::RedisWithSentinels redis(2);
  Recado recado(Environment{{"REDIS_URL", redis.url()}, {"REDIS_MIN_REPLICAS", "1"}});
  EXPECT_TRUE(says(recado, "The append-only file is off"));
  Sink sink;
  Traffic traffic(recado, sink);
  ASSERT_TRUE(traffic.wait_more(100));
  redis.servers[0]->kill();
  ASSERT_TRUE(eventually([&] { return recado.get("/health").status == 503; }));
  ASSERT_TRUE(recado.wait_healthy());
  EXPECT_TRUE(traffic.wait_more(100));
  traffic.stop();
  EXPECT_GT(traffic.refused(), 0U);
  traffic.settle();  // repeats are allowed: a node of ours saw its master die
  EXPECT_EQ(recado.terminate(), 0);
}

TEST(HighAvailability, WithTooFewReplicasAnAddIsAnsweredAsUnknown) {
  test::TcpRedis redis;
  Recado recado(Environment{{"REDIS_URL", "redis://" + redis.address()}, {"REDIS_MIN_REPLICAS", "1"}});
  Sink sink;
  const SteadyPoint asked = clock().steady();
  const Answer answer = recado.post("/messages", message("one", now() + Millis{60'000}, sink.url()));
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.header("retry-after"), "1");
  EXPECT_THAT(answer.body, HasSubstr("only 0 of 1 replicas (REDIS_MIN_REPLICAS)"));
  EXPECT_LT(clock().steady() - asked, Millis{2'500});
  EXPECT_EQ(recado.get("/health").status, 200);
  const Answer token = recado.post("/tokens", R"({"name":"n8n","scopes":["read"]})");
  EXPECT_EQ(token.status, 503);
  EXPECT_THAT(token.body, HasSubstr("only 0 of 1 replicas (REDIS_MIN_REPLICAS)"));
  EXPECT_EQ(recado.ask("DELETE", "/tokens/1").status, 503);
  // A claim, a delivery and its outcome need no replica.
  EXPECT_EQ(recado.post("/messages", message("two", now(), sink.url())).status, 503);
  EXPECT_EQ(sink.wait_ids(1).count("two"), 1U);
}

/// Keys of shards: one on each third of the slots.
constexpr const char* kShardKeys[] = {"recado:1:{s1-78}:due", "recado:1:{s7-8}:due", "recado:1:{s14-22}:due"};

TEST(HighAvailability, ASlotOfAClusterIsMovedUnderLoadAndNothingComesTwice) {
  test::RedisCluster cluster(3, 0);
  Recado recado(Environment{{"REDIS_URL", cluster.url()}});
  EXPECT_TRUE(says(recado, "The append-only file is off"));
  EXPECT_TRUE(says(recado, "This master has no replica"));
  Sink sink;
  Traffic traffic(recado, sink);
  ASSERT_TRUE(traffic.wait_more(100));
  for (const char* key : kShardKeys) {
    const std::uint16_t slot = redis::slot_of(key);
    test::TcpRedis& from = cluster.owner(slot);
    test::TcpRedis& to = cluster.other_than(from);
    cluster.begin_move(slot, from, to);
    wait_until(now() + Millis{100});  // in the middle of it
    cluster.move_keys(slot, from, to);
    cluster.end_move(slot, from, to);
    traffic.wait_more(50);
  }
  traffic.stop();
  EXPECT_EQ(traffic.settle(), 0U) << "nothing was lost, so nothing is sent again";

  // A former program's messages, on all of the masters.
  for (int i = 0; i < 12; ++i) {
    const std::string id = "former" + std::to_string(i);
    const std::string key = "message:" + id;
    cluster.owner(redis::slot_of(key)).ask({"SET", key, message(id, now() + Millis{3'600'000}, sink.url())});
  }
  const Finished imported =
      run_recado({"import", "--from", cluster.url()}, recado.environment(), recado.directory());
  EXPECT_EQ(imported.status, 0) << imported.output;
  EXPECT_THAT(imported.standard_output, HasSubstr("registered 12, present 0, left 0"));
  EXPECT_EQ(member(recado.get("/messages").body, "total"), "12");
  EXPECT_EQ(recado.get("/health").status, 200);
  EXPECT_EQ(recado.terminate(), 0);
}

TEST(HighAvailability, AMasterOfAClusterIsLostAndTheOthersGoOn) {
  test::RedisCluster cluster(3, 1);
  Recado recado(Environment{{"REDIS_URL", cluster.url()}, {"REDIS_MIN_REPLICAS", "1"}});
  Sink sink;
  {
    Traffic traffic(recado, sink);
    ASSERT_TRUE(traffic.wait_more(100));
    test::TcpRedis& lost = cluster.owner(redis::slot_of(kShardKeys[0]));
    lost.kill();
    ASSERT_TRUE(eventually([&] { return recado.get("/health").status == 503; }));
    EXPECT_THAT(recado.get("/health").body,
                HasSubstr("a part of Redis cannot be reached: the master 127.0.0.1:"));
    EXPECT_EQ(recado.get("/health/ready").status, 200);
    // Somebody whose message is on another master is served meanwhile.
    std::size_t served = 0;
    Answer last;
    for (int i = 0; i < 30 && recado.get("/health").status == 503; ++i) {
      last = recado.post("/messages",
                         message("meanwhile" + std::to_string(i), now() + Millis{3'600'000}, sink.url()));
      if (last.status == 201) ++served;
    }
    EXPECT_GT(served, 0U) << last.body;
    ASSERT_TRUE(recado.wait_healthy());
    // Its successor has no replica to confirm anything, until the lost one comes back as that.
    lost.start();
    EXPECT_TRUE(traffic.wait_more(100));
    traffic.stop();
    EXPECT_GT(traffic.refused(), 0U);
    EXPECT_EQ(recado.ask("DELETE", "/messages?after=" + utc(now() + Millis{1'800'000})).status, 200);
    traffic.settle();
  }
  EXPECT_EQ(recado.terminate(), 0);
}

}  // namespace
}  // namespace recado::e2e
