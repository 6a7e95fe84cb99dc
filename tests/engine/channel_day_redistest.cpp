// A channel's daily limit: counted over all nodes, waited for without burning attempts.
#include <gmock/gmock.h>

#include <set>

#include "engine/nodes_fixture.hpp"
#include "net/url.hpp"

namespace recado::engine::testing {
namespace {

const std::string kProvider = "http://provider.test:8080";

/// Sends by POST; its day ends when the test says so.
struct LimitedChannel : PersonalChannel {
  Result<Request> request(const Message& message, Instant) const override {
    net::HttpRequest out;
    out.method = "POST";
    out.url = net::parse_url(kProvider + "/send").value();
    out.headers.emplace_back("recado-message-id", message.id());
    return Request(std::move(out));
  }
  Outcome outcome(const Response&, Instant started, Instant) const override {
    Outcome out;
    out.verdict = Verdict::delivered;
    out.attempt.at = started;
    out.attempt.status = 200;
    return out;
  }
  Request probe() const override { return request(Message(), Instant()).value(); }
  ChannelState read_probe(const Response&) const override { return {}; }
  std::string recipient(const Message& message) const override { return message.id(); }
  Pace pace() const override { return {}; }
  Pace recipient_pace() const override { return {}; }
  std::uint32_t at_once() const override { return 8; }
  DailyLimit daily_limit(Instant now) const override {
    DailyLimit out;
    out.most = most;
    out.day = now < midnight ? "2026-04-15" : "2026-04-16";
    out.next = now < midnight ? midnight : midnight + Millis{86'400'000};
    return out;
  }

  std::uint64_t most = 0;
  Instant midnight{};
};

struct OneChannel : ChannelSet {
  std::shared_ptr<const PersonalChannel> find(std::string_view name) const override {
    return name == "zap" ? channel : nullptr;
  }
  std::string why_not(std::string_view) const override { return "there is no such channel"; }
  std::shared_ptr<LimitedChannel> channel = std::make_shared<LimitedChannel>();
};

struct ChannelDay : NodesTest {
  OneChannel set;
  EngineOptions with_channel() {
    EngineOptions options = quick();
    options.channels = &set;
    return options;
  }
  static void over_zap(MessageSpec& spec) {
    spec.webhook_url.clear();
    spec.channel = "zap";
  }
  io::Task<bool> until_held(Node& on, std::size_t count) {
    const std::function<bool(const std::vector<Message>&)> held = [count](const auto& messages) {
      return messages.size() == count && all_held_by(messages, "day:channel:zap");
    };
    co_return co_await until_pending(on, held);
  }
};

TEST_F(ChannelDay, IsCountedOverAllNodesAndTheRestWaitsForTheNextOne) {
  with_nodes([this]() -> io::Task<> {
    set.channel->most = 5;
    set.channel->midnight = loop.clock().now() + Millis{3'000};
    Node& one = *co_await node(with_channel());
    Node& two = *co_await node(with_channel());
    co_await add_many(one, "a", 6, kProvider, over_zap);
    co_await add_many(two, "b", 6, kProvider, over_zap);
    bool held = co_await until_held(one, 7);
    EXPECT_TRUE(held);
    EXPECT_EQ(destinations.count(kProvider), 5U);
    const std::vector<Message> waiting = co_await pending(one);
    for (const auto& message : waiting) {
      EXPECT_EQ(message.attempt_count, 0U) << message.id();
      const Explanation why = co_await explain(one, message.id());
      EXPECT_TRUE(why.held && why.held->kind == GateKind::day);
      EXPECT_EQ(why.held ? why.held->next : std::nullopt, set.channel->midnight);
    }
    // The next day has begun: five more.
    held = co_await until([this] { return loop.clock().now() >= set.channel->midnight; });
    held = co_await until_held(one, 2);
    EXPECT_TRUE(held);
    EXPECT_EQ(destinations.count(kProvider), 10U);
    // Another limit holds at once.
    set.channel->most = 100;
    const bool empty = co_await until_pending(one, [](const auto& messages) { return messages.empty(); });
    EXPECT_TRUE(empty);
    std::set<std::string> sent;
    for (const auto& each : destinations.sent()) sent.insert(each->id);
    EXPECT_EQ(sent.size(), 12U);
    EXPECT_EQ(destinations.count(kProvider), 12U);
  });
}

TEST_F(ChannelDay, IsNotAskedForWithoutALimit) {
  with_nodes([this]() -> io::Task<> {
    Node& one = *co_await node(with_channel());
    co_await add_many(one, "a", 20, kProvider, over_zap);
    const bool empty = co_await until_pending(one, [](const auto& messages) { return messages.empty(); });
    EXPECT_TRUE(empty);
    std::vector<std::string> command = {"KEYS", "recado:1:sent:*"};
    const auto keys = co_await client.command(std::move(command));
    EXPECT_EQ(keys.ok() ? keys->size() : 1, 0U);
  });
}

}  // namespace
}  // namespace recado::engine::testing
