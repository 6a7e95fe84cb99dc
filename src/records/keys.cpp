#include "records/keys.hpp"

namespace recado::records {
namespace {

/// Whatever an account is called, its name ends neither the hash tag nor the account's part of the key.
std::string prefix(std::string_view account) {
  std::string out = "recado:1:{records:";
  for (const char c : account) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == '.';
    if (plain) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += "0123456789ABCDEF"[byte >> 4];
      out += "0123456789ABCDEF"[byte & 15];
    }
  }
  return out += "}:";
}

}  // namespace

std::string links_key(std::string_view account, std::string_view relation) {
  return prefix(account) + "links:" + std::string(relation);
}

Keys::Keys(std::string_view account, std::string_view type) {
  const auto base = prefix(account) + std::string(type);
  records = base + ":records";
  index = base + ":index";
  unique = base + ":unique";
  last = base + ":last";
}

}  // namespace recado::records
