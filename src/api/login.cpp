// `/auth/token` and seed 002's `/api-token-auth`: a user's name and password for a token.
#include "auth/login.hpp"
#include "api/answers.hpp"
#include "api/problem_schema.hpp"
#include "api/resources.hpp"

namespace recado::api {
namespace {

using auth::LoginAnswer;
using http::Response;

Response let_in(const Secret& token) {
  json::Writer out;
  out.begin_object().member("token", token.reveal()).end_object();
  auto response = Response::json(200, std::move(out).str());
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

Response wrong() {
  auto response = http::problem(401, "there is no such user, or the password is another");
  response.headers.emplace_back("WWW-Authenticate", R"(Bearer realm="recado")");
  return response;
}

/// As Django REST framework words it, whose clients look for the member.
Response wrong_as_django() {
  return http::problem(400, "there is no such user, or the password is another", {},
                       R"("non_field_errors":["Unable to log in with provided credentials."])");
}

io::Task<Response> log_in(const ApiContext& api, const Call& call, Response (*refusal)()) {
  const Values values(call.body);
  Secret password(values.string("password").value_or(""));
  auto answer = co_await api.login.log_in(values.string("username").value_or(""), std::move(password),
                                          call.request.peer);
  switch (answer.kind) {
    case LoginAnswer::Kind::let_in:
      co_return let_in(answer.token);
    case LoginAnswer::Kind::wrong:
      co_return refusal();
    case LoginAnswer::Kind::limited:
      co_return too_many("wrong passwords", answer.wait);
    case LoginAnswer::Kind::busy:
      co_return unavailable("too many passwords are being judged; try again");
    case LoginAnswer::Kind::unavailable:
      break;
  }
  co_return unavailable(std::move(answer.detail));
}

io::Task<Response> make_token(const ApiContext& api, Call call) {
  co_return co_await log_in(api, call, wrong);
}

io::Task<Response> make_token_as_django(const ApiContext& api, Call call) {
  co_return co_await log_in(api, call, wrong_as_django);
}

ShapePtr credentials_shape() {
  static const auto shape = std::make_shared<const Shape>(
      Shape{"Credentials",
            "",
            {Field("username", text(1, 200), "Made by `recado user add`.", R"("ana")").require(),
             Field("password", text(1, auth::kMaxPasswordBytes), "", R"("correct horse")").require()}});
  return shape;
}

ShapePtr login_shape() {
  static const auto shape = std::make_shared<const Shape>(Shape{
      "UserToken",
      "",
      {Field("token", text(), "For `Authorization: Token …` or `Bearer …`.", R"("recado_…")").require()}});
  return shape;
}

Operation login_operation(const char* path, const char* name, const char* summary) {
  Operation op;
  op.method = "POST";
  op.path = path;
  op.scope = http::Scope::open;
  op.name = name;
  op.tag = "Tokens";
  op.summary = summary;
  op.body = object(credentials_shape());
  op.body_example = R"({"username":"ana","password":"correct horse"})";
  op.takes_form = true;
  op.answers.emplace_back(200, "The user's token: the same at every login, until it is revoked.",
                          object(login_shape()));
  Answer many(429, "Too many wrong passwords came from this address.", object(problem_shape()));
  many.headers.emplace_back("Retry-After", integer(0), "Seconds.");
  op.answers.push_back(std::move(many));
  return op;
}

}  // namespace

Operations login_operations(const ApiContext& api) {
  Operations table;
  auto op = login_operation("/auth/token", "logIn", "Log in: a name and a password for a token");
  Answer refused(401, "There is no such user, or the password is another.", object(problem_shape()));
  refused.headers.emplace_back("WWW-Authenticate", text(), "`Bearer`");
  op.answers.push_back(std::move(refused));
  op.handler = bind(api, make_token);
  table.push_back(std::move(op));

  op = login_operation("/api-token-auth", "logInAsDjango", "The same as Django REST framework has it");
  op.answers.emplace_back(
      400,
      "The body is not JSON, or there is no such user, or the password is another; then with "
      "`non_field_errors`.",
      object(problem_shape()));
  op.handler = bind(api, make_token_as_django);
  table.push_back(std::move(op));
  return table;
}

}  // namespace recado::api
