#include "app/token_command.hpp"

#include <fmt/format.h>

#include <iostream>
#include <utility>
#include <vector>

#include "app/app.hpp"
#include "app/commands.hpp"
#include "app/engine_session.hpp"
#include "auth/token_book.hpp"
#include "base/json.hpp"

namespace recado::app {
namespace {

std::string time_or(const std::optional<Instant>& at, const char* otherwise) {
  return at ? format_time_z(*at) : otherwise;
}

std::string as_table(const std::vector<auth::Token>& tokens, Instant now) {
  if (tokens.empty()) return {};
  std::size_t widest = 4;
  for (const auto& token : tokens) widest = std::max(widest, token.name.size());
  constexpr const char* kRow = "{:<5} {:<{}}  {:<16}  {:<24}  {:<24}  {}\n";
  std::string out = fmt::format(kRow, "ID", "NAME", widest, "SCOPES", "CREATED", "LAST USED", "EXPIRES");
  for (const auto& token : tokens) {
    const std::string expires = time_or(token.expires_at, "never");
    out += fmt::format(kRow, token.id, token.name, widest, token.scopes.text(),
                       format_time_z(token.created_at), time_or(token.last_used_at, "never"),
                       auth::expired(token, now) ? expires + " (expired)" : expires);
  }
  return out;
}

std::string as_json(const std::vector<auth::Token>& tokens) {
  json::Writer out;
  out.begin_array();
  const auto time = [&out](const char* name, const std::optional<Instant>& at) {
    out.key(name);
    at ? out.value(format_time(*at)) : out.null();
  };
  for (const auto& token : tokens) {
    out.begin_object().member("id", token.id).member("uuid", token.uuid).member("name", token.name);
    out.key("scopes").begin_array();
    for (const auto& name : token.scopes.names()) out.value(name);
    out.end_array();
    time("createdAt", token.created_at);
    out.member("createdBy", token.created_by);
    time("expiresAt", token.expires_at);
    time("lastUsedAt", token.last_used_at);
    out.end_object();
  }
  return std::move(out.end_array()).str() + "\n";
}

class TokenCommand final : public SessionCommand {
 public:
  TokenCommand(const Options& options, const TokenArguments& arguments)
      : SessionCommand(options), arguments_(arguments) {}

 private:
  io::Task<Result<void>> carry_out() override {
    const auto opened = co_await session_.open(EngineSession::Missing::refuse);
    if (!opened.ok()) co_return opened.error();
    auth::RedisTokenStore store(session_.redis(), options_.redis_min_replicas);
    auth::TokenBook book(clock_, store);
    switch (arguments_.action) {
      case TokenArguments::Action::create:
        co_return co_await create(book);
      case TokenArguments::Action::revoke:
        co_return co_await revoke(book);
      case TokenArguments::Action::list:
        break;
    }
    co_return co_await list(book);
  }

  io::Task<Result<void>> create(auth::TokenBook& book) {
    auth::NewToken wanted;
    wanted.name = arguments_.which;
    wanted.scopes = arguments_.scopes;
    wanted.made_by = "command line";
    wanted.expires_at = arguments_.expires_at;
    if (arguments_.expires_after) wanted.expires_at = clock_.now() + *arguments_.expires_after;
    const auto made = co_await book.create(std::move(wanted));
    if (!made.ok()) co_return made.error();
    std::cerr << "recado: the token " << made->token.name << " (id " << made->token.id << ", "
              << made->token.scopes.text() << ", expires: " << time_or(made->token.expires_at, "never")
              << "); its value is not shown again:" << std::endl;
    std::cout << made->value.reveal() << std::endl;
    co_return Result<void>();
  }

  io::Task<Result<void>> list(auth::TokenBook& book) {
    const auto tokens = co_await book.list("main");
    if (!tokens.ok()) co_return tokens.error();
    std::cout << (arguments_.json ? as_json(*tokens) : as_table(*tokens, clock_.now())) << std::flush;
    if (tokens->empty() && !arguments_.json)
      std::cerr << "recado: there are no tokens but API_TOKEN" << std::endl;
    co_return Result<void>();
  }

  io::Task<Result<void>> revoke(auth::TokenBook& book) {
    const auto revoked = co_await book.revoke("main", arguments_.which);
    if (!revoked.ok()) co_return revoked.error();
    if (!revoked->has_value()) {
      co_return Error(ErrorCode::not_found,
                      "there is no token " + arguments_.which + "; `recado token list` shows them");
    }
    std::cerr << "recado: the token " << (*revoked)->name << " (id " << (*revoked)->id
              << ") is revoked; every node refuses it within 2 s" << std::endl;
    co_return Result<void>();
  }

  const TokenArguments& arguments_;
};

}  // namespace

int run_token(const Options& options, const TokenArguments& arguments) {
  return TokenCommand(options, arguments).run("token");
}

}  // namespace recado::app
