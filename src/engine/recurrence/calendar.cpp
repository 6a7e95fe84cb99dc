#include "engine/recurrence/calendar.hpp"

#include <algorithm>
#include <bit>

namespace recado::engine {

using std::chrono::days;
using std::chrono::local_days;

namespace {

unsigned length_of(int year, unsigned month) noexcept {
  constexpr unsigned kLengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return month == 2 && leap ? 29 : kLengths[month - 1];
}

constexpr std::uint32_t bit(unsigned n) noexcept {
  return std::uint32_t{1} << n;
}

/// The days of a month of `length` days, the first of which is the weekday `first`, that are one of
/// `weekdays`.
std::uint32_t weekdays_in(std::uint8_t weekdays, unsigned first, unsigned length) noexcept {
  const auto turned = static_cast<std::uint64_t>((weekdays | weekdays << 7) >> first & 0x7f);
  const std::uint64_t five_weeks = turned * 0x10204081;
  return static_cast<std::uint32_t>(five_weeks << 1) & ((length == 31 ? 0u : bit(length + 1)) - 2);
}

/// The day that is the n-th (from the end when negative) such weekday between two days, both included.
std::optional<local_days> nth_weekday(WeekdayOrdinal wanted, local_days first, local_days last) noexcept {
  const unsigned from = weekday_of(wanted.ordinal > 0 ? first : last);
  if (wanted.ordinal > 0) {
    const auto day = first + days{(wanted.weekday + 7 - from) % 7 + 7 * (wanted.ordinal - 1)};
    return day <= last ? std::optional(day) : std::nullopt;
  }
  const auto day = last - days{(from + 7 - wanted.weekday) % 7 + 7 * (-wanted.ordinal - 1)};
  return day >= first ? std::optional(day) : std::nullopt;
}

/// Day 1 of week 1: the first week with at least four days in the year.
local_days first_week(int year, unsigned week_start) noexcept {
  return week_of(days_of(year, 1, 4), week_start);
}

bool in_weeks(const std::vector<int>& weeks, local_days day, unsigned week_start) noexcept {
  // A week belongs to the year in which its fourth day lies.
  const local_days week = week_of(day, week_start);
  const int year = date_of(week + days{3}).year;
  const auto number = (week - first_week(year, week_start)).count() / 7 + 1;
  const auto back = (week - first_week(year + 1, week_start)).count() / 7;
  return std::ranges::any_of(weeks, [&](int n) { return n == number || n == back; });
}

bool in_year_days(const std::vector<int>& year_days, local_days day, int year) noexcept {
  const auto number = (day - days_of(year, 1, 1)).count() + 1;
  const auto back = (day - days_of(year + 1, 1, 1)).count();
  return std::ranges::any_of(year_days, [&](int n) { return n == number || n == back; });
}

}  // namespace

int next_bit(std::uint64_t bits, int from) noexcept {
  if (from >= 64) return -1;
  const std::uint64_t rest = bits >> from;
  return rest == 0 ? -1 : from + std::countr_zero(rest);
}

std::optional<int> TimesOfDay::at_or_after(int second) const noexcept {
  int h = second / 3600, m = second / 60 % 60, s = second % 60;
  const int hour = next_bit(hours, h);
  if (hour < 0) return std::nullopt;
  if (hour > h) m = s = 0;
  h = hour;
  int minute = next_bit(minutes, m);
  if (minute > m) s = 0;
  int sec = minute < 0 ? -1 : next_bit(seconds, s);
  if (minute >= 0 && sec < 0) {
    minute = next_bit(minutes, minute + 1);
    sec = next_bit(seconds, 0);
  }
  if (minute < 0) {
    h = next_bit(hours, h + 1);
    if (h < 0) return std::nullopt;
    minute = next_bit(minutes, 0);
    sec = next_bit(seconds, 0);
  }
  return h * 3600 + minute * 60 + sec;
}

std::size_t TimesOfDay::count() const noexcept {
  return static_cast<std::size_t>(std::popcount(hours)) * static_cast<std::size_t>(std::popcount(minutes)) *
         static_cast<std::size_t>(std::popcount(seconds));
}

int TimesOfDay::nth(std::size_t index) const noexcept {
  const auto pick = [](std::uint64_t bits, std::size_t n) {
    for (; n > 0; --n) bits &= bits - 1;
    return std::countr_zero(bits);
  };
  const auto per_minute = static_cast<std::size_t>(std::popcount(seconds));
  const auto per_hour = per_minute * static_cast<std::size_t>(std::popcount(minutes));
  return pick(hours, index / per_hour) * 3600 + pick(minutes, index % per_hour / per_minute) * 60 +
         pick(seconds, index % per_minute);
}

bool Days::restricts_days() const noexcept {
  return month_days != 0 || month_days_back != 0 || weekdays != 0 || !ordinals.empty() ||
         !year_days.empty() || !weeks.empty();
}

std::uint32_t Days::of_month(int year, unsigned month) const {
  if ((months >> month & 1) == 0) return 0;
  const unsigned length = length_of(year, month);
  const std::uint32_t all = (length == 31 ? 0u : bit(length + 1)) - 2;
  const local_days first = days_of(year, month, 1);
  const local_days last = first + days{length - 1};

  const bool by_day = month_days != 0 || month_days_back != 0;
  std::uint32_t days_of_month = by_day ? month_days & all : all;
  for (auto back = month_days_back; back != 0; back &= back - 1) {
    const auto n = static_cast<unsigned>(std::countr_zero(back));
    if (n <= length) days_of_month |= bit(length + 1 - n);
  }
  if (shorten && (month_days & ~all) != 0) days_of_month |= bit(length);

  const bool by_weekday = weekdays != 0 || !ordinals.empty();
  std::uint32_t weekdays_of_month = by_weekday ? weekdays_in(weekdays, weekday_of(first), length) : all;
  for (const auto& wanted : ordinals) {
    const auto day = ordinals_of_year ? nth_weekday(wanted, days_of(year, 1, 1), days_of(year, 12, 31))
                                      : nth_weekday(wanted, first, last);
    if (day && *day >= first && *day <= last)
      weekdays_of_month |= bit(static_cast<unsigned>((*day - first).count()) + 1);
  }

  std::uint32_t out =
      either && by_day && by_weekday ? days_of_month | weekdays_of_month : days_of_month & weekdays_of_month;
  if (year_days.empty() && weeks.empty()) return out;
  for (auto left = out; left != 0; left &= left - 1) {
    const auto d = static_cast<unsigned>(std::countr_zero(left));
    const local_days day = first + days{d - 1};
    if ((!year_days.empty() && !in_year_days(year_days, day, year)) ||
        (!weeks.empty() && !in_weeks(weeks, day, week_start))) {
      out &= ~bit(d);
    }
  }
  return out;
}

Date date_of(local_days d) noexcept {
  const std::chrono::year_month_day date{d};
  return {static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
          static_cast<unsigned>(date.day())};
}

local_days days_of(int year, unsigned month, unsigned day) noexcept {
  return local_days{std::chrono::year{year} / std::chrono::month{month} / std::chrono::day{day}};
}

unsigned weekday_of(local_days d) noexcept {
  return std::chrono::weekday{d}.c_encoding();
}

local_days week_of(local_days d, unsigned week_start) noexcept {
  return d - days{(weekday_of(d) + 7 - week_start) % 7};
}

}  // namespace recado::engine
