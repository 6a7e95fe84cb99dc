#include "auth/token_authenticator.hpp"
#include "base/mix.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace recado::auth {
namespace {

constexpr std::string_view kSpaces = " \t";

bool is_scheme(std::string_view text, std::string_view lower) {
  return std::equal(text.begin(), text.end(), lower.begin(), lower.end(), [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a + 32) : a) == b;
  });
}

}  // namespace

TokenAuthenticator::TokenAuthenticator() : places_(random_u64()) {}

/// SHA-256 is even already; the key and the mixing keep from those who choose their tokens
/// which of them share a place with a real one.
std::uint64_t TokenAuthenticator::place_of(const Sha256& digest) const noexcept {
  std::uint64_t place = 0;
  std::memcpy(&place, digest.data(), sizeof place);
  return mix_bits(place ^ places_);
}

TokenAuthenticator::Entry TokenAuthenticator::entry_of(Token token) {
  Entry entry;
  entry.digest = token.digest;
  entry.identity.account = std::move(token.account);
  entry.identity.token_name = std::move(token.name);
  entry.identity.scopes = token.scopes;
  entry.id = token.id;
  entry.expires_at = token.expires_at;
  return entry;
}

void TokenAuthenticator::insert(Entry entry) {
  const auto place = place_of(entry.digest);
  entries_.emplace(place, std::move(entry));
}

void TokenAuthenticator::add(const Secret& token, Identity identity) {
  if (token.empty()) throw std::invalid_argument("an empty token would let everybody in");
  Entry entry;
  entry.digest = sha256(token.reveal());
  entry.identity = std::move(identity);
  insert(std::move(entry));
}

void TokenAuthenticator::set_stored(std::vector<Token> tokens) {
  std::unordered_map<std::string, Entry> before;
  for (auto entry = entries_.begin(); entry != entries_.end();) {
    if (entry->second.id == 0) {
      ++entry;
      continue;
    }
    before.emplace(std::string(bytes_of(entry->second.digest)), std::move(entry->second));
    entry = entries_.erase(entry);
  }
  for (auto& token : tokens) {
    const auto known = before.find(std::string(bytes_of(token.digest)));
    Entry entry = entry_of(std::move(token));
    if (known != before.end()) {
      entry.used_at = known->second.used_at;
      entry.told_at = known->second.told_at;
    }
    insert(std::move(entry));
  }
}

void TokenAuthenticator::add_stored(Token token) {
  remove_stored(token.account, token.id);
  insert(entry_of(std::move(token)));
}

void TokenAuthenticator::remove_stored(std::string_view account, std::int64_t id) {
  std::erase_if(entries_, [&](const auto& place) {
    const Entry& entry = place.second;
    return id != 0 && entry.id == id && entry.identity.account == account;
  });
}

Authentication TokenAuthenticator::authenticate(std::optional<std::string_view> authorization, Instant now) {
  Authentication answer;
  if (!authorization) {
    answer.denial = Denial::missing;
    return answer;
  }
  const auto value = trimmed(*authorization, kSpaces);
  const auto space = std::min(value.find(' '), value.size());
  const auto token = trimmed(value.substr(space), kSpaces);
  if (token.empty() ||
      !(is_scheme(value.substr(0, space), "bearer") || is_scheme(value.substr(0, space), "token"))) {
    answer.denial = Denial::malformed;
    return answer;
  }
  const auto digest = sha256(token);
  const auto [first, last] = entries_.equal_range(place_of(digest));
  for (auto place = first; place != last; ++place) {
    Entry& entry = place->second;
    if (!constant_time_equals(bytes_of(entry.digest), bytes_of(digest))) continue;
    answer.identity = entry.identity;
    answer.expires_at = entry.expires_at;
    if (entry.expires_at && *entry.expires_at <= now) {
      answer.denial = Denial::expired;
    } else {
      entry.used_at = now;
    }
    return answer;
  }
  answer.denial = has_token_form(token) ? Denial::unknown : Denial::invalid;
  return answer;
}

std::vector<TokenUse> TokenAuthenticator::take_uses(Millis least) {
  std::vector<TokenUse> uses;
  for (auto& [place, entry] : entries_) {
    if (entry.id == 0 || !entry.used_at) continue;
    if (entry.told_at && *entry.used_at < *entry.told_at + least) continue;
    entry.told_at = entry.used_at;
    TokenUse use;
    use.account = entry.identity.account;
    use.id = entry.id;
    use.at = *entry.used_at;
    uses.push_back(std::move(use));
  }
  return uses;
}

}  // namespace recado::auth
