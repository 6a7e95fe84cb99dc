// A named token: what is known of it, and how it is kept. Its value is known only to whoever was shown it.
// Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "auth/scopes.hpp"
#include "base/crypto.hpp"
#include "base/error.hpp"
#include "base/secret.hpp"
#include "base/time.hpp"

namespace recado::auth {

/// The token that the configuration gives: account `main`, all scopes. No other may have its name.
inline constexpr const char* kConfiguredToken = "API_TOKEN";
inline constexpr std::size_t kMaxNameBytes = 64;

struct Token {
  std::string account = "main";
  std::int64_t id = 0;  ///< of the account; 0: not stored yet
  std::string uuid;
  std::string name;  ///< unique in the account
  Scopes scopes;
  Sha256 digest{};  ///< of the value
  Instant created_at{};
  std::string created_by;  ///< name of the token that made it, or `command line`
  std::optional<Instant> expires_at;
  std::optional<Instant> last_used_at;  ///< to the minute or so; kept beside the record
};

inline bool expired(const Token& token, Instant now) {
  return token.expires_at && *token.expires_at <= now;
}

/// The token that a user has is named so, with the user's name behind it; no other may be.
inline constexpr std::string_view kUserTokenPrefix = "user:";

/// 1 to 64 bytes of UTF-8 without control characters, nothing that reads as an id (digits, a UUID), not
/// API_TOKEN, none of a user's. Errors: invalid_argument, completing "the name …".
Result<void> check_token_name(std::string_view name);

/// A new value: `recado_` and 43 characters, 256 random bits.
Secret make_token_value();
/// The same from bytes that nobody else can know.
Secret token_value_of(const Sha256& bytes);
/// Whether `value` has the form of those: others can only be the configured token.
bool has_token_form(std::string_view value) noexcept;

/// What is stored under the token's account and id: JSON, version 1.
std::string encode(const Token& token);
/// Errors: protocol, when it is not what encode() wrote.
Result<Token> decode(std::string account, std::int64_t id, std::string_view record);

}  // namespace recado::auth
