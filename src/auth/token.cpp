#include "auth/token.hpp"

#include <algorithm>

#include "auth/stored_fields.hpp"
#include "base/json.hpp"
#include "base/utf8.hpp"

namespace recado::auth {
namespace {

constexpr std::string_view kPrefix = "recado_";
constexpr std::size_t kRandomCharacters = 43;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool is_utf8(std::string_view text) {
  const char* const end = text.data() + text.size();
  for (const char* at = text.data(); at < end;) {
    const auto step = utf8_step(at, end);
    if (!step.valid) return false;
    at += step.length;
  }
  return true;
}

bool reads_as_id(std::string_view name) {
  if (std::all_of(name.begin(), name.end(), is_digit)) return true;
  if (name.size() != 36) return false;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
    if (hyphen ? name[i] != '-' : !is_hex(name[i])) return false;
  }
  return true;
}

Error invalid(const char* what) {
  return Error(ErrorCode::invalid_argument, what);
}

}  // namespace

Result<void> check_token_name(std::string_view name) {
  if (name.empty()) return invalid("is empty; write one that says who uses the token");
  if (name.size() > kMaxNameBytes) return invalid("is longer than 64 bytes");
  const bool control = std::any_of(name.begin(), name.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
  });
  if (control) return invalid("holds control characters; letters, digits and signs are accepted");
  if (!is_utf8(name)) return invalid("is not UTF-8");
  if (reads_as_id(name)) return invalid("reads as an id; write one with a letter in it, and no UUID");
  if (name == kConfiguredToken) return invalid("is that of the configured token; write another");
  if (name.starts_with(kUserTokenPrefix))
    return invalid("begins with user:, as the tokens of users do; write another");
  return {};
}

Secret make_token_value() {
  return Secret(std::string(kPrefix) + random_token());
}

Secret token_value_of(const Sha256& bytes) {
  return Secret(std::string(kPrefix) +
                base64url_encode({reinterpret_cast<const char*>(bytes.data()), bytes.size()}));
}

bool has_token_form(std::string_view value) noexcept {
  if (value.size() != kPrefix.size() + kRandomCharacters || !value.starts_with(kPrefix)) return false;
  value.remove_prefix(kPrefix.size());
  return std::all_of(value.begin(), value.end(), [](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
  });
}

std::string encode(const Token& token) {
  json::Writer out;
  out.begin_object().member("v", 1).member("uuid", token.uuid).member("name", token.name);
  out.member("scopes", token.scopes.text()).member("digest", hex(token.digest));
  out.member("createdAt", to_ms(token.created_at)).member("createdBy", token.created_by);
  if (token.expires_at) out.member("expiresAt", to_ms(*token.expires_at));
  return std::move(out.end_object()).str();
}

Result<Token> decode(std::string account, std::int64_t id, std::string_view text) {
  const StoredFields record(text);
  const auto version = record.integer("v");
  auto uuid = record.string("uuid");
  auto name = record.string("name");
  const auto scopes = Scopes::parse(record.string("scopes").value_or(""));
  const auto digest = record.digest("digest");
  const auto created_at = record.integer("createdAt");
  if (version != 1 || !uuid || !name || !scopes || !digest || !created_at) {
    return Error(ErrorCode::protocol,
                 "the token " + account + ":" + std::to_string(id) + " is kept in a form that is not known");
  }
  Token token;
  token.account = std::move(account);
  token.id = id;
  token.uuid = std::move(*uuid);
  token.name = std::move(*name);
  token.scopes = *scopes;
  token.digest = *digest;
  token.created_at = from_ms(*created_at);
  token.created_by = record.string("createdBy").value_or("");
  if (const auto at = record.integer("expiresAt")) token.expires_at = from_ms(*at);
  return token;
}

}  // namespace recado::auth
