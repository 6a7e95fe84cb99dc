#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>

#include "engine/delivery/webhook.hpp"

namespace recado::engine {

namespace {

/// Reads an HTTP-date (RFC 9110 5.6.7) from the left; the names are case-sensitive, as the RFC has them.
class DateReader {
 public:
  explicit DateReader(std::string_view text) : rest_(text) {}

  bool at_end() const { return rest_.empty(); }
  bool take(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }
  /// Exactly `digits` digits.
  bool number(std::size_t digits, int& out) {
    if (rest_.size() < digits) return false;
    out = 0;
    for (const char c : rest_.substr(0, digits)) {
      if (c < '0' || c > '9') return false;
      out = out * 10 + (c - '0');
    }
    rest_.remove_prefix(digits);
    return true;
  }
  template <std::size_t N>
  bool name(const std::array<std::string_view, N>& names, int& index) {
    for (std::size_t i = 0; i < N; ++i) {
      if (take(names[i])) {
        index = static_cast<int>(i);
        return true;
      }
    }
    return false;
  }
  bool time_of_day(std::chrono::seconds& out) {
    int hour = 0, minute = 0, second = 0;
    if (!number(2, hour) || !take(":") || !number(2, minute) || !take(":") || !number(2, second))
      return false;
    if (hour > 23 || minute > 59 || second > 60) return false;
    out = std::chrono::hours{hour} + std::chrono::minutes{minute} + std::chrono::seconds{second};
    return true;
  }

 private:
  std::string_view rest_;
};

constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 7> kLongDays{"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                    "Thursday", "Friday", "Saturday"};

struct Parts {
  int year = 0, month = 0, day = 0, weekday = 0;
  std::chrono::seconds time{};
};

/// `Sun, 06 Nov 1994 08:49:37 GMT`
std::optional<Parts> imf_fixdate(DateReader in) {
  Parts p;
  if (in.name(kDays, p.weekday) && in.take(", ") && in.number(2, p.day) && in.take(" ") &&
      in.name(kMonths, p.month) && in.take(" ") && in.number(4, p.year) && in.take(" ") &&
      in.time_of_day(p.time) && in.take(" GMT") && in.at_end()) {
    return p;
  }
  return std::nullopt;
}

/// `Sunday, 06-Nov-94 08:49:37 GMT`; a year that looks more than 50 years ahead is the last one that ended
/// so.
std::optional<Parts> rfc850(DateReader in, int this_year) {
  Parts p;
  if (in.name(kLongDays, p.weekday) && in.take(", ") && in.number(2, p.day) && in.take("-") &&
      in.name(kMonths, p.month) && in.take("-") && in.number(2, p.year) && in.take(" ") &&
      in.time_of_day(p.time) && in.take(" GMT") && in.at_end()) {
    p.year += this_year / 100 * 100;
    if (p.year > this_year + 50) p.year -= 100;
    return p;
  }
  return std::nullopt;
}

/// `Sun Nov  6 08:49:37 1994`
std::optional<Parts> asctime(DateReader in) {
  Parts p;
  if (in.name(kDays, p.weekday) && in.take(" ") && in.name(kMonths, p.month) && in.take(" ") &&
      (in.take(" ") ? in.number(1, p.day) : in.number(2, p.day)) && in.take(" ") && in.time_of_day(p.time) &&
      in.take(" ") && in.number(4, p.year) && in.at_end()) {
    return p;
  }
  return std::nullopt;
}

std::optional<Instant> http_date(std::string_view text, Instant now) {
  using namespace std::chrono;
  const int this_year = static_cast<int>(year_month_day{floor<days>(now)}.year());
  auto parts = imf_fixdate(DateReader(text));
  if (!parts) parts = rfc850(DateReader(text), this_year);
  if (!parts) parts = asctime(DateReader(text));
  if (!parts) return std::nullopt;
  const year_month_day date{year{parts->year}, month{static_cast<unsigned>(parts->month + 1)},
                            day{static_cast<unsigned>(parts->day)}};
  if (!date.ok()) return std::nullopt;
  // A wrong name of the day is let pass: the date itself is clear.
  return Instant{sys_days{date} + parts->time};
}

}  // namespace

std::optional<Millis> parse_retry_after(std::string_view value, Instant now) {
  const auto first = value.find_first_not_of(" \t");
  if (first == std::string_view::npos) return std::nullopt;
  value = value.substr(first, value.find_last_not_of(" \t") - first + 1);

  const bool digits = std::all_of(value.begin(), value.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (digits) {
    // A century stands for any longer wait: no overflow, and whoever uses it has a limit far below.
    constexpr std::int64_t kLongest = 100LL * 366 * 86400;
    std::int64_t seconds = 0;
    for (const char c : value) seconds = std::min(seconds * 10 + (c - '0'), kLongest);
    return Millis{seconds * 1000};
  }
  const auto at = http_date(value, now);
  if (!at) return std::nullopt;
  return std::max(*at - now, Millis::zero());
}

}  // namespace recado::engine
