#include "engine/recurrence.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "base/zone.hpp"
#include "engine/recurrence/rule.hpp"

namespace recado::engine {

using std::chrono::days;
using std::chrono::local_days;
using std::chrono::local_seconds;
using std::chrono::seconds;
using std::chrono::sys_seconds;

namespace {

/// Nothing is looked for beyond the years that can be written.
constexpr sys_seconds kEnd = std::chrono::sys_days{std::chrono::year{kLastYear + 1} / 1 / 1};
/// No zone's wall clock is further from UTC, and none was ever moved further.
constexpr std::chrono::hours kWidest{26};
/// What a rule finer than a day may spend until it counts as one that never comes.
constexpr int kSteps = 200'000;

constexpr local_seconds read_at(sys_seconds t, seconds offset) noexcept {
  return local_seconds{t.time_since_epoch() + offset};
}
constexpr sys_seconds when_read(local_seconds t, seconds offset) noexcept {
  return sys_seconds{t.time_since_epoch() - offset};
}

}  // namespace

struct Recurrence::State {
  Rule rule;
  bool once = false;
  const Zone* zone = nullptr;  ///< lives for ever
  std::string zone_name;
  RepeatBounds bounds;
  std::vector<Instant> except_instants;  ///< sorted
  std::vector<local_days> except_days;   ///< sorted

