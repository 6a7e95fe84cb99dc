// Where tokens are kept, and the Redis that does it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "auth/token.hpp"
#include "auth/token_authenticator.hpp"
#include "base/error.hpp"
#include "io/loop.hpp"
#include "redis/client.hpp"

namespace recado::auth {

/// In all accounts together: every node holds all of them in memory.
inline constexpr std::size_t kMaxTokens = 1000;

/// Errors of every call: those of redis::Client (unavailable, outcome_unknown, protocol).
class TokenStore {
 public:
  virtual ~TokenStore() = default;
  /// Counts changes; another number than before means that read_all() has news.
  virtual io::Task<Result<std::int64_t>> version() = 0;
  /// Of all accounts, with last_used_at, by account and id. What cannot be read is logged and left out.
  virtual io::Task<Result<std::vector<Token>>> read_all() = 0;
  /// Keeps `token` and returns its id. The same token again is created once. Errors: conflict (the account
  /// has one of that name), too_large (kMaxTokens).
  virtual io::Task<Result<std::int64_t>> create(Token token) = 0;
  /// False when there was no such token.
  virtual io::Task<Result<bool>> revoke(Token token) = 0;
  virtual io::Task<Result<void>> note_uses(std::vector<TokenUse> uses) = 0;
};

class RedisTokenStore final : public TokenStore {
 public:
  /// `client` must outlive it. `min_replicas` (REDIS_MIN_REPLICAS) of them must have what create() and
  /// revoke() write before these answer: fewer in about two seconds is outcome_unknown.
  explicit RedisTokenStore(redis::Client& client, int min_replicas = 0)
      : client_(client), min_replicas_(min_replicas) {}
  io::Task<Result<std::int64_t>> version() override;
  io::Task<Result<std::vector<Token>>> read_all() override;
  io::Task<Result<std::int64_t>> create(Token token) override;
  io::Task<Result<bool>> revoke(Token token) override;
  io::Task<Result<void>> note_uses(std::vector<TokenUse> uses) override;

 private:
  io::Task<Result<redis::Reply>> write(const redis::Script& script, std::vector<std::string> keys,
                                       std::vector<std::string> arguments);

  redis::Client& client_;
  int min_replicas_;
};

}  // namespace recado::auth
