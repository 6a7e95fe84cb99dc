#include "auth/user_book.hpp"

#include <utility>

namespace recado::auth {
namespace {

Result<void> check(const NewUser& wanted) {
  if (const auto name = check_user_name(wanted.name); !name.ok())
    return Error(ErrorCode::invalid_argument, "the name " + name.error().detail());
  if (const auto password = check_password(wanted.password.reveal()); !password.ok())
    return Error(ErrorCode::invalid_argument, "the password " + password.error().detail());
  if (wanted.scopes.empty())
    return Error(ErrorCode::invalid_argument, "a user needs a scope: read, write or admin");
  return {};
}

}  // namespace

io::Task<Result<User>> UserBook::create(NewUser wanted) {
  const auto fine = check(wanted);
  if (!fine.ok()) co_return fine.error();
  auto user = make_user(std::move(wanted.name), wanted.password, wanted.scopes, clock_.now(),
                        std::move(wanted.made_by));
  const auto created = co_await users_.create(user);
  if (!created.ok()) co_return created.error();
  co_return user;
}

io::Task<Result<bool>> UserBook::remove(std::string name) {
  const auto found = co_await users_.find(name);
  // A record that cannot be read can be removed all the same.
  if (!found.ok() && found.error().code() != ErrorCode::protocol) co_return found.error();
  std::string account = found.ok() && found->has_value() ? (*found)->account : "main";
  const auto removed = co_await users_.remove(name);
  if (!removed.ok()) co_return removed.error();
  // Also when there was no user: a removal may have ended here before.
  const auto revoked = co_await tokens_.revoke(std::move(account), token_name_of(name));
  if (!revoked.ok()) co_return revoked.error();
  co_return *removed || revoked->has_value();
}

}  // namespace recado::auth
