// Rules finer than a day (FREQ=HOURLY, MINUTELY, SECONDLY): intervals are counted in real time from the
// start, what BY… parts say is compared with the wall clock.
#include "engine/recurrence/rule.hpp"

namespace recado::engine {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::local_days;
using std::chrono::local_seconds;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

constexpr seconds length_of(Unit unit) noexcept {
  switch (unit) {
    case Unit::hour:
      return seconds{3600};
    case Unit::minute:
      return seconds{60};
    default:
      return seconds{1};
  }
}

template <class Bits>
constexpr Bits all_of(int n) noexcept {
  return static_cast<Bits>((std::uint64_t{1} << n) - 1);
}

/// What the wall clock must read at one offset from UTC.
struct Reading {
  std::uint32_t hours;
  std::uint64_t minutes;
  std::uint64_t seconds;
  local_seconds units_from;  ///< where unit 0 begins
};

Reading reading_of(const Rule& rule, seconds offset) noexcept {
  // After a shift by half an hour, what was every hour at :00 goes on every hour, at :30.
  const local_seconds start{rule.start_at.time_since_epoch() + offset};
  const auto into_hour = start - std::chrono::floor<hours>(start);
  const auto minute = std::chrono::floor<minutes>(into_hour);
  const auto named = rule.start - std::chrono::floor<hours>(rule.start);
  Reading out{rule.hours, rule.minutes, rule.seconds, start};
  if (out.hours == 0) out.hours = all_of<std::uint32_t>(24);
  if (out.minutes == 0) {
    out.minutes = rule.unit == Unit::hour ? std::uint64_t{1} << minute.count() : all_of<std::uint64_t>(60);
  }
  if (out.seconds == 0) {
    out.seconds = rule.unit == Unit::second ? all_of<std::uint64_t>(60)
                                            : std::uint64_t{1} << (into_hour - minute).count();
  }
  if (rule.unit == Unit::hour) out.units_from -= named;
  if (rule.unit == Unit::minute) out.units_from -= named % minutes{1};
  return out;
}

/// The first day at or after `from` that matches, else some day at or after `stop`.
local_days next_day(const Days& wanted, local_days from, local_days stop, int& steps) {
  if (!wanted.restricts_days() && wanted.months == Days{}.months) return from;
  Date date = date_of(from);
  while (steps > 0) {
    --steps;
    const int d = next_bit(wanted.of_month(date.year, date.month), static_cast<int>(date.day));
    if (d > 0) return days_of(date.year, date.month, static_cast<unsigned>(d));
    date.day = 1;
    if (++date.month > 12) date.month = 1, ++date.year;
    if (days_of(date.year, date.month, 1) >= stop) break;
  }
  return days_of(date.year, date.month, 1);
}

}  // namespace

std::optional<local_seconds> next_elapsed(const Rule& rule, Stretch stretch, int& steps) {
  const Reading reading = reading_of(rule, stretch.offset);
  const seconds unit = length_of(rule.unit);
  const auto last_day = std::chrono::ceil<days>(stretch.end);
  std::optional<local_days> known_day;
  local_seconds t = stretch.begin;
  while (t < stretch.end && steps > 0) {
    --steps;
    const auto index = (t - reading.units_from) / unit;
    if (const auto past = index % rule.interval; past != 0) {
      t = reading.units_from + unit * (index - past + rule.interval);
      continue;
    }
    const auto today = std::chrono::floor<days>(t);
    if (known_day != today) {
      const auto day = next_day(rule.days, today, last_day, steps);
      known_day = day;
      if (day != today) {
        t = day;
        continue;
      }
    }
    const auto second_of_day = static_cast<int>((t - today).count());
    const auto found = TimesOfDay{reading.hours, reading.minutes, reading.seconds}.at_or_after(second_of_day);
    if (found == second_of_day) return t;
    t = found ? today + seconds{*found} : local_seconds{today + days{1}};
  }
  return std::nullopt;
}

}  // namespace recado::engine
