#include "net/request_text.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace recado::net {
namespace {

/// RFC 9110 5.6.2.
constexpr std::array<bool, 256> kTokenCharacters = [] {
  std::array<bool, 256> out{};
  for (char c = 'a'; c <= 'z'; ++c) out[static_cast<unsigned char>(c)] = true;
  for (char c = 'A'; c <= 'Z'; ++c) out[static_cast<unsigned char>(c)] = true;
  for (char c = '0'; c <= '9'; ++c) out[static_cast<unsigned char>(c)] = true;
  for (const char c : std::string_view("!#$%&'*+-.^_`|~")) out[static_cast<unsigned char>(c)] = true;
  return out;
}();

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(),
                                      [](char c) { return kTokenCharacters[static_cast<unsigned char>(c)]; });
}

bool is_target(std::string_view text) {
  return text.starts_with('/') &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

bool is_value(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

bool equals_ignoring_case(std::string_view a, std::string_view lower) {
  return std::equal(a.begin(), a.end(), lower.begin(), lower.end(), [](char x, char y) {
    return (x >= 'A' && x <= 'Z' ? static_cast<char>(x - 'A' + 'a') : x) == y;
  });
}

bool is_ours(std::string_view name) {
  constexpr std::string_view kOurs[] = {"host", "content-length", "connection", "transfer-encoding"};
  return std::any_of(std::begin(kOurs), std::end(kOurs),
                     [&](std::string_view ours) { return equals_ignoring_case(name, ours); });
}

Error bad(std::string what) {
  return Error(ErrorCode::invalid_argument, std::move(what));
}

}  // namespace

Result<std::string> request_head(const HttpRequest& request) {
  if (!is_token(request.method)) return bad("the request's method is not one that HTTP allows");
  if (!is_target(request.url.target)) return bad("the request's target is not one that HTTP allows");
  std::string out;
  out.reserve(256 + request.url.target.size());
  out.append(request.method).append(" ").append(request.url.target).append(" HTTP/1.1\r\n");
  out.append("Host: ").append(request.url.host_header()).append("\r\n");
  for (const auto& [name, value] : request.headers) {
    if (!is_token(name)) return bad("`" + name.substr(0, 100) + "` is not a header name");
    if (is_ours(name)) return bad("the header `" + name + "` is written by the client itself");
    if (!is_value(value))
      return bad("the header `" + name + "` has a line break or a zero byte in its value");
    out.append(name).append(": ").append(value).append("\r\n");
  }
  const auto& method = request.method;
  if (!request.body.empty() || method == "POST" || method == "PUT" || method == "PATCH") {
    out.append("Content-Length: ").append(std::to_string(request.body.size())).append("\r\n");
  }
  out.append("\r\n");
  return out;
}

}  // namespace recado::net
