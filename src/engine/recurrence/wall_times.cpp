// Rules of a day and more: days found by the bits of a month, then times of day.
#include <algorithm>

#include "engine/recurrence/rule.hpp"

namespace recado::engine {

using std::chrono::days;
using std::chrono::local_days;
using std::chrono::local_seconds;
using std::chrono::seconds;

namespace {

/// Dates and weekdays repeat after so many months (146,097 days, 20,871 weeks).
constexpr int kCalendarMonths = 4'800;
constexpr int kCalendarDays = 146'097;

TimesOfDay times_of(const Rule& rule) noexcept {
  return {rule.hours, rule.minutes, rule.seconds};
}

std::int64_t months_of(Date date) noexcept {
  return std::int64_t{date.year} * 12 + date.month - 1;
}

/// How many units after the start's `d` is.
std::int64_t units_since_start(const Rule& rule, local_days d) noexcept {
  const auto start = std::chrono::floor<days>(rule.start);
  switch (rule.unit) {
    case Unit::year:
      return date_of(d).year - date_of(start).year;
    case Unit::month:
      return months_of(date_of(d)) - months_of(date_of(start));
    case Unit::week:
      return (week_of(d, rule.days.week_start) - week_of(start, rule.days.week_start)).count() / 7;
    default:
      return (d - start).count();
  }
}

/// The first day of the unit that is `units` after the start's.
local_days unit_after_start(const Rule& rule, std::int64_t units) noexcept {
  const auto start = std::chrono::floor<days>(rule.start);
  switch (rule.unit) {
    case Unit::year:
      return days_of(static_cast<int>(date_of(start).year + units), 1, 1);
    case Unit::month: {
      const auto month = months_of(date_of(start)) + units;
      return days_of(static_cast<int>(month / 12), static_cast<unsigned>(month % 12) + 1, 1);
    }
    case Unit::week:
      return week_of(start, rule.days.week_start) + days{7 * units};
    default:
      return start + days{units};
  }
}

/// So many units may be looked at: beyond, no year begins that can be written. Keeps sums in range.
std::int64_t last_unit(const Rule& rule) noexcept {
  return units_since_start(rule, days_of(kLastYear, 12, 31));
}

std::optional<local_days> next_day(const Rule& rule, local_days from) {
  const bool counts_months = rule.unit == Unit::month || rule.unit == Unit::year;
  // A longer interval of days or weeks may meet the calendar anew after its 400 years.
  const bool bounded = counts_months || rule.interval == 1;
  const std::int64_t last = last_unit(rule);
  Date date = date_of(from);
  for (int looked_at = 0; date.year <= kLastYear && !(bounded && looked_at > kCalendarMonths); ++looked_at) {
    if (counts_months && rule.interval > 1) {
      const auto unit = units_since_start(rule, days_of(date.year, date.month, 1));
      if (const auto past = unit % rule.interval; past != 0) {
        const auto next = unit - past + rule.interval;
        if (next > last) return std::nullopt;
        date = date_of(unit_after_start(rule, next));
      }
    }
    const std::uint32_t month = rule.days.of_month(date.year, date.month);
    for (int d = next_bit(month, static_cast<int>(date.day)); d > 0; d = next_bit(month, d + 1)) {
      const auto day = days_of(date.year, date.month, static_cast<unsigned>(d));
      if (counts_months || rule.interval == 1 || units_since_start(rule, day) % rule.interval == 0)
        return day;
    }
    date.day = 1;
    if (++date.month > 12) date.month = 1, ++date.year;
  }
  return std::nullopt;
}

std::vector<local_days> days_of_unit(const Rule& rule, local_days first) {
  std::vector<local_days> out;
  const auto take = [&](local_days d) {
    const Date date = date_of(d);
    if (rule.days.of_month(date.year, date.month) >> date.day & 1) out.push_back(d);
  };
  const auto take_month = [&](int year, unsigned month) {
    const std::uint32_t bits = rule.days.of_month(year, month);
    for (int d = next_bit(bits, 1); d > 0; d = next_bit(bits, d + 1))
      out.push_back(days_of(year, month, static_cast<unsigned>(d)));
  };
  const Date date = date_of(first);
  if (rule.unit == Unit::day) {
    take(first);
  } else if (rule.unit == Unit::week) {
    for (int i = 0; i < 7; ++i) take(first + days{i});
  } else if (rule.unit == Unit::month) {
    take_month(date.year, date.month);
  } else {
    for (unsigned month = 1; month <= 12; ++month) take_month(date.year, month);
  }
  return out;
}

std::optional<local_seconds> next_by_position(const Rule& rule, local_seconds from) {
  const TimesOfDay times = times_of(rule);
  const auto per_day = static_cast<std::int64_t>(times.count());
  const std::int64_t last = last_unit(rule);
  auto unit = units_since_start(rule, std::chrono::floor<days>(from));
  if (const auto past = unit % rule.interval; past != 0) unit += rule.interval - past;
  for (int looked_at = 0; unit <= last && looked_at <= kCalendarDays; ++looked_at, unit += rule.interval) {
    const auto of_unit = days_of_unit(rule, unit_after_start(rule, unit));
    const auto all = static_cast<std::int64_t>(of_unit.size()) * per_day;
    std::optional<local_seconds> best;
    for (const int position : rule.set_positions) {
      const std::int64_t index = position > 0 ? position - 1 : all + position;
      if (index < 0 || index >= all) continue;
      const local_seconds t = of_unit[static_cast<std::size_t>(index / per_day)] +
                              seconds{times.nth(static_cast<std::size_t>(index % per_day))};
      if (t >= from && (!best || t < *best)) best = t;
    }
    if (best) return best;
  }
  return std::nullopt;
}

}  // namespace

std::optional<local_seconds> next_wall_time(const Rule& rule, local_seconds from) {
  if (!rule.set_positions.empty()) return next_by_position(rule, from);
  const TimesOfDay times = times_of(rule);
  const auto today = std::chrono::floor<days>(from);
  auto day = next_day(rule, today);
  if (day && *day == today) {
    const auto time = times.at_or_after(static_cast<int>((from - today).count()));
    if (time) return *day + seconds{*time};
    day = next_day(rule, today + days{1});
  }
  if (!day) return std::nullopt;
  return *day + seconds{*times.at_or_after(0)};
}

}  // namespace recado::engine
