// Making, listing and removing users, for the command line.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "auth/token_book.hpp"
#include "auth/user_store.hpp"

namespace recado::auth {

/// What a user is to be.
struct NewUser {
  NewUser() = default;
  std::string name;
  Secret password;
  Scopes scopes;
  std::string made_by;
};

class UserBook {
 public:
  /// All must outlive it.
  UserBook(const Clock& clock, UserStore& users, TokenBook& tokens)
      : clock_(clock), users_(users), tokens_(tokens) {}

  /// Holds the loop up for as long as the password's hash takes. Errors: invalid_argument (name, password, no
  /// scope), those of UserStore.
  io::Task<Result<User>> create(NewUser wanted);
  io::Task<Result<std::vector<User>>> list() { return users_.read_all(); }
  /// With its token. False when there was neither.
  io::Task<Result<bool>> remove(std::string name);

 private:
  const Clock& clock_;
  UserStore& users_;
  TokenBook& tokens_;
};

}  // namespace recado::auth
