// The only clock, instants, durations and time zones.
//
// No other file reads a clock. Code that needs the time takes a Clock&; tests turn a ManualClock by hand.
// Wall time decides what is due (CLOCK_REALTIME); arithmetic on waiting uses the steady clock
// (CLOCK_BOOTTIME, which also counts while the machine is suspended).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace recado {

using Millis = std::chrono::milliseconds;

/// A point on the UTC time line, whole milliseconds since 1970-01-01T00:00:00Z. Always int64.
using Instant = std::chrono::sys_time<Millis>;

/// A point on the machine's boot-time line: only differences mean anything.
using SteadyPoint = std::chrono::time_point<std::chrono::steady_clock, std::chrono::nanoseconds>;

inline constexpr std::int64_t to_ms(Instant t) noexcept {
  return t.time_since_epoch().count();
}
inline constexpr Instant from_ms(std::int64_t ms) noexcept {
  return Instant{Millis{ms}};
}

class Clock {
 public:
  virtual ~Clock() = default;
  /// Wall time, rounded down to the millisecond: comparing `due <= now()` never fires early.
  virtual Instant now() const noexcept = 0;
  /// Wall time in nanoseconds since 1970, for measuring lateness.
  virtual std::int64_t now_ns() const noexcept = 0;
  /// CLOCK_BOOTTIME: never steps back, goes on during suspend.
  virtual SteadyPoint steady() const noexcept = 0;
};

/// The machine's clocks.
class SystemClock final : public Clock {
 public:
  Instant now() const noexcept override;
  std::int64_t now_ns() const noexcept override;
  SteadyPoint steady() const noexcept override;
};

/// Stands still until told otherwise. Not thread-safe.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Instant start) : now_ns_(to_ms(start) * 1'000'000) {}
  Instant now() const noexcept override { return from_ms(now_ns_ / 1'000'000); }
  std::int64_t now_ns() const noexcept override { return now_ns_; }
  SteadyPoint steady() const noexcept override { return SteadyPoint{std::chrono::nanoseconds{steady_ns_}}; }
  /// Both clocks go on by `d` (>= 0).
  void advance(Millis d) noexcept { now_ns_ += d.count() * 1'000'000, steady_ns_ += d.count() * 1'000'000; }
  /// Only wall time steps, either way, as by an operator or NTP.
  void step_wall(Millis d) noexcept { now_ns_ += d.count() * 1'000'000; }

 private:
  std::int64_t now_ns_;
  std::int64_t steady_ns_ = 0;
};

/// What a client wrote for an instant, understood.
struct ParsedTime {
  /// Rounded up to the millisecond.
  Instant at;
  /// Set when daylight saving moved or doubled the local time: one sentence.
  std::optional<std::string> note;
};

/// Parses `scheduleTo` (+ optional `timezone`): RFC 3339 with offset or `Z` (lower case too, a space instead
/// of `T` is accepted as RFC 3339 5.6 allows), or local time without offset plus an IANA zone. With both, the
/// offset must be one that the zone has at that local time. Fractions of any length, rounded up to the
/// millisecond. Seconds may be left out in local or offset form; second 60 is the start of the next minute.
/// Years 1970-9999. A local time that does not exist moves forward by the length of the gap; one that exists
/// twice means the first (RFC 5545 3.3.5; Temporal "compatible").
/// Errors: invalid_argument, `detail` says what is wrong and what would be accepted.
Result<ParsedTime> parse_time(std::string_view text, std::optional<std::string_view> zone);

/// `2026-04-15T02:41:45+00:00`; milliseconds only when not zero (`…45.120+00:00`). Here and below, instants
/// outside the years 0 to 9999 are written as the nearest end of that range.
std::string format_time(Instant t);
/// The same with `Z` instead of `+00:00`.
std::string format_time_z(Instant t);
/// `2026-04-15 02:41:45 UTC` (milliseconds only when not zero), for `trigger`.
std::string format_time_utc_words(Instant t);
/// The local wall time with offset and zone name, `2026-04-14T23:41:45-03:00[America/Sao_Paulo]`.
Result<std::string> format_time_in_zone(Instant t, std::string_view zone);

/// Parses a duration as everywhere in the API and the configuration: seconds as a decimal number (`90`,
/// `1.5`) or units `ms s m h d` in any combination of descending size (`90s`, `1d10h30m`). Rounded up to the
/// millisecond; at most 300 years. Errors: invalid_argument with what would be accepted.
Result<Millis> parse_duration(std::string_view text);

/// Each unit at most once, zero ones left out, read back by parse_duration: `1d10h30m`, `5s`, `250ms`, `0s`.
/// Negative ones, which parse_duration refuses, start with `-`.
std::string format_duration(Millis d);

/// `2h 34m 12s`; days before them from 24 h on (`1d 0h 0m 7s`). For `/health`.
std::string format_uptime(std::chrono::seconds d);

/// Whether `zone` is a name in the IANA data of this machine.
bool zone_exists(std::string_view zone);

/// The version of the zone data in use (such as `2026a`), or `unknown`.
std::string zone_data_version();

/// The machine's own zone (TZ, /etc/timezone, /etc/localtime), `UTC` when none can be told.
std::string machine_zone();

/// Offset from UTC in force in `zone` at `t`, right past the last transition of the zone file too (RFC 8536's
/// footer). Errors: invalid_argument for an unknown zone.
Result<std::chrono::seconds> zone_offset(std::string_view zone, Instant t);

/// A local wall time (milliseconds since 1970-01-01T00:00 local) in `zone` as an instant, by the rule of
/// parse_time. Errors: invalid_argument for an unknown zone or an instant outside the years 1970 to 9999.
Result<ParsedTime> resolve_local(std::chrono::local_time<Millis> local, std::string_view zone);

}  // namespace recado
