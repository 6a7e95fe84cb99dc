// Users: who logs in with a name and a password, and gets a token for it. Pure.
//
// Of a password only what scrypt makes of it is kept: a key, of which one half of the use is to tell whether
// a password is right, the other to make the user's token. So every login gives the same token while it is
// valid, as seed 002's clients expect, and nothing that is kept tells what it is.
#pragma once

#include <string>
#include <string_view>

#include "auth/scopes.hpp"
#include "base/crypto.hpp"
#include "base/error.hpp"
#include "base/secret.hpp"
#include "base/time.hpp"

namespace recado::auth {

inline constexpr std::size_t kMaxUserNameBytes = 59;  ///< so that the token's name is not too long
inline constexpr std::size_t kMaxPasswordBytes = 1024;

struct User {
  std::string name;  ///< unique in all accounts
  std::string uuid;
  std::string account = "main";
  Scopes scopes;  ///< of its token
  ScryptCost cost;
  std::string salt;  ///< 16 random bytes
  Sha256 check{};    ///< of the password's key
  Instant created_at{};
  std::string created_by;
};

/// What a password is worth; never kept.
struct PasswordKey {
  Sha256 bytes{};
};

/// As check_token_name(), up to kMaxUserNameBytes.
Result<void> check_user_name(std::string_view name);
/// Not empty, at most kMaxPasswordBytes. Errors: invalid_argument, completing "the password …".
Result<void> check_password(std::string_view password);

/// A user with a salt of its own. Takes as long as password_key().
User make_user(std::string name, const Secret& password, Scopes scopes, Instant now, std::string made_by,
               const ScryptCost& cost = {});
/// The key of a password that may be the user's. Takes a quarter of a second: not on a loop that serves. From
/// any thread.
PasswordKey password_key(const User& user, const Secret& password);
/// Whether it is the user's, in constant time.
bool is_key_of(const User& user, const PasswordKey& key);
/// A user that nobody is: to take as long over a name that there is not.
User nobody();

/// The name of the user's token.
std::string token_name_of(const std::string& user);
/// The value of the user's token of that uuid.
Secret token_value_of(const PasswordKey& key, std::string_view token_uuid);

/// What is stored under the user's name: JSON, version 1.
std::string encode(const User& user);
/// Errors: protocol, when it is not what encode() wrote.
Result<User> decode_user(std::string name, std::string_view record);

}  // namespace recado::auth
