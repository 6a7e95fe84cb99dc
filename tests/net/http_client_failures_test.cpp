#include <gmock/gmock.h>

#include "http_client_fixture.hpp"
#include "support/ports.hpp"

namespace recado::net {
namespace {

using test::Receiver;
using test::Signal;
using ::testing::HasSubstr;
using HttpClientFailures = HttpClientFixture;

TEST_F(HttpClientFailures, SaysDnsForANameThatDoesNotExist) {
  const auto response = send("http://nowhere.test/");
  EXPECT_EQ(response.error, SendError::dns);
  EXPECT_EQ(response.detail, "the name `nowhere.test` does not exist");
  EXPECT_FALSE(response.written);
  EXPECT_EQ(response.status, 0);
}

TEST_F(HttpClientFailures, SaysConnectWhenNobodyListens) {
  const test::ClosedPort closed;
  const auto port = std::to_string(closed.number());
  const auto response = send("http://localhost:" + port + "/");
  EXPECT_EQ(response.error, SendError::connect);
  EXPECT_EQ(response.detail, "could not connect to `localhost`: 127.0.0.1:" + port + ": Connection refused");
  EXPECT_FALSE(response.written);
}

TEST_F(HttpClientFailures, TriesTheNextAddressWhenOneRefuses) {
  Receiver receiver(Receiver::answering(200));
  resolver.table["several.test"] = {"127.0.0.2", "::1", "127.0.0.1"};
  EXPECT_EQ(send("http://several.test:" + std::to_string(receiver.port()) + "/").status, 200);
}

TEST_F(HttpClientFailures, RefusesAddressesByPolicyAndUsesTheOthers) {
  Receiver receiver(Receiver::answering(200));
  const auto port = std::to_string(receiver.port());
  resolver.table["rebind.test"] = {"10.0.0.1", "169.254.169.254"};
  resolver.table["mixed.test"] = {"169.254.169.254", "127.0.0.1"};
  const auto refused = send("http://rebind.test:" + port + "/");
  EXPECT_EQ(refused.error, SendError::address_refused);
  EXPECT_THAT(refused.detail,
              HasSubstr("`rebind.test` resolves to a refused address: 10.0.0.1 is a private address; add "
                        "10.0.0.0/8 to WEBHOOK_ALLOW_NETWORKS"));
  EXPECT_FALSE(refused.written);
  EXPECT_EQ(send("http://mixed.test:" + port + "/").status, 200);
  const auto literal = send("http://169.254.169.254/");
  EXPECT_EQ(literal.error, SendError::address_refused);
  EXPECT_THAT(literal.detail, HasSubstr("169.254.169.254 is a cloud metadata address"));
}

TEST_F(HttpClientFailures, TimesOutWaitingForAnAnswer) {
  Receiver receiver([](Receiver::Connection& connection) { connection.wait_closed(); });
  const auto response = send(receiver.url(), "{}", Millis(150));
  EXPECT_EQ(response.error, SendError::timeout);
  EXPECT_TRUE(response.written);
  EXPECT_EQ(response.detail, "no answer within 150ms; the time ran out while waiting for the answer");
  EXPECT_GE(response.latency, Millis(150));
  EXPECT_EQ(client->open_connections(), 0U);
}

TEST_F(HttpClientFailures, TimesOutInTheMiddleOfAHeader) {
  Receiver receiver([](Receiver::Connection& connection) {
    connection.read_request();
    connection.send("HTTP/1.1 200 OK\r\nX: ");
    connection.wait_closed();
  });
  EXPECT_EQ(send(receiver.url(), "{}", Millis(150)).error, SendError::timeout);
}

TEST_F(HttpClientFailures, TimesOutWhileThePeerReadsNothing) {
  Signal done;
  Receiver receiver([&](Receiver::Connection&) { done.wait(); });
  const auto response = send(receiver.url(), std::string(64 << 20, 'x'), Millis(200));
  done.set();
  EXPECT_EQ(response.error, SendError::timeout);
  EXPECT_TRUE(response.written);
}

TEST_F(HttpClientFailures, TimesOutInTheTlsHandshakeWithNothingWritten) {
  Receiver receiver([](Receiver::Connection& connection) { connection.wait_closed(); });
  const auto response = send("https://127.0.0.1:" + std::to_string(receiver.port()) + "/", "{}", Millis(150));
  EXPECT_EQ(response.error, SendError::timeout);
  EXPECT_FALSE(response.written);
  EXPECT_THAT(response.detail, HasSubstr("the TLS handshake"));
}

TEST_F(HttpClientFailures, CountsAStatusWhoseBodyNeverEnds) {
  Receiver receiver([](Receiver::Connection& connection) {
    connection.read_request();
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart");
    connection.wait_closed();
  });
  const auto response = send(receiver.url(), "{}", Millis(150));
  EXPECT_EQ(response.error, SendError::none);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "part");
  EXPECT_FALSE(response.body_complete);
}

TEST_F(HttpClientFailures, CountsAStatusWhoseBodyIsCutShortOrBroken) {
  for (const std::string rest :
       {"Content-Length: 100\r\n\r\npart", "Transfer-Encoding: chunked\r\n\r\n4\r\npart\r\nzz\r\n"}) {
    Receiver receiver([&](Receiver::Connection& connection) {
      connection.read_request();
      connection.send("HTTP/1.1 500 No\r\n" + rest);
    });
    const auto response = send(receiver.url());
    EXPECT_EQ(response.status, 500) << response.detail;
    EXPECT_EQ(response.body, "part");
    EXPECT_FALSE(response.body_complete);
    EXPECT_EQ(client->open_connections(), 0U);
  }
}

TEST_F(HttpClientFailures, SaysClosedWhenNoAnswerComes) {
  for (const bool abruptly : {false, true}) {
    Receiver receiver([&](Receiver::Connection& connection) {
      connection.read_request();
      if (abruptly) connection.reset();
    });
    const auto response = send(receiver.url());
    EXPECT_EQ(response.error, SendError::closed);
    EXPECT_TRUE(response.written);
    EXPECT_EQ(response.detail, "the connection was closed before any answer came");
  }
}

TEST_F(HttpClientFailures, SaysWhatIsWrongWithAnAnswerThatIsNotHttp) {
  const std::string kGarbage[] = {
      "SSH-2.0-OpenSSH_9.2\r\n\r\n",
      "220 mail.example ESMTP\r\n\r\n",
      "\r\n\r\n\r\n\r\n",
      std::string("\0\0\0\0\r\n\r\n", 8),
      std::string("\x15\x03\x01\0\x02\x02\x46", 7),
      "HTTP/2.0 200 OK\r\n\r\n",
      "HTTP/1.1 2000 OK\r\n\r\n",
      "HTTP/1.1 abc OK\r\n\r\n",
      "HTTP/1.1 200 OK\r\nno colon here\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
      "HTTP/1.1 200 OK\r\nX: " + std::string(70'000, 'x') + "\r\n\r\n",
      "HTTP/1.1 200 OK\r\n" + std::string(70'000, 'x'),
  };
  for (const auto& garbage : kGarbage) {
    Receiver receiver([&](Receiver::Connection& connection) {
      connection.read_request();
      connection.send(garbage);
      connection.shutdown_write();
      connection.wait_closed();
    });
    const auto response = send(receiver.url());
    EXPECT_EQ(response.error, SendError::closed) << garbage.substr(0, 60);
    EXPECT_EQ(response.status, 0);
    EXPECT_TRUE(response.written);
    EXPECT_THAT(response.detail, HasSubstr("not valid HTTP: ")) << garbage.substr(0, 60);
  }
}

TEST_F(HttpClientFailures, DoesNotWaitForEndlessInterimAnswers) {
  Receiver receiver([](Receiver::Connection& connection) {
    connection.read_request();
    while (connection.send("HTTP/1.1 100 Continue\r\n\r\n")) {
    }
  });
  const auto response = send(receiver.url());
  EXPECT_EQ(response.error, SendError::closed);
  EXPECT_THAT(response.detail, HasSubstr("interim"));
}

TEST_F(HttpClientFailures, ClosesTheConnectionOfACancelledRequest) {
  Signal gone;
  Receiver receiver([&](Receiver::Connection& connection) {
    connection.read_request();
    loop.post([this] { tasks.cancel(); });
    connection.wait_closed();
    gone.set();
    loop.post([this] { loop.stop(); });
  });
  const auto cancelled = [](HttpClient& c, HttpRequest what) -> io::Task<> {
    co_await c.send(std::move(what));
  };
  tasks.spawn("cancelled", cancelled(*client, request(receiver.url())));
  go();
  EXPECT_TRUE(gone.wait());
  EXPECT_EQ(client->open_connections(), 0U);
}

}  // namespace
}  // namespace recado::net
