#include "auth/token_authenticator.hpp"

#include <algorithm>
#include <stdexcept>

namespace recado::auth {
namespace {

bool is_scheme(std::string_view text, std::string_view lower) {
  return std::equal(text.begin(), text.end(), lower.begin(), lower.end(), [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a + 32) : a) == b;
  });
}

std::string_view without_spaces_around(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::string_view bytes(const Sha256& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

}  // namespace

const char* to_string(Level level) noexcept {
  switch (level) {
    case Level::read:
      return "read";
    case Level::write:
      return "write";
    case Level::admin:
      return "admin";
  }
  return "none";
}

void TokenAuthenticator::add(const Secret& token, Identity identity) {
  if (token.empty()) throw std::invalid_argument("an empty token would let everybody in");
  entries_.push_back(Entry{sha256(token.reveal()), std::move(identity)});
}

void TokenAuthenticator::remove(std::string_view account, std::string_view token_name) {
  std::erase_if(entries_, [&](const Entry& entry) {
    return entry.identity.account == account && entry.identity.token_name == token_name;
  });
}

Authentication TokenAuthenticator::authenticate(std::optional<std::string_view> authorization) const {
  Authentication answer;
  if (!authorization) {
    answer.denial = Denial::missing;
    return answer;
  }
  const auto value = without_spaces_around(*authorization);
  const auto space = std::min(value.find(' '), value.size());
  const auto token = without_spaces_around(value.substr(space));
  if (token.empty() ||
      !(is_scheme(value.substr(0, space), "bearer") || is_scheme(value.substr(0, space), "token"))) {
    answer.denial = Denial::malformed;
    return answer;
  }
  const auto digest = sha256(token);
  const Entry* found = nullptr;
  for (const auto& entry : entries_) {  // all of them, so that the time tells nothing about the place
    if (constant_time_equals(bytes(entry.digest), bytes(digest))) found = &entry;
  }
  answer.denial = found != nullptr ? Denial::none : Denial::invalid;
  if (found != nullptr) answer.identity = found->identity;
  return answer;
}

}  // namespace recado::auth
