// The client against a real master, its replicas and three real sentinels.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness.hpp"
#include "support/redis_processes.hpp"

namespace recado::redis {
namespace {

using test::RedisWithSentinels;
using test::TcpRedis;
using testing::words;

struct RealSentinels : testing::LoopTest {
  const Script add{"add", "return redis.call('INCR', KEYS[1])"};
};

TEST_F(RealSentinels, FailOverToAReplicaAndNothingConfirmedIsLost) {
  RedisWithSentinels redis(2);
  Client client(loop, *Location::parse(redis.url()));
  testing::Changes changes(loop, client);
  io::TaskGroup group(loop);
  std::vector<std::int64_t> confirmed(16, 0);
  bool stop = false;
  const auto writer = [&](std::size_t i) -> io::Task<> {
    while (!stop) {
      const auto done =
          co_await client.eval_replicated(add, words("n" + std::to_string(i)), words(), 1, Millis{1000});
      if (done) {
        confirmed[i] = std::max(confirmed[i], done->integer());
      } else {
        co_await loop.sleep(Millis{5});
      }
    }
  };
  run([&]() -> io::Task<> {
    client.start();
    co_await changes.wait(1);
    EXPECT_TRUE(client.connected()) << client.last_error();
    for (std::size_t i = 0; i < confirmed.size(); ++i) group.spawn("write", writer(i));
    co_await loop.sleep(Millis{300});
    redis.servers[0]->kill();
    co_await changes.wait(3);
    EXPECT_TRUE(client.connected()) << client.last_error();
    const std::int64_t then = confirmed[0];
    const SteadyPoint until = clock.steady() + Millis{10'000};
    while (confirmed[0] < then + 10 && clock.steady() < until) co_await loop.sleep(Millis{10});
    EXPECT_GE(confirmed[0], then + 10) << "the other replica follows the new master";
    stop = true;
    co_await group.join();
    for (std::size_t i = 0; i < confirmed.size(); ++i) {
      const auto now = co_await client.command(words("GET", "n" + std::to_string(i)));
      EXPECT_GE(std::atoll(testing::said(now).c_str()), confirmed[i]) << testing::said(now);
    }
    const auto warnings = co_await client.inspect();
    EXPECT_EQ(warnings->size(), 1u);
    EXPECT_EQ(warnings->front().code, "aof_off");
    co_await client.stop();
  });
}

TEST_F(RealSentinels, AreReachedByTlsAndSoIsTheMasterAfterAFailover) {
  const test::Certificates certificates;
  ASSERT_TRUE(certificates.made);
  RedisWithSentinels redis(1, &certificates);
  Client client(loop, *Location::parse(redis.url()));
  testing::Changes changes(loop, client);
  run([&]() -> io::Task<> {
    client.start();
    co_await changes.wait(1);
    EXPECT_TRUE(client.connected()) << client.last_error();
    const auto before = co_await client.eval_replicated(add, words("n"), words(), 1, Millis{5'000});
    EXPECT_EQ(testing::said(before), "1");
    redis.servers[0]->kill();
    co_await changes.wait(3);
    EXPECT_TRUE(client.connected()) << client.last_error();
    const auto after = co_await client.eval(add, words("n"), words());
    EXPECT_EQ(testing::said(after), "2") << "on the replica that has become the master";
    co_await client.stop();
  });
  EXPECT_EQ(redis.servers[1]->ask({"GET", "n"}).text(), "2");
}

}  // namespace
}  // namespace recado::redis
