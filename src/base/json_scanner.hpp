// The strict scanner under json.hpp: RFC 8259 and UTF-8, iterative, without an allocation for what it
// accepts.
//
// It keeps the client's bytes: a value is the slice from its first to its last byte. Part of json.cpp; other
// rooms use json.hpp.
#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/json.hpp"

namespace recado::json {

/// A cursor over a text. Every function that returns bool is false once the text broke a rule; error() then
/// says where and which.
class Scanner {
 public:
  explicit Scanner(std::string_view text)
      : begin_(text.data()), p_(text.data()), end_(text.data() + text.size()) {}

  bool at_end() const noexcept { return p_ == end_; }
  void skip_space() noexcept {
    while (p_ != end_ && (*p_ == ' ' || *p_ == '\n' || *p_ == '\r' || *p_ == '\t')) ++p_;
  }
  /// Moves past `c` when it is next.
  bool take(char c) noexcept {
    if (p_ == end_ || *p_ != c) return false;
    ++p_;
    return true;
  }

  /// One value, which starts here (no white space before it).
  bool value(Raw& out);
  /// A string with its quotes.
  bool string(std::string_view& token);
  bool number();
  /// A member's name with its quotes, the colon, and the white space around it.
  bool member_name(std::string_view& token);

  bool fail(std::string reason);
  /// `not valid JSON at line 1, column 17: …`; columns count characters.
  Error error() const;

 private:
  class Nesting;

  bool scalar();
  bool literal(std::string_view word);
  bool after_value(Nesting& nesting);
  bool escape();

  const char* begin_;
  const char* p_;
  const char* end_;
  std::string reason_;
};

/// Decodes a string that the scanner accepted, given with its quotes. Errors: invalid_argument for a lone
/// surrogate escape.
Result<std::string> decode(std::string_view token);

/// The shortest text that reads back as `number`; `null` for what JSON cannot say (infinities, not-a-number).
std::string number_text(double number);

/// `object`, `array`, … with its article, for messages.
std::string_view name_of(Kind kind) noexcept;

}  // namespace recado::json
