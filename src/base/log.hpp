// The log: one line an event, readable at three in the morning, on standard error.
//
//   text: `2026-04-15T02:41:45.120Z INFO  message delivered id=msg-1 late_ms=2`
//   json: `{"at":"…","level":"INFO","event":"message delivered","id":"msg-1","late_ms":2}`
//
// `event` is a fixed sentence without values; values are fields. Control characters in values are escaped, so
// that nobody can forge a line. A Secret cannot be logged: there is no Field that takes one (compile error).
// Thread-safe.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/error.hpp"

namespace recado {
class Clock;
class Secret;
}  // namespace recado

namespace recado::log {

enum class Level { debug, info, warning, error };
enum class Format { text, json };

struct Field {
  std::string_view key;
  std::string value;
  bool quoted;  ///< a JSON string; false for numbers and booleans

  template <class T>
  requires std::is_arithmetic_v<T> Field(std::string_view k, T v) : key(k), value(number(v)), quoted(false) {}
  Field(std::string_view k, bool v) : key(k), value(v ? "true" : "false"), quoted(false) {}
  Field(std::string_view k, std::string_view v) : key(k), value(v), quoted(true) {}
  Field(std::string_view k, const char* v) : key(k), value(v), quoted(true) {}
  Field(std::string_view k, const std::string& v) : key(k), value(v), quoted(true) {}
  Field(std::string_view k, const Error& e) : key(k), value(e.detail()), quoted(true) {}
  Field(std::string_view k, const Secret&) = delete;

 private:
  static std::string number(double v);
  static std::string number(std::int64_t v);
  static std::string number(std::uint64_t v);
  template <std::integral T>
  static std::string number(T v) {
    if constexpr (std::is_signed_v<T>)
      return number(static_cast<std::int64_t>(v));
    else
      return number(static_cast<std::uint64_t>(v));
  }
};

using Fields = std::initializer_list<Field>;

/// Sets level and format for the process; defaults are info and text.
void configure(Level level, Format format);
/// `DEBUG INFO WARNING ERROR`, any case.
Result<Level> parse_level(std::string_view text);
Result<Format> parse_format(std::string_view text);

bool enabled(Level level) noexcept;
void write(Level level, std::string_view event, Fields fields = {});

inline void debug(std::string_view event, Fields fields = {}) {
  if (enabled(Level::debug)) write(Level::debug, event, fields);
}
inline void info(std::string_view event, Fields fields = {}) {
  write(Level::info, event, fields);
}
inline void warning(std::string_view event, Fields fields = {}) {
  write(Level::warning, event, fields);
}
inline void error(std::string_view event, Fields fields = {}) {
  write(Level::error, event, fields);
}

/// Lets one line through every `interval_ms` (steady) and counts the rest: for events that a dead dependency
/// would repeat a thousand times a second. The next line that passes carries `repeated=n`, the number left
/// out since the last. For one thread.
class RateLimit {
 public:
  /// `clock`: the machine's when null; otherwise it must outlive this.
  explicit RateLimit(std::int64_t interval_ms, const Clock* clock = nullptr)
      : interval_ms_(interval_ms), clock_(clock) {}
  void write(Level level, std::string_view event, Fields fields = {});

 private:
  std::int64_t interval_ms_;
  const Clock* clock_;
  std::int64_t last_ms_ = INT64_MIN / 2;
  std::uint64_t suppressed_ = 0;
};

}  // namespace recado::log
