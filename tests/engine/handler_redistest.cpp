// Messages that the program handles itself, on a real Redis: step after step, through failures, a lost node
// and a drain; and messages that may be added only once.
#include <gmock/gmock.h>

#include "engine/nodes_fixture.hpp"

namespace recado::engine::testing {
namespace {

/// Counts from the number in its payload up to `last`, one a step.
class Counting final : public Handler {
 public:
  explicit Counting(io::Loop& loop) : loop_(loop) {}
  io::Task<Step> run(const Message& message) override {
    const int number = std::stoi(message.spec.payload);
    if (takes > Millis::zero()) co_await loop_.sleep(takes);
    seen.push_back(number);
    if (failures > 0) {
      --failures;
      co_return Step::failed("not yet");
    }
    if (number >= last) co_return Step::done();
    co_return Step::again(loop_.clock().now() + pause, std::to_string(number + 1));
  }

  std::vector<int> seen;
  int last = 5;
  int failures = 0;
  Millis takes{0};
  Millis pause{0};

 private:
  io::Loop& loop_;
};

struct Handled : NodesTest {
  Counting counting{loop};
  Counting other{loop};

  /// A node that is connected and has a handler.
  io::Task<Node*> handling_node(Handler& handler) {
    auto made = std::make_unique<Node>(loop, server.endpoint(), destinations, quick(),
                                       [&handler](Engine& engine) { engine.handle("count", handler); });
    Node* out = made.get();
    nodes.push_back(std::move(made));
    const bool up = co_await out->client.wait_connected(Millis{10'000});
    EXPECT_TRUE(up);
    co_return out;
  }
  MessageSpec work(std::string id, Millis in = Millis{0}) {
    MessageSpec out;
    out.id = std::move(id);
    out.handler = "count";
    out.due = loop.clock().now() + in;
    out.payload = "0";
    out.has_payload = true;
    return out;
  }
};

TEST_F(Handled, GoesOnStepByStepUntilItIsDone) {
  with_nodes([this]() -> io::Task<> {
    Node& one = *co_await handling_node(counting);
    co_await add(one, work("w"));
    const bool done = co_await until([this] { return counting.seen.size() >= 6; });
    EXPECT_TRUE(done);
    EXPECT_THAT(counting.seen, ::testing::ElementsAre(0, 1, 2, 3, 4, 5));
    // It is gone: its id may be used again.
    bool again = false;
    for (int i = 0; i < 100 && !again; ++i) {
      const Change added = co_await one.engine->add(work("w", Millis{60'000}));
      again = added.refusal == Refusal::none;
      if (!again) co_await loop.sleep(Millis{10});
    }
    EXPECT_TRUE(again);
  });
}

TEST_F(Handled, IsInNoListAndCountsNowhere) {
  with_nodes([this]() -> io::Task<> {
    Node& one = *co_await handling_node(counting);
    co_await add(one, work("w", Millis{60'000}));
    co_await add(one, spec("m", kGood, Millis{60'000}));
    const auto listed = co_await pending(one);
    EXPECT_EQ(listed.size(), 1u);
    const auto health = co_await one.engine->health();
    EXPECT_EQ(health.pending, std::uint64_t{1});
    const auto page = co_await one.engine->list(Filter(), std::string(), 10);
    EXPECT_EQ(page->total, std::uint64_t{1});
    const auto got = co_await one.engine->get("main", "w");
    EXPECT_TRUE(got.ok() && !*got);
    const Change cancelled = co_await one.engine->cancel("main", "w");
    EXPECT_EQ(cancelled.refusal, Refusal::not_found);
    // A client's message of the same id is another one.
    co_await add(one, spec("w", kGood, Millis{60'000}));
  });
}

TEST_F(Handled, RunsNowOrIsTakenAway) {
  with_nodes([this]() -> io::Task<> {
    Node& one = *co_await handling_node(counting);
    counting.last = 0;
    co_await add(one, work("w", Millis{60'000}));
    const Change hurried = co_await one.engine->run_now("main", "w");
    EXPECT_EQ(hurried.refusal, Refusal::none) << hurried.detail;
    const bool done = co_await until([this] { return counting.seen.size() == 1; });
    EXPECT_TRUE(done);
    co_await add(one, work("v", Millis{60'000}));
    const Change gone = co_await one.engine->withdraw("main", "v");
    EXPECT_EQ(gone.refusal, Refusal::none) << gone.detail;
    const Change none = co_await one.engine->run_now("main", "v");
    EXPECT_EQ(none.refusal, Refusal::not_found);
  });
}

TEST_F(Handled, RepeatsAStepThatFailedFromWhereItBegan) {
  with_nodes([this]() -> io::Task<> {
    Node& one = *co_await handling_node(counting);
    counting.failures = 1;
    counting.last = 1;
    co_await add(one, work("w"));
    const bool done = co_await until([this] { return counting.seen.size() >= 3; });
    EXPECT_TRUE(done);
    EXPECT_THAT(counting.seen, ::testing::ElementsAre(0, 0, 1));
  });
}

TEST_F(Handled, WaitsForAStepInADrainAndGoesOnElsewhere) {
  with_nodes([this]() -> io::Task<> {
    Node& one = *co_await handling_node(counting);
    counting.last = other.last = 20;
    counting.takes = Millis{50};
    co_await add(one, work("w"));
    const bool began = co_await until([this] { return counting.seen.size() >= 2; });
    EXPECT_TRUE(began);
    co_await one.down();
    nodes.erase(nodes.begin());
    const int reached = counting.seen.back();
    EXPECT_LT(reached, 20);
    co_await handling_node(other);
    const bool done = co_await until([this] { return !other.seen.empty() && other.seen.back() == 20; });
    EXPECT_TRUE(done);
    EXPECT_EQ(other.seen.front(), reached + 1);
  });
}

TEST_F(Handled, KeepsWorkThatThisProgramDoesNotKnow) {
  with_nodes([this]() -> io::Task<> {
    Node& one = *co_await node();
    co_await add(one, work("w"));
    co_await add(one, spec("m", kGood));
    const bool sent = co_await until([this] { return destinations.count(kGood) == 1; });
    EXPECT_TRUE(sent);
    co_await one.down();
    nodes.erase(nodes.begin());
    counting.last = 0;
    co_await handling_node(counting);
    const bool done = co_await until([this] { return counting.seen.size() == 1; });
    EXPECT_TRUE(done);
  });
}

TEST_F(Handled, AddsWhatIsToBeAddedOnceOnlyOnce) {
  with_nodes([this]() -> io::Task<> {
    EngineOptions forgetful = quick();
    forgetful.history_retention = Millis::zero();
    Node& one = *co_await node(forgetful);
    std::vector<MessageSpec> specs;
    for (int i = 0; i < 3; ++i) {
      specs.push_back(spec("once" + std::to_string(i), kGood));
      specs.back().once = true;
    }
    const auto added = co_await one.engine->add_all(specs);
    for (const auto& change : added) EXPECT_EQ(change.refusal, Refusal::none) << change.detail;
    const bool sent = co_await until([this] { return destinations.count(kGood) == 3; });
    EXPECT_TRUE(sent);
    const bool idle =
        co_await until_pending(one, [](const std::vector<Message>& messages) { return messages.empty(); });
    EXPECT_TRUE(idle);
    // Delivered, and not kept in the history: remembered all the same.
    specs.push_back(spec("once3", kGood));
    specs.back().once = true;
    const auto again = co_await one.engine->add_all(specs);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(again[i].refusal, Refusal::exists);
    EXPECT_EQ(again[3].refusal, Refusal::none);
    const Change single = co_await one.engine->add(specs.front());
    EXPECT_EQ(single.refusal, Refusal::exists);
    // Whoever does not ask for it may use the id again.
    specs.front().once = false;
    const Change anew = co_await one.engine->add(specs.front());
    EXPECT_EQ(anew.refusal, Refusal::none);
  });
}

TEST_F(Handled, ACancelledMessageIsNotAddedASecondTime) {
  with_nodes([this]() -> io::Task<> {
    Node& one = *co_await node();
    MessageSpec what = spec("once", kGood, Millis{60'000});
    what.once = true;
    co_await add(one, what);
    const Change cancelled = co_await one.engine->cancel("main", "once");
    EXPECT_EQ(cancelled.refusal, Refusal::none);
    const Change again = co_await one.engine->add(what);
    EXPECT_EQ(again.refusal, Refusal::exists);
  });
}

}  // namespace
}  // namespace recado::engine::testing
