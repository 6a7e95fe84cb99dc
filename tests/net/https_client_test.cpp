#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "http_client_fixture.hpp"

namespace recado::net {
namespace {

using test::Receiver;
using ::testing::HasSubstr;

/// Certificates made by the openssl command: an authority, and servers that it vouches for, or not.
class Certificates {
 public:
  Certificates() {
    std::string name = "/tmp/recado-net-XXXXXX";
    folder = ::mkdtemp(name.data());
    run("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=authority"
        " -keyout ca.key -out ca.pem");
    make("localhost", "DNS:localhost,IP:127.0.0.1", "-days 2");
    make("other", "DNS:other.test", "-days 2");
    make("expired", "DNS:localhost", "-days -1");
    run("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost"
        " -addext subjectAltName=DNS:localhost -keyout self.key -out self.pem");
  }
  ~Certificates() { std::filesystem::remove_all(folder); }
  Certificates(const Certificates&) = delete;
  Certificates& operator=(const Certificates&) = delete;

  std::string pem(const std::string& name) const { return folder + "/" + name + ".pem"; }
  std::string key(const std::string& name) const { return folder + "/" + name + ".key"; }

 private:
  void make(const std::string& name, const std::string& names, const std::string& days) {
    std::ofstream(folder + "/" + name + ".ext") << "subjectAltName=" << names << "\n";
    run("openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=" + name + " -keyout " +
        name + ".key -out " + name + ".csr");
    run("openssl x509 -req -in " + name + ".csr -CA ca.pem -CAkey ca.key -CAcreateserial " + days +
        " -extfile " + name + ".ext -out " + name + ".pem");
  }
  void run(const std::string& command) {
    if (std::system(("cd " + folder + " && " + command + " >/dev/null 2>&1").c_str()) != 0) {
      throw std::runtime_error("failed: " + command);
    }
  }

  std::string folder;
};

class HttpsClient : public HttpClientFixture {
 protected:
  static void SetUpTestSuite() { certificates = std::make_unique<Certificates>(); }
  static void TearDownTestSuite() { certificates.reset(); }
  HttpsClient() { make_client({}, certificates->pem("ca")); }

  static Receiver server(Receiver::Script script, const std::string& name) {
    return Receiver(std::move(script), certificates->pem(name), certificates->key(name));
  }
  void expect_refused(const std::string& name, const std::string& reason) {
    auto receiver = server(Receiver::answering(200), name);
    const auto response = send(receiver.url());
    EXPECT_EQ(response.error, SendError::tls);
    EXPECT_FALSE(response.written);
    EXPECT_THAT(response.detail, HasSubstr("TLS with `localhost` failed: the certificate is not accepted: "));
    EXPECT_THAT(response.detail, HasSubstr(reason));
    EXPECT_EQ(client->open_connections(), 0U);
  }

