#include "http/server.hpp"

#include <gmock/gmock.h>

#include "http/running_server.hpp"
#include "http/test_client.hpp"

namespace recado::http {
namespace {

using namespace http::testing;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;

TEST(Server, AnswersWithLengthDateAndSafetyHeaders) {
  RunningServer server;
  Client client(server.port());
  const auto answer = client.ask(get("/hello"));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "hello");
  EXPECT_EQ(answer.header("content-type"), "text/plain; charset=utf-8");
  EXPECT_EQ(answer.header("x-content-type-options"), "nosniff");
  EXPECT_EQ(answer.header("cache-control"), "no-store");
  EXPECT_THAT(answer.header("date"), MatchesRegex("[A-Z][a-z]+, [0-9]+ [A-Z][a-z]+ [0-9]+ [0-9:]+ GMT"));
  EXPECT_EQ(answer.headers.count("connection"), 0U);
  EXPECT_EQ(answer.headers.count("access-control-allow-origin"), 0U);
  EXPECT_EQ(client.ask(get("/cached")).header("cache-control"), "max-age=60");
}

TEST(Server, RoutesThroughApiPrefixTrailingSlashAndAbsoluteForm) {
  RunningServer server;
  Client client(server.port());
  EXPECT_EQ(client.ask(get("/api/hello/?x=1")).body, "hello");
  EXPECT_EQ(client.ask(get("http://elsewhere/api/hello")).body, "hello");
  EXPECT_EQ(client.ask(get("/items/a%2Fb%20c/")).body, "a/b c");
  EXPECT_EQ(client.ask(get("//hello")).status, 404);
  EXPECT_EQ(client.ask(get("/x/../hello")).status, 404);
}

TEST(Server, AnswersPipelinedRequestsInOrder) {
  RunningServer server;
  Client client(server.port());
  std::string requests;
  for (int i = 0; i < 200; ++i) requests += get("/items/" + std::to_string(i));
  requests +=
      post("/echo", "{}") + get("/nothing") + get("/throw") + get("/large") + get("/static") + get("/hello");
  ASSERT_TRUE(client.send(requests));
  for (int i = 0; i < 200; ++i) EXPECT_EQ(client.read().body, std::to_string(i));
  EXPECT_EQ(client.read().status, 201);
  EXPECT_EQ(client.read().status, 404);
  EXPECT_EQ(client.read().status, 500);
  EXPECT_EQ(client.read().body, std::string(1 << 20, 'x'));
  EXPECT_EQ(client.read().body, std::string(1 << 20, 'x'));
  EXPECT_EQ(client.read().body, "hello");
}

TEST(Server, SendsEarlierAnswersWhileALaterHandlerWaits) {
  RunningServer server;
  Client client(server.port());
  ASSERT_TRUE(client.send(get("/items/1") + get("/items/2") + get("/wait") + get("/items/3")));
  EXPECT_EQ(client.read().body, "1");
  EXPECT_EQ(client.read().body, "2");
  server.await_waiting();
  server.release();
  EXPECT_EQ(client.read().body, "released");
  EXPECT_EQ(client.read().body, "3");
}

TEST(Server, AnswersHeadWithTheLengthOfGet) {
  RunningServer server;
  Client client(server.port());
  const auto head = client.ask("HEAD /hello HTTP/1.1\r\nHost: x\r\n\r\n", true);
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.header("content-length"), "5");
  EXPECT_EQ(client.ask("HEAD /large HTTP/1.1\r\nHost: x\r\n\r\n", true).header("content-length"), "1048576");
  EXPECT_EQ(client.ask("HEAD /nothing HTTP/1.1\r\nHost: x\r\n\r\n", true).status, 404);
  EXPECT_EQ(client.ask(get("/hello")).body, "hello");
}

TEST(Server, SendsNoBodyAndNoLengthWith204) {
  RunningServer server;
  Client client(server.port());
  const auto answer = client.ask(get("/empty"));
  EXPECT_EQ(answer.status, 204);
  EXPECT_EQ(answer.headers.count("content-length"), 0U);
  EXPECT_EQ(client.ask(get("/hello")).body, "hello");
}

