#include "base/log_line.hpp"

#include <fmt/format.h>

#include <iterator>

#include "base/utf8.hpp"

namespace recado::log {
namespace {

std::string_view name_of(Level level) noexcept {
  switch (level) {
    case Level::debug:
      return "DEBUG";
    case Level::info:
      return "INFO";
    case Level::warning:
      return "WARNING";
    case Level::error:
      return "ERROR";
  }
  return "ERROR";
}

/// The code point of a valid character of two or three bytes; 0 for longer ones, none of which is escaped.
unsigned code_point(const char* p, unsigned length) noexcept {
  const auto bits = [p](unsigned i, unsigned mask) { return static_cast<unsigned char>(p[i]) & mask; };
  if (length == 2) return bits(0, 0x1F) << 6 | bits(1, 0x3F);
  if (length == 3) return bits(0, 0x0F) << 12 | bits(1, 0x3F) << 6 | bits(2, 0x3F);
  return length == 1 ? bits(0, 0x7F) : 0;
}

/// Characters that could end a line, drive a terminal or show text in another order than it has.
bool is_deceptive(unsigned code) noexcept {
  return code < 0x20 || (code >= 0x7F && code <= 0x9F) || code == 0x2028 || code == 0x2029 ||
         (code >= 0x200E && code <= 0x200F) || (code >= 0x202A && code <= 0x202E) ||
         (code >= 0x2066 && code <= 0x2069);
}

/// The inside of a JSON string.
void append_escaped(std::string& out, std::string_view text) {
  const char* const end = text.data() + text.size();
  for (const char* p = text.data(); p != end;) {
    const Utf8Step step = utf8_step(p, end);
    const unsigned code = step.valid ? code_point(p, step.length) : 0xFFFD;
    if (!step.valid) {
      out += "\xEF\xBF\xBD";
    } else if (*p == '"' || *p == '\\') {
      out += {'\\', *p};
    } else if (*p == '\n') {
      out += "\\n";
    } else if (step.length < 4 && is_deceptive(code)) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", code);
    } else {
      out.append(p, step.length);
    }
    p += step.length;
  }
}

void append_text_value(std::string& out, std::string_view value) {
  std::string escaped;
  append_escaped(escaped, value);
  const bool plain = !value.empty() && escaped.find_first_of(" \"\\=") == std::string::npos;
  out += plain ? escaped : '"' + escaped + '"';
}

void append_json_string(std::string& out, std::string_view value) {
  out += '"';
  append_escaped(out, value);
  out += '"';
}

void append_at(std::string& out, Instant at) {
  // Always with milliseconds, so that lines stand under each other.
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss time{at - day};
  fmt::format_to(std::back_inserter(out), "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", int{date.year()},
                 unsigned{date.month()}, unsigned{date.day()}, time.hours().count(), time.minutes().count(),
                 time.seconds().count(), time.subseconds().count());
}

/// Infinities and not-a-number are no JSON numbers.
bool is_finite_text(std::string_view number) noexcept {
  return number.find_first_of("0123456789") != std::string_view::npos || number == "true" ||
         number == "false";
}

}  // namespace

std::string format_line(Format format, Instant at, Level level, std::string_view event,
                        std::span<const Field> fields) {
  std::string out;
  out.reserve(160);
  if (format == Format::text) {
    append_at(out, at);
    fmt::format_to(std::back_inserter(out), " {:<5} ", name_of(level));
    append_escaped(out, event);
    for (const Field& field : fields) {
      out += ' ';
      append_escaped(out, field.key);
      out += '=';
      append_text_value(out, field.value);
    }
    return out;
  }
  out += "{\"at\":\"";
  append_at(out, at);
  fmt::format_to(std::back_inserter(out), "\",\"level\":\"{}\",\"event\":", name_of(level));
  append_json_string(out, event);
  for (const Field& field : fields) {
    out += ',';
    append_json_string(out, field.key);
    out += ':';
    if (field.quoted || !is_finite_text(field.value)) {
      append_json_string(out, field.value);
    } else {
      out += field.value;
    }
  }
  out += '}';
  return out;
}

}  // namespace recado::log
