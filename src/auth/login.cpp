#include "auth/login.hpp"

#include <utility>

#include "base/log.hpp"

namespace recado::auth {
namespace {

using Kind = LoginAnswer::Kind;

constexpr int kMostTries = 3;  ///< while other nodes make and revoke the same token

const char* word_of(Kind kind) {
  switch (kind) {
    case Kind::let_in:
      return "let_in";
    case Kind::wrong:
      return "wrong";
    case Kind::limited:
      return "limited";
    case Kind::busy:
      return "busy";
    case Kind::unavailable:
      break;
  }
  return "unavailable";
}

LoginAnswer unavailable(const Error& error) {
  LoginAnswer answer(Kind::unavailable);
  answer.detail = error.detail();
  return answer;
}

}  // namespace

io::Task<LoginAnswer> Login::log_in(std::string name, Secret password, std::string peer) {
  auto answer = co_await judge(std::move(name), std::move(password), std::move(peer));
  metrics_
      .counter("recado_logins_total", "Logins with a password, by result.",
               {{"result", word_of(answer.kind)}})
      .add();
  co_return answer;
}

io::Task<LoginAnswer> Login::judge(std::string name, Secret password, std::string peer) {
  const auto before = failures_.look(peer, loop_.clock().steady());
  if (before.wait) co_return limited(*before.wait);
  const auto found = co_await users_.find(name);
  if (!found.ok()) co_return unavailable(found.error());
  const User& user = found->has_value() ? **found : nobody_;
  PasswordKey key;
  const bool ran = co_await worker_.run([&] { key = password_key(user, password); });
  if (!ran) co_return LoginAnswer(Kind::busy);
  const bool right = is_key_of(user, key) && found->has_value();
  // Those that were sent together are counted one after the other: none of them is heard beyond the limit.
  const auto now = loop_.clock().steady();
  const auto limit = right ? failures_.look(peer, now) : failures_.count(peer, now);
  if (limit.first) {
    log::warning("too many wrong passwords from one address; it is answered 429 until it stops",
                 {{"address", FailureLimit::address_of(peer)}});
  }
  if (limit.wait) co_return limited(*limit.wait);
  if (!right) co_return LoginAnswer(Kind::wrong);
  co_return co_await token_of(user, key);
}

/// The user's token, made when there is none that this password gives.
io::Task<LoginAnswer> Login::token_of(User user, PasswordKey key) {
  const std::string token_name = token_name_of(user.name);
  for (int tries = 0; tries < kMostTries; ++tries) {
    const auto found = co_await access_.find(user.account, token_name);
    if (!found.ok()) co_return unavailable(found.error());
    if (found->has_value()) {
      const Token& token = **found;
      LoginAnswer answer;
      answer.token = token_value_of(key, token.uuid);
      const bool same = sha256(answer.token.reveal()) == token.digest && token.scopes == user.scopes;
      if (same && !expired(token, loop_.clock().now())) co_return answer;
      // Of a former user of that name.
      const auto revoked = co_await access_.revoke(user.account, token_name);
      if (!revoked.ok()) co_return unavailable(revoked.error());
    }
    NewToken wanted;
    wanted.account = user.account;
    wanted.name = token_name;
    wanted.scopes = user.scopes;
    wanted.made_by = token_name;
    wanted.value_of = [&key](const std::string& uuid) { return token_value_of(key, uuid); };
    auto made = co_await access_.create(std::move(wanted));
    if (made.ok()) {
      LoginAnswer answer;
      answer.token = std::move(made->value);
      co_return answer;
    }
    if (made.error().code() != ErrorCode::conflict) co_return unavailable(made.error());
  }
  co_return unavailable(Error(ErrorCode::conflict, "the user's token is being changed elsewhere; try again"));
}

LoginAnswer Login::limited(std::chrono::seconds wait) const {
  LoginAnswer answer(Kind::limited);
  answer.wait = wait;
  return answer;
}

}  // namespace recado::auth
