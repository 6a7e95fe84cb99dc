// The server behind TLS, spoken to by the openssl command.
#include <gmock/gmock.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "http/running_server.hpp"
#include "http/test_client.hpp"

namespace recado::http {
namespace {

using namespace http::testing;
using ::testing::HasSubstr;
using ::testing::Not;

struct ServerTls : ::testing::Test {
  std::string folder = "/tmp/recado-http-XXXXXX";
  std::unique_ptr<io::TlsServer> tls;

  void make_certificate(const std::string& name) {
    const std::string command =
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -keyout " +
        folder + "/key.pem -out " + folder + "/cert.pem -subj /CN=" + name + " 2>/dev/null";
    ASSERT_EQ(std::system(command.c_str()), 0);
  }
  void SetUp() override {
    ASSERT_NE(::mkdtemp(folder.data()), nullptr);
    make_certificate("localhost");
    auto made = io::TlsServer::create(folder + "/cert.pem", folder + "/key.pem");
    ASSERT_TRUE(made);
    tls = std::move(made).value();
  }
  void TearDown() override { std::filesystem::remove_all(folder); }

  std::string speak(std::uint16_t port, const std::string& requests) {
    std::ofstream(folder + "/requests") << requests;
    return client(port, "-quiet -ign_eof < " + folder + "/requests 2>/dev/null");
  }

  /// What the openssl command says.
  static std::string client(std::uint16_t port, const std::string& options) {
    const std::string command =
        "timeout 20 openssl s_client -connect 127.0.0.1:" + std::to_string(port) + " " + options;
    std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "r"), &::pclose);
    std::string said;
    std::array<char, 65536> bytes;
    while (const std::size_t n = std::fread(bytes.data(), 1, bytes.size(), pipe.get()))
      said.append(bytes.data(), n);
    return said;
  }
};

TEST_F(ServerTls, AnswersPipelinedRequestsAndCloses) {
  RunningServer server(test_options(), false, tls.get());
  const std::string said = speak(server.port(), get("/hello") + post("/echo", R"({"a":1})") + get("/large") +
                                                    get("/items/last", "Connection: close\r\n"));
  EXPECT_THAT(said, HasSubstr("\r\n\r\nhelloHTTP/1.1 201 Created"));
  EXPECT_THAT(said, HasSubstr(R"({"a":1}HTTP/1.1 200 OK)"));
  EXPECT_GT(said.size(), std::size_t{1} << 20);
  EXPECT_TRUE(said.ends_with("\r\n\r\nlast"));
}

TEST_F(ServerTls, SpeaksTls12AndNewerOnly) {
  RunningServer server(test_options(), false, tls.get());
  // At security level 0 the client itself would go down to TLS 1.0.
  const auto with = [&](const std::string& version) {
    return client(server.port(), version + " -cipher DEFAULT:@SECLEVEL=0 -brief < /dev/null 2>&1");
  };
  EXPECT_THAT(with("-tls1_3"), HasSubstr("Protocol version: TLSv1.3"));
  EXPECT_THAT(with("-tls1_2"), HasSubstr("Protocol version: TLSv1.2"));
  for (const char* old : {"-tls1_1", "-tls1"}) {
    const std::string said = with(old);
    EXPECT_THAT(said, HasSubstr("alert protocol version")) << old;
    EXPECT_THAT(said, Not(HasSubstr("Protocol version"))) << old;
  }
  const std::string weak = "-tls1_2 -cipher eNULL:aNULL:@SECLEVEL=0 -brief < /dev/null 2>&1";
  EXPECT_THAT(client(server.port(), weak), HasSubstr("handshake failure"));
}

TEST_F(ServerTls, ReadsARenewedCertificateAndKeepsTheFormerWhenThereIsNone) {
  RunningServer server(test_options(), false, tls.get());
  const auto subject = [&] { return client(server.port(), "-brief < /dev/null 2>&1"); };
  EXPECT_THAT(subject(), HasSubstr("CN = localhost"));
  make_certificate("renewed.example");
  EXPECT_THAT(subject(), HasSubstr("CN = localhost")) << "only when told";
  ASSERT_TRUE(tls->reload());
  EXPECT_THAT(subject(), HasSubstr("CN = renewed.example"));
  std::ofstream(folder + "/cert.pem") << "no certificate";
  const auto damaged = tls->reload();
  ASSERT_FALSE(damaged);
  EXPECT_THAT(damaged.error().detail(), HasSubstr("TLS_CERT_FILE=" + folder + "/cert.pem"));
  EXPECT_THAT(subject(), HasSubstr("CN = renewed.example"));
}

TEST_F(ServerTls, EndsConnectionsThatDoNotSpeakTls) {
  auto options = test_options();
  options.header_timeout = Millis{150};
  RunningServer server(std::move(options), false, tls.get());
  Client plain(server.port());
  EXPECT_EQ(plain.ask(get("/hello")).status, 0);
  Client silent(server.port());
  EXPECT_TRUE(silent.at_end());
}

}  // namespace
}  // namespace recado::http
