// Mustache (mustache(5), specification 1.4.2: interpolation, sections, inverted sections, comments,
// delimiters). Pure. Without partials and lambdas: a template stands alone. One thing is stricter than the
// specification: a variable that is missing, null or empty is a problem that is named, never an empty hole.
//
// Of Debian's libraries none keeps to the specification: kainjow's fails its cases of standalone comments,
// standalone sections that are left out and dotted names, so the parser is ours and the cases are our tests.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "messaging/templates/value.hpp"

namespace recado::messaging {

inline constexpr std::size_t kMaxTemplateBytes = 64 * 1024;
inline constexpr int kMaxSectionDepth = 32;
/// What one rendering may produce, and how many pieces it may take: sections in sections over long lists
/// multiply.
inline constexpr std::size_t kMaxRenderedBytes = 1024 * 1024;
inline constexpr std::size_t kMaxRenderedPieces = 200'000;

/// What `{{name}}` writes; `{{{name}}}` and `{{&name}}` are always raw.
enum class Escape { none, html };

/// A variable that a template cannot do with as it is.
struct VariableProblem {
  std::string name;  ///< as the template has it: `client.name`
  std::string message;
  friend bool operator==(const VariableProblem&, const VariableProblem&) = default;
};

struct Rendered {
  std::string text;                       ///< to be used only when there are no problems
  std::vector<VariableProblem> problems;  ///< each name once
};

class Mustache {
 public:
  /// Errors: invalid_argument, naming the line and what is wrong there.
  static Result<Mustache> parse(std::string_view source);

  /// `values` is what the caller gives; `defaults` is asked for a name only when `values` has nothing (or
  /// null, or empty text) for it. Both objects.
  Rendered render(const Value& values, const Value& defaults, Escape escape) const;

  struct Node;

 private:
  std::shared_ptr<const std::vector<Node>> nodes_;
};

}  // namespace recado::messaging
