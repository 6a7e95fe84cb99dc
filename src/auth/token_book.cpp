#include "auth/token_book.hpp"

#include <algorithm>
#include <utility>

#include "base/id.hpp"

namespace recado::auth {
namespace {

constexpr Millis kKeepExpired{30 * 24 * 3600 * 1000LL};

Result<void> check(const NewToken& wanted, Instant now) {
  const bool of_user = wanted.value_of && wanted.name.starts_with(kUserTokenPrefix);
  if (const auto name = check_token_name(wanted.name); !of_user && !name.ok()) {
    return Error(ErrorCode::invalid_argument, "the name " + name.error().detail());
  }
  if (wanted.scopes.empty()) {
    return Error(ErrorCode::invalid_argument, "a token needs a scope: read, write or admin");
  }
  if (wanted.expires_at && *wanted.expires_at <= now) {
    return Error(ErrorCode::invalid_argument, "the token would have expired already");
  }
  return {};
}

bool is(const Token& token, std::string_view which) {
  return token.name == which || token.uuid == which || std::to_string(token.id) == which;
}

}  // namespace

io::Task<Result<MadeToken>> TokenBook::create(NewToken wanted) {
  const Instant now = clock_.now();
  const auto fine = check(wanted, now);
  if (!fine.ok()) co_return fine.error();
  MadeToken made;
  made.token.account = std::move(wanted.account);
  made.token.uuid = Uid::generate(now).uuid();
  made.value = wanted.value_of ? wanted.value_of(made.token.uuid) : make_token_value();
  made.token.name = std::move(wanted.name);
  made.token.scopes = wanted.scopes;
  made.token.digest = sha256(made.value.reveal());
  made.token.created_at = now;
  made.token.created_by = std::move(wanted.made_by);
  made.token.expires_at = wanted.expires_at;
  auto id = co_await store_.create(made.token);
  if (!id.ok() && id.error().code() == ErrorCode::too_large) {
    co_await forget_expired();
    id = co_await store_.create(made.token);
  }
  if (!id.ok()) co_return id.error();
  made.token.id = *id;
  co_return made;
}

io::Task<> TokenBook::forget_expired() {
  const auto tokens = co_await store_.read_all();
  if (!tokens.ok()) co_return;
  for (const auto& token : *tokens) {
    if (!token.expires_at || *token.expires_at + kKeepExpired > clock_.now()) continue;
    co_await store_.revoke(token);
  }
}

io::Task<Result<std::vector<Token>>> TokenBook::list(std::string account) {
  auto tokens = co_await store_.read_all();
  if (tokens.ok()) std::erase_if(*tokens, [&](const Token& token) { return token.account != account; });
  co_return tokens;
}

io::Task<Result<std::optional<Token>>> TokenBook::find(std::string account, std::string which) {
  auto tokens = co_await list(std::move(account));
  if (!tokens.ok()) co_return tokens.error();
  const auto found =
      std::find_if(tokens->begin(), tokens->end(), [&](const auto& t) { return is(t, which); });
  if (found == tokens->end()) co_return std::optional<Token>();
  co_return std::optional<Token>(std::move(*found));
}

io::Task<Result<std::optional<Token>>> TokenBook::revoke(std::string account, std::string which) {
  auto found = co_await find(std::move(account), std::move(which));
  if (!found.ok() || !found->has_value()) co_return found;
  const Token& token = **found;
  const auto revoked = co_await store_.revoke(token);
  if (!revoked.ok()) co_return revoked.error();
  if (!*revoked) co_return std::optional<Token>();
  co_return found;
}

}  // namespace recado::auth
