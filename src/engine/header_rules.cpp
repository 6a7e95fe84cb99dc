#include "engine/header_rules.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace recado::engine {

namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// RFC 9110 5.6.2.
bool is_token_char(char c) {
  if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) return true;
  return std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

/// Hop-by-hop (RFC 9110 7.6.1, and what RFC 2616 13.5.1 listed), and what the transport writes itself.
constexpr std::array<std::string_view, 12> kReserved{
    "connection", "content-length",   "host",    "keep-alive", "proxy-authenticate", "proxy-authorization",
    "te",         "proxy-connection", "trailer", "trailers",   "transfer-encoding",  "upgrade"};

}  // namespace

bool header_is_reserved(std::string_view name) {
  std::string lowered(name);
  std::transform(lowered.begin(), lowered.end(), lowered.begin(), lower);
  return lowered.starts_with("webhook-") || lowered.starts_with("recado-") ||
         std::find(kReserved.begin(), kReserved.end(), lowered) != kReserved.end();
}

bool header_name_is_valid(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), is_token_char);
}

bool header_value_is_valid(std::string_view value) {
  return std::all_of(value.begin(), value.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte >= 0x20 && byte != 0x7f) || c == '\t';
  });
}

}  // namespace recado::engine
