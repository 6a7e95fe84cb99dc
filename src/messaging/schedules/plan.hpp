// When a schedule's time comes: what its fields say of it, judged and read. Pure; the clock is a parameter.
//
// Fields that a client gives: frequency or repeat {cron | rrule}, startAt, endAt, count, exceptDates,
// timezone, quietHours {from, to, policy}, misfire. Those that are ours beside them: `status` (active,
// paused, done), `plan` (a token, new with each change: the plan that is waited for), `start` and `last`
// (what was understood of the rule, ms), `planFrom` (nothing before that occurs, ms), `fired` (the occurrence
// that came last, ms).
#pragma once

#include <optional>
#include <string>

#include "engine/recurrence.hpp"
#include "messaging/collection.hpp"

namespace recado::messaging {

inline constexpr const char* kActive = "active";
inline constexpr const char* kPaused = "paused";
inline constexpr const char* kDone = "done";

/// What becomes of occurrences whose time passed while nobody could run them.
enum class MissedRuns {
  once,  ///< one run for all of them, late; the default
  all,   ///< each of them, late
  skip,  ///< none that is more than a minute late
};

/// Brings what the fields say of times into the form in which they are stored, or says what is wrong with it.
/// An unchanged rule keeps its place; a changed one starts anew.
void judge_plan(Draft& draft, const std::string& default_timezone, Instant now, FieldProblems& problems);

/// The stored rule. Errors: the zone data knows it no longer.
Result<engine::Recurrence> rule_of(const records::Document& fields);
/// The occurrence that comes first of those that have not come yet.
std::optional<Instant> next_of(const records::Document& fields, const engine::Recurrence& rule);
MissedRuns missed_runs(const records::Document& fields);
/// nullopt: there are none.
std::optional<engine::QuietHours> quiet_hours(const records::Document& fields);
/// How long before its time a run begins: of quiet hours whose messages go earlier, as long as they last.
Millis lead_of(const records::Document& fields);

/// What an occurrence whose time has come, or passed, leads to.
struct Turn {
  bool runs = false;
  std::optional<Instant> next;
};
Turn turn_of(const records::Document& fields, const engine::Recurrence& rule, Instant occurrence,
             Instant now);

}  // namespace recado::messaging
