#include "auth/user_store.hpp"

#include <algorithm>
#include <utility>

#include "auth/keys.hpp"
#include "auth/scripts.hpp"

namespace recado::auth {
io::Task<Result<std::vector<User>>> RedisUserStore::read_all() {
  std::vector<std::string> command = {"HGETALL", keys::kUsers};
  const auto reply = co_await client_.command(std::move(command));
  if (!reply.ok()) co_return reply.error();
  std::vector<User> users;
  for (std::size_t i = 0; i + 1 < reply->size(); i += 2) {
    const auto name = (*reply)[i];
    const auto record = (*reply)[i + 1];
    auto user = decode_user(std::string(name.text()), record.text());
    if (!user.ok()) co_return user.error();
    users.push_back(std::move(*user));
  }
  std::sort(users.begin(), users.end(), [](const User& a, const User& b) { return a.name < b.name; });
  co_return users;
}

io::Task<Result<std::optional<User>>> RedisUserStore::find(std::string name) {
  std::vector<std::string> command = {"HGET", keys::kUsers, name};
  const auto reply = co_await client_.command(std::move(command));
  if (!reply.ok()) co_return reply.error();
  if (reply->text().empty()) co_return std::optional<User>();
  auto user = decode_user(std::move(name), reply->text());
  if (!user.ok()) co_return user.error();
  co_return std::optional<User>(std::move(*user));
}

io::Task<Result<void>> RedisUserStore::create(User user) {
  std::vector<std::string> arguments = {user.name, encode(user), std::to_string(kMaxUsers)};
  const auto reply = co_await write(scripts::create_user(), std::move(arguments));
  if (!reply.ok()) co_return reply.error();
  if (reply->integer() == 1) co_return Result<void>();
  if (reply->integer() == 0)
    co_return Error(ErrorCode::conflict,
                    "there is a user " + user.name + "; remove it first, or take another name");
  co_return Error(ErrorCode::too_large, "there are " + std::to_string(kMaxUsers) +
                                            " users, and no more can be made; remove those not needed");
}

io::Task<Result<bool>> RedisUserStore::remove(std::string name) {
  std::vector<std::string> arguments = {std::move(name)};
  const auto reply = co_await write(scripts::remove_user(), std::move(arguments));
  if (!reply.ok()) co_return reply.error();
  co_return reply->integer() == 1;
}

io::Task<Result<redis::Reply>> RedisUserStore::write(const redis::Script& script,
                                                     std::vector<std::string> arguments) {
  std::vector<std::string> keys = {keys::kUsers};
  for (int tries = 0;; ++tries) {
    auto keys_again = keys;
    auto arguments_again = arguments;
    auto reply = co_await client_.eval_replicated(script, std::move(keys_again), std::move(arguments_again),
                                                  min_replicas_, keys::kReplicaLimit);
    if (reply.ok() || tries > 0 || reply.error().code() != ErrorCode::outcome_unknown) co_return reply;
  }
}

}  // namespace recado::auth
