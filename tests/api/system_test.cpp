// Health, who am I, metrics, the root, tokens, queues, documentation.
#include "api/content_negotiation.hpp"
#include "api/served_api.hpp"
#include "ui/assets.hpp"

namespace recado::api::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class System : public ServedApi {};

TEST_F(System, TellsHealthAsTheSeedDoes) {
  clock.advance(Millis((2 * 3600 + 34 * 60 + 12) * 1000));
  const auto response = call_with({}, "GET", "/health");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body,
            R"({"status":"healthy","redis":"connected","scheduler":"running","scheduled_jobs":5,)"
            R"("uptime":"2h 34m 12s","version":"1.2.3","warnings":[]})");
}

TEST_F(System, RepeatsEveryWarningInHealth) {
  serve([](ApiContext& context) { context.warnings = {"METRICS is open"}; });
  redis::Warning warning;
  warning.code = "aof_off";
  warning.detail = "AOF is off";
  engine.state.warnings = {warning};
  EXPECT_THAT(expect(200, call_with({}, "GET", "/health"))["warnings"].texts(),
              ElementsAre("METRICS is open", "AOF is off"));
}

TEST_F(System, IsUnhealthyWithoutRedisOrProgress) {
  engine.state.redis_connected = false;
  engine.state.redis_error = "connection refused";
  engine.state.pending.reset();
  const auto response = call_with({}, "GET", "/health");
  const auto body = expect(503, response);
  EXPECT_EQ(body["status"].text(), "unhealthy");
  EXPECT_EQ(body["redis"].text(), "disconnected");
  EXPECT_TRUE(body["scheduled_jobs"].is_null());
  EXPECT_EQ(body["detail"].text(), "Redis cannot be reached: connection refused");
  EXPECT_EQ(header(response, "Retry-After"), "1");
  EXPECT_EQ(expect(503, call_with({}, "GET", "/health/ready"))["status"].text(), "unavailable");

  engine.state.redis_connected = true;
  engine.state.running = false;
  EXPECT_EQ(expect(503, call_with({}, "GET", "/health"))["scheduler"].text(), "stopped");
}

TEST_F(System, SaysWhatToDoAboutARedisThatTakesNoWrites) {
  engine.state.redis_connected = false;
  engine.state.redis_refuses = true;
  engine.state.redis_error = "Redis is full: raise its `maxmemory`";
  EXPECT_EQ(expect(503, call_with({}, "GET", "/health"))["detail"].text(),
            "Redis is full: raise its `maxmemory`");
}

TEST_F(System, IsUnhealthyButReadyWhileAPartOfAClusterIsAway) {
  engine.state.redis_connected = false;
  engine.state.redis_partly_connected = true;
  engine.state.redis_error = "the master 10.0.0.1:6379 (slots 0-5460): connection refused";
  EXPECT_EQ(expect(503, call_with({}, "GET", "/health"))["detail"].text(),
            "a part of Redis cannot be reached: the master 10.0.0.1:6379 (slots 0-5460): connection refused");
  EXPECT_EQ(expect(200, call_with({}, "GET", "/health/ready"))["status"].text(), "ready");
}

TEST_F(System, IsAliveWhileTheLoopMakesProgress) {
  engine.state.redis_connected = false;
  EXPECT_EQ(call_with({}, "GET", "/health/live").body, R"({"status":"alive"})");
  engine.since_progress = 31;
  EXPECT_EQ(expect(503, call_with({}, "GET", "/health/live"))["status"].text(), "stuck");
  engine.state.redis_connected = true;
  EXPECT_EQ(call_with({}, "GET", "/health/ready").body, R"({"status":"ready"})");
}

TEST_F(System, TellsWhoIsAsking) {
  EXPECT_EQ(call("GET", "/me").body,
            R"({"account":"main","tokenName":"API_TOKEN","scopes":["read","write","admin"]})");
  EXPECT_EQ(call_with({{"authorization", "token reader"}}, "GET", "/me").body,
            R"({"account":"clinic","tokenName":"dashboard","scopes":["read"]})");
  EXPECT_EQ(call_with({{"authorization", "Bearer writer"}}, "GET", "/me").body,
            R"({"account":"main","tokenName":"workflow","scopes":["write"]})");
}

TEST_F(System, TellsAMissingTokenFromAnInvalidOne) {
  const auto missing = call_with({}, "GET", "/messages");
  EXPECT_THAT(expect(401, missing)["detail"].text(), StartsWith("a token is missing"));
  EXPECT_EQ(header(missing, "WWW-Authenticate"), R"(Bearer realm="recado")");
  EXPECT_EQ(header(missing, "Content-Type"), "application/problem+json");
  const auto invalid = call_with({{"authorization", "Bearer nope"}}, "GET", "/messages");
  EXPECT_EQ(expect(401, invalid)["detail"].text(), "the token is not valid");
  EXPECT_EQ(header(invalid, "WWW-Authenticate"), R"(Bearer realm="recado", error="invalid_token")");
  EXPECT_THAT(expect(401, call_with({{"authorization", "Basic eDp5"}}, "GET", "/messages"))["detail"].text(),
              HasSubstr("expected Bearer <token>"));
}

