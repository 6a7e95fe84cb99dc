// HTTP on the real binary: framing, order of refusals, and the documents it serves.
#include <gmock/gmock.h>

#include "end_to_end/harness.hpp"

namespace recado::e2e {
namespace {

using http::testing::Client;
using ::testing::HasSubstr;

struct Http : SharedServer {
  const std::string body = R"({"scheduleTo":"2096-04-15T02:41:45Z","webhookUrl":"https://a.example/"})";

  static Answer raw(const std::string& request) { return Client(server->port()).ask(request); }
};

TEST_F(Http, KeepsConnectionsAndAnswersPipelinedRequestsInOrder) {
  Client client(server->port());
  std::string all;
  for (int i = 0; i < 20; ++i) all += http::testing::get(i % 2 == 0 ? "/health/live" : "/me", token);
  ASSERT_TRUE(client.send(all));
  for (int i = 0; i < 20; ++i) {
    const Answer answer = client.read();
    ASSERT_EQ(answer.status, 200) << i;
    EXPECT_THAT(answer.body, HasSubstr(i % 2 == 0 ? "alive" : "account"));
  }
}

TEST_F(Http, ReadsChunkedBodiesAndAsksForThemAfter100Continue) {
  std::string chunked =
      "POST /messages HTTP/1.1\r\nHost: x\r\n" + token + "Transfer-Encoding: chunked\r\n\r\n";
  for (const char byte : body) chunked += std::string("1;ext=a\r\n") + byte + "\r\n";
  EXPECT_EQ(raw(chunked + "0\r\nTrailer: x\r\n\r\n").status, 201);
  Client client(server->port());
  client.send("POST /messages HTTP/1.1\r\nHost: x\r\n" + token +
              "Expect: 100-continue\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n");
  EXPECT_EQ(client.read().status, 100);
  client.send(body);
  EXPECT_EQ(client.read().status, 201);
}

TEST_F(Http, RefusesBrokenFramingAndClosesTheConnection) {
  const std::string head = "POST /messages HTTP/1.1\r\n" + token;
  for (const std::string& request : {
           head + "Host: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}",
           head + "Host: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
           head + "Host: x\r\nContent-Length: -1\r\n\r\n",
           head + "Content-Length: 2\r\n\r\n{}",
           head + "Host: x\r\nHost: y\r\nContent-Length: 2\r\n\r\n{}",
           head + "Host: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
           std::string("GARBAGE\r\n\r\n"),
       }) {
    Client client(server->port());
    EXPECT_EQ(client.ask(request).status, 400) << request;
    EXPECT_TRUE(client.at_end()) << request;
  }
}

TEST_F(Http, RefusesInTheDocumentedOrder) {
  const auto post = [](const std::string& path, const std::string& headers) {
    return raw("POST " + path + " HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n" + headers + "\r\n{]").status;
  };
  EXPECT_EQ(raw("GET /" + std::string(9'000, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n").status, 414);
  EXPECT_EQ(raw("GET / HTTP/1.1\r\nHost: x\r\nX: " + std::string(17'000, 'a') + "\r\n\r\n").status, 431);
  EXPECT_EQ(post("/messages", ""), 401);
  EXPECT_EQ(post("/nowhere", token), 404);
  EXPECT_EQ(post("/me", token), 405);
  EXPECT_EQ(raw("DELETE /me HTTP/1.1\r\nHost: x\r\n" + token + "\r\n").header("allow"), "GET, HEAD, OPTIONS");
  EXPECT_EQ(raw("BREW /me HTTP/1.1\r\nHost: x\r\n" + token + "\r\n").status, 501);
  EXPECT_EQ(raw("POST /messages HTTP/1.1\r\nHost: x\r\n" + token + "Content-Length: 99999999\r\n\r\n").status,
            413);
  EXPECT_EQ(post("/messages", token + "Content-Type: text/html\r\n"), 415);
  EXPECT_EQ(post("/messages", token), 400);
  EXPECT_EQ(raw("POST /messages HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n" + token + "\r\n{}").status,
            422);
}

TEST_F(Http, AnswersHttp10AndHead) {
  EXPECT_EQ(raw("GET /health/live HTTP/1.0\r\n\r\n").status, 200);
  Client client(server->port());
  const Answer head = client.ask("HEAD /health/live HTTP/1.1\r\nHost: x\r\n\r\n", true);
  EXPECT_EQ(head.status, 200);
  EXPECT_NE(head.header("content-length"), "0");
  EXPECT_EQ(client.ask(http::testing::get("/health/live")).status, 200);
}

TEST_F(Http, ServesTheContract) {
  const Answer openapi = server->ask("GET", "/openapi.json", "", "Authorization: none\r\n");
  ASSERT_EQ(openapi.status, 200);
  EXPECT_THAT(member(openapi.body, "openapi"), ::testing::StartsWith("3.1"));
  for (const char* path :
       {"/messages", "/messages/{id}", "/messages/batch", "/messages/plan", "/messages/{id}/send",
        "/messages/{id}/retry", "/messages/retry", "/health", "/queues", "/me", "/metrics"}) {
    EXPECT_NE(member(openapi.body, std::string("paths.") + path), "") << path;
  }
}

TEST_F(Http, ServesItsPagesWithEverythingTheyName) {
  for (const char* page : {"/docs", "/redoc", "/"}) {
    const Answer html = server->ask("GET", page, "", "Authorization: none\r\nAccept: text/html\r\n");
    ASSERT_EQ(html.status, 200) << page;
    EXPECT_THAT(html.header("content-type"), HasSubstr("text/html"));
    std::size_t assets = 0;
    for (const std::string attribute : {"src=\"", "href=\""}) {
      for (std::size_t at = 0; (at = html.body.find(attribute, at)) != std::string::npos;) {
        at += attribute.size();
        std::string path = html.body.substr(at, html.body.find('"', at) - at);
        if (path.starts_with("#") || path.starts_with("data:")) continue;
        EXPECT_FALSE(path.starts_with("//") || path.starts_with("http")) << path << " is not embedded";
        if (!path.starts_with("/")) path = "/" + path;
        const Answer asset = server->ask("GET", path, "", "Authorization: none\r\nAccept-Encoding: gzip\r\n");
        EXPECT_EQ(asset.status, 200) << page << " names " << path;
        EXPECT_FALSE(asset.body.empty());
        ++assets;
      }
    }
    EXPECT_GT(assets, 0U) << page;
  }
}

TEST_F(Http, ServesMetricsToWhoHasTheToken) {
  EXPECT_EQ(server->ask("GET", "/metrics", "", "Authorization: none\r\n").status, 401);
  const Answer metrics = server->get("/metrics");
  EXPECT_EQ(metrics.status, 200);
  EXPECT_THAT(metrics.body, HasSubstr("# TYPE recado_"));
}

}  // namespace
}  // namespace recado::e2e
