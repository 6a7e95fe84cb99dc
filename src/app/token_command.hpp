// `recado token`: named tokens, made, listed and revoked beside a running recado or without one.
#pragma once

#include <optional>
#include <string>

#include "auth/token.hpp"
#include "base/config.hpp"

namespace recado::app {

struct TokenArguments {
  enum class Action { create, list, revoke };
  Action action = Action::list;
  std::string which;  ///< the name; to revoke, an id too
  auth::Scopes scopes;
  std::optional<Millis> expires_after;
  std::optional<Instant> expires_at;
  bool json = false;
};

/// Returns the exit code. Redis is the one that `options` names, else the private one of DATA_DIR: that of
/// the recado which runs there, or one started for the duration. A new token's value alone goes to standard
/// output.
int run_token(const Options& options, const TokenArguments& arguments);

}  // namespace recado::app
