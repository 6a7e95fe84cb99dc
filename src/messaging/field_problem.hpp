// What is wrong with a field, in the API's words.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace recado::messaging {

/// A field and what is wrong with it, and what would be accepted.
struct FieldProblem {
  FieldProblem(std::string f, std::string m) : field(std::move(f)), message(std::move(m)) {}
  std::string field, message;
};
using FieldProblems = std::vector<FieldProblem>;

}  // namespace recado::messaging
