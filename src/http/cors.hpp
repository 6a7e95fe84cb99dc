// Cross-origin headers (WHATWG Fetch). Without allowed origins there are none at all.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.hpp"

namespace recado::http {

class Cors {
 public:
  /// Origins such as `https://app.example`, compared ignoring case and a trailing slash; `*` is any.
  explicit Cors(std::vector<std::string> allowed_origins);

  bool enabled() const noexcept { return any_ || !origins_.empty(); }
  /// Header lines, each with its CRLF, for an answer to `request`. `answer` is looked at for the Allow header
  /// when the request is a preflight (OPTIONS with Access-Control-Request-Method).
  std::string headers(const Request& request, const Response& answer) const;

 private:
  bool allows(std::string_view origin) const;

  bool any_ = false;
  std::vector<std::string> origins_;
};

}  // namespace recado::http