TEST_F(System, LetsATokenDoOnlyWhatItMay) {
  const ServedApi::Headers reader{{"authorization", "Bearer reader"}};
  const ServedApi::Headers writer{{"authorization", "Bearer writer"}};
  expect(200, call_with(reader, "GET", "/messages"));
  EXPECT_EQ(engine.filter->account, "clinic");
  const auto refused = call_with(reader, "POST", "/messages", message_body());
  EXPECT_EQ(expect(403, refused)["detail"].text(),
            "this needs the scope write, and the token dashboard has read");
  EXPECT_EQ(header(refused, "WWW-Authenticate"),
            R"(Bearer realm="recado", error="insufficient_scope", scope="write")");
  EXPECT_TRUE(engine.messages.empty());
  expect(201, call_with(writer, "POST", "/messages", message_body()));
  EXPECT_THAT(expect(403, call_with(writer, "GET", "/messages"))["detail"].text(), HasSubstr("scope read"));
  expect(404, call_with(writer, "GET", "/nothing"));
  expect(405, call_with(writer, "PUT", "/messages", message_body()));
}

TEST_F(System, AnswersEachRouteOnlyToItsScope) {
  std::size_t tried = 0;
  for (const auto& route : router->routes()) {
    if (route.scope == http::Scope::open) continue;
    for (const auto scope : {auth::Scope::read, auth::Scope::write, auth::Scope::admin}) {
      const std::string name = auth::Scopes{scope}.text();
      const std::string token = name + " only, for " + route.method + route.path;
      access.add(Secret{token}, auth::Identity{"main", name, {scope}});
      http::Request request;
      request.method = route.method;
      request.path = route.path;
      request.headers = {{"authorization", "Bearer " + token}};
      const auto match = router->match(request);
      const bool may = route.scope == http::Scope::any || name == http::to_string(route.scope);
      EXPECT_EQ(match.refusal.has_value(), !may) << token;
      if (match.refusal) {
        EXPECT_EQ(match.refusal->status, 403) << token;
      }
      ++tried;
    }
  }
  EXPECT_GT(tried, 50u);
}

/// What is signed must not be had for the right to read.
TEST_F(System, SignsNothingForAReader) {
  EXPECT_EQ(call_with({{"authorization", "Bearer reader"}}, "POST", "/messages/plan", message_body()).status,
            403);
}

TEST_F(System, Answers429AfterManyWrongTokensAndStillLetsAGoodOneIn) {
  const ServedApi::Headers wrong{{"authorization", "Bearer nope"}};
  for (int i = 0; i < auth::FailureLimit::kFree; ++i) expect(401, call_with(wrong, "GET", "/me"));
  const auto limited = call_with(wrong, "GET", "/me");
  EXPECT_THAT(expect(429, limited)["detail"].text(), StartsWith("too many wrong tokens"));
  EXPECT_EQ(header(limited, "Retry-After"), "6");
  expect(200, call("GET", "/me"));
  expect(401, call_with({}, "GET", "/me"));
  clock.advance(Millis{6000});
  expect(401, call_with(wrong, "GET", "/me"));
  expect(429, call_with(wrong, "GET", "/me"));
  EXPECT_THAT(metrics.text(), HasSubstr(R"(recado_auth_refused_total{reason="limited"} 2)"));
}

TEST_F(System, AnswersTheRootByWhoAsks) {
  const auto plain = call_with({}, "GET", "/");
  EXPECT_EQ(plain.body, R"({"status":"ok","service":"Communication and Scheduling API"})");
  EXPECT_EQ(header(plain, "Vary"), "Accept");
  const auto page = call_with({{"accept", "text/html,application/xhtml+xml,*/*;q=0.8"}}, "GET", "/");
  EXPECT_EQ(header(page, "Content-Type"), "text/html; charset=utf-8");
  EXPECT_TRUE(header(page, "Content-Security-Policy"));
  EXPECT_EQ(body_of(page), ui::index_page());
}

TEST(PrefersHtml, GoesByWeightAndNeedsItNamed) {
  for (const char* accept : {"text/html", "TEXT/HTML;q=0.5", "application/json;q=0.8, text/html", "text/*",
                             "*/*, text/html", "text/html;q=1.0;level=1"}) {
    EXPECT_TRUE(prefers_html(accept)) << accept;
  }
  for (const char* accept :
       {"", "*/*", "application/json", "text/html;q=0", "text/html;q=0.1, application/json",
        "text/html, application/json", "text/plain", ",,;"}) {
    EXPECT_FALSE(prefers_html(accept)) << accept;
  }
}

