// The client against a real redis-server.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness.hpp"

namespace recado::redis {
namespace {

using testing::Changes;
using testing::Server;
using testing::words;

struct ClientTest : testing::LoopTest {};

TEST_F(ClientTest, MakesRoundTripsOfEveryKindOfReply) {
  Server server;
  Client client(loop, server.endpoint());
  run([&]() -> io::Task<> {
    client.start();
    EXPECT_TRUE(co_await client.wait_connected(Millis{5000}));
    EXPECT_EQ(client.last_error(), "");
    const auto set = co_await client.command(words("SET", "k", "42"));
    EXPECT_EQ(set->kind(), ReplyKind::status);
    EXPECT_EQ(set->text(), "OK");
    const auto got = co_await client.command(words("GET", "k"));
    EXPECT_EQ(got->kind(), ReplyKind::bulk);
    EXPECT_EQ(got->integer(), 42);
    const auto none = co_await client.command(words("GET", "none"));
    EXPECT_TRUE(none->is_nil());
    const auto number = co_await client.command(words("INCR", "k"));
    EXPECT_EQ(number->integer(), 43);
    const auto many = co_await client.command(words("MGET", "k", "none", "k"));
    EXPECT_EQ(many->size(), 3u);
    EXPECT_EQ((*many)[0].text(), "43");
    EXPECT_TRUE((*many)[1].is_nil());
    EXPECT_TRUE((*many)[9].is_nil());
    const auto wrong = co_await client.command(words("LPUSH", "k", "x"));
    EXPECT_EQ(wrong.error().code(), ErrorCode::protocol);
    EXPECT_THAT(wrong.error().detail(), ::testing::StartsWith("WRONGTYPE"));
    co_await client.stop();
    EXPECT_FALSE(client.connected());
  });
}

TEST_F(ClientTest, KeepsEveryByteAndLargeReplies) {
  Server server;
  Client client(loop, server.endpoint());
  run([&]() -> io::Task<> {
    client.start();
    co_await client.wait_connected(Millis{5000});
    std::string bytes;
    for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
    bytes += "\r\n$-1\r\n";
    const std::string big(20'000'000, 'x');
    co_await client.command(words("SET", bytes, bytes));
    const auto small = co_await client.command(words("GET", bytes));
    EXPECT_EQ(small->text(), bytes);
    co_await client.command(words("SET", "big", big));
    const auto large = co_await client.command(words("GET", "big"));
    EXPECT_EQ(large->text().size(), big.size());
    const auto empty = co_await client.command(words("ECHO", ""));
    EXPECT_EQ(empty->kind(), ReplyKind::bulk);
    EXPECT_EQ(empty->text(), "");
    co_await client.stop();
  });
}

TEST_F(ClientTest, AnswersTenThousandPipelinedCommandsInOrder) {
  Server server;
  Client client(loop, server.endpoint());
  run([&]() -> io::Task<> {
    client.start();
    co_await client.wait_connected(Millis{5000});
    std::vector<std::vector<std::string>> commands;
    for (int i = 0; i < 10'000; ++i) commands.push_back(words("ECHO", std::to_string(i)));
    const auto replies = co_await client.pipeline(std::move(commands));
    EXPECT_EQ(replies.size(), 10'000u);
    int wrong = 0;
    for (std::size_t i = 0; i < replies.size(); ++i) {
      if (!replies[i] || replies[i]->text() != std::to_string(i)) ++wrong;
    }
    EXPECT_EQ(wrong, 0);
    co_await client.stop();
  });
}

TEST_F(ClientTest, ServesManyCoroutinesAtOnce) {
  Server server;
  Client client(loop, server.endpoint());
  io::TaskGroup group(loop);
  int right = 0;
  const auto ask = [](Client& on, int number, int& count) -> io::Task<> {
    const auto first = co_await on.command(words("ECHO", std::to_string(number)));
    const auto second = co_await on.command(words("ECHO", std::to_string(-number)));
    if (first->integer() == number && second->integer() == -number) ++count;
  };
  run([&]() -> io::Task<> {
    client.start();
    co_await client.wait_connected(Millis{5000});
    for (int i = 1; i <= 1000; ++i) group.spawn("ask", ask(client, i, right));
    co_await group.join();
    co_await client.stop();
  });
  EXPECT_EQ(right, 1000);
}

TEST_F(ClientTest, LoadsAScriptThatTheServerForgot) {
  Server server;
  Client client(loop, server.endpoint());
  const Script script("pair", "return {KEYS[1], ARGV[1], ARGV[2]}");
  run([&]() -> io::Task<> {
    client.start();
    co_await client.wait_connected(Millis{5000});
    for (int round = 0; round < 2; ++round) {
      const auto first = co_await client.eval(script, words("key"), words("one", std::string("\0two", 4)));
      EXPECT_EQ(first->size(), 3u);
      EXPECT_EQ((*first)[0].text(), "key");
      EXPECT_EQ((*first)[2].text(), std::string("\0two", 4));
      const auto known = co_await client.command(words("SCRIPT", "EXISTS", script.sha1()));
      EXPECT_EQ((*known)[0].integer(), 1);
      co_await client.command(words("SCRIPT", "FLUSH"));
    }
    co_await client.stop();
  });
}

TEST_F(ClientTest, ConnectsAgainAfterARestartOfTheServer) {
  Server server;
  Client client(loop, server.endpoint());
  Changes changes(loop, client);
  const Script script("one", "return 1");
  run([&]() -> io::Task<> {
    client.start();
    co_await changes.wait(1);
    co_await client.eval(script, words(), words());
    server.kill(SIGKILL);
    co_await changes.wait(2);
    EXPECT_FALSE(client.connected());
    const auto away = co_await client.command(words("PING"));
    EXPECT_EQ(away.error().code(), ErrorCode::unavailable);
    EXPECT_THAT(away.error().detail(), ::testing::HasSubstr("Redis is not connected: "));
    EXPECT_FALSE(client.last_error().empty());
    server.start();
    co_await changes.wait(3);
    EXPECT_TRUE(client.connected());
    EXPECT_EQ(client.last_error(), "");
    const auto loaded = co_await client.command(words("SCRIPT", "EXISTS", script.sha1()));
    EXPECT_EQ((*loaded)[0].integer(), 1);
    co_await client.stop();
  });
  EXPECT_THAT(changes.seen, ::testing::ElementsAre(true, false, true, false));
}

TEST_F(ClientTest, WaitsUntilTheServerHasLoadedItsData) {
  // Loading 3,000 keys takes a second; after every 1,024 the server looks at its clients and answers LOADING.
  Server server({"--appendonly", "yes", "--key-load-delay", "300"});
  Client client(loop, server.endpoint());
  Changes changes(loop, client);
  run([&]() -> io::Task<> {
    client.start();
    co_await changes.wait(1);
    std::vector<std::vector<std::string>> sets;
    for (int i = 0; i < 3000; ++i) sets.push_back(words("SET", "k" + std::to_string(i), "v"));
    co_await client.pipeline(std::move(sets));
    server.kill(SIGTERM);
    co_await changes.wait(2);
    server.start();
    bool said_loading = false;
    bool connected = false;
    for (int i = 0; i < 500 && !connected; ++i) {
      connected = co_await client.wait_connected(Millis{20});
      said_loading |= client.last_error().starts_with("LOADING");
    }
    EXPECT_TRUE(connected);
    EXPECT_TRUE(said_loading);
    const auto last = co_await client.command(words("EXISTS", "k2999"));
    EXPECT_EQ(last->integer(), 1);
    co_await client.stop();
  });
}

TEST_F(ClientTest, SelectsTheDatabaseOfItsUrl) {
  Server server;
  Endpoint third = server.endpoint();
  third.database = 3;
  Client in_third(loop, third);
  Client in_first(loop, server.endpoint());
  run([&]() -> io::Task<> {
    in_third.start();
    in_first.start();
    co_await in_third.wait_connected(Millis{5000});
    co_await in_first.wait_connected(Millis{5000});
    co_await in_third.command(words("SET", "k", "v"));
    const auto elsewhere = co_await in_first.command(words("GET", "k"));
    EXPECT_TRUE(elsewhere->is_nil());
    const auto name = co_await in_third.command(words("CLIENT", "GETNAME"));
    EXPECT_EQ(name->text(), "recado");
    co_await in_third.stop();
    co_await in_first.stop();
  });
}

TEST_F(ClientTest, SaysClearlyThatThePasswordIsWrongOrMissing) {
  Server server({"--requirepass", "right"});
  Endpoint right = server.endpoint();
  right.password = Secret("right");
  Endpoint wrong = server.endpoint();
  wrong.password = Secret("hunter2");
  Client with_right(loop, right);
  Client with_wrong(loop, wrong);
  Client without(loop, server.endpoint());
  run([&]() -> io::Task<> {
    with_right.start();
    EXPECT_TRUE(co_await with_right.wait_connected(Millis{5000}));
    with_wrong.start();
    without.start();
    EXPECT_FALSE(co_await with_wrong.wait_connected(Millis{300}));
    EXPECT_FALSE(co_await without.wait_connected(Millis{300}));
    EXPECT_THAT(with_wrong.last_error(), ::testing::HasSubstr("does not accept the password"));
    EXPECT_THAT(with_wrong.last_error(), ::testing::Not(::testing::HasSubstr("hunter2")));
    EXPECT_THAT(without.last_error(), ::testing::HasSubstr("wants a password"));
    co_await with_right.stop();
    co_await with_wrong.stop();
    co_await without.stop();
  });
}

TEST_F(ClientTest, InspectsTheServer) {
  Server server({"--appendonly", "no", "--maxmemory-policy", "allkeys-lru"});
  Client client(loop, server.endpoint());
  run([&]() -> io::Task<> {
    client.start();
    co_await client.wait_connected(Millis{5000});
    EXPECT_FALSE(client.clock_offset());
    const auto first = co_await client.inspect();
    std::vector<std::string> codes;
    for (const auto& warning : *first) codes.push_back(warning.code);
    EXPECT_THAT(codes, ::testing::ElementsAre("aof_off", "eviction"));
    EXPECT_TRUE(client.clock_offset());
    EXPECT_LT(std::abs(client.clock_offset()->count()), 100);

    co_await client.command(words("CONFIG", "SET", "maxmemory-policy", "noeviction"));
    co_await client.command(words("CONFIG", "SET", "maxmemory", "1"));
    const auto full = co_await client.inspect();
    codes.clear();
    for (const auto& warning : *full) codes.push_back(warning.code);
    EXPECT_THAT(codes, ::testing::ElementsAre("aof_off", "no_write"));
    const auto refused = co_await client.command(words("SET", "k", "v"));
    EXPECT_EQ(refused.error().code(), ErrorCode::unavailable);
    co_await client.stop();
  });
}

TEST_F(ClientTest, InspectsAsAUserWhoMayAlmostNothing) {
  Server server({"--user", "app", "on", ">pw", "~other:*", "+@all", "-config"});
  Endpoint endpoint = server.endpoint();
  endpoint.user = "app";
  endpoint.password = Secret("pw");
  Client client(loop, endpoint);
  run([&]() -> io::Task<> {
    client.start();
    EXPECT_TRUE(co_await client.wait_connected(Millis{5000}));
    const auto found = co_await client.inspect();
    std::vector<std::string> codes;
    for (const auto& warning : *found) codes.push_back(warning.code);
    EXPECT_THAT(codes, ::testing::ElementsAre("aof_off", "no_write"));
    co_await client.stop();
  });
}

}  // namespace
}  // namespace recado::redis
