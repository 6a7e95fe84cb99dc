#include "auth/token_store.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

#include "auth/keys.hpp"
#include "auth/scripts.hpp"
#include "base/log.hpp"

namespace recado::auth {
namespace {

std::string field_of(std::string_view account, std::int64_t id) {
  return std::string(account) + ":" + std::to_string(id);
}

std::string name_field_of(const Token& token) {
  return token.account + "\n" + token.name;
}

/// `<account>:<id>`, taken apart.
std::optional<std::pair<std::string, std::int64_t>> read_field(std::string_view field) {
  const auto colon = field.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::int64_t id = 0;
  const char* const end = field.data() + field.size();
  const auto [stop, error] = std::from_chars(field.data() + colon + 1, end, id);
  if (error != std::errc{} || stop != end || id <= 0) return std::nullopt;
  return std::pair(std::string(field.substr(0, colon)), id);
}

}  // namespace

io::Task<Result<std::int64_t>> RedisTokenStore::version() {
  std::vector<std::string> command = {"GET", keys::kVersion};
  const auto reply = co_await client_.command(std::move(command));
  if (!reply.ok()) co_return reply.error();
  co_return reply->integer();
}

io::Task<Result<std::vector<Token>>> RedisTokenStore::read_all() {
  std::vector<std::vector<std::string>> commands;
  commands.push_back({"HGETALL", keys::kTokens});
  commands.push_back({"HGETALL", keys::kUsed});
  const auto replies = co_await client_.pipeline(std::move(commands));
  for (const auto& reply : replies) {
    if (!reply.ok()) co_return reply.error();
  }
  std::map<std::string, std::int64_t, std::less<>> used;
  for (std::size_t i = 0; i + 1 < replies[1]->size(); i += 2) {
    used[std::string((*replies[1])[i].text())] = (*replies[1])[i + 1].integer();
  }
  std::vector<Token> tokens;
  std::size_t unreadable = 0;
  std::string first_unreadable;
  for (std::size_t i = 0; i + 1 < replies[0]->size(); i += 2) {
    const auto field_reply = (*replies[0])[i];
    const auto record = (*replies[0])[i + 1];
    auto field = read_field(field_reply.text());
    auto token = field ? decode(std::move(field->first), field->second, record.text())
                       : Result<Token>(Error(ErrorCode::protocol, "its field is not account and id"));
    if (!token.ok()) {
      if (unreadable++ == 0) first_unreadable = field_reply.text();
      continue;
    }
    const auto at = used.find(field_reply.text());
    if (at != used.end()) token->last_used_at = from_ms(at->second);
    tokens.push_back(std::move(*token));
  }
  if (unreadable > 0) {
    log::warning("stored tokens cannot be read and let nobody in",
                 {{"count", unreadable}, {"key", keys::kTokens}, {"first", first_unreadable}});
  }
  std::sort(tokens.begin(), tokens.end(), [](const Token& a, const Token& b) {
    return std::tie(a.account, a.id) < std::tie(b.account, b.id);
  });
  co_return tokens;
}

io::Task<Result<std::int64_t>> RedisTokenStore::create(Token token) {
  std::vector<std::string> keys = {keys::kTokens, keys::kNames, keys::kIds, keys::kVersion};
  std::vector<std::string> arguments = {token.account, name_field_of(token), encode(token),
                                        std::to_string(kMaxTokens)};
  auto reply = co_await write(scripts::create_token(), keys, arguments);
  if (!reply.ok() && reply.error().code() == ErrorCode::outcome_unknown) {
    // The script knows the record again.
    auto again = co_await write(scripts::create_token(), std::move(keys), std::move(arguments));
    if (again.ok()) reply = std::move(again);
  }
  if (!reply.ok()) co_return reply.error();
  const auto id = (*reply)[1].integer();
  switch ((*reply)[0].integer()) {
    case 1:
      co_return id;
    case 0:
      co_return Error(ErrorCode::conflict, "there is a token of that name, with the id " +
                                               std::to_string(id) +
                                               "; revoke it first, or take another name");
    default:
      co_return Error(ErrorCode::too_large, "there are " + std::to_string(kMaxTokens) +
                                                " tokens, and no more can be made; revoke those not used");
  }
}

io::Task<Result<bool>> RedisTokenStore::revoke(Token token) {
  std::vector<std::string> keys = {keys::kTokens, keys::kNames, keys::kUsed, keys::kVersion};
  std::vector<std::string> arguments = {field_of(token.account, token.id), name_field_of(token),
                                        std::to_string(token.id)};
  const auto reply = co_await write(scripts::revoke_token(), keys, arguments);
  if (!reply.ok() && reply.error().code() == ErrorCode::outcome_unknown) {
    const auto again = co_await write(scripts::revoke_token(), std::move(keys), std::move(arguments));
    if (again.ok()) co_return true;  // by one of both
  }
  if (!reply.ok()) co_return reply.error();
  co_return reply->integer() == 1;
}

io::Task<Result<redis::Reply>> RedisTokenStore::write(const redis::Script& script,
                                                      std::vector<std::string> keys,
                                                      std::vector<std::string> arguments) {
  return client_.eval_replicated(script, std::move(keys), std::move(arguments), min_replicas_,
                                 keys::kReplicaLimit);
}

io::Task<Result<void>> RedisTokenStore::note_uses(std::vector<TokenUse> uses) {
  if (uses.empty()) co_return Result<void>();
  std::vector<std::string> keys = {keys::kTokens, keys::kUsed};
  std::vector<std::string> arguments;
  for (const auto& use : uses) {
    arguments.push_back(field_of(use.account, use.id));
    arguments.push_back(std::to_string(to_ms(use.at)));
  }
  const auto reply = co_await client_.eval(scripts::use_tokens(), std::move(keys), std::move(arguments));
  if (!reply.ok()) co_return reply.error();
  co_return Result<void>();
}

}  // namespace recado::auth
