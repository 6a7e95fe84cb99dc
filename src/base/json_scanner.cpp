#include "base/json_scanner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "base/utf8.hpp"

namespace recado::json {
namespace {

constexpr std::uint64_t every_byte(unsigned char byte) {
  return 0x0101010101010101ULL * byte;
}

/// Marks (with the high bit of its byte) at least the first byte of `word` that ends a run of plain string
/// bytes: a quote, a backslash, a control character or a byte outside ASCII.
constexpr std::uint64_t special_bytes(std::uint64_t word) {
  const std::uint64_t quote = word ^ every_byte('"');
  const std::uint64_t backslash = word ^ every_byte('\\');
  const std::uint64_t below_space = (word - every_byte(0x20)) & ~word;
  const std::uint64_t is_quote = (quote - every_byte(1)) & ~quote;
  const std::uint64_t is_backslash = (backslash - every_byte(1)) & ~backslash;
  return (below_space | is_quote | is_backslash | word) & every_byte(0x80);
}

constexpr bool is_plain(char c) {
  return static_cast<unsigned char>(c) >= 0x20 && static_cast<unsigned char>(c) < 0x80 && c != '"' &&
         c != '\\';
}

/// The first byte from `p` on that is not plain, eight bytes at a time.
const char* skip_plain(const char* p, const char* end) noexcept {
  static_assert(std::endian::native == std::endian::little, "the first byte must be the lowest of the word");
  while (end - p >= 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, p, sizeof word);
    const std::uint64_t hits = special_bytes(word);
    if (hits != 0) return p + std::countr_zero(hits) / 8;
    p += 8;
  }
  while (p != end && is_plain(*p)) ++p;
  return p;
}

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

constexpr bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

}  // namespace

std::string_view name_of(Kind kind) noexcept {
  switch (kind) {
    case Kind::null:
      return "null";
    case Kind::boolean:
      return "a boolean";
    case Kind::number:
      return "a number";
    case Kind::string:
      return "a string";
    case Kind::array:
      return "an array";
    case Kind::object:
      return "an object";
  }
  return "a value";
}

/// The open containers, one bit each: set for an object.
class Scanner::Nesting {
 public:
  int depth() const noexcept { return depth_; }
  bool in_object() const noexcept { return (bits_[index(depth_ - 1)] >> shift(depth_ - 1) & 1) != 0; }
  char closing() const noexcept { return in_object() ? '}' : ']'; }
  void push(bool object) noexcept {
    const std::uint64_t bit = std::uint64_t{1} << shift(depth_);
    if (object) {
      bits_[index(depth_)] |= bit;
    } else {
      bits_[index(depth_)] &= ~bit;
    }
    ++depth_;
  }
  void pop() noexcept { --depth_; }

 private:
  static_assert(kMaxDepth % 64 == 0);
  static std::size_t index(int depth) noexcept { return static_cast<std::size_t>(depth) / 64; }
  static unsigned shift(int depth) noexcept { return static_cast<unsigned>(depth) % 64; }

  std::array<std::uint64_t, kMaxDepth / 64> bits_{};
  int depth_ = 0;
};

bool Scanner::value(Raw& out) {
  const char* const start = p_;
  Nesting nesting;
  do {
    if (p_ == end_) {
      if (nesting.depth() == 0) return fail("the text ends where a value is expected");
      return fail(nesting.in_object() ? "the text ends inside an object" : "the text ends inside an array");
    }
    if (*p_ == '{' || *p_ == '[') {
      if (nesting.depth() == kMaxDepth) return fail(fmt::format("nested deeper than {} levels", kMaxDepth));
      nesting.push(*p_ == '{');
      ++p_;
      skip_space();
      if (!take(nesting.closing())) {
        std::string_view name;
        if (nesting.in_object() && !member_name(name)) return false;
        continue;
      }
      nesting.pop();
    } else if (!scalar()) {
      return false;
    }
    if (!after_value(nesting)) return false;
  } while (nesting.depth() > 0);

  switch (*start) {
    case '{':
      out.kind = Kind::object;
      break;
    case '[':
      out.kind = Kind::array;
      break;
    case '"':
      out.kind = Kind::string;
      break;
    case 't':
    case 'f':
      out.kind = Kind::boolean;
      break;
    case 'n':
      out.kind = Kind::null;
      break;
    default:
      out.kind = Kind::number;
  }
  out.text = {start, static_cast<std::size_t>(p_ - start)};
  return true;
}

/// From the end of a value to the start of the next one, or out of the outermost container.
bool Scanner::after_value(Nesting& nesting) {
  while (nesting.depth() > 0) {
    skip_space();
    const bool in_object = nesting.in_object();
    if (take(',')) {
      skip_space();
      if (p_ != end_ && *p_ == nesting.closing()) {
        return fail(in_object ? "a comma before '}' must be followed by another member"
                              : "a comma before ']' must be followed by another element");
      }
      std::string_view name;
      return !in_object || member_name(name);
    }
    if (!take(nesting.closing())) {
      if (p_ == end_) {
        return fail(in_object ? "the text ends inside an object" : "the text ends inside an array");
      }
      return fail(in_object ? "expected ',' or '}' after a member" : "expected ',' or ']' after an element");
    }
    nesting.pop();
  }
  return true;
}

