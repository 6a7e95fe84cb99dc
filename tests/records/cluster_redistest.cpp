// Accounts on a cluster of three masters, while one account's slot moves.
#include <gtest/gtest.h>

#include "people.hpp"
#include "records/keys.hpp"
#include "records/store.hpp"
#include "redis/slots.hpp"
#include "support/redis_processes.hpp"

namespace recado::records {
namespace {

using testing::people;
using testing::person;

struct RecordsOnACluster : redis::testing::LoopTest {};

TEST_F(RecordsOnACluster, AreWrittenAndListedWhileTheirSlotMoves) {
  test::RedisCluster cluster(3, 0);
  const auto location = redis::Location::parse(cluster.url());
  ASSERT_TRUE(location.ok());
  redis::Client client(loop, *location);
  Store store(loop, client);
  client.start();
  run([&]() -> io::Task<> {
    const bool up = co_await client.wait_connected(Millis{20'000});
    EXPECT_TRUE(up);
    const std::vector<std::string> accounts = {"main", "a", "b", "acme"};
    const auto slot = redis::slot_of(Keys("main", "people").records);
    auto& from = cluster.owner(slot);
    auto& to = cluster.other_than(from);
    for (int i = 0; i < 30; ++i) {
      if (i == 15) cluster.move(slot, from, to);
      for (const auto& account : accounts) {
        const auto written = co_await store.create(account, people(), person("Ana " + std::to_string(i)));
        EXPECT_EQ(written.refusal, Refusal::none) << written.detail;
      }
    }
    for (const auto& account : accounts) {
      Query query;
      query.search("ana");
      PageRequest request;
      const auto page = co_await store.list(account, people(), query, request);
      EXPECT_EQ(page->total, 30u) << account;
      EXPECT_EQ(page->records.size(), 30u) << account;
    }
    co_await client.stop();
  });
}

}  // namespace
}  // namespace recado::records
