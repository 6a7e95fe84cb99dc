// Slow, silent, oversized and numerous clients.
#include <gmock/gmock.h>
#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <string>
#include <thread>
#include <vector>

#include "http/running_server.hpp"
#include "http/test_client.hpp"

namespace recado::http {
namespace {

using namespace http::testing;
using ::testing::HasSubstr;

ServerOptions short_timeouts() {
  auto options = test_options();
  options.header_timeout = Millis{150};
  options.body_timeout = Millis{150};
  options.idle_timeout = Millis{400};
  options.write_timeout = Millis{300};
  return options;
}

TEST(ServerLimits, AHeaderThatDoesNotArriveIsA408) {
  RunningServer server(short_timeouts());
  Client client(server.port());
  client.ask(get("/hello"));
  const auto answer = client.ask("GET /hello HTTP/1.1\r\nHost:");
  EXPECT_EQ(answer.status, 408);
  EXPECT_EQ(answer.header("connection"), "close");
  EXPECT_EQ(answer.header("content-type"), "application/problem+json");
  EXPECT_TRUE(client.at_end());
}

TEST(ServerLimits, TheHeaderTimeIsNotProlongedByDripping) {
  RunningServer server(short_timeouts());
  Client client(server.port());
  client.send("GET /hello HTTP/1.1\r\nX: ");
  // A byte every 20 ms: were the time prolonged by each, the answer would never come.
  constexpr int kMostBytes = 100;
  int bytes = 0;
  pollfd answered{client.descriptor(), POLLIN, 0};
  while (bytes < kMostBytes && client.send("a") && ::poll(&answered, 1, 20) == 0) ++bytes;
  EXPECT_LT(bytes, kMostBytes);
  EXPECT_EQ(client.read().status, 408);
}

TEST(ServerLimits, ABodyThatDoesNotArriveIsA408) {
  RunningServer server(short_timeouts());
  for (const char* head : {"Content-Length: 10\r\n\r\n{", "Transfer-Encoding: chunked\r\n\r\n5\r\nab"}) {
    Client client(server.port());
    const auto answer = client.ask(std::string("POST /echo HTTP/1.1\r\nHost: x\r\n") + head);
    EXPECT_EQ(answer.status, 408);
    EXPECT_THAT(answer.body, HasSubstr("body"));
    EXPECT_TRUE(client.at_end());
  }
}

TEST(ServerLimits, IdleConnectionsCloseSilently) {
  RunningServer server(short_timeouts());
  Client fresh(server.port());
  EXPECT_TRUE(fresh.at_end());
  Client used(server.port());
  EXPECT_EQ(used.ask(get("/hello")).status, 200);
  EXPECT_TRUE(used.at_end());
}

TEST(ServerLimits, ARunningHandlerIsNotTimedOut) {
  RunningServer server(short_timeouts());
  Client client(server.port());
  client.send(get("/wait"));
  server.await_waiting();
  Client other(server.port());
  EXPECT_TRUE(other.at_end());  // longer than every timeout
  server.release();
  EXPECT_EQ(client.read().body, "released");
}

TEST(ServerLimits, AClientThatDoesNotReadIsCutOff) {
  RunningServer server(short_timeouts());
  Client client(server.port());
  for (int i = 0; i < 64; ++i) client.send(get("/large"));
  while (server.metrics().find("recado_http_connections 1") == std::string::npos) continue;
  while (server.metrics().find("recado_http_connections 0") == std::string::npos) continue;
  int answers = 0;
  while (client.read().status == 200) ++answers;
  EXPECT_LT(answers, 64);
}

TEST(ServerLimits, TooMuchIsRefusedBeforeItIsSent) {
  RunningServer server;
  Client announced(server.port());
  const auto answer = announced.ask("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1048577\r\n\r\n");
  EXPECT_EQ(answer.status, 413);
  EXPECT_EQ(answer.header("connection"), "close");
  Client chunked(server.port());
  EXPECT_EQ(chunked.ask("POST /small HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n").status,
            413);
}

TEST(ServerLimits, AClientThatSendsItAllAnywayStillReadsThe413) {
  RunningServer server;
  Client client(server.port());
  std::thread sending([&] { client.send(post("/echo", std::string(8 << 20, 'x'))); });
  EXPECT_EQ(client.read().status, 413);
  sending.join();
  client.finish_sending();
  EXPECT_TRUE(client.at_end());
}

TEST(ServerLimits, ASmallRefusedBodyIsSkippedAndTheConnectionKept) {
  RunningServer server;
  Client client(server.port());
  client.send(post("/nothing", "{\"a\":1}") + post("/small", std::string(5000, ' ')) + get("/hello"));
  EXPECT_EQ(client.read().status, 404);
  EXPECT_EQ(client.read().status, 413);
  EXPECT_EQ(client.read().body, "hello");
}

TEST(ServerLimits, HoldsThousandsOfIdleConnections) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 8192);
  ::setrlimit(RLIMIT_NOFILE, &limit);
  const std::size_t count = std::min<std::size_t>(2000, (limit.rlim_cur - 100) / 2);
  RunningServer server;
  std::vector<Client> clients;
  for (std::size_t i = 0; i < count; ++i) {
    clients.emplace_back(server.port());
    ASSERT_EQ(clients.back().ask(get("/hello")).status, 200) << i;
  }
  EXPECT_THAT(server.metrics(), HasSubstr("recado_http_connections " + std::to_string(count)));
  EXPECT_EQ(clients.front().ask(get("/hello")).status, 200);
  server.stop();
  EXPECT_TRUE(clients.back().at_end());
}

// Not under the sanitizers: UBSan's vptr check opens a pipe to look at memory, and calls it an error when it
// cannot.
#ifndef __SANITIZE_ADDRESS__
TEST(ServerLimits, GoesOnWhenTheDescriptorsWereUsedUp) {
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  RunningServer server;
  ASSERT_EQ(Client(server.port()).ask(get("/hello")).status, 200);
  while (server.metrics().find("recado_http_connections 0") == std::string::npos) continue;
  ::testing::internal::CaptureStderr();  // takes a descriptor
  rlimit low = before;
  low.rlim_cur = 128;
  ::setrlimit(RLIMIT_NOFILE, &low);
  std::vector<int> taken;
  for (int copy = ::dup(0); copy >= 0; copy = ::dup(0)) taken.push_back(copy);
  ASSERT_FALSE(taken.empty());
  ::close(taken.back());  // for the client; the server finds none
  taken.pop_back();
  Client late(server.port());
  late.send(get("/hello"));
  pollfd answered{late.descriptor(), POLLIN, 0};
  EXPECT_EQ(::poll(&answered, 1, 250), 0);
  for (const int copy : taken) ::close(copy);
  EXPECT_EQ(late.read().status, 200);
  ::setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_THAT(::testing::internal::GetCapturedStderr(), HasSubstr("a connection cannot be accepted"));
}
#endif

}  // namespace
}  // namespace recado::http
