#include "base/posix_tz.hpp"

#include <algorithm>
#include <array>

namespace recado {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::sys_seconds;

namespace {

constexpr int kFirstYear = -9999;
constexpr int kLastYear = 19999;

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) noexcept {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

int year_of(sys_seconds t) noexcept {
  const auto first = sys_seconds{sys_days{std::chrono::year{kFirstYear} / 1 / 1}};
  const auto last = sys_seconds{sys_days{std::chrono::year{kLastYear} / 12 / 31}};
  const auto day = std::chrono::floor<days>(std::clamp(t, first, last));
  return static_cast<int>(std::chrono::year_month_day{day}.year());
}

}  // namespace

/// Eats a POSIX TZ string from the left; each member returns false at the first thing that does not fit.
class PosixTz::Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  bool at_end() const noexcept { return rest_.empty(); }

  bool eat(char c) noexcept {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  /// `CEST` or `<+03>`; the name itself is of no use here.
  bool name() noexcept {
    const bool quoted = eat('<');
    std::size_t n = 0;
    while (n < rest_.size() &&
           (is_letter(rest_[n]) || (quoted && (is_digit(rest_[n]) || rest_[n] == '+' || rest_[n] == '-')))) {
      ++n;
    }
    rest_.remove_prefix(n);
    return n >= 3 && (!quoted || eat('>'));
  }

  bool number(int low, int high, int& out) noexcept {
    std::size_t n = 0;
    int value = 0;
    while (n < rest_.size() && n < 3 && is_digit(rest_[n])) value = value * 10 + (rest_[n++] - '0');
    if (n == 0 || value < low || value > high) return false;
    rest_.remove_prefix(n);
    out = value;
    return true;
  }

  /// `[+-]hh[:mm[:ss]]`
  bool time(int max_hours, seconds& out) noexcept {
    const bool negative = eat('-');
    if (!negative) eat('+');
    int h = 0, m = 0, s = 0;
    if (!number(0, max_hours, h)) return false;
    if (eat(':')) {
      if (!number(0, 59, m)) return false;
      if (eat(':') && !number(0, 59, s)) return false;
    }
    const seconds total{h * 3600 + m * 60 + s};
    out = negative ? -total : total;
    return true;
  }

  bool change(ChangeRule& rule) noexcept {
    if (eat('M')) {
      rule.kind = DayKind::weekday;
      if (!number(1, 12, rule.month) || !eat('.') || !number(1, 5, rule.week) || !eat('.') ||
          !number(0, 6, rule.day)) {
        return false;
      }
    } else if (eat('J')) {
      rule.kind = DayKind::julian;
      if (!number(1, 365, rule.day)) return false;
    } else {
      rule.kind = DayKind::day_of_year;
      if (!number(0, 365, rule.day)) return false;
    }
    return !eat('/') || time(167, rule.time);
  }

 private:
  std::string_view rest_;
};

std::optional<PosixTz> PosixTz::parse(std::string_view text) {
  Reader reader(text);
  PosixTz tz;
  seconds west{0};
  if (!reader.name() || !reader.time(24, west)) return std::nullopt;
  tz.standard_offset_ = -west;
  if (reader.at_end()) return tz;

  DaylightSaving dst;
  if (!reader.name()) return std::nullopt;
  dst.offset = tz.standard_offset_ + hours{1};
  if (!reader.eat(',')) {
    if (!reader.time(24, west) || !reader.eat(',')) return std::nullopt;
    dst.offset = -west;
  }
  if (!reader.change(dst.start) || !reader.eat(',') || !reader.change(dst.end) || !reader.at_end()) {
    return std::nullopt;
  }
  tz.daylight_saving_ = dst;
  return tz;
}

sys_seconds PosixTz::ChangeRule::in_year(int year) const {
  using namespace std::chrono;  // the calendar literals of this function read as a formula
  const auto y = std::chrono::year{year};
  sys_days date = y / January / 1;
  switch (kind) {
    case DayKind::julian:
      date += days{day - 1 + (y.is_leap() && day >= 60 ? 1 : 0)};
      break;
    case DayKind::day_of_year:
      date += days{day};
      break;
    case DayKind::weekday: {
      const auto wanted = std::chrono::weekday{static_cast<unsigned>(day)};
      const auto in_month = y / std::chrono::month{static_cast<unsigned>(month)};
      date = week == 5 ? sys_days{in_month / wanted[last]}
                       : sys_days{in_month / wanted[static_cast<unsigned>(week)]};
      break;
    }
  }
  return sys_seconds{date} + time;
}

OffsetPeriod PosixTz::period_at(sys_seconds t) const {
  if (!daylight_saving_) return {sys_seconds::min(), sys_seconds::max(), standard_offset_};

  // Rule times reach up to a week out of their year, so the neighbours on both sides are looked at too.
  struct Interval {
    sys_seconds begin, end;
  };
  constexpr int kYears = 5;
  std::array<Interval, kYears> dst;
  const int first_year = year_of(t) - kYears / 2;
  for (int i = 0; i < kYears; ++i) {
    const int year = first_year + i;
    auto& interval = dst[static_cast<std::size_t>(i)];
    interval.begin = daylight_saving_->start.in_year(year) - standard_offset_;
    interval.end = daylight_saving_->end.in_year(year) - daylight_saving_->offset;
    if (interval.end <= interval.begin) {  // southern summer, or winter time declared as the exception
      interval.end = daylight_saving_->end.in_year(year + 1) - daylight_saving_->offset;
    }
  }

  OffsetPeriod period{sys_seconds::min(), sys_seconds::max(), standard_offset_};
  for (std::size_t i = 0; i < dst.size();) {
    // Daylight saving all year (RFC 8536 3.3.1) is written as intervals that touch: one period.
    Interval merged = dst[i++];
    while (i < dst.size() && dst[i].begin <= merged.end) merged.end = std::max(merged.end, dst[i++].end);
    if (t < merged.begin) {
      period.end = merged.begin;
      return period;
    }
    if (t < merged.end) return {merged.begin, merged.end, daylight_saving_->offset};
    period.begin = merged.end;
  }
  return period;
}

}  // namespace recado
