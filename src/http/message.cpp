#include "http/message.hpp"

#include <algorithm>
#include <array>

#include "http/head_syntax.hpp"

namespace recado::http {

namespace {

int hex_value(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_escape(std::string_view text, std::size_t at) noexcept {
  return at + 2 < text.size() && hex_value(text[at + 1]) >= 0 && hex_value(text[at + 2]) >= 0;
}

char escaped_byte(std::string_view text, std::size_t at) noexcept {
  return static_cast<char>(hex_value(text[at + 1]) * 16 + hex_value(text[at + 2]));
}

/// `application/x-www-form-urlencoded` decoding; a bad escape stays as it is.
std::string decode_query(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      decoded += ' ';
    } else if (text[i] == '%' && is_escape(text, i)) {
      decoded += escaped_byte(text, i);
      i += 2;
    } else {
      decoded += text[i];
    }
  }
  return decoded;
}

/// The path and query of an absolute-form target; empty when it has no path.
Result<std::string_view> without_authority(std::string_view target) {
  std::size_t scheme = 0;
  if (starts_with_ignoring_case(target, "http://")) scheme = 7;
  if (starts_with_ignoring_case(target, "https://")) scheme = 8;
  if (scheme == 0) {
    return Error(ErrorCode::invalid_argument,
                 "the request target must be a path that starts with /, or an http:// or https:// URL");
  }
  const std::size_t end = target.find_first_of("/?", scheme);
  if (end == scheme) return Error(ErrorCode::invalid_argument, "the request target names no host");
  return end == std::string_view::npos ? std::string_view() : target.substr(end);
}

}  // namespace

std::optional<std::string_view> Request::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return std::string_view(value);
  }
  return std::nullopt;
}

std::vector<std::pair<std::string, std::string>> Request::query_parameters() const {
  return form_fields(query);
}

std::vector<std::pair<std::string, std::string>> form_fields(std::string_view rest) {
  std::vector<std::pair<std::string, std::string>> parameters;
  while (!rest.empty()) {
    const std::size_t end = rest.find('&');
    const std::string_view pair = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    if (pair.empty()) continue;
    const std::size_t equals = std::min(pair.find('='), pair.size());
    parameters.emplace_back(decode_query(pair.substr(0, equals)),
                            decode_query(pair.substr(std::min(equals + 1, pair.size()))));
  }
  return parameters;
}

Result<void> assign_target(Request& request, std::string_view target) {
  for (std::size_t i = 0; i < target.size(); ++i) {
    const char c = target[i];
    if (c == '%' && !is_escape(target, i)) {
      return Error(ErrorCode::invalid_argument,
                   "the request target holds a % that two hexadecimal digits do not follow");
    }
    if (c <= ' ' || c >= 0x7f || c == '#') {
      return Error(ErrorCode::invalid_argument,
                   "the request target holds a character that must be percent-encoded (control, space, "
                   "non-ASCII or #)");
    }
  }
  request.target.assign(target);
  if (target == "*") {
    request.path.assign(target);
    request.query.clear();
    return {};
  }
  if (!target.starts_with('/')) {
    const auto rest = without_authority(target);
    if (!rest) return rest.error();
    target = rest.value();
  }
  const std::size_t query = target.find('?');
  request.query.assign(query == std::string_view::npos ? std::string_view() : target.substr(query + 1));
  std::string_view path = target.substr(0, query);
  // A path of slashes only is not the root: `//` names nothing.
  if (const std::size_t last = path.find_last_not_of('/'); last != std::string_view::npos) {
    path = path.substr(0, last + 1);
  }
  if (path == "/api" || path.starts_with("/api/")) path.remove_prefix(4);
  request.path.assign(path.empty() ? std::string_view("/") : path);
  return {};
}

Response::Response(int s, std::string content_type, std::string b) : status(s), body(std::move(b)) {
  if (!content_type.empty()) headers.emplace_back("Content-Type", std::move(content_type));
}

Response Response::json(int status, std::string body) {
  return Response(status, "application/json", std::move(body));
}

Response Response::text(int status, std::string body) {
  return Response(status, "text/plain; charset=utf-8", std::move(body));
}

}  // namespace recado::http
