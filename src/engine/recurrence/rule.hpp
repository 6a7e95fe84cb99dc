// A rule, understood: what cron expressions and RFC 5545 rules are turned into. Pure. For `recurrence/` only.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "engine/recurrence/calendar.hpp"

namespace recado::engine {

/// The error of a rule that cannot be meant: `detail` is told to who wrote it.
inline Error invalid(std::string detail) {
  return {ErrorCode::invalid_argument, std::move(detail)};
}

/// What `interval` counts, and within what `set_positions` choose.
enum class Unit { second, minute, hour, day, week, month, year };

struct Rule {
  Unit unit = Unit::day;
  std::int64_t interval = 1;
  Days days;
  // Bits; empty: not named by the rule, which take_start() decides.
  std::uint32_t hours = 0;
  std::uint64_t minutes = 0;
  std::uint64_t seconds = 0;
  std::vector<int> set_positions;
  bool names_months = false;  ///< BYMONTH, be it all twelve
  /// Cron with `*` for the hour or the minute: it fires whenever the wall clock reads so, not at all where
  /// daylight saving skips it, and twice where it reads so twice.
  bool whenever_read = false;

  // Set by take_start().
  std::chrono::local_seconds start{};  ///< intervals are counted from here
  std::chrono::sys_seconds start_at{};

  /// A rule of RFC 5545 that is finer than a day: it counts real time.
  bool elapsed() const noexcept { return unit < Unit::day; }
};

/// What an RRULE says beside the rule.
struct Rrule {
  Rule rule;
  std::optional<std::int64_t> count;
  std::string until;  ///< as written: a date, a local time, or a time in UTC; empty: none
};

/// Five fields or a nickname. Errors: invalid_argument naming the field of the expression.
Result<Rule> parse_cron(std::string_view text);
/// `FREQ=…;…`, with or without `RRULE:`. Errors: invalid_argument naming the part.
Result<Rrule> parse_rrule(std::string_view text);
/// An UNTIL in RFC 5545's form as the text that base/time parses, `2026-12-24T00:00:00Z`; a date as its last
/// second. nullopt: it has none of the three forms.
std::optional<std::string> until_as_time(std::string_view until);

/// How far a start that nobody named moves on: a rule that names hours but no minutes means them at the full
/// hour, one that names minutes at the full minute.
std::chrono::seconds to_round_start(const Rule& rule, std::chrono::local_seconds start);
/// The start gives an RFC 5545 rule what it does not say itself: time of day, weekday, day of the month or of
/// the year.
void take_start(Rule& rule, std::chrono::local_seconds start, std::chrono::sys_seconds start_at);

/// The first wall time at or after `from` of a rule that is not finer than a day, wherever the wall clock
/// runs. nullopt: there is none until the year 9999, or in the 400 years after which the calendar repeats
/// itself. Requires take_start() and from >= rule.start.
std::optional<std::chrono::local_seconds> next_wall_time(const Rule& rule, std::chrono::local_seconds from);

/// A stretch of wall time with one offset from UTC, `begin <= t < end`.
struct Stretch {
  std::chrono::local_seconds begin;
  std::chrono::local_seconds end;
  std::chrono::seconds offset;
};
/// The first wall time in `stretch` of a rule that is finer than a day. `steps` is what may still be spent on
/// looking; when it has come to 0, nullopt means nothing. Requires take_start() and begin >= its start.
/// `set_positions` are not applied.
std::optional<std::chrono::local_seconds> next_elapsed(const Rule& rule, Stretch stretch, int& steps);

}  // namespace recado::engine
