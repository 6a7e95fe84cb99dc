// Tokens: the value of an Authorization header → who is asking, or why not. Pure, loop thread only.
//
// Tokens are kept as SHA-256 digests and found by a MAC of the digest under a key that this process drew:
// neither a dump of the memory nor the time an answer takes tells anything about a token, and many of them
// cost what one costs. The digest found is compared in constant time.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "auth/scopes.hpp"
#include "auth/token.hpp"
#include "base/crypto.hpp"
#include "base/secret.hpp"
#include "base/time.hpp"

namespace recado::auth {

/// Who is asking.
struct Identity {
  std::string account = "main";
  std::string token_name;
  Scopes scopes = Scopes::all();
};

enum class Denial {
  none,
  missing,    ///< no Authorization header
  malformed,  ///< another scheme than Bearer or Token, or no token in it
  invalid,    ///< a token that is not (or no longer) known
  unknown,    ///< likewise, but it has the form of those that we make: the store may know more than we
  expired,
};

struct Authentication {
  Denial denial = Denial::none;
  Identity identity;                  ///< set when denial is none or expired
  std::optional<Instant> expires_at;  ///< likewise
};

/// A use of a stored token that the store has not heard of.
struct TokenUse {
  std::string account;
  std::int64_t id = 0;
  Instant at{};
};

class TokenAuthenticator {
 public:
  TokenAuthenticator();

  /// A token of the configuration, which set_stored() leaves alone. An empty one is a defect (it would let
  /// everybody in) and throws std::invalid_argument.
  void add(const Secret& token, Identity identity);

  /// Replaces all stored tokens.
  void set_stored(std::vector<Token> tokens);
  void add_stored(Token token);
  void remove_stored(std::string_view account, std::int64_t id);

  /// `authorization`: the header's value, `Bearer <token>` or `Token <token>`, the scheme in any letter case.
  Authentication authenticate(std::optional<std::string_view> authorization, Instant now);

  /// The stored tokens that were used since they were last taken, each at most once in `least`.
  std::vector<TokenUse> take_uses(Millis least);

 private:
  struct Entry {
    Sha256 digest;
    Identity identity;
    std::int64_t id = 0;  ///< 0: of the configuration
    std::optional<Instant> expires_at;
    std::optional<Instant> used_at;
    std::optional<Instant> told_at;  ///< the use that was taken last
  };
  using Entries = std::unordered_multimap<std::uint64_t, Entry>;

  std::uint64_t place_of(const Sha256& digest) const noexcept;
  /// A stored token as it is judged; never used yet.
  static Entry entry_of(Token token);
  void insert(Entry entry);

  const std::uint64_t places_;  ///< key of place_of(), drawn at the start
  Entries entries_;
};

}  // namespace recado::auth
