#include "http/cors.hpp"

#include <algorithm>

#include "http/head_syntax.hpp"

namespace recado::http {

namespace {

std::string normal(std::string_view origin) {
  while (origin.ends_with('/')) origin.remove_suffix(1);
  std::string text(origin);
  std::transform(text.begin(), text.end(), text.begin(), lower);
  return text;
}

}  // namespace

Cors::Cors(std::vector<std::string> allowed_origins) {
  for (const auto& origin : allowed_origins) {
    if (origin == "*") any_ = true;
    origins_.push_back(normal(origin));
  }
}

bool Cors::allows(std::string_view origin) const {
  return any_ || std::find(origins_.begin(), origins_.end(), normal(origin)) != origins_.end();
}

std::string Cors::headers(const Request& request, const Response& answer) const {
  if (!enabled()) return {};
  // A cache must not serve one origin's answer to another; with `*` all answers are alike.
  std::string lines = any_ ? "" : "Vary: Origin\r\n";
  const auto origin = request.header("origin");
  if (!origin || !allows(*origin)) return lines;
  lines += "Access-Control-Allow-Origin: ";
  lines += any_ ? std::string_view("*") : *origin;
  lines += "\r\n";
  if (request.method == "OPTIONS" && request.header("access-control-request-method")) {
    for (const auto& [name, value] : answer.headers) {
      if (name == "Allow") lines += "Access-Control-Allow-Methods: " + value + "\r\n";
    }
    lines += "Access-Control-Allow-Headers: Authorization, Content-Type\r\nAccess-Control-Max-Age: 7200\r\n";
  } else {
    lines += "Access-Control-Expose-Headers: Location, Link, X-Total-Count, Retry-After\r\n";
  }
  return lines;
}

}  // namespace recado::http
