#include "http/router.hpp"

#include <gmock/gmock.h>

#include <stdexcept>

namespace recado::http {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Route make_route(std::string method, std::string path, Scope scope = Scope::read) {
  Route route;
  route.method = std::move(method);
  route.path = std::move(path);
  route.scope = scope;
  return route;
}

struct RouterTest : ::testing::Test {
  Router router;

  RouterTest() {
    router.add(make_route("GET", "/", Scope::open));
    router.add(make_route("GET", "/messages"));
    router.add(make_route("POST", "/messages", Scope::write));
    router.add(make_route("DELETE", "/messages", Scope::write));
    router.add(make_route("POST", "/messages/batch", Scope::write));
    router.add(make_route("GET", "/messages/{id}"));
    router.add(make_route("PUT", "/messages/{id}", Scope::write));
    router.add(make_route("POST", "/messages/{id}/retry", Scope::write));
    router.add(make_route("GET", "/health", Scope::open));
    router.add(make_route("POST", "/queues/{name}/{verb}", Scope::admin));
  }

  Router::Match match(const std::string& method, const std::string& path) {
    request.method = method;
    request.path = path;
    return router.match(request);
  }
  Request request;
};

std::string header(const Response& response, std::string_view name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return "";
}

TEST_F(RouterTest, FindsRoutesByMethodAndPath) {
  struct Case {
    const char* method;
    const char* path;
    const char* found;
  };
  const Case cases[] = {
      {"GET", "/", "/"},
      {"GET", "/messages", "/messages"},
      {"HEAD", "/messages", "/messages"},
      {"POST", "/messages/batch", "/messages/batch"},
      {"GET", "/messages/x", "/messages/{id}"},
      {"POST", "/messages/x/retry", "/messages/{id}/retry"},
      {"POST", "/messages/batch/retry", "/messages/{id}/retry"},
      {"POST", "/queues/a/pause", "/queues/{name}/{verb}"},
  };
  for (const auto& c : cases) {
    const auto found = match(c.method, c.path);
    ASSERT_NE(found.route, nullptr) << c.method << ' ' << c.path;
    EXPECT_FALSE(found.refusal);
    EXPECT_EQ(found.route->path, c.found);
  }
}

TEST_F(RouterTest, CapturesParametersDecodedInOrder) {
  match("POST", "/queues/a%2Fb%20c/pause");
  EXPECT_THAT(request.path_parameters, ElementsAre("a/b c", "pause"));
  match("GET", "/messages/%2E%2E");
  EXPECT_THAT(request.path_parameters, ElementsAre(".."));
  match("GET", "/messages");
  EXPECT_THAT(request.path_parameters, IsEmpty());
}

TEST_F(RouterTest, Answers404WhereThereIsNothing) {
  for (const char* path :
       {"/nothing", "//", "//messages", "/messages//retry", "/messages/./retry", "/messages/..",
        "/messages/x/y", "/messages/x/retry/z", "/Messages", "/messages%2Fx", "", "/queues"}) {
    const auto found = match("GET", path);
    ASSERT_TRUE(found.refusal) << path;
    EXPECT_EQ(found.refusal->status, 404) << path;
  }
}

TEST_F(RouterTest, Answers405WithAllowForAMethodThatIsNotOnThePath) {
  const auto found = match("PATCH", "/messages");
  ASSERT_TRUE(found.refusal);
  EXPECT_EQ(found.refusal->status, 405);
  EXPECT_EQ(header(*found.refusal, "Allow"), "GET, HEAD, POST, DELETE, OPTIONS");
  EXPECT_EQ(header(*match("GET", "/messages/batch").refusal, "Allow"), "POST, OPTIONS");
  EXPECT_EQ(match("TRACE", "/health").refusal->status, 405);
}

TEST_F(RouterTest, Answers501ForAMethodNobodyKnows) {
  EXPECT_EQ(match("BREW", "/messages").refusal->status, 501);
  EXPECT_EQ(match("get", "/messages").refusal->status, 501);
  EXPECT_EQ(match("BREW", "/nothing").refusal->status, 404);
}

TEST_F(RouterTest, AnswersOptionsWithoutCredentials) {
  router.set_authoriser(
      [](const Request&, Scope, Principal&) { return std::optional<Response>(problem(401, "no")); });
  const auto found = match("OPTIONS", "/messages");
  EXPECT_EQ(found.refusal->status, 204);
  EXPECT_EQ(header(*found.refusal, "Allow"), "GET, HEAD, POST, DELETE, OPTIONS");
  EXPECT_EQ(header(*match("OPTIONS", "*").refusal, "Allow"), "GET, HEAD, POST, PUT, DELETE, OPTIONS");
  EXPECT_EQ(match("OPTIONS", "/nothing").refusal->status, 404);
}

TEST_F(RouterTest, AsksTheAuthoriserBeforeItTellsWhatExists) {
  std::vector<Scope> asked;
  router.set_authoriser([&](const Request& head, Scope needed, Principal& out) -> std::optional<Response> {
    asked.push_back(needed);
    if (head.header("authorization") == "Bearer good") {
      out.account = "other";
      return std::nullopt;
    }
    return problem(401, "who are you");
  });
  EXPECT_EQ(match("GET", "/nothing").refusal->status, 401);
  EXPECT_EQ(match("PATCH", "/messages").refusal->status, 401);
  EXPECT_EQ(match("BREW", "/messages").refusal->status, 401);
  EXPECT_EQ(match("POST", "/messages").refusal->status, 401);
  EXPECT_EQ(match("POST", "/queues/a/pause").refusal->status, 401);
  EXPECT_THAT(asked, ElementsAre(Scope::any, Scope::any, Scope::any, Scope::write, Scope::admin));
  asked.clear();
  EXPECT_FALSE(match("GET", "/health").refusal);
  EXPECT_EQ(match("POST", "/health").refusal->status, 405);
  EXPECT_THAT(asked, IsEmpty());
  request.headers = {{"authorization", "Bearer good"}};
  const auto found = match("POST", "/messages");
  EXPECT_FALSE(found.refusal);
  EXPECT_EQ(found.principal.account, "other");
  EXPECT_EQ(match("GET", "/nothing").refusal->status, 404);
}

TEST_F(RouterTest, LeavesWhatTheAuthoriserCannotDecideToTheLateOne) {
  router.set_authoriser(
      [](const Request&, Scope, Principal&) {
        Authorisation said;
        said.undecided = true;
        return said;
      },
      [](const Request&, Scope needed, Principal& out) -> io::Task<std::optional<Response>> {
        out.token_name = to_string(needed);
        if (needed == Scope::admin) co_return problem(403, "no");
        co_return std::nullopt;
      });
  const auto undecided = match("POST", "/messages");
  EXPECT_TRUE(undecided.undecided);
  EXPECT_FALSE(undecided.refusal);
  EXPECT_FALSE(match("GET", "/health").undecided) << "open to everybody";
  const auto decide = [&](const char* method, const char* path) {
    const auto needed = match(method, path).needed;
    Router::Match decided;
    SystemClock clock;
    io::Loop loop(clock);
    io::TaskGroup group(loop);
    group.spawn("decide", [](const Router& r, Request& q, Scope n, Router::Match& out) -> io::Task<> {
      out = co_await r.decide(q, n);
    }(router, request, needed, decided));
    loop.run();
    return decided;
  };
  const auto decided = decide("POST", "/messages");
  EXPECT_FALSE(decided.refusal);
  EXPECT_FALSE(decided.undecided);
  ASSERT_NE(decided.route, nullptr);
  EXPECT_EQ(decided.principal.token_name, "write");
  EXPECT_EQ(decide("POST", "/queues/a/pause").refusal->status, 403);
  EXPECT_EQ(decide("GET", "/nothing").refusal->status, 404);
  EXPECT_EQ(decide("PATCH", "/messages").refusal->status, 405);
}

TEST(Principal, MayOnlyWhatItsScopesName) {
  Principal who;
  who.write = true;
  EXPECT_TRUE(who.may(Scope::open));
  EXPECT_TRUE(who.may(Scope::any));
  EXPECT_TRUE(who.may(Scope::write));
  EXPECT_FALSE(who.may(Scope::read));
  EXPECT_FALSE(who.may(Scope::admin));
}

TEST_F(RouterTest, Answers400ForABadEscapeInAParameter) {
  EXPECT_EQ(match("GET", "/messages/%zz").refusal->status, 400);
}

TEST_F(RouterTest, RefusesTheSameRouteTwice) {
  EXPECT_THROW(router.add(make_route("GET", "/messages")), std::logic_error);
  EXPECT_THROW(router.add(make_route("GET", "/messages/{other}")), std::logic_error);
  EXPECT_THROW(router.add(make_route("GET", "messages")), std::logic_error);
}

TEST_F(RouterTest, AnswersAnythingThatNoRouteDoesByTheFallback) {
  router.set_authoriser([](const Request&, Scope, Principal&) { return problem(401, "who are you"); });
  router.set_fallback([](Request&, const Principal&) -> io::Task<Response> { co_return Response(); });
  for (const auto* path : {"/nothing", "/a/b//c/%zz", "*"}) {
    for (const auto* method : {"GET", "POST", "BREW", "OPTIONS"}) {
      const auto found = match(method, path);
      ASSERT_NE(found.route, nullptr) << method << " " << path;
      EXPECT_EQ(found.route->path, "*");
      EXPECT_FALSE(found.refusal);
    }
  }
  EXPECT_EQ(match("PATCH", "/health").route->path, "*");
  EXPECT_EQ(match("GET", "/health").route->path, "/health");
  EXPECT_EQ(match("GET", "/messages").refusal->status, 401);
}

TEST_F(RouterTest, NamesTheMethodsInTheDetailOfA405) {
  EXPECT_THAT(match("PATCH", "/health").refusal->body,
              HasSubstr("/health answers GET, HEAD, OPTIONS, not PATCH"));
}

}  // namespace
}  // namespace recado::http
