// What could lose messages is told of a Redis whose settings change while it runs.
#include <gmock/gmock.h>

#include "engine/nodes_fixture.hpp"

namespace recado::engine::testing {
namespace {

struct RedisWarnings : NodesTest {
  io::Task<> set(std::string name, std::string value) {
    std::vector<std::string> command = {"CONFIG", "SET", std::move(name), std::move(value)};
    const auto done = co_await client.command(std::move(command));
    EXPECT_TRUE(done.ok());
  }
  static bool warns(const Node& node, std::string_view code) {
    const auto& all = node.engine->warnings();
    return std::any_of(all.begin(), all.end(), [code](const auto& one) { return one.code == code; });
  }
};

TEST_F(RedisWarnings, ComeAndGoWithTheSettingsOfARedisThatStaysConnected) {
  with_nodes([this]() -> io::Task<> {
    EngineOptions options = quick();
    options.inspect_every = Millis{20};
    Node& one = *co_await node(options);
    const bool told = co_await until([&] { return warns(one, "aof_off"); });
    EXPECT_TRUE(told);
    EXPECT_FALSE(warns(one, "eviction"));
    co_await set("maxmemory-policy", "allkeys-lru");
    const bool noticed = co_await until([&] { return warns(one, "eviction"); });
    EXPECT_TRUE(noticed);
    const Health health = co_await one.engine->health();
    EXPECT_TRUE(health.redis_connected);
    EXPECT_EQ(health.warnings.size(), 2U);
    co_await set("maxmemory-policy", "noeviction");
    const bool forgotten = co_await until([&] { return !warns(one, "eviction"); });
    EXPECT_TRUE(forgotten);
    EXPECT_TRUE(warns(one, "aof_off"));
  });
}

}  // namespace
}  // namespace recado::engine::testing
