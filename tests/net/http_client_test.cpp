#include "net/http_client.hpp"

#include <gmock/gmock.h>

#include "http_client_fixture.hpp"

namespace recado::net {
namespace {

using test::Receiver;
using test::Signal;
using ::testing::ElementsAre;
using ::testing::Pair;

using HttpClientTest = HttpClientFixture;

/// Answers one request on each connection with raw bytes, then ends it gently.
Receiver::Script answering_raw(std::string bytes) {
  return [bytes](Receiver::Connection& connection) {
    connection.read_request();
    connection.send(bytes);
    connection.shutdown_write();
    connection.wait_closed();
  };
}

TEST_F(HttpClientTest, WritesTheHeadInOrderAndTheBodyByteForByte) {
  test::ReceivedRequest received;
  Receiver receiver([&](Receiver::Connection& connection) {
    received = connection.read_request().value();
    connection.answer(201, "thanks", "X-One: 1\r\nx-Two:  two words \r\n");
  });
  auto what = request(receiver.url("/hook?a=1&b=%20"), std::string("{\"n\": 1.0}\0\xff", 12));
  what.headers = {{"Content-Type", "application/json"}, {"webhook-id", "msg_1"}, {"X-Empty", ""}};
  const auto response = send(std::move(what));
  EXPECT_EQ(response.error, SendError::none) << response.detail;
  EXPECT_EQ(response.status, 201);
  EXPECT_EQ(response.body, "thanks");
  EXPECT_TRUE(response.written);
  EXPECT_TRUE(response.body_complete);
  EXPECT_THAT(response.headers,
              ElementsAre(Pair("content-length", "6"), Pair("x-one", "1"), Pair("x-two", "two words")));
  EXPECT_EQ(received.head,
            "POST /hook?a=1&b=%20 HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(receiver.port()) +
                "\r\nContent-Type: application/json\r\nwebhook-id: msg_1\r\nX-Empty: \r\n"
                "Content-Length: 12\r\n\r\n");
  EXPECT_EQ(received.body, std::string("{\"n\": 1.0}\0\xff", 12));
}

TEST_F(HttpClientTest, SendsContentLengthWheneverTheMethodMayHaveABody) {
  std::map<std::string, std::string> lengths;
  Receiver receiver([&](Receiver::Connection& connection) {
    while (auto got = connection.read_request()) {
      const auto found = got->headers.find("content-length");
      lengths[got->method + got->body] = found == got->headers.end() ? "absent" : found->second;
      connection.send("HTTP/1.1 204 No Content\r\n\r\n");
    }
  });
  for (const char* method : {"POST", "PUT", "PATCH", "GET", "HEAD", "DELETE"}) {
    auto what = request(receiver.url(), "");
    what.method = method;
    EXPECT_EQ(send(std::move(what)).status, 204);
  }
  auto what = request(receiver.url(), "x");
  what.method = "GET";
  send(std::move(what));
  receiver.stop();
  EXPECT_THAT(lengths,
              ElementsAre(Pair("DELETE", "absent"), Pair("GET", "absent"), Pair("GETx", "1"),
                          Pair("HEAD", "absent"), Pair("PATCH", "0"), Pair("POST", "0"), Pair("PUT", "0")));
}

TEST_F(HttpClientTest, ReadsEveryWayABodyCanEnd) {
  const std::pair<std::string, std::string> kAnswers[] = {
      {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "hello"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\nTrailer: "
       "1\r\n\r\n",
       "hello"},
      {"HTTP/1.1 200 OK\r\n\r\nhello", "hello"},
      {"HTTP/1.0 200 OK\r\n\r\nhello", "hello"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", ""},
      {"HTTP/1.1 200\r\nContent-Length: 5\r\n\r\nhello", "hello"},
      {"HTTP/1.1 204 No Content\r\n\r\n", ""},
      {"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", ""},
      {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 "
       "OK\r\nContent-Length: 2\r\n\r\nok",
       "ok"},
  };
  for (const auto& [raw, body] : kAnswers) {
    Receiver receiver(answering_raw(raw));
    const auto response = send(receiver.url());
    EXPECT_EQ(response.error, SendError::none) << raw << response.detail;
    EXPECT_EQ(response.body, body) << raw;
    EXPECT_TRUE(response.body_complete) << raw;
  }
}

TEST_F(HttpClientTest, ReadsAnAnswerThatComesByteByByte) {
  Receiver receiver([](Receiver::Connection& connection) {
    connection.read_request();
    const std::string raw =
        "HTTP/1.1 200 OK\r\nA: b\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
    for (const char c : raw) connection.send(std::string(1, c));
    connection.wait_closed();
  });
  const auto response = send(receiver.url());
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "hello");
}

TEST_F(HttpClientTest, ExpectsNoBodyAfterHead) {
  Receiver receiver([](Receiver::Connection& connection) {
    while (connection.read_request()) connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
  });
  for (int i = 0; i < 2; ++i) {
    auto what = request(receiver.url(), "");
    what.method = "HEAD";
    EXPECT_EQ(send(std::move(what)).status, 200);
  }
  EXPECT_EQ(receiver.connections(), 1);
}

TEST_F(HttpClientTest, DoesNotFollowRedirects) {
  Receiver receiver(
      answering_raw("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"));
  const auto response = send(receiver.url());
  EXPECT_EQ(response.status, 302);
  EXPECT_EQ(receiver.connections(), 1);
}

TEST_F(HttpClientTest, KeepsOnlyTheBytesAskedForAndReusesTheConnection) {
  Receiver receiver(Receiver::answering(200, std::string(50'000, 'x')));
  for (int i = 0; i < 3; ++i) {
    const auto response = send(receiver.url());
    EXPECT_EQ(response.body, std::string(1024, 'x'));
    EXPECT_TRUE(response.body_complete);
  }
  EXPECT_EQ(receiver.connections(), 1);
  EXPECT_EQ(client->open_connections(), 1U);
}

TEST_F(HttpClientTest, LeavesAnEndlessBodyButCountsItsStatus) {
  Receiver receiver([](Receiver::Connection& connection) {
    connection.read_request();
    connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    while (connection.send("1000\r\n" + std::string(4096, 'x') + "\r\n")) {
    }
  });
  const auto response = send(receiver.url());
  EXPECT_EQ(response.error, SendError::none) << response.detail;
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body.size(), 1024U);
  EXPECT_FALSE(response.body_complete);
  EXPECT_EQ(client->open_connections(), 0U);
}

TEST_F(HttpClientTest, CarriesAMebibyteBothWays) {
  std::string sent;
  for (int i = 0; sent.size() < (1 << 20); ++i) sent += std::to_string(i);
  Receiver receiver([](Receiver::Connection& connection) {
    while (auto got = connection.read_request()) connection.answer(200, got->body);
  });
  for (int i = 0; i < 2; ++i) {
    auto what = request(receiver.url(), sent);
    what.max_response_bytes = 4 << 20;
    const auto response = send(std::move(what));
    EXPECT_EQ(response.error, SendError::none) << response.detail;
    EXPECT_TRUE(response.body == sent);
    EXPECT_TRUE(response.body_complete);
  }
}

TEST_F(HttpClientTest, UsesAnAnswerThatComesBeforeTheRequestIsWhole) {
  Signal done;
  Receiver receiver([&](Receiver::Connection& connection) {
    connection.read_head();
    connection.answer(413, "too large");
    done.wait();  // reads nothing more and does not close either
  });
  const auto response = send(receiver.url(), std::string(64 << 20, 'x'));
  done.set();
  EXPECT_EQ(response.error, SendError::none) << response.detail;
  EXPECT_EQ(response.status, 413);
  EXPECT_EQ(response.body, "too large");
  EXPECT_TRUE(response.written);
  EXPECT_EQ(client->open_connections(), 0U);
}

TEST_F(HttpClientTest, AsksTheFenceRightBeforeTheFirstByte) {
  Receiver receiver(Receiver::answering(200));
  int asked = 0;
  const auto refused = send(request(receiver.url()), [&] {
    ++asked;
    return false;
  });
  EXPECT_EQ(refused.error, SendError::closed);
  EXPECT_FALSE(refused.written);
  EXPECT_FALSE(refused.detail.empty());
  const auto sent = send(request(receiver.url()), [&] {
    ++asked;
    return true;
  });
  EXPECT_EQ(sent.status, 200);
  EXPECT_EQ(asked, 2);
  EXPECT_EQ(receiver.connections(), 1) << "the connection made for the first is as good as new";
}

TEST_F(HttpClientTest, RefusesHeadersThatWouldBreakTheFraming) {
  Receiver receiver(Receiver::answering(200));
  const Headers kBad[] = {{{"X", "a\r\nY: b"}},
                          {{"X", std::string("a\0b", 3)}},
                          {{"X Y", "a"}},
                          {{"", "a"}},
                          {{"host", "a"}},
                          {{"Content-Length", "3"}},
                          {{"Transfer-Encoding", "chunked"}}};
  for (const auto& headers : kBad) {
    auto what = request(receiver.url());
    what.headers = headers;
    const auto response = send(std::move(what));
    EXPECT_EQ(response.error, SendError::closed);
    EXPECT_FALSE(response.written);
  }
  EXPECT_EQ(receiver.connections(), 0);
}

TEST_F(HttpClientTest, ServesTwoHundredRequestsToOneOriginAtOnce) {
  Receiver receiver(Receiver::answering(200, "ok"));
  int good = 0;
  int ended = 0;
  const auto one = [](HttpClient& c, HttpRequest what, int& good_count, int& ended_count,
                      io::Loop& on) -> io::Task<> {
    const auto response = co_await c.send(std::move(what));
    if (response.status == 200 && response.body == "ok") ++good_count;
    if (++ended_count == 200) on.stop();
  };
  for (int i = 0; i < 200; ++i)
    tasks.spawn("request", one(*client, request(receiver.url()), good, ended, loop));
  go();
  EXPECT_EQ(good, 200);
  EXPECT_LE(client->open_connections(), 64U) << "no more are kept than max_idle_per_origin";
}

}  // namespace
}  // namespace recado::net
