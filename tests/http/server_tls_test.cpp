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

struct ServerTls : ::testing::Test {
  std::string folder = "/tmp/recado-http-XXXXXX";
  std::unique_ptr<io::TlsServer> tls;

  void SetUp() override {
    ASSERT_NE(::mkdtemp(folder.data()), nullptr);
    const std::string command =
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -keyout " +
        folder + "/key.pem -out " + folder + "/cert.pem -subj /CN=localhost 2>/dev/null";
    ASSERT_EQ(std::system(command.c_str()), 0);
    auto made = io::TlsServer::create(folder + "/cert.pem", folder + "/key.pem");
    ASSERT_TRUE(made);
    tls = std::move(made).value();
  }
  void TearDown() override { std::filesystem::remove_all(folder); }

  std::string speak(std::uint16_t port, const std::string& requests) {
    std::ofstream(folder + "/requests") << requests;
    const std::string command =
        "timeout 20 openssl s_client -quiet -ign_eof -connect 127.0.0.1:" + std::to_string(port) + " < " +
        folder + "/requests 2>/dev/null";
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
