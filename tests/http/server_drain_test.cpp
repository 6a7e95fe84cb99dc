#include <gmock/gmock.h>

#include <unistd.h>

#include <memory>
#include <vector>

#include "http/running_server.hpp"
#include "http/test_client.hpp"

namespace recado::http {
namespace {

using namespace http::testing;

ServerOptions drain_idle(Millis limit) {
  auto options = test_options();
  options.drain_idle_timeout = limit;
  return options;
}

/// Until it accepts no more: what is then said is said to a draining server.
void await_draining(const RunningServer& server) {
  while (Client(server.port()).descriptor() >= 0) continue;
}

TEST(ServerDrain, EndsConnectionsThatStayIdle) {
  RunningServer server(drain_idle(Millis{50}));
  Client used(server.port());
  used.ask(get("/hello"));
  const Client fresh(server.port());
  server.drain(Millis{60'000}).wait();
  EXPECT_TRUE(used.at_end());
}

TEST(ServerDrain, AnswersWhatIdleFreshAndHalfReadConnectionsStillAsk) {
  RunningServer server(drain_idle(Millis{30'000}));
  Client used(server.port());
  used.ask(get("/hello"));
  Client half(server.port());
  half.ask(get("/hello"));
  half.send("GET /hello HTT");
  Client fresh(server.port());
  const auto drained = server.drain(Millis{60'000});
  await_draining(server);
  half.send("P/1.1\r\nHost: x\r\n\r\n");
  for (Client* client : {&used, &fresh, &half}) {
    if (client != &half) client->send(get("/hello"));
    const auto answer = client->read();
    EXPECT_EQ(answer.body, "hello");
    EXPECT_EQ(answer.header("connection"), "close");
    EXPECT_TRUE(client->at_end());
  }
  drained.wait();
}

TEST(ServerDrain, AnswersPipelinedRequestsToTheLast) {
  RunningServer server(drain_idle(Millis{30'000}));
  Client client(server.port());
  client.send(get("/wait") + get("/hello") + get("/open"));
  server.await_waiting();
  const auto drained = server.drain(Millis{60'000});
  await_draining(server);
  server.release();
  EXPECT_EQ(client.read().body, "released");
  const auto middle = client.read();
  EXPECT_EQ(middle.body, "hello");
  EXPECT_EQ(middle.header("connection"), "");
  const auto last = client.read();
  EXPECT_EQ(last.body, "open");
  EXPECT_EQ(last.header("connection"), "close");
  EXPECT_TRUE(client.at_end());
  drained.wait();
}

TEST(ServerDrain, AnswersThoseWhoWaitToBeAccepted) {
  RunningServer server(drain_idle(Millis{30'000}));
  std::vector<Client> clients;
  // The loop is held while they connect: the kernel accepts them, the server has not yet.
  server.hold([&] {
    for (int i = 0; i < 50; ++i) {
      clients.emplace_back(server.port());
      clients.back().send(get("/hello"));
    }
    server.drain(Millis{60'000});
  });
  for (auto& client : clients) {
    const auto answer = client.read();
    EXPECT_EQ(answer.body, "hello");
    EXPECT_EQ(answer.header("connection"), "close");
  }
}

TEST(ServerDrain, LeavesTheQueueOfAnInheritedSocketToWhoSharesIt) {
  const int socket = listening_socket();
  auto options = drain_idle(Millis{50});
  options.inherited_sockets = {::dup(socket)};
  auto first = std::make_unique<RunningServer>(options);
  EXPECT_EQ(Client(first->port()).ask(get("/hello")).body, "hello");
  first->stop();
  Client waiting(first->port());
  ASSERT_TRUE(waiting.send(get("/hello")));
  options.inherited_sockets = {::dup(socket)};
  RunningServer second(options);
  EXPECT_EQ(waiting.read().body, "hello");
  ::close(socket);
}

TEST(ServerDrain, FinishesWhatIsInFlightAndSaysClose) {
  RunningServer server;
  Client running(server.port());
  running.send(get("/wait"));
  server.await_waiting();
  Client uploading(server.port());
  EXPECT_EQ(
      uploading.ask("POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
          .status,
      100);
  auto drained = server.drain(Millis{60'000});
  await_draining(server);
  const auto uploaded = uploading.ask("{}");
  EXPECT_EQ(uploaded.status, 201);
  EXPECT_EQ(uploaded.header("connection"), "close");
  EXPECT_TRUE(uploading.at_end());
  server.release();
  const auto answer = running.read();
  EXPECT_EQ(answer.body, "released");
  EXPECT_EQ(answer.header("connection"), "close");
  EXPECT_TRUE(running.at_end());
  drained.wait();
}

TEST(ServerDrain, ClosesWhatIsLeftAfterTheGrace) {
  RunningServer server;
  Client client(server.port());
  client.send(get("/wait"));
  server.await_waiting();
  server.drain(Millis{50}).wait();
  EXPECT_EQ(client.read().status, 0);
}

}  // namespace
}  // namespace recado::http
