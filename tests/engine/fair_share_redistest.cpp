// Destinations that never answer, are slow, or come in thousands: others go on.
#include <gmock/gmock.h>

#include "engine/nodes_fixture.hpp"

namespace recado::engine::testing {
namespace {

const std::string kSilent = "http://silent.test:8080";
struct FairShare : NodesTest {};

TEST_F(FairShare, AFloodForADestinationThatNeverAnswersKeepsNobodyWaiting) {
  with_nodes([this]() -> io::Task<> {
    Node& one = *co_await node(quick());
    destinations.set(kSilent, hangs());
    co_await add_many(one, "s", 3'000, kSilent, [](MessageSpec& spec) { spec.timeout = Millis{1'500}; });
    co_await until([this] { return destinations.count(kSilent) == 64; });
    co_await add_many(one, "g", 200, kGood);
    const bool delivered = co_await until([this] { return destinations.count(kGood) == 200; });
    EXPECT_TRUE(delivered);
    EXPECT_EQ(destinations.most_at_once(kSilent), 64U);
    // All of them before the first of the flood gave up its connection, or at least not after them.
    const auto& sent = destinations.sent();
    const auto first_good =
        std::find_if(sent.begin(), sent.end(), [](const auto& s) { return s->origin == kGood; });
    EXPECT_EQ(first_good - sent.begin(), 64);
    const auto rest = co_await one.engine->cancel_all(Filter());
    EXPECT_TRUE(rest.ok());
  });
}

