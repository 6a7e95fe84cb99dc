// Tokens: the value of an Authorization header → who is asking, or why not. Pure, loop thread only.
//
// Tokens are kept as SHA-256 digests, and every one of them is compared in constant time: neither a dump of
// the memory nor the time an answer takes tells anything about a token.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/crypto.hpp"
#include "base/secret.hpp"

namespace recado::auth {

/// What a token may do; each level includes those before it.
enum class Level { read, write, admin };
const char* to_string(Level level) noexcept;

/// Who is asking.
struct Identity {
  std::string account = "main";
  std::string token_name;
  Level level = Level::admin;
};

enum class Denial {
  none,
  missing,    ///< no Authorization header
  malformed,  ///< another scheme than Bearer or Token, or no token in it
  invalid,    ///< a token that is not (or no longer) known
};

struct Authentication {
  Denial denial = Denial::none;
  Identity identity;  ///< set when denial is none
};

class TokenAuthenticator {
 public:
  /// An empty token is a defect (it would let everybody in) and throws std::invalid_argument.
  void add(const Secret& token, Identity identity);
  /// Forgets every token of that account and name.
  void remove(std::string_view account, std::string_view token_name);

  /// `authorization`: the header's value, `Bearer <token>` or `Token <token>`, the scheme in any letter case.
  Authentication authenticate(std::optional<std::string_view> authorization) const;

 private:
  struct Entry {
    Sha256 digest;
    Identity identity;
  };
  std::vector<Entry> entries_;
};

}  // namespace recado::auth
