// Outcomes on their way to a real Redis: how they share scripts.
#include "engine/dispatch/recorder.hpp"

#include <gtest/gtest.h>

#include "engine/store_fixture.hpp"

namespace recado::engine::testing {
namespace {

struct RecorderTest : StoreTest {
  std::size_t recorded = 0;
  io::WakeEvent all_recorded{loop};

  io::Task<std::int64_t> scripts_run() { return info_number("commandstats", "cmdstat_evalsha:calls="); }
};

TEST_F(RecorderTest, WhatComesWhileAScriptIsUnderWayShareTheNext) {
  with_redis([this]() -> io::Task<> {
    constexpr std::size_t kMessages = 12;
    std::vector<Store::Outcome> outcomes;
    unsigned shard = 0;
    for (std::size_t i = 0; i < kMessages; ++i) {
      const Message one = message("{s}" + std::to_string(i), at(1'000));
      shard = shard_of(message_key(one));
      const auto added = co_await add(one, true);
      outcomes.push_back(delivered(one, added.claim, at(2'000 + static_cast<std::int64_t>(i))));
    }
    Recorder recorder(loop, store);
    const std::int64_t before = co_await scripts_run();
    // Redis answers the first script only when all outcomes are there.
    const auto paused = co_await client.command(redis::testing::words("CLIENT", "PAUSE", "200", "WRITE"));
    EXPECT_TRUE(paused.ok());
    for (auto& outcome : outcomes) {
      outcome.incarnation = store.incarnation();
      recorder.submit(shard, std::move(outcome), [this](Store::Recorded what) {
        EXPECT_EQ(what, Store::Recorded::recorded);
        if (++recorded == kMessages) all_recorded.notify();
      });
      // Each in a turn of its own: the first script leaves before the second outcome comes.
      io::WakeEvent next_turn(loop);
      loop.defer([&next_turn] { next_turn.notify(); });
      co_await next_turn.wait();
    }
    EXPECT_EQ(recorder.pending(), kMessages);
    co_await all_recorded.wait();
    EXPECT_EQ(recorder.pending(), 0U);
    const std::int64_t after = co_await scripts_run();
    EXPECT_EQ(after - before, 2) << "the first one, and all that came meanwhile";
    const auto counts = co_await store.read_counts();
    EXPECT_EQ(counts->at("delivered:main"), static_cast<std::int64_t>(kMessages));
    EXPECT_EQ(counts->at("p:main:default"), 0);
  });
}

TEST_F(RecorderTest, GivesUpWhatRedisDoesNotTakeWhenItIsStopped) {
  Recorder recorder(loop, store);
  with_redis([this, &recorder]() -> io::Task<> {
    const Message one = message("late", at(1'000));
    const auto added = co_await add(one, true);
    Store::Outcome outcome = delivered(one, added.claim, at(2'000));
    outcome.incarnation = store.incarnation();
    const auto paused = co_await client.command(redis::testing::words("CLIENT", "PAUSE", "60000", "WRITE"));
    EXPECT_TRUE(paused.ok());
    recorder.submit(shard_of(message_key(one)), std::move(outcome), [this](Store::Recorded) { ++recorded; });
    io::WakeEvent next_turn(loop);
    loop.defer([&next_turn] { next_turn.notify(); });
    co_await next_turn.wait();
    recorder.stop();
  });
  // The loop has nothing left to do: without stop() it would repeat the outcome until the test's limit.
  EXPECT_EQ(recorded, 0U);
}

}  // namespace
}  // namespace recado::engine::testing