TEST_F(System, ServesMetricsAsTheSwitchSays) {
  metrics.counter("recado_test_total", "Test.").add(3);
  expect(401, call_with({}, "GET", "/metrics"));
  EXPECT_THAT(call("GET", "/metrics").body, HasSubstr("recado_test_total 3"));
  EXPECT_EQ(header(call("GET", "/metrics"), "Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
  serve([](ApiContext& context) { context.metrics_access = MetricsAccess::open; });
  EXPECT_EQ(call_with({}, "GET", "/metrics").status, 200);
  serve([](ApiContext& context) { context.metrics_access = MetricsAccess::off; });
  expect(404, call("GET", "/metrics"));
  EXPECT_FALSE((*document)["paths"].has("/metrics"));
}

TEST_F(System, ListsQueuesByNameAndPage) {
  for (const char* name : {"b", "c d", "a"}) {
    engine::QueueState queue;
    queue.name = name;
    queue.pending = 2;
    engine.queue_states.push_back(queue);
  }
  engine.queue_states[2].oldest_due = clock.now();
  engine.queue_states[2].paused = true;
  const auto response = call("GET", "/queues?limit=2");
  EXPECT_EQ(response.body, R"([{"name":"a","pending":2,"oldestDue":"2026-04-15T02:41:45+00:00",)"
                           R"("paused":true},{"name":"b","pending":2,"oldestDue":null,)"
                           R"("paused":false}])");
  EXPECT_EQ(header(response, "X-Total-Count"), "3");
  const auto link = header(response, "Link").value();
  ASSERT_THAT(link, ::testing::AllOf(StartsWith("<"), ::testing::EndsWith(R"(>; rel="next")")));
  const auto rest = call("GET", link.substr(1, link.find('>') - 1));
  EXPECT_EQ(expect(200, rest)[0]["name"].text(), "c d");
  EXPECT_FALSE(header(rest, "Link"));
  EXPECT_THAT(field_errors(call("GET", "/queues?cursor=%25")),
              ElementsAre(StartsWith("cursor: is not a cursor")));
  engine.queue_states.clear();
  EXPECT_EQ(call("GET", "/queues").body, "[]");
  engine.fail.emplace(ErrorCode::unavailable, "Redis is away");
  expect(503, call("GET", "/queues"));
}

TEST_F(System, PausesAndResumesQueues) {
  EXPECT_EQ(call("POST", "/queues/a%20b/pause").body, R"({"name":"a b","paused":true})");
  EXPECT_EQ(call("POST", "/queues/*/resume").body, R"({"name":"*","paused":false})");
  EXPECT_THAT(engine.switched, ElementsAre(std::pair<std::string, bool>("a b", true),
                                           std::pair<std::string, bool>("*", false)));
  EXPECT_THAT(field_errors(call("POST", "/queues/" + std::string(101, 'x') + "/pause")),
              ElementsAre(StartsWith("name: ")));
  engine.fail.emplace(ErrorCode::unavailable, "Redis is away");
  expect(503, call("POST", "/queues/a/pause"));
  expect(503, call("POST", "/queues/a/resume"));
}

TEST_F(System, ServesThePagesAndTheirFiles) {
  EXPECT_EQ(body_of(call_with({}, "GET", "/docs")), ui::docs_page());
  EXPECT_EQ(body_of(call_with({}, "GET", "/redoc")), ui::redoc_page());
  const auto file = call_with({}, "GET", "/docs/assets/docs.js");
  ASSERT_EQ(file.status, 200);
  EXPECT_EQ(header(file, "Content-Encoding"), "gzip");
  EXPECT_FALSE(file.static_body.empty());
  const auto etag = header(file, "ETag").value();
  EXPECT_EQ(call_with({{"if-none-match", "W/\"x\", " + etag}}, "GET", "/docs/assets/docs.js").status, 304);
  expect(404, call_with({}, "GET", "/docs/assets/nothing.js"));
}

TEST_F(System, ServesItsDocumentWithAValidator) {
  const auto response = call_with({}, "GET", "/openapi.json");
  EXPECT_EQ(body_of(response), api->openapi());
  EXPECT_EQ(call_with({{"if-none-match", header(response, "ETag").value()}}, "GET", "/openapi.json").status,
            304);
}

TEST_F(System, AnswersOtherMethodsAndPathsByTheTable) {
  const auto response = call("PUT", "/messages", message_body());
  expect(405, response);
  EXPECT_EQ(header(response, "Allow"), "GET, HEAD, POST, DELETE, OPTIONS");
  expect(404, call("GET", "/nothing"));
  EXPECT_EQ(call("GET", "/api/health/").status, 200);
}

}  // namespace
}  // namespace recado::api::testing
