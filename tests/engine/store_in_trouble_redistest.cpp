// The scripts against a Redis that is full, read-only or was emptied.
#include <gmock/gmock.h>

#include "engine/store_fixture.hpp"

namespace recado::engine::testing {
namespace {

using redis::testing::words;
using ::testing::ElementsAre;

struct StoreInTrouble : StoreTest {
  io::Task<> configure(std::string name, std::string value) {
    const auto done = co_await client.command(words("CONFIG", "SET", name, value));
    EXPECT_TRUE(done.ok());
  }
};

TEST_F(StoreInTrouble, AFullRedisTakesNoNewMessageAndLetsTheOldOnesGo) {
  with_redis([this]() -> io::Task<> {
    const Message waiting = message("{s}waiting", at(1'000));
    const Message sent = message("{s}sent", at(1'000));
    const unsigned shard = shard_of(message_key(waiting));
    const auto added = co_await add(sent, true);
    co_await add(waiting);
    co_await configure("maxmemory", "1");

    const std::string before = co_await snapshot();
    const Message refused = message("{s}refused", at(1'000));
    for (const bool claim_at_once : {false, true}) {
      const auto none = co_await try_add(refused, claim_at_once, false);
      EXPECT_EQ(none.error().code(), ErrorCode::unavailable);
    }
    const std::string after = co_await snapshot();
    EXPECT_EQ(before, after);

    const auto counter = co_await store.beat(shard);
    EXPECT_TRUE(counter.ok() && *counter > 0);
    const auto next = co_await store.beat(shard);
    EXPECT_TRUE(next.ok() && *next == *counter + 1);
    const auto recorded = co_await record(shard, delivered(sent, added.claim, at(2'000)));
    EXPECT_EQ(recorded, Store::Recorded::recorded);
    const auto claimed = co_await claim(shard, at(1'000));
    EXPECT_EQ(claimed.size(), 1U);
    const auto reaped = co_await store.reap(shard, "node-a", "*");
    EXPECT_TRUE(reaped.ok() && reaped->moved == 1);
    co_await configure("maxmemory", "0");
  });
}

TEST_F(StoreInTrouble, ARetryIsRecordedWholeInAFullRedis) {
  with_redis([this]() -> io::Task<> {
    Message first = message("a", at(1'000));
    const unsigned shard = shard_of(message_key(first));
    const auto added = co_await add(first, true);
    co_await configure("maxmemory", "1");
    first.attempt_count = 1;
    first.generation += 1;
    Store::Outcome retry;
    retry.kind = Store::Outcome::Kind::retry;
    retry.key = message_key(first);
    retry.claim = added.claim;
    retry.due = at(7'000);
    retry.record = encode_record(first);
    retry.generation = retry.record.substr(1, 4);
    const auto recorded = co_await record(shard, retry);
    EXPECT_EQ(recorded, Store::Recorded::recorded);
    const auto later = co_await claim(shard, at(7'000));
    EXPECT_EQ(later.size(), 1U);
    co_await configure("maxmemory", "0");
  });
}

TEST_F(StoreInTrouble, TellsAShardThatTakesNoWritesFromOneThatDoes) {
  with_redis([this]() -> io::Task<> {
    std::vector<unsigned> all = {0, 7, 15};
    const auto before = co_await store.take_writes(all);
    EXPECT_THAT(before, ElementsAre(true, true, true));
    co_await configure("min-replicas-to-write", "1");
    const auto refused = co_await store.take_writes(all);
    EXPECT_THAT(refused, ElementsAre(false, false, false));
    co_await configure("min-replicas-to-write", "0");
    const auto replica = co_await client.command(words("REPLICAOF", "127.0.0.1", "1"));
    EXPECT_TRUE(replica.ok());
    const auto read_only = co_await store.take_writes(all);
    EXPECT_THAT(read_only, ElementsAre(false, false, false));
    const auto master = co_await client.command(words("REPLICAOF", "NO", "ONE"));
    EXPECT_TRUE(master.ok());
    const auto after = co_await store.take_writes(all);
    EXPECT_THAT(after, ElementsAre(true, true, true));
  });
}

TEST_F(StoreInTrouble, ClaimNumbersOfAnEmptiedRedisNeverComeAgain) {
  with_redis([this]() -> io::Task<> {
    const Message first = message("a", at(1'000));
    const unsigned shard = shard_of(message_key(first));
    const auto added = co_await add(first, true);
    const auto emptied = co_await client.command(words("FLUSHALL"));
    EXPECT_TRUE(emptied.ok());
    // The same id is registered again while the former one is still being sent.
    const Message again = message("a", at(1'000));
    const auto anew = co_await add(again, true);
    EXPECT_EQ(anew.code, Store::AddCode::claimed);
    EXPECT_NE(anew.claim, added.claim);
    const auto late = co_await record(shard, delivered(first, added.claim, at(2'000)));
    EXPECT_EQ(late, Store::Recorded::not_held);
    const auto recorded = co_await record(shard, delivered(again, anew.claim, at(2'000)));
    EXPECT_EQ(recorded, Store::Recorded::recorded);
  });
}

TEST_F(StoreInTrouble, AHeartbeatThatBeginsAgainShowsNoValueItHadBefore) {
  with_redis([this]() -> io::Task<> {
    const unsigned shard = shard_of("c{s}0");
    std::vector<std::string> seen;
    for (int i = 0; i < 3; ++i) {
      const Message one = message("{s}" + std::to_string(i), at(1'000));
      const auto added = co_await add(one, i != 1);
      std::uint64_t number = added.claim;
      if (i == 1) {
        const auto claimed = co_await claim(shard, at(1'000));
        number = claimed.front().claim;
      }
      const auto beats = co_await store.read_beats();
      seen.push_back(beats[shard]->at("node-a"));
      co_await record(shard, delivered(one, number, at(2'000)));
      const auto forgotten = co_await store.reap(shard, "node-a", seen.back());
      EXPECT_EQ(forgotten->moved, 0);
      const auto none = co_await store.read_beats();
      EXPECT_FALSE(none[shard]->contains("node-a"));
    }
    EXPECT_NE(seen[0], seen[1]);
    EXPECT_NE(seen[1], seen[2]);
  });
}

TEST_F(StoreInTrouble, AnOutcomeIsRecordedUnderTheNameThatClaimed) {
  with_redis([this]() -> io::Task<> {
    const Message first = message("a", at(1'000));
    const unsigned shard = shard_of(message_key(first));
    const auto added = co_await add(first, true);
    store.set_incarnation("node-b");  // barred in another shard, and going on
    auto outcome = delivered(first, added.claim, at(2'000));
    const auto stranger = co_await record(shard, outcome);
    EXPECT_EQ(stranger, Store::Recorded::not_held);
    outcome.incarnation = "node-a";
    const auto recorded = co_await record(shard, outcome);
    EXPECT_EQ(recorded, Store::Recorded::recorded);
  });
}

TEST_F(StoreInTrouble, AGateTimedByAClockThatWasSetBackSinceOpens) {
  with_redis([this]() -> io::Task<> {
    const Instant now = at(1'800'000'000'000);
    const Millis hour{3'600'000};
    const Message first = message("a", now);
    const unsigned shard = shard_of(message_key(first));
    const auto added = co_await add(first, true);
    Store::Outcome hold;
    hold.kind = Store::Outcome::Kind::hold;
    hold.key = message_key(first);
    hold.claim = added.claim;
    hold.due = now;
    hold.gate = "origin:https://example.org";
    hold.gate_at = now + hour + Millis{5'000};  // the clock was an hour ahead
    co_await record(shard, hold);
    const auto poll = co_await store.claim(shard, now, now, kBatch, 1 << 20);
    EXPECT_THAT(poll->ready_gates, ElementsAre(std::pair(hold.gate, now)));
    const auto opened = co_await store.claim_held(shard, hold.gate, now, now + Millis{50}, 10, 1 << 20);
    EXPECT_EQ(opened->claimed.size(), 1U);
  });
}

}  // namespace
}  // namespace recado::engine::testing
