// What the client says when the server is slow, gone, mute or no Redis at all.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/local/stream_protocol.hpp>

#include "harness.hpp"
#include "io/stream.hpp"
#include "redis/connector.hpp"

namespace recado::redis {
namespace {

namespace asio = boost::asio;
using testing::Changes;
using testing::Server;
using testing::TempDir;
using testing::words;

struct ClientFailures : testing::LoopTest {};

TEST_F(ClientFailures, ACommandWithoutAReplyInTimeHasAnUnknownOutcome) {
  Server server;
  Client client(loop, server.endpoint());
  Changes changes(loop, client);
  run([&]() -> io::Task<> {
    client.start();
    co_await changes.wait(1);
    server.freeze();
    const SteadyPoint asked = clock.steady();
    const auto reply = co_await client.command(words("INCR", "k"));
    const auto took = clock.steady() - asked;
    EXPECT_EQ(reply.error().code(), ErrorCode::outcome_unknown);
    EXPECT_THAT(reply.error().detail(), ::testing::HasSubstr("no reply within 1500 ms"));
    EXPECT_GE(took, Millis{1500});
    EXPECT_LT(took, Millis{2000});
    server.thaw();
    co_await changes.wait(3);
    const auto done = co_await client.command(words("GET", "k"));
    EXPECT_EQ(done->integer(), 1);  // it had happened
    co_await client.stop();
  });
}

TEST_F(ClientFailures, WhatNeverLeftIsUnavailableAndWhatLeftIsUnknown) {
  Server server;
  Client client(loop, server.endpoint());
  Changes changes(loop, client);
  io::TaskGroup group(loop);
  std::vector<ErrorCode> codes(3, ErrorCode::internal);
  const auto ask = [](Client& on, std::string value, ErrorCode& code) -> io::Task<> {
    const auto reply = co_await on.command(words("SET", "k", std::move(value)));
    if (!reply) code = reply.error().code();
  };
  run([&]() -> io::Task<> {
    client.start();
    co_await changes.wait(1);
    server.freeze();
    // The second fills the socket, so the third cannot leave.
    group.spawn("small", ask(client, "v", codes[0]));
    group.spawn("large", ask(client, std::string(30'000'000, 'x'), codes[1]));
    group.spawn("last", ask(client, "v", codes[2]));
    co_await group.join();
    EXPECT_THAT(codes, ::testing::ElementsAre(ErrorCode::outcome_unknown, ErrorCode::outcome_unknown,
                                              ErrorCode::unavailable));
    co_await client.stop();
    server.thaw();
  });
}

TEST_F(ClientFailures, AServerKilledUnderCommandsLeavesNoneWaiting) {
  Server server;
  Client client(loop, server.endpoint());
  Changes changes(loop, client);
  io::TaskGroup group(loop);
  int failed = 0;
  const auto ask = [](Client& on, int& count) -> io::Task<> {
    const auto reply = co_await on.command(words("BLPOP", "nothing", "0"));
    if (!reply && reply.error().code() == ErrorCode::outcome_unknown) ++count;
  };
  run([&]() -> io::Task<> {
    client.start();
    co_await changes.wait(1);
    for (int i = 0; i < 100; ++i) group.spawn("ask", ask(client, failed));
    co_await client.wait_connected(Millis{100});
    co_await loop.sleep(Millis{20});
    server.kill(SIGKILL);
    co_await group.join();
    co_await client.stop();
  });
  EXPECT_EQ(failed, 100);
}

TEST_F(ClientFailures, WithoutAServerCommandsFailAtOnceAndStopIsPrompt) {
  TempDir dir;
  Endpoint endpoint;
  endpoint.transport = Endpoint::Transport::unix_socket;
  endpoint.path = dir.path() + "/none.sock";
  Client client(loop, endpoint);
  run([&]() -> io::Task<> {
    const auto early = co_await client.command(words("PING"));
    EXPECT_EQ(early.error().code(), ErrorCode::unavailable);
    client.start();
    EXPECT_FALSE(co_await client.wait_connected(Millis{50}));
    EXPECT_THAT(client.last_error(), ::testing::HasSubstr("none.sock: no such file"));
    std::vector<std::vector<std::string>> pings(2, words("PING"));
    const auto replies = co_await client.pipeline(std::move(pings));
    EXPECT_EQ(replies.size(), 2u);
    EXPECT_EQ(replies[1].error().code(), ErrorCode::unavailable);
    const SteadyPoint began = clock.steady();
    co_await client.stop();
    EXPECT_LT(clock.steady() - began, Millis{500});
    const auto late = co_await client.command(words("PING"));
    EXPECT_EQ(late.error().code(), ErrorCode::unavailable);
  });
}

TEST_F(ClientFailures, StopFailsWhatWaits) {
  Server server;
  Client client(loop, server.endpoint());
  io::TaskGroup group(loop);
  ErrorCode code = ErrorCode::internal;
  const auto ask = [](Client& on, ErrorCode& into) -> io::Task<> {
    const auto reply = co_await on.command(words("BLPOP", "nothing", "0"));
    if (!reply) into = reply.error().code();
  };
  run([&]() -> io::Task<> {
    client.start();
    co_await client.wait_connected(Millis{5000});
    group.spawn("ask", ask(client, code));
    co_await loop.sleep(Millis{20});
    co_await client.stop();
    co_await group.join();
  });
  EXPECT_EQ(code, ErrorCode::outcome_unknown);
}

TEST_F(ClientFailures, AClientThatIsDestroyedWhileConnectedEndsByItself) {
  Server server;
  run([&]() -> io::Task<> {
    auto client = std::make_unique<Client>(loop, server.endpoint());
    client->start();
    EXPECT_TRUE(co_await client->wait_connected(Millis{5000}));
    client.reset();
  });
}

using Acceptor = asio::basic_socket_acceptor<asio::local::stream_protocol, io::Executor>;

/// Answers every connection with `said` and nothing else, `times` times.
io::Task<> speak(Acceptor& acceptor, std::string said, int times) {
  for (int i = 0; i < times; ++i) {
    io::UnixSocket socket(acceptor.get_executor());
    auto [error] = co_await acceptor.async_accept(socket, io::as_result);
    if (error) co_return;
    const auto stream = io::make_unix_stream(std::move(socket));
    co_await stream->write(asio::buffer(said));
    char drain[4096];
    while (true) {
      const io::IoResult read = co_await stream->read_some(asio::buffer(drain));
      if (read.error) break;
    }
  }
}

struct Stranger : ClientFailures {
  TempDir dir;
  io::TaskGroup group{loop};
  Acceptor acceptor{loop.executor(), asio::local::stream_protocol::endpoint(dir.path() + "/s")};

