// `/auth/token` and `/api-token-auth`.
#include "api/served_api.hpp"

namespace recado::api::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class LoginRoutes : public ServedApi {
 protected:
  LoginRoutes() {
    users.users.push_back(auth::make_user("ana", Secret("correct horse+"),
                                          {auth::Scope::read, auth::Scope::write}, clock.now(),
                                          "command line", {16, 1, 1}));
  }
  http::Response json(const std::string& path, const std::string& body) {
    return call_with({{"content-type", "application/json"}}, "POST", path, body);
  }
  http::Response form(const std::string& path, const std::string& body) {
    return call_with({{"content-type", "application/x-www-form-urlencoded; charset=UTF-8"}}, "POST", path,
                     body);
  }
  const std::string right = R"({"username":"ana","password":"correct horse+"})";
};

TEST_F(LoginRoutes, GiveATokenThatLetsIn) {
  const auto response = json("/auth/token", right);
  EXPECT_EQ(header(response, "Cache-Control"), "no-store");
  const auto token = expect(200, response)["token"].text();
  const auto me = expect(200, call_with({{"authorization", "Token " + token}}, "GET", "/me"));
  EXPECT_EQ(me["tokenName"].text(), "user:ana");
  for (const char* path : {"/api-token-auth/", "/api/api-token-auth/", "/api/auth/token/"})
    EXPECT_EQ(expect(200, json(path, right))["token"].text(), token) << path;
}

TEST_F(LoginRoutes, TakeForms) {
  expect(200, form("/api-token-auth/", "username=ana&password=correct+horse%2B"));
  expect(200, form("/auth/token", "username=x&password=correct horse%2b&username=ana"));
  EXPECT_THAT(field_errors(form("/auth/token", "username=ana")), ElementsAre(HasSubstr("password")));
  EXPECT_THAT(field_errors(form("/auth/token", "username=ana&password=x&next=%2F")),
              ElementsAre(HasSubstr("next")));
}

TEST_F(LoginRoutes, RefuseWrongCredentials) {
  const auto refused = json("/auth/token", R"({"username":"ana","password":"x"})");
  EXPECT_EQ(refused.status, 401);
  EXPECT_TRUE(header(refused, "WWW-Authenticate"));
  const auto django = expect(400, json("/api-token-auth/", R"({"username":"eva","password":"x"})"));
  EXPECT_EQ(django["non_field_errors"].source, R"(["Unable to log in with provided credentials."])");
  EXPECT_THAT(field_errors(json("/auth/token", R"({"username":7})")),
              ElementsAre(HasSubstr("username"), HasSubstr("password")));
}

TEST_F(LoginRoutes, SlowDownWhoGuesses) {
  for (int i = 0; i < 10; ++i) json("/auth/token", R"({"username":"ana","password":"x"})");
  const auto limited = json("/api-token-auth/", right);
  EXPECT_EQ(limited.status, 429);
  EXPECT_TRUE(header(limited, "Retry-After"));
}

TEST_F(LoginRoutes, AreUnavailableWithoutRedis) {
  users.away = Error(ErrorCode::unavailable, "Redis is away");
  const auto response = json("/auth/token", right);
  EXPECT_EQ(response.status, 503);
  EXPECT_TRUE(header(response, "Retry-After"));
}

}  // namespace
}  // namespace recado::api::testing
