#include "base/json.hpp"

#include <fmt/format.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <cmath>

#include "base/json_scanner.hpp"

namespace recado::json {
namespace {

Error invalid(std::string detail) {
  return Error(ErrorCode::invalid_argument, std::move(detail));
}

Error wrong_kind(std::string_view expected, Raw value) {
  return invalid(fmt::format("expected {}, got {}", expected, name_of(value.kind)));
}

/// The four hexadecimal digits at `p`.
unsigned hex4(const char* p) noexcept {
  unsigned code = 0;
  for (int i = 0; i < 4; ++i) {
    const char c = p[i];
    const int digit = c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
    code = code << 4 | static_cast<unsigned>(digit);
  }
  return code;
}

void append_utf8(std::string& out, unsigned code) {
  const auto byte = [&out](unsigned b) { out.push_back(static_cast<char>(b)); };
  if (code < 0x80) {
    byte(code);
  } else if (code < 0x800) {
    byte(0xC0 | code >> 6);
    byte(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    byte(0xE0 | code >> 12);
    byte(0x80 | (code >> 6 & 0x3F));
    byte(0x80 | (code & 0x3F));
  } else {
    byte(0xF0 | code >> 18);
    byte(0x80 | (code >> 12 & 0x3F));
    byte(0x80 | (code >> 6 & 0x3F));
    byte(0x80 | (code & 0x3F));
  }
}

constexpr bool is_high_surrogate(unsigned code) {
  return code >= 0xD800 && code <= 0xDBFF;
}
constexpr bool is_low_surrogate(unsigned code) {
  return code >= 0xDC00 && code <= 0xDFFF;
}

/// Checks a Raw that somebody may have put together by hand before its bytes are trusted.
Result<void> expect(Raw value, Kind kind) {
  if (value.kind != kind) return wrong_kind(name_of(kind), value);
  Scanner scanner(value.text);
  Raw again;
  if (!scanner.value(again)) return scanner.error();
  if (!scanner.at_end() || again.kind != kind) return invalid(fmt::format("not {}", name_of(kind)));
  return {};
}

/// A number's text taken apart: the digits of `whole` and `fraction` times ten to the `exponent`.
struct Decimal {
  bool negative = false;
  std::string_view whole;
  std::string_view fraction;
  std::int64_t exponent = 0;

  explicit Decimal(std::string_view text) {
    negative = text.front() == '-';
    if (negative) text.remove_prefix(1);
    const std::size_t e = std::min(text.find_first_of("eE"), text.size());
    const std::size_t point = std::min(text.find('.'), e);
    whole = text.substr(0, point);
    if (point < e) fraction = text.substr(point + 1, e - point - 1);
    if (e == text.size()) return;
    std::string_view digits = text.substr(e + 1);
    const bool below = digits.front() == '-';
    if (below || digits.front() == '+') digits.remove_prefix(1);
    // Past any length that a text can have, the exact value makes no difference.
    constexpr std::int64_t kEnough = 1'000'000'000'000;
    for (const char c : digits) exponent = std::min(exponent * 10 + (c - '0'), kEnough);
    if (below) exponent = -exponent;
  }

  std::size_t size() const noexcept { return whole.size() + fraction.size(); }
  unsigned digit(std::size_t i) const noexcept {
    return static_cast<unsigned>((i < whole.size() ? whole[i] : fraction[i - whole.size()]) - '0');
  }
};

/// Takes the one number that the reader finds in a number's text.
struct NumberHandler : rapidjson::BaseReaderHandler<rapidjson::UTF8<>, NumberHandler> {
  double number = 0;
  bool Default() { return false; }
  bool Int(int v) { return number = v, true; }
  bool Uint(unsigned v) { return number = v, true; }
  bool Int64(std::int64_t v) { return number = static_cast<double>(v), true; }
  bool Uint64(std::uint64_t v) { return number = static_cast<double>(v), true; }
  bool Double(double v) { return number = v, true; }
};

}  // namespace

Result<Raw> parse(std::string_view text) {
  Scanner scanner(text);
  if (text.starts_with("\xEF\xBB\xBF")) {
    scanner.fail("the text starts with a byte order mark; send UTF-8 without one");
    return scanner.error();
  }
  scanner.skip_space();
  Raw raw;
  if (!scanner.value(raw)) return scanner.error();
  scanner.skip_space();
  if (!scanner.at_end()) {
    scanner.fail("the value is complete, but more text follows");
    return scanner.error();
  }
  return raw;
}

Result<std::vector<Member>> members(Raw object) {
  if (object.kind != Kind::object) return wrong_kind("an object", object);
  Scanner scanner(object.text);
  std::vector<Member> found;
  if (!scanner.take('{')) return invalid("not an object");
  scanner.skip_space();
  if (scanner.take('}')) return found;
  for (;;) {
    scanner.skip_space();
    std::string_view name;
    Raw value;
    if (!scanner.member_name(name) || !scanner.value(value)) return scanner.error();
    Result<std::string> key = decode(name);
    if (!key)
      return invalid(fmt::format("the name of member {}: {}", found.size() + 1, key.error().detail()));
    found.push_back(Member{std::move(*key), value});
    scanner.skip_space();
    if (scanner.take('}')) return found;
    if (!scanner.take(',')) {
      scanner.fail("expected ',' or '}' after a member");
      return scanner.error();
    }
  }
}

Result<std::vector<Raw>> elements(Raw array) {
  if (array.kind != Kind::array) return wrong_kind("an array", array);
  Scanner scanner(array.text);
  std::vector<Raw> found;
  if (!scanner.take('[')) return invalid("not an array");
  scanner.skip_space();
  if (scanner.take(']')) return found;
  for (;;) {
    scanner.skip_space();
    Raw value;
    if (!scanner.value(value)) return scanner.error();
    found.push_back(value);
    scanner.skip_space();
    if (scanner.take(']')) return found;
    if (!scanner.take(',')) {
      scanner.fail("expected ',' or ']' after an element");
      return scanner.error();
    }
  }
}

Result<std::string> decode(std::string_view token) {
  const std::string_view text = token.substr(1, token.size() - 2);
  std::string out;
  out.reserve(text.size());
  std::size_t at = 0;
  for (;;) {
    const std::size_t backslash = text.find('\\', at);
    out.append(text, at, backslash - at);
    if (backslash == std::string_view::npos) return out;
    const char letter = text[backslash + 1];
    at = backslash + 2;
    switch (letter) {
      case 'b':
        out.push_back('\b');
        continue;
      case 'f':
        out.push_back('\f');
        continue;
      case 'n':
        out.push_back('\n');
        continue;
      case 'r':
        out.push_back('\r');
        continue;
      case 't':
        out.push_back('\t');
        continue;
      case 'u':
        break;
      default:
        out.push_back(letter);
        continue;
    }
    unsigned code = hex4(text.data() + at);
    if (is_high_surrogate(code) && text.substr(at + 4).starts_with("\\u")) {
      const unsigned low = hex4(text.data() + at + 6);
      if (is_low_surrogate(low)) {
        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
        at += 6;
      }
    }
    if (is_high_surrogate(code) || is_low_surrogate(code)) {
      return invalid(
          fmt::format("\\u{} is half of a surrogate pair and stands for no character", text.substr(at, 4)));
    }
    append_utf8(out, code);
    at += 4;
  }
}

Result<std::string> as_string(Raw value) {
  if (auto checked = expect(value, Kind::string); !checked) return checked.error();
  return decode(value.text);
}

Result<std::int64_t> as_int(Raw value) {
  if (auto checked = expect(value, Kind::number); !checked) return checked.error();
  const Decimal decimal(value.text);
  const auto digits = static_cast<std::int64_t>(decimal.size());
  const std::int64_t kept = digits + decimal.exponent - static_cast<std::int64_t>(decimal.fraction.size());
  const std::uint64_t limit = static_cast<std::uint64_t>(INT64_MAX) + (decimal.negative ? 1 : 0);
  std::uint64_t magnitude = 0;
  for (std::int64_t i = 0; i < std::max(kept, digits); ++i) {
    const unsigned digit = i < digits ? decimal.digit(static_cast<std::size_t>(i)) : 0;
    if (i >= kept) {
      if (digit != 0) return invalid("expected a whole number");
      continue;
    }
    if (magnitude > (limit - digit) / 10) return invalid("the number is out of range");
    if (magnitude == 0 && i >= digits) break;  // zero, whatever the exponent
    magnitude = magnitude * 10 + digit;
  }
  return static_cast<std::int64_t>(decimal.negative ? 0 - magnitude : magnitude);
}

Result<double> as_number(Raw value) {
  if (auto checked = expect(value, Kind::number); !checked) return checked.error();
  rapidjson::MemoryStream stream(value.text.data(), value.text.size());
  rapidjson::Reader reader;
  NumberHandler handler;
  if (reader.Parse<rapidjson::kParseFullPrecisionFlag>(stream, handler).IsError() ||
      !std::isfinite(handler.number)) {
    return invalid("the number is out of range");
  }
  return handler.number;
}

Result<bool> as_bool(Raw value) {
  if (value.kind != Kind::boolean) return wrong_kind("true or false", value);
  return value.text == "true";
}

std::string number_text(double number) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  if (!writer.Double(number)) return "null";
  return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace recado::json
