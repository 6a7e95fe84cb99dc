// Where users are kept, and the Redis that does it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "auth/user.hpp"
#include "base/error.hpp"
#include "io/loop.hpp"
#include "redis/client.hpp"

namespace recado::auth {

/// In all accounts together.
inline constexpr std::size_t kMaxUsers = 1000;

/// Errors of every call: those of redis::Client (unavailable, outcome_unknown, protocol).
class UserStore {
 public:
  virtual ~UserStore() = default;
  /// By name. Errors: also protocol for a record that cannot be read.
  virtual io::Task<Result<std::vector<User>>> read_all() = 0;
  virtual io::Task<Result<std::optional<User>>> find(std::string name) = 0;
  /// The same user again is created once. Errors: conflict (the name is taken), too_large (kMaxUsers).
  virtual io::Task<Result<void>> create(User user) = 0;
  /// False when there was no such user.
  virtual io::Task<Result<bool>> remove(std::string name) = 0;
};

class RedisUserStore final : public UserStore {
 public:
  /// As RedisTokenStore.
  explicit RedisUserStore(redis::Client& client, int min_replicas = 0)
      : client_(client), min_replicas_(min_replicas) {}
  io::Task<Result<std::vector<User>>> read_all() override;
  io::Task<Result<std::optional<User>>> find(std::string name) override;
  io::Task<Result<void>> create(User user) override;
  io::Task<Result<bool>> remove(std::string name) override;

 private:
  /// Again when the reply was lost: both scripts may run twice.
  io::Task<Result<redis::Reply>> write(const redis::Script& script, std::vector<std::string> arguments);

  redis::Client& client_;
  int min_replicas_;
};

}  // namespace recado::auth
