// Bodies that are taken as they arrive, and made as they are sent, over real sockets.
#include <gtest/gtest.h>

#include <string>

#include "http/running_server.hpp"
#include "http/test_client.hpp"

namespace recado::http {
namespace {

using namespace http::testing;

constexpr const char* kCsv = "Content-Type: text/csv\r\n";

TEST(ServerStreams, ABodyOfAnyLengthIsTakenAsItArrives) {
  auto options = test_options();
  options.max_body_bytes = 100;
  RunningServer server(options);
  Client client(server.port());
  const std::string body(3'000'000, 'x');
  EXPECT_EQ(client.ask(post("/count", body, kCsv)).body, "3000000");
  // The connection goes on.
  EXPECT_EQ(client.ask(post("/count", "12345", kCsv)).body, "5");
  EXPECT_EQ(client.ask(post("/count", "", kCsv)).body, "0");
  EXPECT_EQ(client.ask(post("/count", "123")).body, "3");  // without a Content-Type
  EXPECT_EQ(client.ask(get("/hello")).status, 200);
}

TEST(ServerStreams, ChunksAndPipelinedRequestsAreToldApart) {
  RunningServer server;
  Client client(server.port());
  client.send(
      "POST /count HTTP/1.1\r\nHost: x\r\nContent-Type: text/csv\r\nTransfer-Encoding: chunked\r\n\r\n");
  client.send("5\r\nabcde\r\n3\r\nfgh\r\n0\r\n\r\n" + get("/hello"));
  EXPECT_EQ(client.read().body, "8");
  EXPECT_EQ(client.read().status, 200);
}

TEST(ServerStreams, WhoExpectsToBeToldToGoOnIs) {
  RunningServer server;
  Client client(server.port());
  client.send(
      "POST /count HTTP/1.1\r\nHost: x\r\nContent-Type: text/csv\r\nContent-Length: 3\r\nExpect: "
      "100-continue\r\n\r\n");
  EXPECT_EQ(client.read().status, 100);
  EXPECT_EQ(client.ask("abc").body, "3");
}

TEST(ServerStreams, AHandlerThatHasSeenEnoughAnswersAtOnce) {
  RunningServer server;
  Client client(server.port());
  client.send(
      "POST /first HTTP/1.1\r\nHost: x\r\nContent-Type: text/csv\r\nContent-Length: 1000000\r\n\r\nabc");
  const auto answer = client.read();
  EXPECT_EQ(answer.body, "3");
  EXPECT_EQ(answer.header("connection"), "close");
}

TEST(ServerStreams, SilenceIsA408AndAMalformedChunkA400) {
  auto options = test_options();
  options.body_timeout = Millis{150};
  RunningServer server(options);
  Client silent(server.port());
  EXPECT_EQ(
      silent.ask("POST /count HTTP/1.1\r\nHost: x\r\nContent-Type: text/csv\r\nContent-Length: 9\r\n\r\nabc")
          .status,
      408);
  Client malformed(server.port());
  EXPECT_EQ(malformed
                .ask("POST /count HTTP/1.1\r\nHost: x\r\nContent-Type: text/csv\r\nTransfer-Encoding: "
                     "chunked\r\n\r\nzz\r\n")
                .status,
            400);
  Client other(server.port());
  EXPECT_EQ(other.ask(post("/count", "{}", "Content-Type: application/json\r\n")).status, 415);
}

TEST(ServerStreams, WhoLeavesInTheMiddleLeavesNothingBehind) {
  RunningServer server;
  {
    Client client(server.port());
    client.send("POST /count HTTP/1.1\r\nHost: x\r\nContent-Type: text/csv\r\nContent-Length: 9\r\n\r\nabc");
  }
  {
    Client client(server.port());
    EXPECT_EQ(client.ask(get("/hello")).status, 200);
  }
  server.stop();
}

TEST(ServerStreams, AnAnswerThatIsMadeGoesOutInChunks) {
  RunningServer server;
  Client client(server.port());
  const auto answer = client.ask(get("/numbers"));
  EXPECT_EQ(answer.header("transfer-encoding"), "chunked");
  EXPECT_EQ(answer.header("content-length"), "");
  EXPECT_EQ(answer.body, "0 1 2 3 ");
  EXPECT_EQ(client.ask(get("/hello")).status, 200);
  EXPECT_EQ(client.ask("HEAD /numbers HTTP/1.1\r\nHost: x\r\n\r\n", true).body, "");
  EXPECT_EQ(client.ask(get("/hello")).status, 200);
}

TEST(ServerStreams, ToHttp10ItEndsWithTheConnection) {
  RunningServer server;
  Client client(server.port());
  const auto head = client.ask("GET /numbers HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(head.header("transfer-encoding"), "");
  EXPECT_EQ(head.header("connection"), "close");
}

TEST(ServerStreams, AnErrorInTheMiddleBreaksTheAnswerOff) {
  RunningServer server;
  Client client(server.port());
  EXPECT_EQ(client.ask(get("/broken")).status, 0);
  Client other(server.port());
  EXPECT_EQ(other.ask(get("/hello")).status, 200);
}

}  // namespace
}  // namespace recado::http
