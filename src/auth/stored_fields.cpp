#include "auth/stored_fields.hpp"

#include <utility>

namespace recado::auth {
namespace {

/// -1: no hexadecimal digit.
int nibble(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

}  // namespace

StoredFields::StoredFields(std::string_view text) {
  const auto root = json::parse(text);
  if (!root || root->kind != json::Kind::object) return;
  auto members = json::members(*root);
  if (!members) return;
  for (auto& member : *members) values_[member.key] = member.value;
}

std::optional<std::string> StoredFields::string(const char* name) const {
  const auto found = values_.find(name);
  if (found == values_.end()) return std::nullopt;
  auto text = json::as_string(found->second);
  return text ? std::optional(std::move(*text)) : std::nullopt;
}

std::optional<std::int64_t> StoredFields::integer(const char* name) const {
  const auto found = values_.find(name);
  if (found == values_.end()) return std::nullopt;
  const auto number = json::as_int(found->second);
  return number ? std::optional(*number) : std::nullopt;
}

std::optional<Sha256> StoredFields::digest(const char* name) const {
  const auto text = string(name);
  Sha256 digest{};
  if (!text || text->size() != 2 * digest.size()) return std::nullopt;
  for (std::size_t i = 0; i < digest.size(); ++i) {
    const int high = nibble((*text)[2 * i]);
    const int low = nibble((*text)[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    digest[i] = static_cast<unsigned char>(high * 16 + low);
  }
  return digest;
}

}  // namespace recado::auth
