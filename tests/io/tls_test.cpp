#include "io/tls.hpp"

#include <gtest/gtest.h>

#include <stdlib.h>
#include <array>

#include <boost/asio/ip/tcp.hpp>
#include <filesystem>

#include "io/deadline.hpp"

namespace recado::io {
namespace {

using boost::asio::ip::tcp;

/// A certificate authority and a certificate for `localhost` in a folder of its own.
struct Certificates {
  Certificates() {
    std::string pattern = "/tmp/recado-tls-XXXXXX";
    folder = ::mkdtemp(pattern.data());
    const std::string script = "cd " + folder +
                               " && openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem "
                               "-days 2 -subj /CN=test-ca 2>/dev/null"
                               " && openssl req -newkey rsa:2048 -nodes -keyout key.pem -out request.pem "
                               "-subj /CN=localhost 2>/dev/null"
                               " && printf 'subjectAltName=DNS:localhost' > extension"
                               " && openssl x509 -req -in request.pem -CA ca.pem -CAkey ca.key "
                               "-CAcreateserial -days 2 -extfile extension"
                               " -out cert.pem 2>/dev/null";
    EXPECT_EQ(::system(script.c_str()), 0);
  }
  ~Certificates() { std::filesystem::remove_all(folder); }
  std::string file(const char* name) const { return folder + "/" + name; }
  std::string folder;
};

struct TlsTest : testing::Test {
  static void SetUpTestSuite() { certificates = std::make_unique<Certificates>(); }
  static void TearDownTestSuite() { certificates.reset(); }
  static std::unique_ptr<Certificates> certificates;

