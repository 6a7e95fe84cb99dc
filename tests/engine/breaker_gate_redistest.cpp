// What an unreachable destination would hold up: held behind its gate, probed, let back in; across nodes.
#include <gmock/gmock.h>

#include "engine/nodes_fixture.hpp"

namespace recado::engine::testing {
namespace {

const std::string kDown = "http://down.test:8080";

struct BreakerGate : NodesTest {
  /// Messages to kDown until `on` has opened its breaker and holds everything.
  io::Task<> open_breaker(Node& on, std::size_t count) {
    destinations.set(kDown, refuses());
    co_await add_many(on, "m", count, kDown);
    const bool held = co_await until_pending(on, [count](const auto& messages) {
      return messages.size() == count && all_held_by(messages, "origin:" + kDown);
    });
    EXPECT_TRUE(held);
  }
};

TEST_F(BreakerGate, HoldsEverythingAndBurnsNoAttempt) {
  with_nodes([this]() -> io::Task<> {
    EngineOptions options = quick();
    options.breaker.first_wait = Millis{60'000};
    options.breaker.longest_wait = Millis{60'000};
    Node& one = *co_await node(options);
    co_await open_breaker(one, 40);
    const std::size_t sent = destinations.count(kDown);
    std::size_t attempts = 0;
    const auto held = co_await pending(one);
    for (const auto& message : held) {
      attempts += message.attempt_count;
      EXPECT_GE(message.deferral.count, 1U);
      EXPECT_EQ(message.deferral.kind, GateKind::origin);
      EXPECT_NE(message.status, Status::delivering);
    }
    EXPECT_EQ(attempts, sent);
    // New ones are held too, without an attempt.
    co_await add(one, spec("late", kDown));
    co_await until_pending(one, [](const auto& messages) {
      return std::any_of(messages.begin(), messages.end(), [](const Message& message) {
        return message.spec.id == "late" && message.held_by == "origin:" + kDown;
      });
    });
    const Message late = co_await get(one, "late");
    EXPECT_EQ(late.attempt_count, 0U);
    EXPECT_EQ(late.status, Status::scheduled);
    EXPECT_EQ(destinations.count(kDown), sent);
    EXPECT_EQ(one.metric(R"(recado_breakers{state="open"})"), 1);
    EXPECT_EQ(one.metric("recado_breaker_opened_total"), 1);
    EXPECT_GE(one.metric(R"(recado_held_total{gate="origin"})"), 41);
    EXPECT_GE(one.metric(R"(recado_breaker_open_seconds{origin=")" + kDown + R"(",state="open"})"), 0);
  });
}

TEST_F(BreakerGate, CountsDeferralsOfMessagesWhoseRecordStaysInRedis) {
  with_nodes([this]() -> io::Task<> {
    Node& one = *co_await node(quick());
    co_await open_breaker(one, 10);
    MessageSpec large = spec("large", kDown);
    large.has_payload = true;
    large.payload = "\"" + std::string(2 * kLargeRecord, 'x') + "\"";
    co_await add(one, large);
    bool held = co_await until_pending(one, [](const auto& messages) {
      return std::any_of(messages.begin(), messages.end(), [](const Message& message) {
        return message.spec.id == "large" && message.held_by == "origin:" + kDown;
      });
    });
    EXPECT_TRUE(held);
    const Explanation first = co_await explain(one, "large");
    EXPECT_GE(first.message.deferral.count, 1U);
    EXPECT_EQ(first.message.deferral.kind, GateKind::origin);
    EXPECT_EQ(first.message.deferral.node, first.node);
    EXPECT_NE(first.message.deferral.at, Instant{});
    EXPECT_EQ(first.message.taken_over.count, 0U);
    EXPECT_EQ(first.message.spec.payload.size(), large.payload.size());

    // Let in again, the record says it.
    const SteadyPoint end = loop.clock().steady() + Millis{30'000};
    destinations.set(kDown, answers(200));
    Message done;
    while (done.status != Status::delivered && loop.clock().steady() < end) {
      co_await loop.sleep(Millis{10});
      done = co_await get(one, "large");
    }
    EXPECT_EQ(done.status, Status::delivered);
    EXPECT_GE(done.deferral.count, first.message.deferral.count);
    EXPECT_EQ(done.deferral.kind, GateKind::origin);
    std::vector<std::string> look = {"EXISTS", keys::notes(shard_of(message_key(done)))};
    const auto left = co_await one.client.command(std::move(look));
    EXPECT_EQ(left->integer(), 0);
  });
}

TEST_F(BreakerGate, LetsAllBackInInTheOrderOfTheirTimeOnceAProbeIsAnswered) {
  with_nodes([this]() -> io::Task<> {
    Node& one = *co_await node(quick());
    co_await open_breaker(one, 60);
    const std::size_t before = destinations.sent().size();
    destinations.set(kDown, answers(200, Millis{30}));
    const bool empty = co_await until_pending(one, [](const auto& messages) { return messages.empty(); });
    EXPECT_TRUE(empty);
    const auto& sent = destinations.sent();
    EXPECT_EQ(sent.size(), before + 60);
    // The first one was the probe: alone until its answer.
    for (std::size_t i = before + 1; i < sent.size(); ++i) {
      EXPECT_GE(sent[i]->at, sent[before]->at + Millis{29});
    }
    EXPECT_EQ(one.metric(R"(recado_breakers{state="closed"})"), 1);
    EXPECT_EQ(one.metric(R"(recado_breakers{state="open"})"), 0);
    // As the next poll sees it.
    const bool gone = co_await until([&one] { return one.metric(R"(recado_gates{gate="origin"})") == 0; });
    EXPECT_TRUE(gone);
  });
}

TEST_F(BreakerGate, KeepsTheOrderOfTimeWithinAShard) {
  with_nodes([this]() -> io::Task<> {
    Node& one = *co_await node(quick());
    destinations.set(kDown, refuses());
    // The part in braces puts all of them on one shard.
    co_await add_many(one, "{same}", 50, kDown);
    const bool held = co_await until_pending(
        one, [](const auto& messages) { return all_held_by(messages, "origin:" + kDown); });
    EXPECT_TRUE(held);
    const std::vector<Message> waiting = co_await pending(one);
    const std::size_t before = destinations.sent().size();
    destinations.set(kDown, answers(200));
    co_await until_pending(one, [](const auto& messages) { return messages.empty(); });
    EXPECT_EQ(destinations.sent().size(), before + 50);
    for (std::size_t i = 0; i < waiting.size() && before + i < destinations.sent().size(); ++i) {
      EXPECT_EQ(destinations.sent()[before + i]->id, "%7Bsame%7D" + waiting[i].spec.id.substr(6));
    }
  });
}

TEST_F(BreakerGate, OpenOnOneNodeIsSeenByTheOthers) {
  with_nodes([this]() -> io::Task<> {
    EngineOptions options = quick();
    options.breaker.first_wait = options.breaker.longest_wait = Millis{60'000};
    Node& one = *co_await node(options);
    Node& two = *co_await node(options);
    co_await open_breaker(one, 40);
    const bool seen = co_await until([&two] { return two.metric(R"(recado_gates{gate="origin"})") == 1; });
    EXPECT_TRUE(seen);
    // Those that two claimed before it knew have been sent by it; from now on none is.
    const int before = two.http.sends[kDown];
    co_await add_many(two, "n", 20, kDown);
    const bool held = co_await until_pending(two, [](const auto& messages) {
      return messages.size() == 60 && all_held_by(messages, "origin:" + kDown);
    });
    EXPECT_TRUE(held);
    EXPECT_EQ(two.http.sends[kDown], before);
  });
}

TEST_F(BreakerGate, OfANodeThatDiedIsProbedAndOpenedByTheOthers) {
  with_nodes([this]() -> io::Task<> {
    // A node that held thirty messages and then died: its gates are all that is left of it.
    destinations.set(kDown, answers(200, Millis{100}));
    for (int i = 0; i < 30; ++i) {
      const Message held = message("h" + std::to_string(i), loop.clock().now(), kDown + "/hook");
      const auto added = co_await StoreTest::add(held, true);
      Store::Outcome hold;
      hold.kind = Store::Outcome::Kind::hold;
      hold.key = message_key(held);
      hold.claim = added.claim;
      hold.due = held.next_run;
      hold.gate = keys::origin_gate(kDown);
      hold.gate_at = loop.clock().now() + Millis{300};
      const unsigned shard = shard_of(hold.key);
      const auto recorded = co_await record(shard, std::move(hold));
      EXPECT_EQ(recorded, Store::Recorded::recorded);
    }
    Node& other = *co_await node(quick());
    const bool empty = co_await until_pending(other, [](const auto& messages) { return messages.empty(); });
    EXPECT_TRUE(empty);
    const auto& sent = destinations.sent();
    EXPECT_EQ(sent.size(), 30U);
    EXPECT_TRUE(sent.size() < 2 || sent[1]->at >= sent[0]->at + Millis{99}) << "more than one probe";
  });
}

TEST_F(BreakerGate, ExpiryIsJudgedWhenHeldAndWhenReleased) {
  with_nodes([this]() -> io::Task<> {
    EngineOptions options = quick();
    options.breaker.first_wait = options.breaker.longest_wait = Millis{1'000};
    Node& one = *co_await node(options);
    co_await open_breaker(one, 20);
    MessageSpec expired = spec("expired", kDown);
    expired.expires_at = expired.due;
    co_await add(one, std::move(expired));
    co_await until([&one] { return one.metric("recado_failed_total") == 1; });
    Message failed = co_await get(one, "expired");
    EXPECT_EQ(failed.failure, Failure::expired);
    EXPECT_EQ(failed.attempt_count, 0U);
    MessageSpec expires = spec("expires", kDown);
    expires.expires_at = expires.due + Millis{200};
    co_await add(one, std::move(expires));
    co_await loop.sleep(Millis{250});
    destinations.set(kDown, answers(200));
    co_await until_pending(one, [](const auto& messages) { return messages.empty(); });
    failed = co_await get(one, "expires");
    EXPECT_EQ(failed.status, Status::failed);
    EXPECT_EQ(failed.failure, Failure::expired);
    EXPECT_EQ(failed.attempt_count, 0U);
  });
}

TEST_F(BreakerGate, HeldMessagesCanBeChangedCancelledReplacedAndSent) {
  with_nodes([this]() -> io::Task<> {
    EngineOptions options = quick();
    options.breaker.first_wait = options.breaker.longest_wait = Millis{60'000};
    Node& one = *co_await node(options);
    co_await open_breaker(one, 20);
    const auto cancelled = co_await one.engine->cancel("main", "m0");
    EXPECT_EQ(cancelled.refusal, Refusal::none);
    std::optional<Error> error;
    const std::function<Result<void>(MessageSpec&)> elsewhere = [](MessageSpec& changed) -> Result<void> {
      changed.webhook_url = "http://up.test:8080/hook";
      return {};
    };
    const auto patched = co_await one.engine->patch("main", "m1", elsewhere, error);
    EXPECT_EQ(patched.refusal, Refusal::none);
    MessageSpec other = spec("m2", "http://up.test:8080");
    const auto put = co_await one.engine->put(std::move(other));
    EXPECT_EQ(put.refusal, Refusal::none);
    co_await until([this] { return destinations.count("http://up.test:8080") == 2; });
    const auto sent = co_await one.engine->send_now("main", "m3");
    EXPECT_EQ(sent.refusal, Refusal::none);
    const bool held = co_await until_pending(one, [](const auto& messages) {
      return messages.size() == 17 && all_held_by(messages, "origin:" + kDown);
    });
    EXPECT_TRUE(held);
    Filter all;
    const auto rest = co_await one.engine->cancel_all(all);
    EXPECT_TRUE(rest.ok() && rest->done == 17 && rest->being_delivered == 0);
    const auto health = co_await one.engine->health();
    EXPECT_EQ(health.pending, 0U);
  });
}

}  // namespace
}  // namespace recado::engine::testing
