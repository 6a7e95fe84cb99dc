// Series on a real Redis: one occurrence after the other, what is kept of them, and what ends them.
#include <gmock/gmock.h>

#include <set>

#include "engine/nodes_fixture.hpp"
#include "engine/series.hpp"

namespace recado::engine::testing {
namespace {

const std::string kGood = "http://good.test:8080";
const std::string kBad = "http://bad.test:8080";

struct Series : NodesTest {
  MessageSpec series(std::string id, const std::string& origin, const std::string& rrule,
                     Millis in = Millis{0}) {
    MessageSpec out = spec(std::move(id), origin);
    auto repeat = std::make_shared<Repeat>();
    repeat->rule.rrule = rrule;
    repeat->rule.timezone = "UTC";
    repeat->rule.start_at = format_time(loop.clock().now() + in);
    std::string field;
    const auto rule = Recurrence::make(repeat->rule, loop.clock().now(), field);
    EXPECT_TRUE(rule.ok()) << rule.error().detail();
    repeat->bounds = rule->bounds();
    out.due = *rule->next(rule->bounds().start - Millis{1});
    out.repeat = std::move(repeat);
    return out;
  }
  std::vector<std::string> sent_ids(const std::string& origin) const {
    std::vector<std::string> out;
    for (const auto& one : destinations.sent()) {
      if (one->origin == origin) out.push_back(one->id);
    }
    return out;
  }
  io::Task<std::vector<Message>> finished(Node& on, StatusFilter status) {
    Filter filter;
    filter.status = status;
    const auto page = co_await on.engine->list(std::move(filter), std::string(), 1000);
    EXPECT_TRUE(page.ok());
    co_return page.ok() ? page->messages : std::vector<Message>();
  }
  io::Task<bool> idle(Node& on) {
    co_return co_await until_pending(on, [](const auto& messages) { return messages.empty(); });
  }
};

TEST_F(Series, FiresEachTimeUnderAnIdOfItsOwnAndEndsWithItsCount) {
  with_nodes([this]() -> io::Task<> {
    Node& one = *co_await node();
    const MessageSpec what = series("s", kGood, "FREQ=SECONDLY;COUNT=3");
    co_await add(one, what);
    const bool gone = co_await idle(one);
    EXPECT_TRUE(gone);
    std::vector<std::string> expected;
    for (int i = 0; i < 3; ++i) expected.push_back(occurrence_id("s", what.due + Millis{1000 * i}));
    // recado-message-id is percent-encoded.
    std::vector<std::string> sent = sent_ids(kGood);
    EXPECT_EQ(sent.size(), 3u);
    const std::vector<Message> kept = co_await finished(one, StatusFilter::delivered);
    std::set<std::string> ids;
    for (const auto& message : kept) ids.insert(message.id());
    EXPECT_EQ(ids, std::set<std::string>(expected.begin(), expected.end()));
    const Message second = co_await get(one, expected[1]);
    EXPECT_EQ(second.series, "s");
    EXPECT_EQ(second.occurrence, 2u);
    EXPECT_EQ(second.spec.due, what.due + Millis{1000});
    EXPECT_TRUE(second.payload_dropped || !second.spec.has_payload);
    const auto ended = co_await one.engine->get("main", "s");
    EXPECT_TRUE(ended.ok() && !*ended);
    // None came early, and a series' time is kept to as any message's is.
    for (std::size_t i = 0; i < destinations.sent().size(); ++i)
      EXPECT_GE(destinations.sent()[i]->at, what.due + Millis{1000 * static_cast<int>(i)});
  });
}

TEST_F(Series, GoesOnWhileAnOccurrenceIsRetried) {
  with_nodes([this]() -> io::Task<> {
    Node& one = *co_await node();
    destinations.set(kBad, answers(503));
    MessageSpec what = series("s", kBad, "FREQ=SECONDLY;COUNT=3");
    what.retry = {2, Backoff::fixed, Millis{4'000}, Millis{4'000}};
    what.tags = {"t"};
    const Instant first = what.due;
    co_await add(one, std::move(what));
    const bool thrice = co_await until([this] { return destinations.count(kBad) >= 3; });
    EXPECT_TRUE(thrice);
    // The three first attempts were a second apart: the retries of the first wait beside the series.
    EXPECT_LT(destinations.sent()[2]->at, first + Millis{3'000});
    const Message waiting = co_await get(one, occurrence_id("s", first));
    EXPECT_EQ(waiting.status, Status::retrying);
    EXPECT_EQ(waiting.attempt_count, 1u);
    const bool gone = co_await idle(one);
    EXPECT_TRUE(gone);
    EXPECT_EQ(destinations.count(kBad), 6u);
    const std::vector<Message> failed = co_await finished(one, StatusFilter::failed);
    EXPECT_EQ(failed.size(), 3u);
    for (const auto& message : failed) EXPECT_EQ(message.attempt_count, 2u);
    // What is counted agrees with what is there.
    const auto queues = co_await one.engine->queues("main");
    for (const auto& queue : *queues) EXPECT_EQ(queue.pending, 0u) << queue.name;
  });
}

TEST_F(Series, FiresOnceForAllThatWasMissed) {
  with_nodes([this]() -> io::Task<> {
    Node& one = *co_await node();
    // As after a standstill of ten seconds.
    MessageSpec what = series("s", kGood, "FREQ=SECONDLY", Millis{-10'000});
    const Instant missed = what.due;
    co_await add(one, std::move(what));
    const bool thrice = co_await until([this] { return destinations.count(kGood) >= 3; });
    EXPECT_TRUE(thrice);
    const auto& sent = destinations.sent();
    EXPECT_THAT(sent[0]->id, ::testing::HasSubstr(format_time(missed).substr(0, 10)));
    EXPECT_GE(sent[1]->at, missed + Millis{10'000});
    EXPECT_GE(sent[2]->at - sent[1]->at, Millis{900});
    const Change ended = co_await one.engine->cancel("main", "s");
    EXPECT_EQ(ended.refusal, Refusal::none);
  });
}

TEST_F(Series, EndsWhenItIsCancelled) {
  with_nodes([this]() -> io::Task<> {
    Node& one = *co_await node();
    co_await add(one, series("s", kGood, "FREQ=SECONDLY;INTERVAL=2"));
    const bool once = co_await until([this] { return destinations.count(kGood) == 1; });
    EXPECT_TRUE(once);
    const bool waits = co_await until_pending(one, [](const auto& messages) {
      return messages.size() == 1 && messages[0].id() == "s" && messages[0].occurrence == 2;
    });
    EXPECT_TRUE(waits);
    const Change cancelled = co_await one.engine->cancel("main", "s");
    EXPECT_EQ(cancelled.refusal, Refusal::none);
    const bool gone = co_await idle(one);
    EXPECT_TRUE(gone);
    co_await loop.sleep(Millis{2'500});
    EXPECT_EQ(destinations.count(kGood), 1u);
  });
}

TEST_F(Series, FiresOutOfTurnWhenAskedToAndKeepsItsTimes) {
  with_nodes([this]() -> io::Task<> {
    Node& one = *co_await node();
    const MessageSpec what = series("s", kGood, "FREQ=HOURLY", Millis{600'000});
    co_await add(one, what);
    const Change sent = co_await one.engine->send_now("main", "s");
    EXPECT_EQ(sent.refusal, Refusal::none);
    const bool once = co_await until([this] { return destinations.count(kGood) == 1; });
    EXPECT_TRUE(once);
    const bool waits = co_await until_pending(one, [&what](const auto& messages) {
      return messages.size() == 1 && messages[0].next_run == what.due;
    });
    EXPECT_TRUE(waits);
  });
}

TEST_F(Series, OfTwoNodesFiresEachTimeOnce) {
  with_nodes([this]() -> io::Task<> {
    Node& one = *co_await node();
    co_await node();
    std::vector<MessageSpec> all;
    for (int i = 0; i < 40; ++i)
      all.push_back(series("s" + std::to_string(i), kGood, "FREQ=SECONDLY;COUNT=3", Millis{1'200}));
    const auto added = co_await one.engine->add_all(std::move(all));
    for (const auto& change : added) EXPECT_EQ(change.refusal, Refusal::none);
    const bool gone = co_await idle(one);
    EXPECT_TRUE(gone);
    const auto sent = sent_ids(kGood);
    EXPECT_EQ(sent.size(), 120u);
    EXPECT_EQ(std::set<std::string>(sent.begin(), sent.end()).size(), 120u);
  });
}

}  // namespace
}  // namespace recado::engine::testing
