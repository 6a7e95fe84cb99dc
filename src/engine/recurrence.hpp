// Recurrence: rules, and the next time they name. Pure; the clock is a parameter.
//
// Rules are wall time in an IANA zone: cron (crontab(5), with `L` and `#`), RFC 5545 recurrence rules, and
// the frequencies once, daily, weekly, monthly. Through daylight saving:
//   - a time that does not exist moves forward by the length of the gap, 02:30 → 03:30; one that exists twice
//     means the first (RFC 5545 section 3.3.5);
//   - rules finer than a day run in real time. Cron with `*` for the hour or the minute (cron(8)) fires
//     whenever the wall clock reads so: what is skipped is not made up, what comes twice fires twice.
//     FREQ=HOURLY, MINUTELY and SECONDLY count their interval in elapsed time from the start.
// Two wall times that fall on one instant are one occurrence. Occurrences are whole seconds.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/time.hpp"

namespace recado::engine {

/// COUNT and `count` at most.
inline constexpr std::int64_t kMostOccurrences = 10'000;
inline constexpr std::size_t kMostExceptDates = 1'000;

/// A recurrence as a client wrote it. Exactly one of the first three is set.
struct RepeatSpec {
  std::string cron;
  std::string rrule;
  std::string
      frequency;  ///< `once`, `daily`, `weekly`, `monthly` (on the 31st: the last day of shorter months)
  std::string timezone;    ///< IANA name; the caller fills in the default
  std::string start_at;    ///< as for base/time's parse_time; empty: when it was registered
  std::string end_at;      ///< inclusive; empty: none
  std::int64_t count = 0;  ///< 0: no limit. As in RFC 5545, occurrences on excepted dates are counted
  std::vector<std::string> except_dates;  ///< dates in the zone (2026-12-25), or single instants
  friend bool operator==(const RepeatSpec&, const RepeatSpec&) = default;
};

/// What was understood when a recurrence was registered, kept beside the RepeatSpec: it must not change
/// because time goes by.
struct RepeatBounds {
  Instant start{};              ///< the first instant that may occur
  std::optional<Instant> last;  ///< the last one, of end, UNTIL and counts; nullopt: it has no end
  friend bool operator==(const RepeatBounds&, const RepeatBounds&) = default;
};

/// A rule bound to its zone and start. Cheap to copy; immutable, so threads may share it.
class Recurrence {
 public:
  /// `now`: the start when `start_at` is empty. Errors: invalid_argument; `field` becomes the member that is
  /// wrong (`cron`, `exceptDates[2]`; empty: the whole). One that never fires is an error too.
  static Result<Recurrence> make(const RepeatSpec& spec, Instant now, std::string& field);
  /// What make() once accepted, without counting again. Errors: as make(), when the zone data has changed.
  static Result<Recurrence> restore(const RepeatSpec& spec, const RepeatBounds& bounds);

  /// The first occurrence strictly after `after`; nullopt: there is none any more. Takes about a microsecond;
  /// one that never comes is known within five milliseconds.
  std::optional<Instant> next(Instant after) const;
  const RepeatBounds& bounds() const noexcept;
  /// Notes on where the answer to `at` comes from, for a person: that daylight saving moved it. Empty: none.
  std::string note(Instant at) const;

 private:
  struct State;
  explicit Recurrence(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  static Result<Recurrence> build(const RepeatSpec& spec, Instant now, const RepeatBounds* known,
                                  std::string& field);
  std::shared_ptr<const State> state_;
};

// --- what was missed
// ---------------------------------------------------------------------------------------------------------

/// What becomes of occurrences whose time passed while nobody could fire them.
enum class Misfire {
  coalesce,  ///< one fires, late, for all that were missed; then the next one to come
  skip,      ///< those later than the grace period do not fire at all
};
struct MisfirePolicy {
  Misfire misfire = Misfire::coalesce;
  Millis grace{60'000};  ///< of skip: up to so late is not missed
};
struct Firing {
  std::optional<Instant>
      now;  ///< the occurrence to fire now: the one that was planned; nullopt: it was missed
  std::optional<Instant> next;  ///< the one to plan now; nullopt: the recurrence has ended
};
/// At `now` the occurrence `planned` is looked at: fire it or not, and which comes next. What lies between
/// the two instants is coalesced: it never fires. Requires planned <= now.
Firing fire_or_skip(const Recurrence& recurrence, Instant planned, Instant now, MisfirePolicy policy = {});

// --- quiet hours
// -------------------------------------------------------------------------------------------------------------

/// What becomes of an occurrence in quiet hours.
enum class QuietPolicy {
  later,    ///< when they end
  earlier,  ///< a minute before they begin
  skip,     ///< not at all
};
/// In the recipient's local time, every day, `from <= t < to`; from > to: over midnight.
struct QuietHours {
  std::chrono::minutes from{0};  ///< after midnight, 0-1439
  std::chrono::minutes to{0};    ///< equal to `from`: there are none
  QuietPolicy policy = QuietPolicy::later;
};
/// `21:00` to minutes after midnight. Errors: invalid_argument.
Result<std::chrono::minutes> parse_time_of_day(std::string_view text);
/// When what is planned for `at` may be sent; nullopt: not at all. `earlier` never gives a time before
/// `not_before`: what would have to be sent by then is sent later instead. Errors: invalid_argument for an
/// unknown zone.
Result<std::optional<Instant>> outside_quiet_hours(const QuietHours& quiet, std::string_view zone, Instant at,
                                                   Instant not_before);

}  // namespace recado::engine
