#include "records/keys.hpp"

#include "base/text.hpp"

namespace recado::records {
namespace {

/// Whatever an account is called, its name ends neither the hash tag nor the account's part of the key.
std::string prefix(std::string_view account) {
  return "recado:1:{records:" + percent_encode(account) + "}:";
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
