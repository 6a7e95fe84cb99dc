// A token store of a vector: what is in it a test can set, whether it can be reached too.
#pragma once

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "auth/token_store.hpp"

namespace recado::auth::testing {

class MemoryTokenStore final : public TokenStore {
 public:
  io::Task<Result<std::int64_t>> version() override {
    ++asked;
    if (const auto once = std::exchange(on_asked, {})) once();
    if (away) co_return *away;
    co_return changes;
  }
  io::Task<Result<std::vector<Token>>> read_all() override {
    ++read;
    if (away) co_return *away;
    auto found = tokens;
    std::function<io::Task<>()> once;
    once.swap(while_reading);
    if (once) co_await once();
    co_return found;
  }
  io::Task<Result<std::int64_t>> create(Token token) override {
    if (away) co_return *away;
    if (tokens.size() >= most) co_return Error(ErrorCode::too_large, "there are too many tokens");
    for (const auto& other : tokens) {
      if (other.account != token.account || other.name != token.name) continue;
      co_return Error(ErrorCode::conflict, "there is a token of that name");
    }
    token.id = ++last_id;
    tokens.push_back(token);
    ++changes;
    co_return token.id;
  }
  io::Task<Result<bool>> revoke(Token token) override {
    if (away) co_return *away;
    const auto removed =
        std::erase_if(tokens, [&](const Token& t) { return t.account == token.account && t.id == token.id; });
    if (removed > 0) ++changes;
    co_return removed > 0;
  }
  io::Task<Result<void>> note_uses(std::vector<TokenUse> uses) override {
    if (away) co_return *away;
    for (auto& use : uses) noted.push_back(std::move(use));
    co_return Result<void>();
  }

  std::vector<Token> tokens;
  std::vector<TokenUse> noted;
  std::int64_t changes = 0;
  std::int64_t last_id = 0;
  std::size_t most = kMaxTokens;
  std::optional<Error> away;       ///< what every call answers instead
  std::function<void()> on_asked;  ///< once, before version() answers
  /// Once, after read_all() has looked and before it answers.
  std::function<io::Task<>()> while_reading;
  int asked = 0;
  int read = 0;
};

}  // namespace recado::auth::testing
