// The client against a real cluster of three masters.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness.hpp"
#include "redis/slots.hpp"
#include "support/redis_processes.hpp"

namespace recado::redis {
namespace {

using test::RedisCluster;
using test::TcpRedis;
using ::testing::HasSubstr;
using testing::said;
using ::testing::UnorderedElementsAre;
using testing::words;

struct RealCluster : testing::LoopTest {
  const Script put{"put", "redis.call('SET', KEYS[1], ARGV[1]) return redis.call('INCR', KEYS[2])"};

  /// Writes on a key of each of 64 slots, by script and by command; how many were refused.
  io::Task<int> write_everywhere(Client& client, int round) {
    int refused = 0;
    for (int i = 0; i < 64; ++i) {
      const std::string tag = "{" + std::to_string(i) + "}";
      const auto put_one =
          co_await client.eval(put, words("v" + tag, "n" + tag), words(std::to_string(round)));
      if (!put_one || put_one->integer() != round) ++refused;
    }
    co_return refused;
  }
};

TEST_F(RealCluster, ServesEveryKeyWhileSlotsMoveAndNodesJoin) {
  RedisCluster cluster(3, 0);
  Client client(loop, *Location::parse(cluster.url()));
  const std::uint16_t slot = slot_of("{7}");
  run([&]() -> io::Task<> {
    client.start();
    EXPECT_TRUE(co_await client.wait_connected(Millis{10'000})) << client.last_error();
    int refused = co_await write_everywhere(client, 1);
    EXPECT_EQ(refused, 0);

    // Start-up inspection and writes on all three.
    const auto warnings = co_await client.inspect();
    EXPECT_TRUE(warnings.ok());
    std::vector<std::string> codes;
    for (const auto& one : *warnings) codes.push_back(one.code);
    EXPECT_THAT(codes, UnorderedElementsAre("aof_off", "no_replica"));
    for (const auto& one : *warnings) EXPECT_THAT(one.detail, ::testing::Not(HasSubstr("127.0.0.1")));
    const auto probed = co_await client.probe();
    EXPECT_TRUE(probed.ok());
    cluster.master(1).ask({"CONFIG", "SET", "maxmemory", "1"});
    const auto full = co_await client.probe();
    EXPECT_EQ(full.ok() ? "written" : full.error().detail().substr(0, 3), "OOM");
    const auto more = co_await client.inspect();
    EXPECT_EQ(more->back().code, "no_write");
    EXPECT_THAT(more->back().detail, ::testing::StartsWith(cluster.master(1).address() + ": Redis is full"));
    cluster.master(1).ask({"CONFIG", "SET", "maxmemory", "0"});

    // Every key once, over all masters.
    std::size_t found = 0;
    std::string cursor = "0";
    do {
      const auto page = co_await client.scan(cursor, "v{*", 10);
      EXPECT_TRUE(page.ok());
      found += page->keys.size();
      cursor = page->cursor;
    } while (cursor != "0");
    EXPECT_EQ(found, 64u);

    // While the slot's keys are on their way: single ones are found, a script waits and is then refused.
    TcpRedis& from = cluster.owner(slot);
    TcpRedis& to = cluster.join();
    cluster.begin_move(slot, from, to);
    from.ask({"MIGRATE", "127.0.0.1", std::to_string(to.port()), "v{7}", "0", "5000"});
    std::vector<std::vector<std::string>> reads{words("GET", "v{7}"), words("GET", "n{7}")};
    const auto both = co_await client.pipeline(std::move(reads));
    EXPECT_EQ(said(both[0]), "1");  // by ASK
    EXPECT_EQ(said(both[1]), "1");
    const auto torn = co_await client.eval(put, words("v{7}", "n{7}"), words("x"));
    EXPECT_THAT(said(torn),
                ::testing::StartsWith("unavailable: the slot " + std::to_string(slot) + " is being moved"));
    const auto untouched = co_await client.command(words("GET", "n{7}"));
    EXPECT_EQ(said(untouched), "1");
    cluster.move_keys(slot, from, to);
    cluster.end_move(slot, from, to);
    refused = co_await write_everywhere(client, 2);
    EXPECT_EQ(refused, 0);
    EXPECT_TRUE(client.connected());
    EXPECT_EQ(to.ask({"GET", "v{7}"}).text(), "2");
    co_await client.stop();
  });
}

TEST_F(RealCluster, IsReachedByTlsAndSoIsWhereItRedirects) {
  const test::Certificates certificates;
  ASSERT_TRUE(certificates.made);
  RedisCluster cluster(3, 0, &certificates);
  Client client(loop, *Location::parse(cluster.url()));
  const std::uint16_t slot = slot_of("{7}");
  run([&]() -> io::Task<> {
    client.start();
    EXPECT_TRUE(co_await client.wait_connected(Millis{10'000})) << client.last_error();
    int refused = co_await write_everywhere(client, 1);
    EXPECT_EQ(refused, 0);

    TcpRedis& from = cluster.owner(slot);
    TcpRedis& to = cluster.other_than(from);
    cluster.begin_move(slot, from, to);
    cluster.move_keys(slot, from, to);
    const auto asked = co_await client.command(words("GET", "v{7}"));
    EXPECT_EQ(said(asked), "1") << "by ASK";
    cluster.end_move(slot, from, to);
    refused = co_await write_everywhere(client, 2);  // by MOVED
    EXPECT_EQ(refused, 0);
    EXPECT_TRUE(client.connected()) << client.last_error();
    EXPECT_EQ(to.ask({"GET", "v{7}"}).text(), "2");
    co_await client.stop();
  });
}

TEST_F(RealCluster, AMasterIsLostItsReplicaTakesOverAndNothingConfirmedIsLost) {
  RedisCluster cluster(3, 1);
  Client client(loop, *Location::parse(cluster.url()));
  testing::Changes changes(loop, client);
  io::TaskGroup group(loop);
  std::map<std::string, int> confirmed;  // key → the largest count whose replica has it
  bool stop = false;
  int unavailable = 0, unknown = 0, other = 0;
  const auto writer = [&](std::string tag) -> io::Task<> {
    const std::string value = "v{" + tag + "}", count = "n{" + tag + "}";
    while (!stop) {
      const auto done =
          co_await client.eval_replicated(put, words(value, count), words("x"), 1, Millis{1000});
      if (done) {
        confirmed[count] = std::max(confirmed[count], static_cast<int>(done->integer()));
      } else {
        const ErrorCode code = done.error().code();
        ++(code == ErrorCode::unavailable       ? unavailable
           : code == ErrorCode::outcome_unknown ? unknown
                                                : other);
        co_await loop.sleep(Millis{5});
      }
    }
  };
  run([&]() -> io::Task<> {
    client.start();
    co_await changes.wait(1);
    for (int i = 0; i < 32; ++i) group.spawn("write", writer(std::to_string(i)));
    co_await loop.sleep(Millis{300});
    const std::uint16_t lost_slot = slot_of("n{0}");
    cluster.owner(lost_slot).kill();
    co_await changes.wait(2);
    EXPECT_FALSE(client.connected());
    EXPECT_TRUE(client.partly_connected());
    // The others go on.
    std::string tag = "0";
    for (int i = 0; i < 32; ++i) {
      if (std::abs(slot_of(std::to_string(i)) - lost_slot) > 6'000) tag = std::to_string(i);
    }
    const int before = confirmed["n{" + tag + "}"];
    while (confirmed["n{" + tag + "}"] < before + 2) co_await loop.sleep(Millis{5});
    co_await changes.wait(3);
    EXPECT_TRUE(client.connected()) << client.last_error();
    stop = true;
    co_await group.join();
    for (const auto& [key, count] : confirmed) {
      auto now = co_await client.command(words("GET", key));
      // For a moment a node may still think that the cluster is down.
      for (int again = 0; !now && again < 500; ++again) {
        co_await loop.sleep(Millis{10});
        now = co_await client.command(words("GET", key));
      }
      EXPECT_GE(std::atoi(said(now).c_str()), count) << key << " " << said(now);
    }
    EXPECT_EQ(confirmed.size(), 32u);
    EXPECT_GT(unavailable + unknown, 0);
    EXPECT_EQ(other, 0);
    co_await client.stop();
  });
}

}  // namespace
}  // namespace recado::redis
