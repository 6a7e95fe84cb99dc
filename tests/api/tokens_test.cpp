// `/tokens`.
#include "api/served_api.hpp"

namespace recado::api::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class Tokens : public ServedApi {};

constexpr const char* kNew =
    R"({"name":"n8n","scopes":["read","write"],"expiresAt":"2026-05-01T00:00:00-03:00"})";

TEST_F(Tokens, ShowATokensValueOnceAndLetItIn) {
  const auto response = call("POST", "/tokens", kNew);
  const auto made = expect(201, response);
  EXPECT_EQ(header(response, "Location"), "/tokens/1");
  EXPECT_EQ(made["name"].text(), "n8n");
  EXPECT_THAT(made["scopes"].texts(), ElementsAre("read", "write"));
  EXPECT_EQ(made["status"].text(), "active");
  EXPECT_EQ(made["createdBy"].text(), "API_TOKEN");
  EXPECT_EQ(made["expiresAt"].text(), "2026-05-01T03:00:00+00:00");
  const std::string value = made["token"].text();
  EXPECT_THAT(value, StartsWith("recado_"));
  const ServedApi::Headers with_it{{"authorization", "Bearer " + value}};
  EXPECT_EQ(call_with(with_it, "GET", "/me").body,
            R"({"account":"main","tokenName":"n8n","scopes":["read","write"]})");
  EXPECT_THAT(call("GET", "/tokens").body, Not(HasSubstr(value)));
  EXPECT_THAT(call("GET", "/tokens/1").body, Not(HasSubstr(value)));
  EXPECT_EQ(expect(403, call_with(with_it, "GET", "/tokens"))["detail"].text(),
            "this needs the scope admin, and the token n8n has read,write");
}

TEST_F(Tokens, RefuseATokenAsSoonAsItIsRevoked) {
  const std::string value = expect(201, call("POST", "/tokens", kNew))["token"].text();
  const ServedApi::Headers with_it{{"authorization", "Bearer " + value}};
  expect(200, call_with(with_it, "GET", "/messages"));
  EXPECT_EQ(call("DELETE", "/tokens/1").status, 204);
  // Nobody watches the store here, so it is not known whether another node has made it anew.
  expect(503, call_with(with_it, "GET", "/messages"));
  expect(404, call("DELETE", "/tokens/1"));
  expect(404, call("GET", "/tokens/1"));
}

TEST_F(Tokens, SayThatOneHasExpired) {
  const std::string value = expect(201, call("POST", "/tokens", kNew))["token"].text();
  clock.advance(Millis{30LL * 24 * 3600 * 1000});
  const auto refused = call_with({{"authorization", "Bearer " + value}}, "GET", "/me");
  EXPECT_EQ(expect(401, refused)["detail"].text(), "the token expired at 2026-05-01T03:00:00+00:00");
  EXPECT_EQ(header(refused, "WWW-Authenticate"), R"(Bearer realm="recado", error="invalid_token")");
  EXPECT_EQ(expect(200, call("GET", "/tokens/1"))["status"].text(), "expired");
}

TEST_F(Tokens, AreListedByIdAndPage) {
  for (const char* name : {"c", "a", "b"}) {
    expect(201, call("POST", "/tokens", std::string(R"({"name":")") + name + R"(","scopes":["read"]})"));
  }
  const auto page = call("GET", "/tokens?limit=2");
  EXPECT_EQ(expect(200, page)[0]["name"].text(), "c");
  EXPECT_EQ(expect(200, page)[1]["name"].text(), "a");
  EXPECT_EQ(header(page, "X-Total-Count"), "3");
  const auto link = header(page, "Link").value();
  const auto rest = call("GET", link.substr(1, link.find('>') - 1));
  EXPECT_EQ(expect(200, rest)[0]["name"].text(), "b");
  EXPECT_FALSE(header(rest, "Link"));
  EXPECT_THAT(field_errors(call("GET", "/tokens?cursor=x")), ElementsAre(StartsWith("cursor: is not")));
  const auto uuid = expect(200, page)[1]["uuid"].text();
  EXPECT_EQ(expect(200, call("GET", "/tokens/" + uuid))["name"].text(), "a");
  EXPECT_EQ(expect(200, call("GET", "/tokens/2"))["name"].text(), "a");
  expect(404, call("GET", "/tokens/a"));
}

TEST_F(Tokens, OfAnotherAccountAreNotSeen) {
  expect(201, call("POST", "/tokens", kNew));
  access.add(Secret{"other"}, auth::Identity{"clinic", "boss", auth::Scopes::all()});
  const ServedApi::Headers other{{"authorization", "Bearer other"}};
  EXPECT_EQ(call_with(other, "GET", "/tokens").body, "[]");
  expect(404, call_with(other, "DELETE", "/tokens/1"));
  expect(201, call_with(other, "POST", "/tokens", kNew));
  EXPECT_EQ(tokens.tokens.back().account, "clinic");
  EXPECT_EQ(tokens.tokens.back().created_by, "boss");
}

TEST_F(Tokens, NameWhatIsWrongWithANewOne) {
  const auto errors = [&](const char* body) { return field_errors(call("POST", "/tokens", body)); };
  EXPECT_THAT(errors(R"({})"), ElementsAre(StartsWith("name: "), StartsWith("scopes: ")));
  EXPECT_THAT(errors(R"({"name":"7","scopes":["read"]})"), ElementsAre(HasSubstr("reads as an id")));
  EXPECT_THAT(errors(R"({"name":"API_TOKEN","scopes":["read"]})"), ElementsAre(HasSubstr("configured")));
  EXPECT_THAT(errors(R"({"name":"a","scopes":[]})"), ElementsAre(StartsWith("scopes: ")));
  EXPECT_THAT(errors(R"({"name":"a","scopes":["all"]})"), ElementsAre(HasSubstr("read, write, admin")));
  EXPECT_THAT(errors(R"({"name":"a","scopes":["read"],"expiresAt":"2026-05-01"})"),
              ElementsAre(StartsWith("expiresAt: ")));
  EXPECT_THAT(errors(R"({"name":"a","scopes":["read"],"expiresAt":"2026-04-15T02:41:45Z"})"),
              ElementsAre(HasSubstr("has passed")));
  EXPECT_THAT(errors(R"({"name":"a","scopes":["read"],"token":"mine"})"), ElementsAre(StartsWith("token: ")));
  EXPECT_TRUE(tokens.tokens.empty());
  expect(201, call("POST", "/tokens", kNew));
  expect(409, call("POST", "/tokens", kNew));
}

TEST_F(Tokens, AreUnavailableWithoutRedis) {
  tokens.away.emplace(ErrorCode::unavailable, "Redis is away");
  for (const auto& response : {call("POST", "/tokens", kNew), call("GET", "/tokens"),
                               call("GET", "/tokens/1"), call("DELETE", "/tokens/1")}) {
    expect(503, response);
    EXPECT_EQ(header(response, "Retry-After"), "1");
  }
  tokens.away.emplace(ErrorCode::outcome_unknown, "no answer came");
  EXPECT_THAT(expect(503, call("POST", "/tokens", kNew))["detail"].text(), HasSubstr("may exist now"));
}

}  // namespace
}  // namespace recado::api::testing
