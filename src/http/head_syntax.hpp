// Characters and words of an HTTP head (RFC 9110 5.6, RFC 9112), ASCII only whatever the locale.
#pragma once

#include <algorithm>
#include <string_view>

#include "base/text.hpp"

namespace recado::http {

constexpr char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

constexpr bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

constexpr bool starts_with_ignoring_case(std::string_view text, std::string_view start) noexcept {
  return equal_ignoring_case(text.substr(0, start.size()), start);
}

/// Without the spaces and tabs around it.
inline std::string_view trimmed(std::string_view text) noexcept {
  return recado::trimmed(text, " \t");
}

/// One digit or more and nothing else.
bool is_digits(std::string_view text) noexcept;

/// A character that may stand in `host:port`, an IPv6 literal included.
bool is_host_character(char c) noexcept;

bool is_token_character(char c) noexcept;

/// Whether `head` has exactly one Content-Length, well formed, and no Transfer-Encoding. When Beast refuses
/// the length of such a head, it is one that 64 bits do not hold.
bool has_sound_length(std::string_view head) noexcept;

/// Whether a request line ends with ` HTTP/` and a version of two digits, after a method and a target.
bool names_a_version(std::string_view line) noexcept;

}  // namespace recado::http