  /// What a client says of a peer that only ever says `said`.
  std::string met(std::string said) {
    Endpoint endpoint;
    endpoint.transport = Endpoint::Transport::unix_socket;
    endpoint.path = dir.path() + "/s";
    Client client(loop, endpoint);
    std::string error;
    run([&]() -> io::Task<> {
      group.spawn("stranger", speak(acceptor, said, 3));
      client.start();
      const bool connected = co_await client.wait_connected(Millis{120});
      EXPECT_FALSE(connected);
      error = client.last_error();
      co_await client.stop();
      acceptor.close();
      co_await group.join();
    });
    return error;
  }
};

TEST_F(Stranger, ThatSpeaksHttpIsGivenUp) {
  EXPECT_THAT(met("HTTP/1.1 400 Bad Request\r\n\r\n"), ::testing::HasSubstr("not RESP"));
}

TEST_F(Stranger, ThatSpeaksBinaryIsGivenUp) {
  EXPECT_THAT(met(std::string("\x15\x03\x01\0\x02\x02\x16", 7)), ::testing::HasSubstr("not RESP"));
}

TEST_F(Stranger, ThatClaimsAnImpossibleLengthIsGivenUp) {
  EXPECT_THAT(met("$-7\r\n"), ::testing::HasSubstr("not RESP"));
}

TEST_F(Stranger, ThatAnswersTooMuchIsGivenUp) {
  EXPECT_THAT(met("+PONG\r\n+OK\r\n+more\r\n"), ::testing::HasSubstr("reply to no command"));
}

TEST_F(ClientFailures, ALongSocketPathIsReached) {
  TempDir dir;
  const std::string deep = dir.path() + "/" + std::string(100, 'd') + "/" + std::string(100, 'e');
  std::filesystem::create_directories(deep);
  Server server({"--unixsocket", "redis.sock", "--dir", deep});
  Endpoint endpoint = server.endpoint();
  endpoint.path = deep + "/redis.sock";
  Client client(loop, endpoint);
  run([&]() -> io::Task<> {
    client.start();
    EXPECT_TRUE(co_await client.wait_connected(Millis{5000}));
    co_await client.stop();
  });
}

TEST_F(ClientFailures, ANameThatDoesNotResolveIsSaidSo) {
  Endpoint endpoint;
  endpoint.host = "recado.invalid";
  Client client(loop, endpoint);
  run([&]() -> io::Task<> {
    client.start();
    EXPECT_FALSE(co_await client.wait_connected(Millis{2500}));
    EXPECT_THAT(client.last_error(), ::testing::HasSubstr("cannot resolve the name recado.invalid"));
    co_await client.stop();
  });
}

TEST_F(ClientFailures, ARefusedPortIsSaidSo) {
  asio::basic_socket_acceptor<asio::ip::tcp, io::Executor> unused(
      loop.executor(), asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  Endpoint endpoint;
  endpoint.port = unused.local_endpoint().port();
  unused.close();
  Client client(loop, endpoint);
  run([&]() -> io::Task<> {
    client.start();
    EXPECT_FALSE(co_await client.wait_connected(Millis{100}));
    EXPECT_THAT(client.last_error(), ::testing::HasSubstr("connection refused"));
    co_await client.stop();
  });
}

}  // namespace
}  // namespace recado::redis
