#include "base/log.hpp"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <array>
#include <atomic>
#include <charconv>
#include <memory>
#include <vector>

#include "base/log_line.hpp"
#include "base/text.hpp"
#include "base/time.hpp"

namespace recado::log {
namespace {

std::atomic<Level> g_level{Level::info};
std::atomic<Format> g_format{Format::text};

template <class T>
std::string to_text(T number) {
  std::array<char, 32> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  return {digits.data(), end};
}

bool equals_ignoring_case(std::string_view text, std::string_view upper) noexcept {
  if (text.size() != upper.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i] >= 'a' && text[i] <= 'z' ? static_cast<char>(text[i] - 'a' + 'A') : text[i];
    if (c != upper[i]) return false;
  }
  return true;
}

/// spdlog carries finished lines: its sink locks and hands each to stderr in one write. Never destroyed, so
/// that what runs at exit can still log.
spdlog::logger& standard_error() {
  static spdlog::logger* const logger = [] {
    auto made = std::make_unique<spdlog::logger>("recado", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%v");
    made->set_level(spdlog::level::trace);
    return made.release();
  }();
  return *logger;
}

void write_line(Level level, std::string_view event, std::span<const Field> fields) {
  const std::string line =
      format_line(g_format.load(std::memory_order_relaxed), SystemClock{}.now(), level, event, fields);
  standard_error().log(spdlog::level::info, spdlog::string_view_t{line.data(), line.size()});
}

}  // namespace

std::string Field::number(double v) {
  return to_text(v);
}
std::string Field::number(std::int64_t v) {
  return to_text(v);
}
std::string Field::number(std::uint64_t v) {
  return to_text(v);
}

void configure(Level level, Format format) {
  g_level.store(level, std::memory_order_relaxed);
  g_format.store(format, std::memory_order_relaxed);
}

Result<Level> parse_level(std::string_view text) {
  if (equals_ignoring_case(text, "DEBUG")) return Level::debug;
  if (equals_ignoring_case(text, "INFO")) return Level::info;
  if (equals_ignoring_case(text, "WARNING")) return Level::warning;
  if (equals_ignoring_case(text, "ERROR")) return Level::error;
  return Error(ErrorCode::invalid_argument,
               quoted(text) + " is not a log level; expected DEBUG, INFO, WARNING or ERROR");
}

Result<Format> parse_format(std::string_view text) {
  if (equals_ignoring_case(text, "TEXT")) return Format::text;
  if (equals_ignoring_case(text, "JSON")) return Format::json;
  return Error(ErrorCode::invalid_argument, quoted(text) + " is not a log format; expected text or json");
}

bool enabled(Level level) noexcept {
  return level >= g_level.load(std::memory_order_relaxed);
}

void write(Level level, std::string_view event, Fields fields) {
  if (enabled(level)) write_line(level, event, {fields.begin(), fields.size()});
}

void RateLimit::write(Level level, std::string_view event, Fields fields) {
  if (!enabled(level)) return;
  const SteadyPoint now = clock_ != nullptr ? clock_->steady() : SystemClock{}.steady();
  const std::int64_t now_ms = std::chrono::floor<Millis>(now.time_since_epoch()).count();
  if (now_ms - last_ms_ < interval_ms_) {
    ++suppressed_;
    return;
  }
  last_ms_ = now_ms;
  std::vector<Field> all(fields);
  if (suppressed_ > 0) all.emplace_back("repeated", suppressed_);
  suppressed_ = 0;
  write_line(level, event, all);
}

}  // namespace recado::log
