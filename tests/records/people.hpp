// A record type for the tests of this room, and its records.
#pragma once

#include <string>
#include <vector>

#include "records/type.hpp"

namespace recado::records::testing {

inline const Type& people() {
  static const Type type("people", {Field("name").searched().sorted('n'), Field("code").unique('x'),
                                    Field("email").unique('m').folded().searched(), Field("tags").lookup('t'),
                                    Field("age").lookup('g').sorted('a'), Field("active").lookup('v')});
  return type;
}

inline Document person(std::string_view name) {
  Document document;
  document.set_text("name", name);
  return document;
}

inline Document person(std::string_view name, std::vector<std::string> tags, std::int64_t age) {
  auto document = person(name);
  document.set_texts("tags", tags);
  document.set_number("age", age);
  return document;
}

}  // namespace recado::records::testing
