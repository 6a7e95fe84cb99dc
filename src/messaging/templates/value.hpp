// What a template is filled with: a JSON object as a tree. Pure.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"

namespace recado::messaging {

/// One value. Numbers keep the spelling that they were sent with (`1.50` stays `1.50`).
struct Value {
  enum class Kind { null, boolean, number, text, list, object };
  Kind kind = Kind::null;
  bool flag = false;                                   ///< of a boolean
  std::string text;                                    ///< of text, decoded; of a number, as it was sent
  std::vector<Value> items;                            ///< of a list
  std::vector<std::pair<std::string, Value>> members;  ///< of an object; of a key given twice the last counts

  /// The member of that name; nullptr when there is none, or this is no object.
  const Value* find(std::string_view name) const noexcept;
  /// Null, false, an empty list and empty text: what a section leaves out.
  bool is_falsy() const noexcept;

  static Value of_text(std::string text);
};

/// As JSON. Of a key given twice the last one is written.
std::string json_of(const Value& value);

/// The tree of a JSON value; empty text is an empty object. Errors: invalid_argument.
Result<Value> parse_value(std::string_view json);

}  // namespace recado::messaging