TEST_F(FairShare, ThousandsThatAreAnsweredAtOnceAreSentOneAfterTheOther) {
  with_nodes([this]() -> io::Task<> {
    Node& one = *co_await node(quick());
    destinations.set(kGood, answers(200));
    const Instant due = loop.clock().now() + Millis{2'500};
    // Each ends before the next begins: were they started on top of each other, the stack would not hold
    // them.
    co_await add_many(one, "g", 12'000, kGood, [due](MessageSpec& spec) { spec.due = due; });
    const bool delivered = co_await until([&one] { return one.metric("recado_delivered_total") == 12'000; });
    EXPECT_TRUE(delivered);
    EXPECT_EQ(destinations.count(kGood), 12'000U);
  });
}

TEST_F(FairShare, MoreThanANodeHoldsForAQuickDestinationGoesInDueOrderAndIsNotHeldBack) {
  with_nodes([this]() -> io::Task<> {
    constexpr int kMany = 1'800;
    EngineOptions options = quick();
    options.room = 640;
    Node& one = *co_await node(options);
    destinations.set(kGood, answers(200, Millis{2}));
    co_await add_many(one, "known", 1, kGood);
    co_await until([&one] { return one.metric("recado_delivered_total") == 1; });
    // 900 become due in each second, and are in Redis before the node looks that far ahead.
    const Instant first = loop.clock().now() + Millis{3'000};
    std::vector<Store::NewMessage> added(kMany);
    for (std::size_t i = 0; i < added.size(); ++i) {
      Message one_of_them = message(std::to_string(i), first + Millis{2'000} * i / kMany, kGood);
      added[i].key = message_key(one_of_them);
      added[i].record = encode_record(one_of_them);
      added[i].message = std::move(one_of_them);
    }
    const std::span<const Store::NewMessage> all_of_them(added);
    const auto replies = co_await store.add(all_of_them);
    EXPECT_TRUE(std::all_of(replies.begin(), replies.end(), [](const auto& reply) { return reply.ok(); }));
    const bool all = co_await until([this] { return destinations.count(kGood) == kMany + 1; });
    EXPECT_TRUE(all);
    EXPECT_EQ(one.metric(R"(recado_held_total{gate="share"})"), 0);
    int latest = 0;
    int out_of_order = 0;
    for (const auto& sent : destinations.sent()) {
      if (sent->id == "known0") continue;
      const int number = std::stoi(sent->id);
      out_of_order = std::max(out_of_order, latest - number);
      latest = std::max(latest, number);
    }
    EXPECT_LE(out_of_order, 256);
  });
}

TEST_F(FairShare, WhatComesLateGoesBeforeWhatWasDueAfterIt) {
  with_nodes([this]() -> io::Task<> {
    EngineOptions options = quick();
    options.max_in_flight_per_origin = 1;
    Node& one = *co_await node(options);
    destinations.set(kSilent, answers(200, Millis{300}));
    const Instant start = loop.clock().now();
    const auto due_before = [start](int seconds) {
      return [start, seconds](MessageSpec& spec) { spec.due = start - Millis{1'000 * seconds}; };
    };
    co_await add_many(one, "first", 1, kSilent, due_before(1));
    co_await until([this] { return destinations.count(kSilent) == 1; });
    // While that one is under way, each comes later than the one that goes after it.
    for (int seconds = 2; seconds <= 4; ++seconds) {
      co_await add_many(one, std::to_string(seconds), 1, kSilent, due_before(seconds));
    }
    const bool all = co_await until([this] { return destinations.count(kSilent) == 4; });
    EXPECT_TRUE(all);
    std::vector<std::string> ids;
    for (const auto& sent : destinations.sent()) ids.push_back(sent->id);
    EXPECT_THAT(ids, ::testing::ElementsAre("first0", "40", "30", "20"));
  });
}

TEST_F(FairShare, TheSurplusOfASlowDestinationIsHeldAndComesBackInOrder) {
  with_nodes([this]() -> io::Task<> {
    Node& one = *co_await node(quick());
    destinations.set(kSilent, answers(200, Millis{150}));
    co_await add_many(one, "s", 3'000, kSilent, [this](MessageSpec& spec) { spec.due = loop.clock().now(); });
    const bool held =
        co_await until([&one] { return one.metric(R"(recado_held_total{gate="share"})") > 900; });
    EXPECT_TRUE(held);
    const auto shown = co_await pending(one);
    EXPECT_TRUE(std::any_of(shown.begin(), shown.end(),
                            [](const Message& message) { return message.held_by == "share:" + kSilent; }));
    destinations.set(kSilent, answers(200));
    const bool empty = co_await until_pending(one, [](const auto& messages) { return messages.empty(); });
    EXPECT_TRUE(empty);
    EXPECT_EQ(destinations.count(kSilent), 3'000U);
    EXPECT_EQ(one.metric("recado_delivered_total"), 3'000);
  });
}

TEST_F(FairShare, ManySlowDestinationsTogetherLeaveConnectionsForOthers) {
  with_nodes([this]() -> io::Task<> {
    EngineOptions options = quick();
    options.max_in_flight = 16;
    options.max_in_flight_per_origin = 8;
    Node& one = *co_await node(options);
    co_await add(one, spec("known", kGood));
    co_await until([&one] { return one.metric("recado_delivered_total") == 1; });
    for (int i = 0; i < 8; ++i) {
      const std::string origin = "http://slow" + std::to_string(i) + ".test:8080";
      destinations.set(origin, hangs());
      co_await add_many(one, origin.substr(7, 5) + "-", 10, origin,
                        [](MessageSpec& spec) { spec.timeout = Millis{60'000}; });
    }
    const bool nearly_full = co_await until([&one] { return one.metric("recado_in_flight") == 15; });
    EXPECT_TRUE(nearly_full);
    co_await add_many(one, "g", 100, kGood);
    const bool delivered = co_await until([this] { return destinations.count(kGood) == 101; });
    EXPECT_TRUE(delivered);
  });
}

TEST_F(FairShare, AnOriginAloneHasItsWholeLimit) {
  with_nodes([this]() -> io::Task<> {
    Node& one = *co_await node(quick());
    destinations.set(kGood, answers(200, Millis{100}));
    co_await add_many(one, "g", 300, kGood);
    co_await until([this] { return destinations.count(kGood) == 300; });
    EXPECT_EQ(destinations.most_at_once(kGood), 64U);
  });
}

TEST_F(FairShare, ThousandsOfHostNamesAreForgottenAgain) {
  with_nodes([this]() -> io::Task<> {
    Node& one = *co_await node(quick());
    for (int round = 0; round < 5; ++round) {
      std::vector<MessageSpec> specs;
      for (int i = 0; i < 2'000; ++i) {
        const std::string name = std::to_string(round) + "-" + std::to_string(i);
        specs.push_back(spec(name, "http://h" + name + ".test:8080"));
      }
      const auto added = co_await one.engine->add_all(std::move(specs));
      EXPECT_EQ(added.size(), 2'000U);
      const auto wanted = static_cast<std::size_t>(2'000 * (round + 1));
      co_await until([this, wanted] { return destinations.sent().size() == wanted; });
      co_await until([&one] { return one.metric("recado_claimed_messages") == 0; });
    }
    EXPECT_EQ(destinations.sent().size(), 10'000U);
    EXPECT_LE(one.metric(R"(recado_breakers{state="closed"})"), 6'144);
  });
}

TEST_F(FairShare, MetricsNameAtMostTwentyDestinations) {
  with_nodes([this]() -> io::Task<> {
    EngineOptions options = quick();
    options.breaker = {1, Millis{0}, Millis{60'000}, Millis{60'000}};
    Node& one = *co_await node(options);
    for (int i = 0; i < 50; ++i) {
      const std::string origin = "http://d" + std::to_string(i) + ".test:8080";
      destinations.set(origin, refuses());
      co_await add(one, spec("d" + std::to_string(i), origin));
    }
    co_await until([&one] { return one.metric(R"(recado_breakers{state="open"})") == 50; });
    const std::string text = one.metrics.text();
    std::size_t named = 0;
    for (std::size_t at = 0; (at = text.find("recado_breaker_open_seconds{", at)) != std::string::npos; ++at)
      ++named;
    EXPECT_EQ(named, 20U);
  });
}

}  // namespace
}  // namespace recado::engine::testing