  static std::unique_ptr<Certificates> certificates;
};

std::unique_ptr<Certificates> HttpsClient::certificates;

TEST_F(HttpsClient, SpeaksTlsAndReusesTheConnection) {
  auto receiver = server(Receiver::answering(200, "secret"), "localhost");
  for (int i = 0; i < 3; ++i) {
    const auto response = send(receiver.url());
    EXPECT_EQ(response.error, SendError::none) << response.detail;
    EXPECT_EQ(response.body, "secret");
  }
  EXPECT_EQ(receiver.connections(), 1);
}

TEST_F(HttpsClient, ChecksTheCertificateOfAnAddressLiteral) {
  auto receiver = server(Receiver::answering(200), "localhost");
  EXPECT_EQ(send("https://127.0.0.1:" + std::to_string(receiver.port()) + "/").status, 200);
  auto other = server(Receiver::answering(200), "other");
  EXPECT_EQ(send("https://127.0.0.1:" + std::to_string(other.port()) + "/").error, SendError::tls);
}

TEST_F(HttpsClient, RefusesACertificateForAnotherHost) {
  expect_refused("other", "hostname mismatch");
}
TEST_F(HttpsClient, RefusesAnExpiredCertificate) {
  expect_refused("expired", "expired");
}
TEST_F(HttpsClient, RefusesASelfSignedCertificate) {
  expect_refused("self", "self-signed");
}

TEST_F(HttpsClient, RefusesAnAuthorityThatTheSystemDoesNotKnow) {
  make_client();
  auto receiver = server(Receiver::answering(200), "localhost");
  EXPECT_EQ(send(receiver.url()).error, SendError::tls);
}

TEST_F(HttpsClient, SaysTlsWhenThePeerSpeaksPlainHttp) {
  Receiver receiver([](Receiver::Connection& connection) {
    connection.send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
    connection.shutdown_write();
    connection.wait_closed();
  });
  const auto response = send("https://localhost:" + std::to_string(receiver.port()) + "/");
  EXPECT_EQ(response.error, SendError::tls);
  EXPECT_FALSE(response.written);
}

TEST_F(HttpsClient, SaysTlsWhenThePeerClosesDuringTheHandshake) {
  Receiver receiver([](Receiver::Connection& connection) { connection.shutdown_write(); });
  const auto response = send("https://localhost:" + std::to_string(receiver.port()) + "/");
  EXPECT_EQ(response.error, SendError::tls);
}

TEST_F(HttpsClient, ResumesSessionsOnNewConnections) {
  std::atomic<int> resumed{0};
  auto receiver = server(
      [&](Receiver::Connection& connection) {
        if (connection.session_reused()) ++resumed;
        connection.read_request();
        connection.answer(200, "", "Connection: close\r\n");
      },
      "localhost");
  for (int i = 0; i < 10; ++i) EXPECT_EQ(send(receiver.url()).status, 200);
  receiver.stop();
  EXPECT_EQ(receiver.connections(), 10);
  EXPECT_EQ(resumed, 9);
}

TEST_F(HttpsClient, CarriesAMebibyteBothWays) {
  auto receiver = server(
      [](Receiver::Connection& connection) {
        while (auto got = connection.read_request()) connection.answer(200, got->body);
      },
      "localhost");
  std::string sent;
  for (int i = 0; sent.size() < (1 << 20); ++i) sent += std::to_string(i);
  auto what = request(receiver.url(), sent);
  what.max_response_bytes = 4 << 20;
  const auto response = send(std::move(what));
  EXPECT_EQ(response.error, SendError::none) << response.detail;
  EXPECT_TRUE(response.body == sent);
}

TEST_F(HttpsClient, ReplacesAConnectionThatTheServerClosedMeanwhile) {
  test::Signal closed;
  auto receiver = server(
      [&](Receiver::Connection& connection) {
        connection.read_request();
        connection.answer(200);
        if (connection.number() == 1) {
          connection.shutdown_write();
          closed.set();
        }
        connection.wait_closed();
      },
      "localhost");
  EXPECT_EQ(send(receiver.url()).status, 200);
  ASSERT_TRUE(closed.wait());
  EXPECT_EQ(send(receiver.url()).status, 200);
  EXPECT_EQ(receiver.connections(), 2);
}

TEST_F(HttpsClient, SaysClosedWhenThePeerEndsWithoutAnAnswer) {
  auto receiver = server([](Receiver::Connection& connection) { connection.read_request(); }, "localhost");
  const auto response = send(receiver.url());
  EXPECT_EQ(response.error, SendError::closed);
  EXPECT_TRUE(response.written);
}

TEST_F(HttpsClient, NamesAnAuthorityFileThatCannotBeRead) {
  const auto result = HttpClient::create(loop, policy, resolver, {}, "/nonexistent/ca.pem");
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), ErrorCode::configuration);
  EXPECT_THAT(result.error().detail(), HasSubstr("/nonexistent/ca.pem"));
}

}  // namespace
}  // namespace recado::net
