#include <gmock/gmock.h>

#include "http_client_fixture.hpp"
#include "net/connection_pool.hpp"

namespace recado::net {
namespace {

using test::Receiver;
using test::Signal;
using HttpClientPool = HttpClientFixture;

TEST_F(HttpClientPool, ReusesAnIdleConnection) {
  Receiver receiver(Receiver::answering(200));
  for (int i = 0; i < 5; ++i) EXPECT_EQ(send(receiver.url()).status, 200);
  EXPECT_EQ(receiver.connections(), 1);
  EXPECT_EQ(client->open_connections(), 1U);
}

TEST_F(HttpClientPool, OfATrustedRequestIsNotOpenToOthers) {
  policy = AddressPolicy::create({}).value();
  Receiver receiver(Receiver::answering(200));
  auto trusted = request(receiver.url());
  trusted.trusted = true;
  EXPECT_EQ(send(trusted).status, 200);
  EXPECT_EQ(client->open_connections(), 1U);
  EXPECT_EQ(send(receiver.url()).error, SendError::address_refused);
  EXPECT_EQ(send(trusted).status, 200);
  EXPECT_EQ(receiver.connections(), 1);
}

TEST_F(HttpClientPool, ReplacesAConnectionThatTheServerClosedMeanwhile) {
  Signal closed;
  Receiver receiver([&](Receiver::Connection& connection) {
    connection.read_request();
    connection.answer(200);
    if (connection.number() == 1) {
      connection.shutdown_write();
      closed.set();
    }
    connection.wait_closed();
  });
  EXPECT_EQ(send(receiver.url()).status, 200);
  ASSERT_TRUE(closed.wait());
  EXPECT_EQ(send(receiver.url()).status, 200);
  EXPECT_EQ(receiver.connections(), 2);
}

TEST_F(HttpClientPool, DropsAConnectionWithStrayBytesBehindTheAnswer) {
  Receiver receiver([](Receiver::Connection& connection) {
    while (connection.read_request())
      connection.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\n");
  });
  EXPECT_EQ(send(receiver.url()).status, 200);
  EXPECT_EQ(client->open_connections(), 0U);
  EXPECT_EQ(send(receiver.url()).status, 200);
  EXPECT_EQ(receiver.connections(), 2);
}

TEST_F(HttpClientPool, DropsAConnectionThatTheServerWroteToWhileIdle) {
  Signal wrote;
  Receiver receiver([&](Receiver::Connection& connection) {
    connection.read_request();
    connection.answer(200);
    if (connection.number() == 1) {
      connection.send("HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n");
      wrote.set();
    }
    connection.wait_closed();
  });
  send(receiver.url());
  ASSERT_TRUE(wrote.wait());
  EXPECT_EQ(send(receiver.url()).status, 200);
}

TEST_F(HttpClientPool, ObeysConnectionClose) {
  Receiver receiver([](Receiver::Connection& connection) {
    while (connection.read_request()) connection.answer(200, "", "Connection: close\r\n");
  });
  send(receiver.url());
  EXPECT_EQ(client->open_connections(), 0U);
}

TEST_F(HttpClientPool, ObeysTheTimeThatKeepAliveGrants) {
  Receiver receiver([](Receiver::Connection& connection) {
    while (connection.read_request()) connection.answer(200, "", "Keep-Alive: timeout=1, max=100\r\n");
  });
  send(receiver.url());
  EXPECT_EQ(client->open_connections(), 0U) << "a second, less a second for what is on its way";
}

TEST_F(HttpClientPool, NeverRepeatsARequestWhoseWriteBegan) {
  std::atomic<int> requests{0};
  Receiver receiver([&](Receiver::Connection& connection) {
    while (connection.read_request()) {
      if (++requests == 2) return connection.reset();
      connection.answer(200);
    }
  });
  EXPECT_EQ(send(receiver.url()).status, 200);
  const auto response = send(receiver.url());
  EXPECT_EQ(response.error, SendError::closed);
  EXPECT_TRUE(response.written);
  EXPECT_EQ(requests, 2);
  EXPECT_EQ(receiver.connections(), 1);
}

TEST_F(HttpClientPool, ClosesIdleConnectionsWhenTold) {
  Receiver receiver(Receiver::answering(200));
  send(receiver.url());
  client->close_idle();
  EXPECT_EQ(client->open_connections(), 0U);
  send(receiver.url());
  EXPECT_EQ(receiver.connections(), 2);
}

TEST_F(HttpClientPool, DoesNotKeepAConnectionThatWasInUseWhenIdleOnesWereClosed) {
  Receiver receiver([this](Receiver::Connection& connection) {
    connection.read_request();
    loop.post([this] { client->close_idle(); });
    connection.answer(200);
    connection.wait_closed();
  });
  auto response = send(request(receiver.url()), [this] {
    client->close_idle();
    return true;
  });
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(client->open_connections(), 0U);
}

TEST_F(HttpClientPool, ClosesConnectionsThatStayIdle) {
  HttpClientLimits limits;
  limits.idle_timeout = Millis(100);
  make_client(limits);
  Signal gone;
  Receiver receiver([&](Receiver::Connection& connection) {
    connection.read_request();
    connection.answer(200);
    connection.wait_closed();
    gone.set();
    loop.post([this] { loop.stop(); });
  });
  EXPECT_EQ(send(receiver.url()).status, 200);
  go();
  EXPECT_TRUE(gone.wait());
  EXPECT_EQ(client->open_connections(), 0U);
}

class ConnectionPoolTest : public LoopFixture {
 protected:
  /// A connected stream to `receiver`.
  std::unique_ptr<io::Stream> stream() {
    io::error_code error;
    const boost::asio::ip::tcp::endpoint to(boost::asio::ip::address_v4::loopback(), receiver.port());
    std::unique_ptr<io::Stream> out = run(io::connect_tcp(loop, to, Millis(1000), error));
    EXPECT_FALSE(error);
    return out;
  }

  Receiver receiver{[](Receiver::Connection& connection) { connection.wait_closed(); }};
};

TEST_F(ConnectionPoolTest, GivesTheFreshestFirstAndForgetsEmptyOrigins) {
  ConnectionPool pool(loop, 10, 10);
  auto a = stream();
  auto b = stream();
  const auto* first = a.get();
  const auto* second = b.get();
  pool.put("http://x", std::move(a), Millis(1000));
  pool.put("http://x", std::move(b), Millis(1000));
  EXPECT_EQ(pool.origins(), 1U);
  EXPECT_EQ(pool.take("http://y"), nullptr);
  const auto one = pool.take("http://x");
  const auto two = pool.take("http://x");
  EXPECT_EQ(one.get(), second);
  EXPECT_EQ(two.get(), first);
  EXPECT_EQ(pool.take("http://x"), nullptr);
  EXPECT_EQ(pool.origins(), 0U);
}

TEST_F(ConnectionPoolTest, MakesRoomByClosingTheLongestIdle) {
  ConnectionPool pool(loop, 3, 2);
  pool.put("http://x", stream(), Millis(1000));
  pool.put("http://x", stream(), Millis(1000));
  pool.put("http://x", stream(), Millis(1000));
  EXPECT_EQ(pool.size(), 2U) << "two an origin";
  pool.put("http://y", stream(), Millis(1000));
  pool.put("http://z", stream(), Millis(1000));
  EXPECT_EQ(pool.size(), 3U) << "three in all";
  EXPECT_EQ(pool.origins(), 3U);
  pool.clear();
  EXPECT_EQ(pool.size(), 0U);
  EXPECT_EQ(pool.origins(), 0U);
}

}  // namespace
}  // namespace recado::net
