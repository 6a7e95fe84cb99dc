// Clients that mean harm, on the real binary: smuggled requests, injected lines, thousands of connections.
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include "end_to_end/harness.hpp"

namespace recado::e2e {
namespace {

using http::testing::Client;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;

using HostileHttp = SharedServer;

/// What two programs might read differently is refused, and nothing behind it is taken for a request: else
/// the one would let through what the other answers.
TEST_F(HostileHttp, NothingIsSmuggledBehindAnAmbiguousRequest) {
  const std::string smuggled = "DELETE /messages?all=true HTTP/1.1\r\nHost: x\r\n" + token + "\r\n";
  const std::string head = "POST /messages HTTP/1.1\r\nHost: x\r\n" + token;
  const std::string requests[] = {
      head + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + smuggled,
      head + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" + smuggled,
      head + "Content-Length: 0\r\nContent-Length: " + std::to_string(smuggled.size()) + "\r\n\r\n" +
          smuggled,
      head + "Content-Length: 0, 0\r\n\r\n" + smuggled,
      head + "Content-Length: +0\r\n\r\n" + smuggled,
      head + "Content-Length: -0\r\n\r\n" + smuggled,
      head + "Content-Length : 0\r\n\r\n" + smuggled,
      head + "Content-Length:\r\n 0\r\n\r\n" + smuggled,
      head + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n" + smuggled,
      head + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n" + smuggled,
      head + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + smuggled,
      head + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + smuggled,
      head +
          "Transfer-Encoding:\x0b"
          "chunked\r\n\r\n0\r\n\r\n" +
          smuggled,
      head + "X: y\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + smuggled,
      head + "X: y\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + smuggled,
      head + "Transfer-Encoding: chunked\r\n\r\n0x0\r\n\r\n" + smuggled,
      head + "Transfer-Encoding: chunked\r\n\r\n0;\n\r\n" + smuggled,
      head + "Transfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 3\r\n\r\n" + smuggled,
      "POST /messages HTTP/1.0\r\nHost: x\r\n" + token + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" +
          smuggled,
      "GET /me HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n" + smuggled,
      "GET /me HTTP/1.1\r\nHost: x\n\r\n" + smuggled,
      "GET /me HTTP/1.1\r\n\r\n" + smuggled,
  };
  ASSERT_EQ(
      server->post("/messages", R"({"id":"kept","delay":"1h","webhookUrl":"https://a.example/"})").status,
      201);
  for (const auto& request : requests) {
    Client client(server->port());
    ASSERT_TRUE(client.send(request));
    EXPECT_THAT(client.read().status, AnyOf(400, 501)) << request;
    EXPECT_TRUE(client.at_end()) << request;
  }
  EXPECT_EQ(server->status_of("kept"), "scheduled");
  EXPECT_EQ(server->ask("DELETE", "/messages/kept").status, 200);
}

TEST_F(HostileHttp, NoAnswerCarriesAnInjectedLine) {
  const std::string body =
      R"({"id":"a\r\nX-Injected: 1\r\n\r\n","delay":"1h","webhookUrl":"https://a.example/"})";
  const std::string requests[] = {
      http::testing::post("/messages", body, token),
      http::testing::get("/messages/a%0d%0aX-Injected:%201", token),
      http::testing::get("/nowhere/%0d%0aX-Injected:%201%0d%0a%0d%0abody", token),
      http::testing::get("/messages?tag=a%0d%0aX-Injected:%201&limit=1", token),
      http::testing::get("/messages?cursor=%0d%0aX-Injected:%201", token),
      http::testing::get("/queues?cursor=%0d%0aX-Injected:%201", token),
      http::testing::post("/queues/a%0d%0aX-Injected:%201/pause", "", token),
      http::testing::get("/health", "Origin: http://a\tX-Injected: 1\r\n"),
  };
  for (const auto& request : requests) {
    Client client(server->port());
    const auto answer = client.ask(request);
    EXPECT_NE(answer.status, 0) << request;
    EXPECT_LT(answer.status, 500) << request;
    EXPECT_EQ(answer.header("x-injected"), "") << request;
    for (const auto& [name, value] : answer.headers) EXPECT_THAT(value, Not(HasSubstr("\n"))) << name;
    // Nothing follows the answer's own length either.
    EXPECT_EQ(client.ask(http::testing::get("/health/live")).status, 200) << request;
  }
}

TEST_F(HostileHttp, NoWebhookCarriesAnInjectedLine) {
  Sink sink;
  const std::string id = R"(b\r\nX-Injected: 1)";
  const auto made =
      server->post("/messages", R"({"id":")" + id + R"(","webhookUrl":")" + sink.url() + R"("})");
  if (made.status == 201) {
    ASSERT_EQ(sink.wait(1).size(), 1U);
    EXPECT_EQ(sink.arrivals().front().header("x-injected"), "");
  } else {
    EXPECT_EQ(made.status, 422);
  }
  for (const char* header :
       {R"("X":"a\r\nX-Injected: 1")", R"("X\r\nX-Injected":"1")", R"("X: 1\r\nY":"1")", R"("X":"a\nb")",
        R"("X":"a\u0000b")", R"("Transfer-Encoding":"chunked")", R"("Content-Length":"3")", R"("Host":"y")",
        R"("Connection":"close")", R"("Keep-Alive":"1")", R"("TE":"trailers")", R"("Trailer":"X")",
        R"("Upgrade":"h2c")", R"("Proxy-Connection":"close")", R"("X ":"1")", R"("":"1")"}) {
    const auto refused =
        server->post("/messages", R"({"webhookUrl":")" + sink.url() + R"(","headers":{)" + header + "}}");
    EXPECT_EQ(refused.status, 422) << header;
  }
}

TEST_F(HostileHttp, HopByHopHeadersChangeNothing) {
  for (const char* headers :
       {"Connection: authorization\r\n", "Connection: keep-alive, host\r\n",
        "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n",
        "Connection: upgrade\r\nUpgrade: websocket\r\n", "Proxy-Authorization: Basic eA==\r\n",
        "TE: trailers, chunked\r\n", "Keep-Alive: timeout=0\r\n", "X-Original-URL: /metrics\r\n",
        "X-HTTP-Method-Override: DELETE\r\n", "X-Forwarded-Host: evil.example\r\n"}) {
    Client client(server->port());
    const auto answer = client.ask(http::testing::get("/me", token + headers));
    EXPECT_EQ(answer.status, 200) << headers;
    EXPECT_EQ(member(answer.body, "account"), "main") << headers;
    EXPECT_EQ(client.ask(http::testing::get("/health/live")).status, 200) << headers;
  }
}

std::size_t resident_bytes(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/statm");
  std::size_t total = 0, resident = 0;
  file >> total >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

/// The program may be another build than this one (RECADO_BINARY).
bool has_sanitizer(pid_t process) {
  const std::string maps = memory_maps(process);
  return maps.find("/libasan.") != std::string::npos || maps.find("/libtsan.") != std::string::npos;
}

TEST_F(HostileHttp, TenThousandIdleConnectionsCostLittleAndKeepNobodyWaiting) {
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  // What recado keeps of them for deliveries is not for clients.
  const std::size_t kept = std::min<std::size_t>(4'096, files.rlim_max / 2) + 200;
  const std::size_t count = std::min<std::size_t>(10'000, files.rlim_max - kept);
  const std::size_t before = resident_bytes(server->child().pid());
  std::vector<Client> idle;
  const std::string request = http::testing::get("/health/live");
  for (std::size_t i = 0; i < count; ++i) {
    idle.emplace_back(server->port());
    ASSERT_GE(idle.back().descriptor(), 0) << i;
    // A third never says anything, a third stops in a header, a third has been answered.
    if (i % 3 == 1) idle.back().send("GET /health/live HTTP/1.1\r\nHost: ");
    if (i % 3 == 2) {
      ASSERT_EQ(idle.back().ask(request).status, 200) << i;
    }
  }
  const std::string open = "recado_http_connections ";
  const auto connections = [&] {
    const std::string metrics = server->get("/metrics").body;
    return std::stoul(metrics.substr(metrics.find("\n" + open) + 1 + open.size()));
  };
  // Those that stop in a header are ended after 10 s: a slow machine may have begun with that.
  EXPECT_GE(connections(), count * 2 / 3);
  const double each =
      static_cast<double>(resident_bytes(server->child().pid()) - before) / static_cast<double>(count);
  RecordProperty("bytes_a_connection", static_cast<int>(each));
  std::cout << count << " idle connections, " << static_cast<int>(each) << " bytes each\n";
  // A sanitizer keeps more beside each allocation than what was allocated.
  if (!has_sanitizer(server->child().pid())) {
    EXPECT_LT(each, 16 * 1024);
  }
  Sink sink;
  EXPECT_EQ(server->post("/messages", message("amid", now(), sink.url())).status, 201);
  EXPECT_EQ(sink.wait(1).size(), 1U);
  EXPECT_EQ(server->get("/health").status, 200);
}

}  // namespace
}  // namespace recado::e2e