TEST(Server, ReadsBodiesByLengthAndByChunks) {
  RunningServer server;
  Client client(server.port());
  EXPECT_EQ(client.ask(post("/echo", R"({"a":1})")).body, R"({"a":1})");
  const std::string big(700'000, 'y');
  EXPECT_EQ(client.ask(post("/echo", big)).body, big);
  EXPECT_EQ(client
                .ask("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                     "4;ext=1\r\n[1,2\r\n1\r\n]\r\n0\r\nX-Trailer: y\r\n\r\n")
                .body,
            "[1,2]");
  EXPECT_EQ(client.ask(post("/ignore", "whatever", "Content-Type: image/png\r\n")).body, "[]");
}

TEST(Server, TakesBytesOneByOne) {
  RunningServer server;
  Client client(server.port());
  const std::string requests =
      post("/echo", R"({"a":1})") +
      "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n[]\r\n0\r\n\r\n" +
      get("/hello");
  for (const char byte : requests) ASSERT_TRUE(client.send(std::string_view(&byte, 1)));
  EXPECT_EQ(client.read().body, R"({"a":1})");
  EXPECT_EQ(client.read().body, "[]");
  EXPECT_EQ(client.read().body, "hello");
}

TEST(Server, Speaks10WithAndWithoutKeepAlive) {
  RunningServer server;
  Client once(server.port());
  const auto answer = once.ask("GET /hello HTTP/1.0\r\n\r\n");
  EXPECT_EQ(answer.body, "hello");
  EXPECT_EQ(answer.header("connection"), "close");
  EXPECT_TRUE(once.at_end());
  Client twice(server.port());
  EXPECT_EQ(twice.ask("GET /hello HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n").header("connection"),
            "keep-alive");
  EXPECT_EQ(twice.ask("GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").header("connection"),
            "close");
  EXPECT_TRUE(twice.at_end());
}

TEST(Server, AnswersWhatCameBeforeTheClientsEnd) {
  RunningServer server;
  Client client(server.port());
  client.send(get("/hello") + get("/hello"));
  client.finish_sending();
  EXPECT_EQ(client.read().body, "hello");
  EXPECT_EQ(client.read().body, "hello");
  EXPECT_TRUE(client.at_end());
}

TEST(Server, RefusesMalformedRequestsAndCloses) {
  RunningServer server;
  struct Case {
    std::string bytes;
    int status;
  };
  const Case cases[] = {
      {"GET / HTTP/1.1\r\n\r\n", 400},
      {"GET / HTTP/1.1\nHost: x\n\n", 400},
      {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
      {"\x16\x03\x01", 400},
      {"GET /" + std::string(9000, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n", 414},
      {get("/", "X: " + std::string(100'000, 'a') + "\r\n"), 431},
      {"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n", 400},
  };
  for (const auto& c : cases) {
    Client client(server.port());
    client.send(c.bytes);
    const auto answer = client.read();
    EXPECT_EQ(answer.status, c.status) << c.bytes.substr(0, 60);
    EXPECT_EQ(answer.header("content-type"), "application/problem+json");
    EXPECT_EQ(answer.header("connection"), "close");
    EXPECT_THAT(answer.body, HasSubstr("\"status\":" + std::to_string(c.status)));
    EXPECT_TRUE(client.at_end()) << c.bytes.substr(0, 60);
  }
}

TEST(Server, AnswersEarlierRequestsBeforeAMalformedOne) {
  RunningServer server;
  Client client(server.port());
  client.send(get("/hello") + "BAD\r\n\r\n" + get("/hello"));
  EXPECT_EQ(client.read().body, "hello");
  EXPECT_EQ(client.read().status, 400);
  EXPECT_TRUE(client.at_end());
}

TEST(Server, RefusesInTheDocumentedOrder) {
  RunningServer server(test_options(), true);
  const std::string good = "Authorization: Bearer good\r\n";
  struct Case {
    const char* what;
    std::string request;
    int status;
  };
  const std::string big(20, ' ');
  const Case cases[] = {
      {"no token, unknown path", get("/nothing"), 401},
      {"no token, unknown method", "BREW /hello HTTP/1.1\r\nHost: x\r\n\r\n", 401},
      {"no token, too long", post("/small", big), 401},
      {"unknown path, too long", post("/nothing", big, good), 404},
      {"method not there", "PATCH /hello HTTP/1.1\r\nHost: x\r\n" + good + "\r\n", 405},
      {"unknown method", "BREW /hello HTTP/1.1\r\nHost: x\r\n" + good + "\r\n", 501},
      {"too long and wrong type", post("/small", big, good + "Content-Type: text/plain\r\n"), 413},
      {"wrong type", post("/small", "{}", good + "Content-Type: text/plain\r\n"), 415},
      {"wrong charset", post("/small", "{}", good + "Content-Type: application/json; charset=latin1\r\n"),
       415},
      {"gzip", post("/small", "{}", good + "Content-Encoding: gzip\r\n"), 415},
      {"all right", post("/small", "{}", good + "Content-Type: application/json; charset=utf-8\r\n"), 200},
      {"open without token", get("/open"), 200},
      {"open path, other method", "DELETE /open HTTP/1.1\r\nHost: x\r\n\r\n", 405},
      {"no type where text is wanted", post("/text", "x", good), 415},
      {"no type without a body", "POST /text HTTP/1.1\r\nHost: x\r\n" + good + "\r\n", 200},
  };
  Client client(server.port());
  for (const auto& c : cases) {
    const auto answer = client.ask(c.request);
    EXPECT_EQ(answer.status, c.status) << c.what;
    if (c.status == 401) {
      EXPECT_EQ(answer.header("www-authenticate"), "Bearer");
    }
    if (c.status == 405) {
      EXPECT_THAT(answer.header("allow"), HasSubstr("GET, HEAD, OPTIONS"));
    }
  }
}

TEST(Server, AnswersOptionsAndPreflights) {
  auto options = test_options();
  options.allowed_origins = {"https://app.example"};
  RunningServer server(std::move(options), true);
  Client client(server.port());
  const auto plain = client.ask("OPTIONS /hello HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(plain.status, 204);
  EXPECT_EQ(plain.header("allow"), "GET, HEAD, OPTIONS");
  EXPECT_EQ(client.ask("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n").status, 204);
  const auto preflight = client.ask(
      "OPTIONS /echo HTTP/1.1\r\nHost: x\r\nOrigin: https://app.example\r\nAccess-Control-Request-Method: "
      "POST\r\n\r\n");
  EXPECT_EQ(preflight.status, 204);
  EXPECT_EQ(preflight.header("access-control-allow-origin"), "https://app.example");
  EXPECT_EQ(preflight.header("access-control-allow-methods"), "POST, OPTIONS");
  EXPECT_EQ(preflight.header("access-control-allow-headers"), "Authorization, Content-Type");
  EXPECT_EQ(preflight.header("vary"), "Origin");
  const auto refused = client.ask(get("/hello", "Origin: https://app.example\r\n"));
  EXPECT_EQ(refused.status, 401);
  EXPECT_EQ(refused.header("access-control-allow-origin"), "https://app.example");
  EXPECT_EQ(refused.header("access-control-expose-headers"), "Location, Link, X-Total-Count, Retry-After");
  EXPECT_EQ(client.ask(get("/open", "Origin: https://evil.example\r\n"))
                .headers.count("access-control-allow-origin"),
            0U);
}

TEST(Server, GoesOnAfterAHandlersException) {
  RunningServer server;
  Client client(server.port());
  for (const char* path : {"/throw", "/throw-other", "/status-zero"}) {
    const auto answer = client.ask(get(path));
    EXPECT_EQ(answer.status, 500) << path;
    EXPECT_THAT(answer.body, HasSubstr("Internal Server Error"));
    EXPECT_THAT(answer.body, Not(HasSubstr("broken")));
  }
  EXPECT_EQ(client.ask(get("/hello")).status, 200);
}

TEST(Server, DropsHeadersThatWouldBreakTheFraming) {
  RunningServer server;
  Client client(server.port());
  const auto answer = client.ask(get("/headers"));
  EXPECT_EQ(answer.header("x-good"), "yes");
  EXPECT_EQ(answer.headers.count("x-injected"), 0U);
  EXPECT_EQ(answer.header("content-length"), "1");
}

TEST(Server, SendsContinueOnlyWhenTheBodyWillBeRead) {
  RunningServer server(test_options(), true);
  const std::string head = "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n";
  Client client(server.port());
  EXPECT_EQ(client.ask(head + "Authorization: Bearer good\r\n\r\n").status, 100);
  EXPECT_EQ(client.ask("{}").status, 201);
  EXPECT_EQ(client.ask(post("/echo", "{}", "Expect: more\r\nAuthorization: Bearer good\r\n")).status, 417);
  const auto refused = client.ask(head + "\r\n");
  EXPECT_EQ(refused.status, 401);
  EXPECT_EQ(refused.header("connection"), "close");
}

TEST(Server, CountsRequestsByRouteAndStatus) {
  RunningServer server;
  Client client(server.port());
  client.ask(get("/items/1"));
  client.ask(get("/items/2"));
  client.ask(get("/nothing"));
  client.ask("BREW /hello HTTP/1.1\r\nHost: x\r\n\r\n");
  const std::string page = server.metrics();
  EXPECT_THAT(page,
              HasSubstr(R"(recado_http_requests_total{method="GET",route="/items/{id}",status="2xx"} 2)"));
  EXPECT_THAT(page, HasSubstr(R"(recado_http_requests_total{method="",route="",status="4xx"} 1)"));
  EXPECT_THAT(page, HasSubstr(R"(recado_http_requests_total{method="",route="",status="5xx"} 1)"));
  EXPECT_THAT(page, HasSubstr("recado_http_connections 1"));
  EXPECT_THAT(page, HasSubstr("recado_http_request_duration_seconds_count 4"));
}

}  // namespace
}  // namespace recado::http
