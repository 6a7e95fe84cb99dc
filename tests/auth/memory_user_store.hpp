// A user store of a vector.
#pragma once

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "auth/user_store.hpp"

namespace recado::auth::testing {

class MemoryUserStore final : public UserStore {
 public:
  io::Task<Result<std::vector<User>>> read_all() override {
    if (away) co_return *away;
    co_return users;
  }
  io::Task<Result<std::optional<User>>> find(std::string name) override {
    if (away) co_return *away;
    for (const auto& user : users) {
      if (user.name == name) co_return std::optional<User>(user);
    }
    co_return std::optional<User>();
  }
  io::Task<Result<void>> create(User user) override {
    if (away) co_return *away;
    users.push_back(std::move(user));
    co_return Result<void>();
  }
  io::Task<Result<bool>> remove(std::string name) override {
    if (away) co_return *away;
    co_return std::erase_if(users, [&](const User& user) { return user.name == name; }) > 0;
  }

  std::vector<User> users;
  std::optional<Error> away;
};

}  // namespace recado::auth::testing
