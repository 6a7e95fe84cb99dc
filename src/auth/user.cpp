#include "auth/user.hpp"

#include <array>
#include <utility>

#include "auth/stored_fields.hpp"
#include "auth/token.hpp"
#include "base/id.hpp"
#include "base/json.hpp"

namespace recado::auth {
namespace {

constexpr std::size_t kSaltBytes = 16;

std::string random_salt() {
  std::array<unsigned char, kSaltBytes> salt;
  random_bytes(salt);
  return {reinterpret_cast<const char*>(salt.data()), salt.size()};
}

/// One use of a key tells nothing about another.
Sha256 derived(const PasswordKey& key, std::string_view use, std::string_view of) {
  return HmacSha256(bytes_of(key.bytes)).sign({use, of});
}

Sha256 check_of(const PasswordKey& key) {
  return derived(key, "recado password", {});
}

Error invalid(std::string what) {
  return Error(ErrorCode::invalid_argument, std::move(what));
}

}  // namespace

Result<void> check_user_name(std::string_view name) {
  if (name.size() > kMaxUserNameBytes)
    return invalid("is longer than " + std::to_string(kMaxUserNameBytes) + " bytes");
  return check_token_name(name);
}

Result<void> check_password(std::string_view password) {
  if (password.empty()) return invalid("is empty");
  if (password.size() > kMaxPasswordBytes)
    return invalid("is longer than " + std::to_string(kMaxPasswordBytes) + " bytes");
  return {};
}

User make_user(std::string name, const Secret& password, Scopes scopes, Instant now, std::string made_by,
               const ScryptCost& cost) {
  User user;
  user.name = std::move(name);
  user.uuid = Uid::generate(now).uuid();
  user.scopes = scopes;
  user.cost = cost;
  user.salt = random_salt();
  user.check = check_of(password_key(user, password));
  user.created_at = now;
  user.created_by = std::move(made_by);
  return user;
}

PasswordKey password_key(const User& user, const Secret& password) {
  PasswordKey key;
  key.bytes = scrypt(password.reveal(), user.salt, user.cost);
  return key;
}

bool is_key_of(const User& user, const PasswordKey& key) {
  return constant_time_equals(bytes_of(user.check), bytes_of(check_of(key)));
}

User nobody() {
  User user;
  user.salt = random_salt();
  random_bytes(user.check);
  return user;
}

std::string token_name_of(const std::string& user) {
  return std::string(kUserTokenPrefix) + user;
}

Secret token_value_of(const PasswordKey& key, std::string_view token_uuid) {
  return token_value_of(derived(key, "recado token", token_uuid));
}

std::string encode(const User& user) {
  json::Writer out;
  out.begin_object().member("v", 1).member("uuid", user.uuid).member("account", user.account);
  out.member("scopes", user.scopes.text());
  out.member("n", static_cast<std::int64_t>(user.cost.n)).member("r", static_cast<std::int64_t>(user.cost.r));
  out.member("p", static_cast<std::int64_t>(user.cost.p)).member("salt", base64_encode(user.salt));
  out.member("check", hex(user.check)).member("createdAt", to_ms(user.created_at));
  out.member("createdBy", user.created_by);
  return std::move(out.end_object()).str();
}

Result<User> decode_user(std::string name, std::string_view text) {
  const StoredFields record(text);
  auto uuid = record.string("uuid");
  auto account = record.string("account");
  const auto scopes = Scopes::parse(record.string("scopes").value_or(""));
  auto salt = base64_decode(record.string("salt").value_or(""));
  const auto check = record.digest("check");
  const auto created_at = record.integer("createdAt");
  ScryptCost cost;
  cost.n = static_cast<std::uint32_t>(record.integer("n").value_or(0));
  cost.r = static_cast<std::uint32_t>(record.integer("r").value_or(0));
  cost.p = static_cast<std::uint32_t>(record.integer("p").value_or(0));
  if (record.integer("v") != 1 || !uuid || !account || !scopes || !salt || salt->empty() || !check ||
      !created_at || !is_scrypt_cost(cost)) {
    return Error(ErrorCode::protocol, "the user " + name + " is kept in a form that is not known");
  }
  User user;
  user.name = std::move(name);
  user.uuid = std::move(*uuid);
  user.account = std::move(*account);
  user.scopes = *scopes;
  user.cost = cost;
  user.salt = std::move(*salt);
  user.check = *check;
  user.created_at = from_ms(*created_at);
  user.created_by = record.string("createdBy").value_or("");
  return user;
}

}  // namespace recado::auth