  std::optional<sys_seconds> first_from(sys_seconds t) const;
  std::optional<sys_seconds> wall_from(sys_seconds t) const;
  std::optional<sys_seconds> elapsed_from(sys_seconds t, int& steps) const;
  std::optional<sys_seconds> elapsed_by_position(sys_seconds t) const;
  sys_seconds unit_of(sys_seconds t) const;
  std::optional<Instant> next(Instant after) const;
  std::optional<Instant> nth_from_start(std::int64_t n) const;
  std::optional<Instant> excepted_until(sys_seconds t) const;
  Result<void> read_rule(const RepeatSpec& spec, std::string& field, std::int64_t& count, std::string& until);
  Result<void> read_start(const RepeatSpec& spec, Instant fallback, std::string& field);
  Result<void> read_exceptions(const RepeatSpec& spec, std::string& field);
};

// --- looking forward
// ---------------------------------------------------------------------------------------------------------

/// Wall times of a rule, put on the time line. A gap's times are read by the offset before it, so they come
/// out after it; an overlap's are those of its first pass. Between the zone's changes both run alike.
std::optional<sys_seconds> Recurrence::State::wall_from(sys_seconds t) const {
  const auto next_from = [&](local_seconds from) { return next_wall_time(rule, std::max(from, rule.start)); };
  while (t < kEnd) {
    const auto period = zone->period_at(t);
    local_seconds from = read_at(t, period.offset);
    std::optional<sys_seconds> moved;
    if (!rule.whenever_read && period.begin > t - kWidest) {
      const auto before = zone->period_at(period.begin - seconds{1});
      if (before.offset < period.offset) {
        const auto skipped = next_from(read_at(t, before.offset));
        if (skipped && *skipped < read_at(period.begin, period.offset))
          moved = when_read(*skipped, before.offset);
      } else {
        from = std::max(from, read_at(period.begin, before.offset));
      }
    }
    const auto wall = next_from(from);
    if (!wall) return moved;
    const sys_seconds found = when_read(*wall, period.offset);
    if (found < period.end) return moved ? std::min(*moved, found) : found;
    if (moved) return moved;
    // No wall time lies between, unless the clock is put back and reads some once more: go where the next one
    // may be read at the earliest.
    t = rule.whenever_read ? period.end : std::max(period.end, found - kWidest);
  }
  return std::nullopt;
}

std::optional<sys_seconds> Recurrence::State::elapsed_from(sys_seconds t, int& steps) const {
  while (t < kEnd && steps > 0) {
    --steps;
    const auto period = zone->period_at(t);
    const sys_seconds end = std::min(period.end, kEnd);
    const Stretch stretch{read_at(t, period.offset), read_at(end, period.offset), period.offset};
    if (const auto found = next_elapsed(rule, stretch, steps)) return when_read(*found, period.offset);
    t = end;
  }
  return std::nullopt;
}

/// The begin of the hour, minute or second, counted from the start in real time, that contains `t`.
sys_seconds Recurrence::State::unit_of(sys_seconds t) const {
  const seconds length{rule.unit == Unit::hour ? 3600 : rule.unit == Unit::minute ? 60 : 1};
  const auto into = rule.start.time_since_epoch() % length;
  const sys_seconds first = rule.start_at - into;
  return first + (t - first) / length * length;
}

std::optional<sys_seconds> Recurrence::State::elapsed_by_position(sys_seconds t) const {
  const seconds length{rule.unit == Unit::hour ? 3600 : rule.unit == Unit::minute ? 60 : 1};
  int steps = kSteps;
  sys_seconds from = unit_of(t);
  while (auto found = elapsed_from(from, steps)) {
    const sys_seconds end = unit_of(*found) + length;
    std::vector<sys_seconds> of_unit;
    for (; found && *found < end; found = elapsed_from(*found + seconds{1}, steps)) of_unit.push_back(*found);
    std::optional<sys_seconds> best;
    for (const int position : rule.set_positions) {
      const auto all = static_cast<std::int64_t>(of_unit.size());
      const auto index = position > 0 ? position - 1 : all + position;
      if (index < 0 || index >= all) continue;
      const sys_seconds at = of_unit[static_cast<std::size_t>(index)];
      if (at >= t && (!best || at < *best)) best = at;
    }
    if (best) return best;
    from = end;
  }
  return std::nullopt;
}

std::optional<sys_seconds> Recurrence::State::first_from(sys_seconds t) const {
  const auto start = std::chrono::ceil<seconds>(bounds.start);
  t = std::max(t, start);
  if (once) return t == start ? std::optional(start) : std::nullopt;
  if (!rule.elapsed()) return wall_from(t);
  if (!rule.set_positions.empty()) return elapsed_by_position(t);
  int steps = kSteps;
  return elapsed_from(t, steps);
}

/// When `t` is excepted: the instant after which the next one is looked for.
std::optional<Instant> Recurrence::State::excepted_until(sys_seconds t) const {
  if (std::ranges::binary_search(except_instants, Instant{t})) return t;
  if (except_days.empty()) return std::nullopt;
  const auto day = std::chrono::floor<days>(read_at(t, zone->period_at(t).offset));
  if (!std::ranges::binary_search(except_days, day)) return std::nullopt;
  const local_seconds midnight = day + days{1};
  return std::max(Instant{t}, Instant{when_read(midnight, zone->match(midnight).chosen())} - Millis{1});
}

std::optional<Instant> Recurrence::State::next(Instant after) const {
  if (after >= Instant{kEnd}) return std::nullopt;
  while (true) {
    const auto found = first_from(std::chrono::floor<seconds>(after) + seconds{1});
    if (!found || (bounds.last && *found > *bounds.last)) return std::nullopt;
    const auto excepted = excepted_until(*found);
    if (!excepted) return Instant{*found};
    after = *excepted;
  }
}

std::optional<Instant> Recurrence::State::nth_from_start(std::int64_t n) const {
  std::optional<sys_seconds> at = std::chrono::ceil<seconds>(bounds.start) - seconds{1};
  for (; n > 0; --n) {
    const auto following = first_from(*at + seconds{1});
    if (!following || (bounds.last && *following > *bounds.last)) return bounds.last;
    at = following;
  }
  return *at;
}

// --- reading
// -----------------------------------------------------------------------------------------------------------------

Result<void> Recurrence::State::read_rule(const RepeatSpec& spec, std::string& field, std::int64_t& count,
                                          std::string& until) {
  const int given = !spec.cron.empty() + !spec.rrule.empty() + !spec.frequency.empty();
  if (given != 1) return invalid("exactly one of cron, rrule and frequency is accepted");
  if (!spec.cron.empty()) {
    field = "cron";
    auto parsed = parse_cron(spec.cron);
    if (!parsed) return parsed.error();
    rule = std::move(*parsed);
    return {};
  }
  if (!spec.rrule.empty()) {
    field = "rrule";
    auto parsed = parse_rrule(spec.rrule);
    if (!parsed) return parsed.error();
    if (parsed->count && spec.count > 0)
      return invalid("the rule has COUNT and count is given: accepted is one");
    if (parsed->count) count = *parsed->count;
    rule = std::move(parsed->rule);
    until = parsed->until;
    return {};
  }
  field = "frequency";
  once = spec.frequency == "once";
  if (spec.frequency == "daily" || once) {
    rule.unit = Unit::day;
  } else if (spec.frequency == "weekly") {
    rule.unit = Unit::week;
  } else if (spec.frequency == "monthly") {
    rule.unit = Unit::month;
    rule.days.shorten = true;
  } else {
    return invalid("accepted are once, daily, weekly and monthly");
  }
  return {};
}

Result<void> Recurrence::State::read_start(const RepeatSpec& spec, Instant fallback, std::string& field) {
  bounds.start = std::chrono::ceil<seconds>(fallback);
  std::optional<local_seconds> written;
  if (!spec.start_at.empty()) {
    field = "startAt";
    const auto parsed = parse_time(spec.start_at, spec.timezone);
    // With an offset of its own it need not be in the recurrence's zone.
    const auto alone = parse_time(spec.start_at, std::nullopt);
    if (!alone && !parsed) return parsed.error();
    bounds.start = std::chrono::ceil<seconds>(alone ? alone->at : parsed->at);
    // A wall time that the zone skips on the first day is still the rule's on the others.
    const auto as_utc = alone ? alone : parse_time(spec.start_at, "UTC");
    if (!alone && as_utc) written = read_at(std::chrono::ceil<seconds>(as_utc->at), seconds{0});
  }
  auto start = std::chrono::ceil<seconds>(bounds.start);
  if (start >= kEnd) return invalid("accepted are instants of the years 1970 to 9999");
  local_seconds local = written.value_or(read_at(start, zone->period_at(start).offset));
  if (spec.start_at.empty()) {
    const seconds round = to_round_start(rule, local);
    start += round;
    local += round;
    bounds.start = start;
  }
  take_start(rule, local, start);
  return {};
}

Result<void> Recurrence::State::read_exceptions(const RepeatSpec& spec, std::string& field) {
  field = "exceptDates";
  if (spec.except_dates.size() > kMostExceptDates)
    return invalid("at most " + std::to_string(kMostExceptDates) + " are accepted");
  for (std::size_t i = 0; i < spec.except_dates.size(); ++i) {
    field = "exceptDates[" + std::to_string(i) + "]";
    const std::string& text = spec.except_dates[i];
    const bool date = text.size() == 10;
    const auto parsed = date ? parse_time(text + "T00:00:00", "UTC") : parse_time(text, spec.timezone);
    if (!parsed && date) return invalid(quoted(text) + " is not a date: accepted is 2026-12-25, or a time");
    if (!parsed) return parsed.error();
    if (date) {
      except_days.emplace_back(std::chrono::floor<days>(parsed->at).time_since_epoch());
    } else {
      except_instants.push_back(parsed->at);
    }
  }
  std::ranges::sort(except_days);
  std::ranges::sort(except_instants);
  return {};
}

Result<Recurrence> Recurrence::build(const RepeatSpec& spec, Instant now, const RepeatBounds* known,
                                     std::string& field) {
  auto state = std::make_shared<State>();
  std::int64_t count = spec.count;
  std::string until;
  if (auto read = state->read_rule(spec, field, count, until); !read) return read.error();
  const std::string rule_field = field;
  field = "timezone";
  state->zone = Zone::find(spec.timezone);
  if (state->zone == nullptr) return invalid(unknown_zone(spec.timezone));
  state->zone_name = spec.timezone;
  if (auto read = state->read_start(spec, known ? known->start : now, field); !read) return read.error();
  if (auto read = state->read_exceptions(spec, field); !read) return read.error();
  if (known != nullptr) {
    state->bounds.last = known->last;
    field.clear();
    return Recurrence(std::move(state));
  }

  for (const auto& [name, text] : {std::pair<std::string, std::string>{"endAt", spec.end_at},
                                   {rule_field, until_as_time(until).value_or("")}}) {
    if (text.empty()) continue;
    field = name;
    const auto alone = parse_time(text, std::nullopt);
    const auto end = alone ? alone : parse_time(text, spec.timezone);
    if (!end) return end.error();
    if (end->at < state->bounds.start) return invalid("the end lies before the start: it would never fire");
    state->bounds.last = std::min(end->at, state->bounds.last.value_or(end->at));
  }
  field = spec.count > 0 ? "count" : rule_field;
  if (count < 0 || count > kMostOccurrences)
    return invalid("a count of 1 to " + std::to_string(kMostOccurrences) + " is accepted");
  if (!state->first_from(std::chrono::ceil<seconds>(state->bounds.start))) {
    field = rule_field;
    return invalid("this rule never fires: no time is as it says");
  }
  if (count > 0) state->bounds.last = state->nth_from_start(count);
  if (!state->next(state->bounds.start - Millis{1})) {
    field.clear();
    return invalid("it never fires: no time lies between its start and its end that is not excepted");
  }
  field.clear();
  return Recurrence(std::move(state));
}

Result<Recurrence> Recurrence::make(const RepeatSpec& spec, Instant now, std::string& field) {
  return build(spec, now, nullptr, field);
}

Result<Recurrence> Recurrence::restore(const RepeatSpec& spec, const RepeatBounds& bounds) {
  std::string field;
  return build(spec, bounds.start, &bounds, field);
}

std::optional<Instant> Recurrence::next(Instant after) const {
  return state_->next(after);
}

std::string Recurrence::note(Instant at) const {
  const State& state = *state_;
  if (state.rule.elapsed() || state.rule.whenever_read) return {};
  const auto t = std::chrono::floor<seconds>(at);
  const local_seconds wall = read_at(t, state.zone->period_at(t).offset);
  if (state.zone->match(wall).kind == LocalMatch::Kind::overlap)
    return "the wall clock reads this time twice: it is the first";
  if (state.once || next_wall_time(state.rule, wall) == wall) return {};
  return "daylight saving skips the wall time that the rule names: moved forward by the length of the gap";
}

const RepeatBounds& Recurrence::bounds() const noexcept {
  return state_->bounds;
}

}  // namespace recado::engine
