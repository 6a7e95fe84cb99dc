#include "records/keys.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace recado::records {
namespace {

constexpr std::string_view kBefore = "recado:1:{records:";

/// Whatever an account is called, its name ends neither the hash tag nor the account's part of the key.
std::string prefix(std::string_view account) {
  return std::string(kBefore) + percent_encode(account) + "}:";
}

}  // namespace

std::string links_key(std::string_view account, std::string_view relation) {
  return prefix(account) + "links:" + std::string(relation);
}

std::string records_pattern(std::string_view type) {
  return std::string(kBefore) + "*}:" + std::string(type) + ":records";
}

std::string account_of(std::string_view key) {
  key.remove_prefix(std::min(kBefore.size(), key.size()));
  const auto account = percent_decode(key.substr(0, key.find('}')));
  return account ? *account : std::string();
}

Keys::Keys(std::string_view account, std::string_view type) {
  const auto base = prefix(account) + std::string(type);
  records = base + ":records";
  index = base + ":index";
  unique = base + ":unique";
  last = base + ":last";
}

}  // namespace recado::records
