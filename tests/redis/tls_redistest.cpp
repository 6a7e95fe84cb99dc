// rediss:// and plain TCP against a real redis-server, with an authority made by the openssl program.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/ip/tcp.hpp>
#include <cstdlib>

#include "harness.hpp"

namespace recado::redis {
namespace {

namespace asio = boost::asio;
using testing::Server;
using testing::TempDir;
using testing::words;

struct TlsTest : testing::LoopTest {
  /// A port that was free a moment ago: redis-server takes 0 as "none".
  std::string free_port() {
    asio::basic_socket_acceptor<asio::ip::tcp, io::Executor> probe(
        loop.executor(), asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    return std::to_string(probe.local_endpoint().port());
  }
};

/// An authority, and a certificate by it for 127.0.0.1 and localhost.
struct Certificates {
  TempDir dir;
  Certificates() {
    const std::string script =
        "cd " + dir.path() +
        " && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj '/CN=test CA'"
        " -keyout ca.key -out ca.pem 2>/dev/null"
        " && openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj '/CN=redis' -keyout key.pem"
        " -out request.pem 2>/dev/null"
        " && printf 'subjectAltName=IP:127.0.0.1,DNS:localhost' > names"
        " && openssl x509 -req -in request.pem -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile "
        "names"
        " -out cert.pem 2>/dev/null";
    made = std::system(script.c_str()) == 0;
  }
  bool made = false;
  std::string file(const char* name) const { return dir.path() + "/" + name; }
};

TEST_F(TlsTest, SpeaksToAServerWhoseAuthorityIsGivenAndToNoOther) {
  const Certificates certificates;
  ASSERT_TRUE(certificates.made);
  const std::string port = free_port();
  Server server({"--tls-port", port, "--bind", "127.0.0.1", "--tls-auth-clients", "no", "--tls-cert-file",
                 certificates.file("cert.pem"), "--tls-key-file", certificates.file("key.pem"),
                 "--tls-ca-cert-file", certificates.file("ca.pem")});
  const auto good = Endpoint::parse("rediss://127.0.0.1:" + port + "?ca_file=" + certificates.file("ca.pem"));
  const auto untrusted = Endpoint::parse("rediss://127.0.0.1:" + port);
  const auto missing = Endpoint::parse("rediss://127.0.0.1:" + port + "?ca_file=/nowhere.pem");
  ASSERT_TRUE(good.ok() && untrusted.ok() && missing.ok());
  Client client(loop, *good);
  Client stranger(loop, *untrusted);
  Client lost(loop, *missing);
  run([&]() -> io::Task<> {
    client.start();
    EXPECT_TRUE(co_await client.wait_connected(Millis{5000})) << client.last_error();
    const std::string large(3'000'000, 'x');
    co_await client.command(words("SET", "k", large));
    const auto got = co_await client.command(words("GET", "k"));
    EXPECT_EQ(got->text().size(), large.size());
    stranger.start();
    lost.start();
    bool let_in = false;
    while (!let_in && stranger.last_error().find("certificate") == std::string::npos) {
      let_in = co_await stranger.wait_connected(Millis{100});  // run() bounds it
    }
    EXPECT_FALSE(let_in);
    EXPECT_THAT(stranger.last_error(), ::testing::HasSubstr("certificate"));
    EXPECT_FALSE(co_await lost.wait_connected(Millis{50}));
    EXPECT_THAT(lost.last_error(), ::testing::HasSubstr("/nowhere.pem"));
    co_await client.stop();
    co_await stranger.stop();
    co_await lost.stop();
  });
}

TEST_F(TlsTest, PlainTcpWorksByNameToo) {
  const std::string port = free_port();
  Server server({"--port", port, "--bind", "127.0.0.1"});
  const auto endpoint = Endpoint::parse("redis://localhost:" + port);
  ASSERT_TRUE(endpoint.ok());
  Client client(loop, *endpoint);
  run([&]() -> io::Task<> {
    client.start();
    EXPECT_TRUE(co_await client.wait_connected(Millis{5000})) << client.last_error();
    const auto pong = co_await client.command(words("PING"));
    EXPECT_EQ(pong->text(), "PONG");
    co_await client.stop();
  });
}

}  // namespace
}  // namespace recado::redis
