// Paused queues: what they hold, how it is shown, what may be done with it, and how it comes back.
#include <gmock/gmock.h>

#include "engine/nodes_fixture.hpp"

namespace recado::engine::testing {
namespace {

const std::string kGood = "http://good.test:8080";

struct QueueGate : NodesTest {
  static void slow_queue(MessageSpec& spec) { spec.queue = "slow"; }
  io::Task<> pause(Node& on, std::string queue) {
    const auto paused = co_await on.engine->pause("main", std::move(queue));
    EXPECT_TRUE(paused.ok());
  }
  io::Task<> resume(Node& on, std::string queue) {
    const auto resumed = co_await on.engine->resume("main", std::move(queue));
    EXPECT_TRUE(resumed.ok());
  }
  io::Task<QueueState> queue(Node& on, std::string name) {
    const auto all = co_await on.engine->queues("main");
    EXPECT_TRUE(all.ok());
    for (const auto& state : *all) {
      if (state.name == name) co_return state;
    }
    co_return QueueState();
  }
  io::Task<bool> until_held(Node& on, std::size_t count, std::string gate) {
    const std::function<bool(const std::vector<Message>&)> held = [count, gate](const auto& messages) {
      return messages.size() == count && all_held_by(messages, gate);
    };
    co_return co_await until_pending(on, held);
  }
};

TEST_F(QueueGate, HoldsThousandsAndLetsThemAllBackInOnce) {
  with_nodes([this]() -> io::Task<> {
    Node& one = *co_await node(quick());
    co_await pause(one, "slow");
    co_await add_many(one, "m", 3'000, kGood, slow_queue);
    const bool held = co_await until_held(one, 3'000, "queue:main:slow");
    EXPECT_TRUE(held);
    QueueState state = co_await queue(one, "slow");
    EXPECT_EQ(state.pending, 3'000U);
    EXPECT_TRUE(state.paused);
    const Message first = co_await get(one, "m0");
    EXPECT_EQ(state.oldest_due, first.spec.due);
    EXPECT_EQ(first.status, Status::scheduled);
    EXPECT_EQ(first.attempt_count, 0U);
    EXPECT_EQ(first.deferral.count, 1U);
    // Others go on meanwhile.
    co_await add(one, spec("free", kGood));
    co_await until([this] { return destinations.count(kGood) == 1; });
    EXPECT_EQ(destinations.sent().front()->id, "free");
    co_await resume(one, "slow");
    const bool empty = co_await until_pending(one, [](const auto& messages) { return messages.empty(); });
    EXPECT_TRUE(empty);
    EXPECT_EQ(destinations.count(kGood), 3'001U);
    state = co_await queue(one, "slow");
    EXPECT_FALSE(state.paused);
    // As the next poll sees it.
    const bool gone = co_await until([&one] { return one.metric(R"(recado_gates{gate="queue"})") == 0; });
    EXPECT_TRUE(gone);
  });
}

TEST_F(QueueGate, OfOneNodeHoldsAtTheOthersToo) {
  with_nodes([this]() -> io::Task<> {
    Node& one = *co_await node(quick());
    Node& two = *co_await node(quick());
    co_await pause(one, "*");
    const bool seen = co_await until([&two] { return two.metric(R"(recado_gates{gate="queue"})") == 1; });
    EXPECT_TRUE(seen);
    co_await add_many(two, "m", 50, kGood, slow_queue);
    bool held = co_await until_held(two, 50, "queue:main:*");
    EXPECT_TRUE(held);
    EXPECT_EQ(destinations.count(kGood), 0U);
    co_await resume(two, "*");
    const bool empty = co_await until_pending(one, [](const auto& messages) { return messages.empty(); });
    EXPECT_TRUE(empty);
    EXPECT_EQ(destinations.count(kGood), 50U);
  });
}

TEST_F(QueueGate, HeldMessagesCanBeChangedCancelledReplacedAndMoved) {
  with_nodes([this]() -> io::Task<> {
    Node& one = *co_await node(quick());
    co_await pause(one, "slow");
    co_await add_many(one, "m", 10, kGood, slow_queue);
    bool held = co_await until_held(one, 10, "queue:main:slow");
    EXPECT_TRUE(held);
    const auto cancelled = co_await one.engine->cancel("main", "m0");
    EXPECT_EQ(cancelled.refusal, Refusal::none);
    std::optional<Error> error;
    const std::function<Result<void>(MessageSpec&)> to_default = [](MessageSpec& changed) -> Result<void> {
      changed.queue = "default";
      return {};
    };
    const auto patched = co_await one.engine->patch("main", "m1", to_default, error);
    EXPECT_EQ(patched.refusal, Refusal::none);
    MessageSpec later = spec("m2", kGood, Millis{3'600'000});
    const auto put = co_await one.engine->put(std::move(later));
    EXPECT_EQ(put.refusal, Refusal::none);
    // Sent now, a message of a paused queue still waits for its queue.
    const auto sent = co_await one.engine->send_now("main", "m3");
    EXPECT_EQ(sent.refusal, Refusal::none);
    co_await until([this] { return destinations.count(kGood) == 1; });
    EXPECT_EQ(destinations.sent().front()->id, "m1");
    held = co_await until_pending(one, [](const auto& messages) {
      return std::count_if(messages.begin(), messages.end(),
                           [](const Message& message) { return message.held_by == "queue:main:slow"; }) == 7;
    });
    EXPECT_TRUE(held);
    const QueueState state = co_await queue(one, "slow");
    EXPECT_EQ(state.pending, 7U);
    Filter slow;
    slow.queue = "slow";
    const auto rest = co_await one.engine->cancel_all(slow);
    EXPECT_TRUE(rest.ok() && rest->done == 7 && rest->being_delivered == 0);
  });
}

TEST_F(QueueGate, AskedForByNameListsWhatHoldsAMessage) {
  with_nodes([this]() -> io::Task<> {
    Node& one = *co_await node(quick());
    co_await pause(one, "slow");
    co_await add_many(one, "m", 5, kGood, slow_queue);
    const bool held = co_await until_held(one, 5, "queue:main:slow");
    EXPECT_TRUE(held);
    Filter slow;
    slow.queue = "slow";
    const auto page = co_await one.engine->list(slow, std::string(), 10);
    EXPECT_TRUE(page.ok() && page->messages.size() == 5 && all_held_by(page->messages, "queue:main:slow"));
  });
}

TEST_F(QueueGate, APageIsFoundBehindManyOfOtherQueues) {
  with_nodes([this]() -> io::Task<> {
    Node& one = *co_await node();
    const Instant due = loop.clock().now() + Millis{60'000};
    co_await add_many(one, "o", 300, "http://a.test", [due](MessageSpec& what) {
      what.due = due;
      what.queue = "other";
    });
    co_await add_many(one, "d", 5, "http://a.test", [due](MessageSpec& what) { what.due = due + Millis{1}; });
    Filter filter;
    filter.queue = "default";
    std::vector<std::string> ids;
    std::string cursor;
    do {
      const auto page = co_await one.engine->list(filter, cursor, 2);
      EXPECT_TRUE(page.ok());
      if (!page.ok()) co_return;
      EXPECT_LE(page->messages.size(), 2U);
      for (const auto& message : page->messages) ids.push_back(message.id());
      cursor = page->next_cursor;
    } while (!cursor.empty() && ids.size() < 10);
    EXPECT_THAT(ids, ::testing::UnorderedElementsAre("d0", "d1", "d2", "d3", "d4"));
    const std::int64_t before = co_await commands_run();
    const auto first = co_await one.engine->list(filter, "", 1);
    EXPECT_TRUE(first.ok() && first->messages.size() == 1);
    const std::int64_t after = co_await commands_run();
    EXPECT_LT(after - before, 3'000) << "one candidate a round would be ten thousand";
  });
}

}  // namespace
}  // namespace recado::engine::testing
