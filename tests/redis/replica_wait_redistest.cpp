// Waiting for replicas: of a real server, and of one that is replaced in between.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fake_server.hpp"
#include "harness.hpp"
#include "support/redis_processes.hpp"

namespace recado::redis {
namespace {

using test::TcpRedis;
using testing::bulk;
using testing::FakeServer;
using ::testing::HasSubstr;
using testing::words;

struct ReplicaWaitTest : testing::LoopTest {
  const Script add{"add", "return redis.call('INCR', KEYS[1])"};
  static std::vector<std::string> arguments() {
    return {"--save", "", "--repl-diskless-sync-delay", "0", "--repl-ping-replica-period", "1"};
  }
};

TEST_F(ReplicaWaitTest, AReplicaThatStandsStillHoldsUpNobodyElse) {
  TcpRedis master(arguments()), replica(arguments());
  replica.ask({"REPLICAOF", "127.0.0.1", std::to_string(master.port())});
  ASSERT_TRUE(test::eventually([&] { return replica.info("master_link_status") == "up"; }));
  Client client(loop, *Location::parse("redis://" + master.address()));
  io::TaskGroup group(loop);
  int confirmed = 0, short_of = 0;
  const auto write = [&](int i, Millis limit) -> io::Task<> {
    const auto done = co_await client.eval_replicated(add, words("n" + std::to_string(i)), words(), 1, limit);
    if (done) {
      ++confirmed;
    } else if (done.error().code() == ErrorCode::outcome_unknown &&
               done.error().detail().find("only 0 of 1 replicas") != std::string::npos) {
      ++short_of;
    } else {
      ADD_FAILURE() << done.error().detail();
    }
  };
  run([&]() -> io::Task<> {
    client.start();
    co_await client.wait_connected(Millis{5000});
    for (int i = 0; i < 200; ++i) group.spawn("write", write(i, Millis{10000}));
    co_await group.join();
    EXPECT_EQ(confirmed, 200);
    replica.freeze();
    const SteadyPoint began = clock.steady();
    for (int i = 0; i < 200; ++i) group.spawn("write", write(i, Millis{1200}));
    // What needs no replica goes on meanwhile.
    for (int i = 0; i < 20; ++i) {
      const auto got = co_await client.command(words("GET", "n0"));
      EXPECT_TRUE(got.ok());
    }
    EXPECT_EQ(short_of, 0) << "the replica is still being waited for";
    co_await group.join();
    EXPECT_EQ(short_of, 200);
    EXPECT_GE(clock.steady() - began, Millis{1200});
    replica.thaw();
    co_await write(0, Millis{10000});
    EXPECT_EQ(confirmed, 201);
    co_await client.stop();
  });
}

TEST_F(ReplicaWaitTest, AnotherProcessConfirmsNothing) {
  // The second connection leads to a server that was started in between: it has replicas, and not the write.
  int connections = 0;
  FakeServer server(loop, [&](const FakeServer::Words& told) -> std::string {
    if (told[0] == "INFO")
      return bulk("run_id:" + std::string(connections++ == 0 ? "former" : "later") + "\r\n");
    return testing::integer(1);
  });
  Client client(loop, *Location::parse("redis://" + server.address()));
  run([&]() -> io::Task<> {
    client.start();
    co_await client.wait_connected(Millis{5000});
    const auto done = co_await client.eval_replicated(add, words("n"), words(), 1, Millis{300});
    EXPECT_THAT(testing::said(done), ::testing::StartsWith("outcome_unknown: "));
    for (const std::string& one : server.heard) EXPECT_THAT(one, ::testing::Not(HasSubstr("WAIT")));
    co_await client.stop();
    server.stop();
  });
}

TEST_F(ReplicaWaitTest, AConnectionLostBeforeTheReplicasAnsweredConfirmsNothing) {
  FakeServer* self = nullptr;
  FakeServer server(loop, [&](const FakeServer::Words& told) -> std::string {
    if (told[0] == "INFO") return bulk("run_id:same\r\n");
    if (told[0] == "WAIT") self->hang_up();
    return testing::integer(1);
  });
  self = &server;
  Client client(loop, *Location::parse("redis://" + server.address()));
  run([&]() -> io::Task<> {
    client.start();
    co_await client.wait_connected(Millis{5000});
    const auto done = co_await client.eval_replicated(add, words("n"), words(), 1, Millis{300});
    EXPECT_THAT(testing::said(done), ::testing::StartsWith("outcome_unknown: "));
    co_await client.stop();
    server.stop();
  });
}

}  // namespace
}  // namespace recado::redis
