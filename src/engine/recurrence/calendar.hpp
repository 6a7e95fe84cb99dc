// Which days, and which times of a day, a rule names: sets as bits. Pure. For `recurrence/` only.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

namespace recado::engine {

/// The last year in which anything is looked for: what base/time can write.
inline constexpr int kLastYear = 9999;

/// Hours, minutes and seconds that match, one bit each; every combination is a time. None of the three is
/// empty.
struct TimesOfDay {
  std::uint32_t hours = 1;
  std::uint64_t minutes = 1;
  std::uint64_t seconds = 1;

  /// The first of them at or after `second` (of the day, 0-86399).
  std::optional<int> at_or_after(int second) const noexcept;
  /// How many there are in a day.
  std::size_t count() const noexcept;
  /// The one with `index` others before it. Requires index < count().
  int nth(std::size_t index) const noexcept;
};

/// The lowest set bit of `bits` at or above `from`; -1: none.
int next_bit(std::uint64_t bits, int from) noexcept;

/// `-1`: the last such weekday, `2`: the second.
struct WeekdayOrdinal {
  int ordinal = 1;
  unsigned weekday = 0;  ///< 0: Sunday
};

/// Which days of a month match. A part that is empty restricts nothing.
struct Days {
  std::uint16_t months = 0x1ffe;      ///< bits 1-12
  std::uint32_t month_days = 0;       ///< bits 1-31
  std::uint32_t month_days_back = 0;  ///< bits 1-31 counted from the month's end: 1 is the last day
  bool shorten = false;               ///< a month day that the month does not have means its last day
  std::uint8_t weekdays = 0;          ///< bits 0-6, 0: Sunday
  std::vector<WeekdayOrdinal> ordinals;
  bool ordinals_of_year = false;  ///< else of the month
  std::vector<int> year_days;     ///< ±1-366
  std::vector<int> weeks;         ///< ±1-53, as ISO 8601 counts them, but from `week_start`
  unsigned week_start = 1;
  bool either = false;  ///< cron: the day of the month or the weekday is enough

  /// Bit d: day d of the month matches.
  std::uint32_t of_month(int year, unsigned month) const;
  /// Whether any but `months` restricts.
  bool restricts_days() const noexcept;
};

/// Day `d` as (year, month, day of the month).
struct Date {
  int year;
  unsigned month;
  unsigned day;
};
Date date_of(std::chrono::local_days d) noexcept;
std::chrono::local_days days_of(int year, unsigned month, unsigned day) noexcept;
/// 0: Sunday.
unsigned weekday_of(std::chrono::local_days d) noexcept;
/// The first day of the week that contains `d`.
std::chrono::local_days week_of(std::chrono::local_days d, unsigned week_start) noexcept;

}  // namespace recado::engine