bool Scanner::member_name(std::string_view& token) {
  if (p_ == end_) return fail("the text ends inside an object");
  if (*p_ != '"') return fail("expected a member name in double quotes");
  if (!string(token)) return false;
  skip_space();
  if (!take(':')) {
    return fail(p_ == end_ ? "the text ends inside an object" : "expected ':' after the member name");
  }
  skip_space();
  return true;
}

bool Scanner::scalar() {
  switch (*p_) {
    case '"': {
      std::string_view token;
      return string(token);
    }
    case 't':
      return literal("true");
    case 'f':
      return literal("false");
    case 'n':
      return literal("null");
    case '\'':
      return fail("strings are written in double quotes");
    case '+':
    case '.':
      return fail("a number starts with a digit or '-'");
    case '\0':
      return fail("expected a value, found a NUL byte");
    case ']':
    case '}':
    case ',':
    case ':':
      return fail(fmt::format("expected a value, found '{}'", *p_));
    default:
      break;
  }
  if (*p_ == '-' || is_digit(*p_)) return number();
  return fail("expected a value: an object, an array, a string, a number, true, false or null");
}

bool Scanner::literal(std::string_view word) {
  for (const char c : word) {
    if (take(c)) continue;
    return fail(p_ == end_ ? fmt::format("the text ends inside '{}'", word)
                           : fmt::format("expected '{}'", word));
  }
  return true;
}

bool Scanner::number() {
  const auto digits = [this](std::string_view after) {
    if (p_ == end_ || !is_digit(*p_)) return fail(fmt::format("expected a digit after {}", after));
    while (p_ != end_ && is_digit(*p_)) ++p_;
    return true;
  };
  if (take('-') && (p_ == end_ || !is_digit(*p_))) return fail("expected a digit after '-'");
  if (take('0')) {
    if (p_ != end_ && is_digit(*p_)) return fail("a number has no leading zeros");
  } else {
    while (p_ != end_ && is_digit(*p_)) ++p_;
  }
  if (take('.') && !digits("'.'")) return false;
  if (take('e') || take('E')) {
    if (!take('+')) take('-');
    if (!digits("the exponent sign 'e'")) return false;
  }
  return true;
}

bool Scanner::string(std::string_view& token) {
  const char* const start = p_;
  ++p_;
  for (;;) {
    p_ = skip_plain(p_, end_);
    if (p_ == end_) return fail("the text ends inside a string");
    if (*p_ == '"') break;
    if (*p_ == '\\') {
      if (!escape()) return false;
    } else {
      // A run of non-ASCII text stays in this loop: trying eight plain bytes after each letter would cost
      // more.
      do {
        const Utf8Step step = utf8_step(p_, end_);
        if (static_cast<unsigned char>(*p_) < 0x20) {
          return fail(fmt::format("a control character (U+{:04X}) in a string must be written as an escape",
                                  static_cast<unsigned>(*p_)));
        }
        if (!step.valid)
          return fail(fmt::format("byte 0x{:02X} is not UTF-8", static_cast<unsigned char>(*p_)));
        p_ += step.length;
      } while (p_ != end_ && static_cast<unsigned char>(*p_) >= 0x80);
    }
  }
  ++p_;
  token = {start, static_cast<std::size_t>(p_ - start)};
  return true;
}

bool Scanner::escape() {
  ++p_;
  if (p_ == end_) return fail("the text ends inside a string");
  switch (*p_) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
      ++p_;
      return true;
    case 'u':
      break;
    default:
      return fail(
          "unknown escape in a string; there are \\\" \\\\ \\/ \\b \\f \\n \\r \\t and \\u with four digits");
  }
  ++p_;
  for (int i = 0; i < 4; ++i, ++p_) {
    if (p_ == end_) return fail("the text ends inside a string");
    if (!is_hex(*p_)) return fail("\\u must be followed by four hexadecimal digits");
  }
  return true;
}

bool Scanner::fail(std::string reason) {
  reason_ = std::move(reason);
  return false;
}

Error Scanner::error() const {
  const auto line = 1 + std::count(begin_, p_, '\n');
  const char* line_start = p_;
  while (line_start != begin_ && line_start[-1] != '\n') --line_start;
  const auto column = 1 + std::count_if(line_start, p_, [](char c) { return (c & '\xC0') != '\x80'; });
  return Error(ErrorCode::invalid_argument,
               fmt::format("not valid JSON at line {}, column {}: {}", line, column, reason_));
}

}  // namespace recado::json
