#include "app/user_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <utility>
#include <vector>

#include "app/app.hpp"
#include "app/commands.hpp"
#include "app/engine_session.hpp"
#include "auth/user_book.hpp"
#include "base/json.hpp"

namespace recado::app {
namespace {

constexpr std::size_t kShortPassword = 8;

std::string as_table(const std::vector<auth::User>& users) {
  if (users.empty()) return {};
  std::size_t widest = 4;
  for (const auto& user : users) widest = std::max(widest, user.name.size());
  constexpr const char* kRow = "{:<{}}  {:<16}  {}\n";
  std::string out = fmt::format(kRow, "NAME", widest, "SCOPES", "CREATED");
  for (const auto& user : users)
    out += fmt::format(kRow, user.name, widest, user.scopes.text(), format_time_z(user.created_at));
  return out;
}

std::string as_json(const std::vector<auth::User>& users) {
  json::Writer out;
  out.begin_array();
  for (const auto& user : users) {
    out.begin_object().member("name", user.name).member("uuid", user.uuid).member("account", user.account);
    out.key("scopes").begin_array();
    for (const auto& name : user.scopes.names()) out.value(name);
    out.end_array().member("createdAt", format_time(user.created_at)).member("createdBy", user.created_by);
    out.end_object();
  }
  return std::move(out.end_array()).str() + "\n";
}

/// The first line of standard input.
Secret read_password() {
  std::string line;
  std::getline(std::cin, line);
  if (!line.empty() && line.back() == '\r') line.pop_back();
  Secret password(line);
  wipe(line);
  return password;
}

class UserCommand final : public SessionCommand {
 public:
  UserCommand(const Options& options, const UserArguments& arguments)
      : SessionCommand(options), arguments_(arguments) {}

 private:
  io::Task<Result<void>> carry_out() override {
    auth::NewUser wanted;
    if (arguments_.action == UserArguments::Action::add) {
      wanted.password = arguments_.password_from_stdin ? read_password() : arguments_.password;
      const auto fine = auth::check_password(wanted.password.reveal());
      if (!fine.ok()) co_return Error(ErrorCode::invalid_argument, "the password " + fine.error().detail());
    }
    // Who is to log in can be known before the first start.
    const auto missing = arguments_.action == UserArguments::Action::add ? EngineSession::Missing::make
                                                                         : EngineSession::Missing::refuse;
    const auto opened = co_await session_.open(missing);
    if (!opened.ok()) co_return opened.error();
    auth::RedisTokenStore token_store(session_.redis(), options_.redis_min_replicas);
    auth::TokenBook tokens(clock_, token_store);
    auth::RedisUserStore store(session_.redis(), options_.redis_min_replicas);
    auth::UserBook book(clock_, store, tokens);
    switch (arguments_.action) {
      case UserArguments::Action::add:
        co_return co_await add(book, std::move(wanted));
      case UserArguments::Action::remove:
        co_return co_await remove(book);
      case UserArguments::Action::list:
        break;
    }
    co_return co_await list(book);
  }

  io::Task<Result<void>> add(auth::UserBook& book, auth::NewUser wanted) {
    if (wanted.password.reveal().size() < kShortPassword)
      std::cerr << "recado: the password is short; take a longer one where strangers can reach the API"
                << std::endl;
    wanted.name = arguments_.name;
    wanted.scopes = arguments_.scopes;
    wanted.made_by = "command line";
    const auto made = co_await book.create(std::move(wanted));
    if (!made.ok()) co_return made.error();
    std::cerr << "recado: the user " << made->name << " (" << made->scopes.text()
              << ") can log in at POST /auth/token" << std::endl;
    co_return Result<void>();
  }

  io::Task<Result<void>> list(auth::UserBook& book) {
    const auto users = co_await book.list();
    if (!users.ok()) co_return users.error();
    std::cout << (arguments_.json ? as_json(*users) : as_table(*users)) << std::flush;
    if (users->empty() && !arguments_.json) std::cerr << "recado: there are no users" << std::endl;
    co_return Result<void>();
  }

  io::Task<Result<void>> remove(auth::UserBook& book) {
    const auto removed = co_await book.remove(arguments_.name);
    if (!removed.ok()) co_return removed.error();
    if (!*removed) {
      co_return Error(ErrorCode::not_found,
                      "there is no user " + arguments_.name + "; `recado user list` shows them");
    }
    std::cerr << "recado: the user " << arguments_.name
              << " is removed; every node refuses its token within 2 s" << std::endl;
    co_return Result<void>();
  }

  const UserArguments& arguments_;
};

}  // namespace

int run_user(const Options& options, const UserArguments& arguments) {
  return UserCommand(options, arguments).run("user");
}

}  // namespace recado::app
