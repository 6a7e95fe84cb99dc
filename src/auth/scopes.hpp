// What a token may do. Each route needs one scope; none includes another.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace recado::auth {

enum class Scope : std::uint8_t {
  read = 1,   ///< see messages, queues, metrics
  write = 2,  ///< register, change, cancel, send; pause and resume queues
  admin = 4,  ///< make, list and revoke tokens
};

class Scopes {
 public:
  constexpr Scopes() = default;
  constexpr Scopes(std::initializer_list<Scope> scopes) {
    for (const Scope scope : scopes) add(scope);
  }
  static constexpr Scopes all() { return {Scope::read, Scope::write, Scope::admin}; }
  /// `read,write`: names with commas between, spaces around them allowed, at least one. Errors:
  /// invalid_argument, naming what is accepted.
  static Result<Scopes> parse(std::string_view text);

  constexpr void add(Scope scope) { bits_ = static_cast<std::uint8_t>(bits_ | static_cast<unsigned>(scope)); }
  constexpr bool has(Scope scope) const { return (bits_ & static_cast<unsigned>(scope)) != 0; }
  constexpr bool empty() const { return bits_ == 0; }
  /// In the order read, write, admin.
  std::vector<std::string> names() const;
  /// `read,write`; empty when it has none.
  std::string text() const;

  friend constexpr bool operator==(Scopes, Scopes) = default;

 private:
  std::uint8_t bits_ = 0;
};

}  // namespace recado::auth
