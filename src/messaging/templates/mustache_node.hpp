// The tree of a parsed template. For this folder only.
#pragma once

#include <string>
#include <vector>

#include "messaging/templates/mustache.hpp"

namespace recado::messaging {

struct Mustache::Node {
  enum class Kind { text, variable, raw_variable, section, inverted };
  Kind kind = Kind::text;
  std::string text;  ///< the text itself, or the name
  std::vector<Node> children;
};

}  // namespace recado::messaging
