// A stored JSON record, taken apart. For this room only. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/crypto.hpp"
#include "base/json.hpp"

namespace recado::auth {

/// The members of a record by name; none when it is no JSON object. `text` must outlive it.
class StoredFields {
 public:
  explicit StoredFields(std::string_view text);

  std::optional<std::string> string(const char* name) const;
  std::optional<std::int64_t> integer(const char* name) const;
  /// 32 bytes in hexadecimal digits.
  std::optional<Sha256> digest(const char* name) const;

 private:
  std::map<std::string, json::Raw> values_;
};

}  // namespace recado::auth
