// JSON Schema 2020-12, as much of it as openapi.json uses: a second opinion on what the validator says. An
// unknown keyword throws, so that nothing in the document goes unjudged.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/json_tree.hpp"

namespace recado::api::testing {

class SchemaJudge {
 public:
  /// `document`: openapi.json, which must outlive the judge.
  explicit SchemaJudge(const Tree& document) : document_(document) {}

  /// What is wrong with `value`, each with its place; empty: it is valid.
  std::vector<std::string> problems(const Tree& schema, const Tree& value) const;
  bool accepts(const Tree& schema, const Tree& value) const { return problems(schema, value).empty(); }
  /// `#/components/schemas/X` → that schema. Throws when there is none.
  const Tree& resolve(std::string_view reference) const;

 private:
  void judge(const Tree& schema, const Tree& value, const std::string& place,
             std::vector<std::string>& out) const;
  const Tree& document_;
};

}  // namespace recado::api::testing
