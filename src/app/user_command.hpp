// `recado user`: who may log in, added, listed and removed beside a running recado or without one.
#pragma once

#include <string>

#include "auth/scopes.hpp"
#include "auth/user.hpp"
#include "base/config.hpp"
#include "base/secret.hpp"

namespace recado::app {

struct UserArguments {
  enum class Action { add, list, remove };
  Action action = Action::list;
  std::string name;
  Secret password;  ///< unless password_from_stdin
  bool password_from_stdin = false;
  auth::Scopes scopes = {auth::Scope::read, auth::Scope::write};
  bool json = false;
};

/// Returns the exit code. Redis is found as by run_token().
int run_user(const Options& options, const UserArguments& arguments);

}  // namespace recado::app
