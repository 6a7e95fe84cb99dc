#include "api/authorise.hpp"

#include <optional>
#include <string>
#include <utility>

#include "api/answers.hpp"
#include "base/time.hpp"

namespace recado::api {
namespace {

using auth::Decision;
using http::Response;

constexpr const char* kChallenge = R"(Bearer realm="recado")";

Response unauthorized(std::string detail, bool presented) {
  auto response = http::problem(401, std::move(detail));
  response.headers.emplace_back(
      "WWW-Authenticate", presented ? std::string(kChallenge) + R"(, error="invalid_token")" : kChallenge);
  return response;
}

/// RFC 6750, section 3.1.
Response forbidden(const auth::Identity& identity, http::Scope needed) {
  const std::string scope = http::to_string(needed);
  auto response = http::problem(403, "this needs the scope " + scope + ", and the token " +
                                         identity.token_name + " has " + identity.scopes.text());
  response.headers.emplace_back(
      "WWW-Authenticate", std::string(kChallenge) + R"(, error="insufficient_scope", scope=")" + scope + '"');
  return response;
}

std::optional<Response> answer(Decision decision, http::Scope needed, http::Principal& who) {
  switch (decision.kind) {
    case Decision::Kind::admitted:
      break;
    case Decision::Kind::missing:
      return unauthorized("a token is missing: send the header Authorization: Bearer <token>", false);
    case Decision::Kind::malformed:
      return unauthorized(
          "the header Authorization is not understood: expected Bearer <token> or Token <token>", false);
    case Decision::Kind::invalid:
      return unauthorized("the token is not valid", true);
    case Decision::Kind::expired:
      return unauthorized("the token expired at " + format_time(*decision.expires_at), true);
    case Decision::Kind::limited:
      return too_many("wrong tokens", decision.wait);
    case Decision::Kind::undecided:
    case Decision::Kind::unavailable:
      return unavailable("whether the token is valid is not known: Redis cannot be reached; try again");
  }
  who.account = std::move(decision.identity.account);
  who.token_name = decision.identity.token_name;
  who.read = decision.identity.scopes.has(auth::Scope::read);
  who.write = decision.identity.scopes.has(auth::Scope::write);
  who.admin = decision.identity.scopes.has(auth::Scope::admin);
  if (who.may(needed)) return std::nullopt;
  return forbidden(decision.identity, needed);
}

io::Task<std::optional<Response>> ask(auth::Access& access, const http::Request& head, http::Scope needed,
                                      http::Principal& who) {
  auto decision =
      co_await access.judge_anew(std::string(head.header("authorization").value_or("")), head.peer);
  co_return answer(std::move(decision), needed, who);
}

}  // namespace

void authorise_by(auth::Access& access, http::Router& router) {
  router.set_authoriser(
      [&access](const http::Request& head, http::Scope needed, http::Principal& who) {
        auto decision = access.judge(head.header("authorization"), head.peer);
        http::Authorisation said;
        said.undecided = decision.kind == Decision::Kind::undecided;
        if (!said.undecided) said.refusal = answer(std::move(decision), needed, who);
        return said;
      },
      [&access](const http::Request& head, http::Scope needed, http::Principal& who) {
        return ask(access, head, needed, who);
      });
}

}  // namespace recado::api
