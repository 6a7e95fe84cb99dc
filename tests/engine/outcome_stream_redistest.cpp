// The stream of outcomes: told of once, with what records the outcome, until it is forgotten.
#include <gtest/gtest.h>

#include "engine/store_fixture.hpp"

namespace recado::engine::testing {
namespace {

struct OutcomeStream : StoreTest {
  Message personal(std::string id) {
    Message out = message(std::move(id), at(1'000), "");
    out.spec.channel = "cloud";
    return out;
  }
  Store::Outcome streamed(const Message& what, std::uint64_t claim_number) {
    auto out = delivered(what, claim_number, at(6'000));
    Message told = what;
    told.status = Status::delivered;
    told.attempt_count = 1;
    Attempt attempt;
    attempt.at = at(5'000);
    told.attempts.push_back(attempt);
    out.streamed = encode_record(told);
    out.provider_id = "wamid.1";
    return out;
  }
};

TEST_F(OutcomeStream, TellsOfAnOutcomeOnceWithItsPayload) {
  with_redis([&]() -> io::Task<> {
    const auto what = personal("a");
    const unsigned shard = shard_of(message_key(what));
    const auto added = co_await add(what, true);
    const auto outcome = streamed(what, added.claim);
    const auto first = co_await record(shard, outcome);
    EXPECT_EQ(first, Store::Recorded::recorded);
    const auto again = co_await record(shard, outcome);  // its reply was lost
    EXPECT_EQ(again, Store::Recorded::already);
    const auto told = co_await store.read_stream(shard, 10);
    EXPECT_TRUE(told.ok());
    EXPECT_EQ(told->size(), 1U);
    const auto& one = told->front();
    EXPECT_TRUE(one.readable);
    EXPECT_EQ(one.message.id(), "a");
    EXPECT_EQ(one.message.spec.channel, "cloud");
    EXPECT_EQ(one.message.spec.payload, R"({"a":1})");
    EXPECT_EQ(one.message.status, Status::delivered);
    EXPECT_EQ(one.message.attempts.back().at, at(5'000));
    EXPECT_EQ(one.provider_id, "wamid.1");
  });
}

TEST_F(OutcomeStream, SaysNothingOfAnOutcomeThatCameTooLate) {
  with_redis([&]() -> io::Task<> {
    const auto what = personal("a");
    const unsigned shard = shard_of(message_key(what));
    const auto added = co_await add(what, true);
    const auto late = co_await record(shard, streamed(what, added.claim + 7));
    EXPECT_EQ(late, Store::Recorded::not_held);
    const auto told = co_await store.read_stream(shard, 10);
    EXPECT_TRUE(told.ok() && told->empty());
  });
}

TEST_F(OutcomeStream, KeepsWhatWasNotForgotten) {
  with_redis([&]() -> io::Task<> {
    unsigned shard = 0;
    for (const char* id : {"{s}a", "{s}b", "{s}c"}) {
      const auto what = personal(id);
      shard = shard_of(message_key(what));
      const auto added = co_await add(what, true);
      co_await record(shard, streamed(what, added.claim));
    }
    const auto part = co_await store.read_stream(shard, 2);
    EXPECT_EQ(part->size(), 2U);
    std::vector<std::string> cursors;
    for (const auto& one : *part) cursors.push_back(one.cursor);
    const auto forgotten = co_await store.forget_stream(shard, std::move(cursors));
    EXPECT_TRUE(forgotten.ok());
    const auto left = co_await store.read_stream(shard, 10);
    EXPECT_EQ(left->size(), 1U);
    EXPECT_EQ(left->front().message.id(), "{s}c");
  });
}

}  // namespace
}  // namespace recado::engine::testing
