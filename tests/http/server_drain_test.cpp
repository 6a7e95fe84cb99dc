#include <gmock/gmock.h>

#include "http/running_server.hpp"
#include "http/test_client.hpp"

namespace recado::http {
namespace {

using namespace http::testing;

TEST(ServerDrain, EndsIdleAndHalfReadConnectionsAtOnce) {
  RunningServer server;
  Client idle(server.port());
  idle.ask(get("/hello"));
  Client half(server.port());
  half.ask(get("/hello"));
  half.send("GET /hello HTT");
  const auto drained = server.drain(Millis{60'000});
  drained.wait();
  EXPECT_TRUE(idle.at_end());
  EXPECT_EQ(half.read().status, 0);
}

TEST(ServerDrain, FinishesWhatIsInFlightAndSaysClose) {
  RunningServer server;
  Client running(server.port());
  running.send(get("/wait") + get("/hello"));
  server.await_waiting();
  Client uploading(server.port());
  EXPECT_EQ(
      uploading.ask("POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
          .status,
      100);
  auto drained = server.drain(Millis{60'000});
  while (Client(server.port()).descriptor() >= 0) continue;  // until it has begun
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