  SystemClock clock;
  Loop loop{clock};
  TaskGroup group{loop};
  boost::asio::basic_socket_acceptor<tcp, Executor> acceptor{loop.executor(), tcp::endpoint(tcp::v4(), 0)};
};
std::unique_ptr<Certificates> TlsTest::certificates;

Task<> echo(boost::asio::basic_socket_acceptor<tcp, Executor>& acceptor, TlsServer& server, int connections) {
  for (int i = 0; i < connections; ++i) {
    TcpSocket socket(acceptor.get_executor());
    co_await acceptor.async_accept(socket, as_result);
    std::unique_ptr<Stream> plain = make_tcp_stream(std::move(socket));
    error_code error;
    auto stream = co_await server.handshake(plain, error);
    if (!stream) continue;
    std::string buffer(65536, '\0');
    while (true) {
      const IoResult read = co_await stream->read_some(asio::buffer(buffer));
      if (read.error) break;
      co_await stream->Stream::write(asio::buffer(buffer.data(), read.bytes));
    }
  }
}

Task<> exchange(Loop& loop, tcp::endpoint to, TlsClient& client, std::string host, std::string body,
                std::string& answer, std::string& reason) {
  error_code error;
  auto plain = co_await connect_tcp(loop, to, Millis{5000}, error);
  EXPECT_FALSE(error);
  auto stream = co_await client.handshake(plain, host, host, error, reason);
  if (!stream) co_return;
  const IoResult written = co_await stream->Stream::write(asio::buffer(body));
  EXPECT_EQ(written.bytes, body.size());
  std::string buffer(65536, '\0');
  while (answer.size() < body.size()) {
    const IoResult read = co_await stream->read_some(asio::buffer(buffer));
    if (read.error) break;
    answer.append(buffer, 0, read.bytes);
  }
  co_await stream->shutdown_write();
}

TEST_F(TlsTest, CarriesBytesBothWays) {
  auto server = TlsServer::create(certificates->file("cert.pem"), certificates->file("key.pem"));
  auto client = TlsClient::create(certificates->file("ca.pem"));
  ASSERT_TRUE(server.ok() && client.ok());
  std::string body(1 << 20, 'x');
  for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>(i * 7);
  std::string answer, reason;
  group.spawn("server", echo(acceptor, **server, 1));
  const tcp::endpoint to(boost::asio::ip::address_v4::loopback(), acceptor.local_endpoint().port());
  // A body larger than both sockets' buffers would stop an echo that reads only when it has written; 16 KiB
  // fit.
  body.resize(16 * 1024);
  group.spawn("client", exchange(loop, to, **client, "localhost", body, answer, reason));
  loop.run();
  EXPECT_EQ(answer, body);
  EXPECT_EQ(reason, "");
}

/// Sends head and body as one write, `rounds` times, and frees the buffers in between.
Task<> exchange_with_pauses(Loop& loop, tcp::endpoint to, TlsClient& client, int rounds,
                            std::string& answer) {
  error_code error;
  std::string reason;
  auto plain = co_await connect_tcp(loop, to, Millis{5000}, error);
  auto stream = co_await client.handshake(plain, "localhost", "localhost", error, reason);
  if (!stream) co_return;
  const std::string head = "head ", body = "body. ";
  std::string buffer(1024, '\0');
  for (int round = 1; round <= rounds; ++round) {
    stream->free_buffers();
    stream->free_buffers();
    const std::array<asio::const_buffer, 2> both{asio::buffer(head), asio::buffer(body)};
    const IoResult written = co_await stream->write(both);
    EXPECT_EQ(written.bytes, head.size() + body.size());
    while (answer.size() < (head.size() + body.size()) * static_cast<std::size_t>(round)) {
      const IoResult read = co_await stream->read_some(asio::buffer(buffer));
      if (read.error) co_return;
      answer.append(buffer, 0, read.bytes);
    }
  }
  co_await stream->shutdown_write();
}

TEST_F(TlsTest, GoesOnAfterItsBuffersWereFreed) {
  auto server = TlsServer::create(certificates->file("cert.pem"), certificates->file("key.pem"));
  auto client = TlsClient::create(certificates->file("ca.pem"));
  ASSERT_TRUE(server.ok() && client.ok());
  std::string answer;
  group.spawn("server", echo(acceptor, **server, 1));
  const tcp::endpoint to(boost::asio::ip::address_v4::loopback(), acceptor.local_endpoint().port());
  group.spawn("client", exchange_with_pauses(loop, to, **client, 3, answer));
  loop.run();
  EXPECT_EQ(answer, "head body. head body. head body. ");
}

TEST_F(TlsTest, RefusesACertificateOfAnotherName) {
  auto server = TlsServer::create(certificates->file("cert.pem"), certificates->file("key.pem"));
  auto client = TlsClient::create(certificates->file("ca.pem"));
  std::string answer, reason;
  group.spawn("server", echo(acceptor, **server, 1));
  const tcp::endpoint to(boost::asio::ip::address_v4::loopback(), acceptor.local_endpoint().port());
  group.spawn("client", exchange(loop, to, **client, "example.org", "x", answer, reason));
  loop.run();
  EXPECT_EQ(answer, "");
  EXPECT_NE(reason.find("certificate is not accepted"), std::string::npos) << reason;
}

TEST_F(TlsTest, RefusesAnAuthorityThatTheStoreDoesNotHold) {
  auto server = TlsServer::create(certificates->file("cert.pem"), certificates->file("key.pem"));
  auto client = TlsClient::create("");
  std::string answer, reason;
  group.spawn("server", echo(acceptor, **server, 1));
  const tcp::endpoint to(boost::asio::ip::address_v4::loopback(), acceptor.local_endpoint().port());
  group.spawn("client", exchange(loop, to, **client, "localhost", "x", answer, reason));
  loop.run();
  EXPECT_EQ(answer, "");
  EXPECT_NE(reason.find("certificate is not accepted"), std::string::npos) << reason;
}

TEST_F(TlsTest, NamesTheFileThatCannotBeUsed) {
  auto server = TlsServer::create("/nonexistent/cert.pem", certificates->file("key.pem"));
  ASSERT_FALSE(server.ok());
  EXPECT_EQ(server.error().code(), ErrorCode::configuration);
  EXPECT_NE(server.error().detail().find("/nonexistent/cert.pem"), std::string::npos);
  EXPECT_FALSE(TlsServer::create(certificates->file("cert.pem"), certificates->file("ca.key")).ok());
}

}  // namespace
}  // namespace recado::io
