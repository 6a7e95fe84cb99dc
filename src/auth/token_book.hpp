// Making, finding and revoking tokens, for the API and the command line.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "auth/token_store.hpp"

namespace recado::auth {

/// What a token is to be.
struct NewToken {
  std::string account = "main";
  std::string name;
  Scopes scopes;
  std::optional<Instant> expires_at;
  std::string made_by;  ///< name of the token that asks, or `command line`
  /// Of a user's token, which may have a name that no other may: its value, from its uuid.
  std::function<Secret(const std::string& uuid)> value_of;
};

struct MadeToken {
  Token token;
  Secret value;  ///< shown once; nothing keeps it
};

class TokenBook {
 public:
  /// Both must outlive it.
  TokenBook(const Clock& clock, TokenStore& store) : clock_(clock), store_(store) {}

  /// Errors: invalid_argument (name, no scope, an end in the past), those of TokenStore. Tokens that expired
  /// more than 30 days ago are forgotten when there are too many.
  io::Task<Result<MadeToken>> create(NewToken wanted);
  /// Of one account, by id.
  io::Task<Result<std::vector<Token>>> list(std::string account);
  /// By id, uuid or name.
  io::Task<Result<std::optional<Token>>> find(std::string account, std::string which);
  /// The token that was revoked; nullopt: there is none.
  io::Task<Result<std::optional<Token>>> revoke(std::string account, std::string which);

 private:
  io::Task<> forget_expired();

  const Clock& clock_;
  TokenStore& store_;
};

}  // namespace recado::auth
