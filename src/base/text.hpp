// Small things done to text: for error sentences, and between formats.
#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"

namespace recado {

/// `text` between double quotes, cut after 64 bytes (never inside a UTF-8 character), control characters as
/// `?`.
std::string quoted(std::string_view text);

/// `text` without what `blanks` has of characters around it.
std::string_view trimmed(std::string_view text, std::string_view blanks = " \t\r\n") noexcept;

/// `&`, `<`, `>`, `"` and `'` as character references.
std::string html_escape(std::string_view text);

/// Percent-encoding of everything but unreserved characters (RFC 3986 2.3).
std::string percent_encode(std::string_view text);
/// Errors: invalid_argument for a bad escape.
Result<std::string> percent_decode(std::string_view text);

}  // namespace recado
