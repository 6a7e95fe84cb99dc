// Rules against an oracle that knows no calendar tricks: it walks minute by minute over both daylight-saving
// edges, reads the wall clock at each, and compares numbers.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "engine/recurrence/fire_times.hpp"

namespace recado::engine {
namespace {

using std::chrono::minutes;
using std::chrono::sys_days;

constexpr Millis kMinute{60'000};
constexpr Millis kDay{86'400'000};

/// What a wall clock and the calendar beside it show. `minute_number` counts wall minutes as if they were
/// UTC.
struct Wall {
  std::int64_t minute_number;
  int year, month, day, days_in_month, weekday, hour, minute;
};

Wall wall_of(std::int64_t minute_number) {
  const std::int64_t number = minute_number >= 0 ? minute_number / 1440 : (minute_number - 1439) / 1440;
  const std::chrono::year_month_day date{sys_days{std::chrono::days{number}}};
  const auto last = std::chrono::year_month_day_last{date.year() / date.month() / std::chrono::last};
  const auto of_day = static_cast<int>(minute_number - number * 1440);
  return {minute_number,
          static_cast<int>(date.year()),
          static_cast<int>(static_cast<unsigned>(date.month())),
          static_cast<int>(static_cast<unsigned>(date.day())),
          static_cast<int>(static_cast<unsigned>(last.day())),
          static_cast<int>((number + 4) % 7),  // 1970-01-01 was a Thursday
          of_day / 60,
          of_day % 60};
}

/// Four days around a change of a zone's offset.
struct Window {
  std::string zone;
  Instant begin;
  std::vector<std::int64_t> wall;  ///< what the wall clock reads at each minute from `begin` on
  Instant at(std::size_t i) const { return begin + static_cast<std::int64_t>(i) * kMinute; }
};

std::int64_t wall_minute(Instant t, const std::string& zone) {
  return std::chrono::floor<minutes>(t.time_since_epoch() + *zone_offset(zone, t)).count();
}

/// All changes of offset between two years, found by bisection between days.
const std::vector<Instant>& changes_of(const std::string& zone) {
  static std::map<std::string, std::vector<Instant>> known;
  auto& out = known[zone];
  if (!out.empty()) return out;
  for (Instant day = recado::engine::at("1987-01-01T00:00:00Z");
       day < recado::engine::at("2045-01-01T00:00:00Z"); day += kDay) {
    if (*zone_offset(zone, day) == *zone_offset(zone, day + kDay)) continue;
    Instant low = day, high = day + kDay;
    while (high - low > kMinute) {
      const Instant middle = std::chrono::floor<minutes>(low + (high - low) / 2);
      (*zone_offset(zone, middle) == *zone_offset(zone, low) ? low : high) = middle;
    }
    out.push_back(high);
  }
  return out;
}

Window any_window() {
  Window out;
  out.zone = *rc::gen::element<std::string>("America/Sao_Paulo", "Europe/Berlin", "America/New_York",
                                            "Australia/Lord_Howe");
  const auto& changes = changes_of(out.zone);
  const Instant change = changes[*rc::gen::inRange<std::size_t>(0, changes.size())];
  out.begin = change - 2 * kDay - *rc::gen::inRange(0, 600) * kMinute;
  for (std::size_t i = 0; i < 4 * 1440; ++i) out.wall.push_back(wall_minute(out.at(i), out.zone));
  return out;
}

/// The instants that a list of wall minutes means: what is skipped comes as much later as the gap is long,
/// of what comes twice the first.
std::set<Instant> put_on_the_time_line(const Window& window, const std::set<std::int64_t>& named) {
  std::map<std::int64_t, Instant> first;
  for (std::size_t i = 0; i < window.wall.size(); ++i) first.emplace(window.wall[i], window.at(i));
  std::set<Instant> out;
  for (const auto minute : named) {
    auto read = minute;
    while (!first.contains(read)) --read;
    out.insert(first[read] + (minute - read) * kMinute);
  }
  return out;
}

/// Inside the window by a day on either side, so that neither end matters.
std::vector<Instant> inner(const Window& window, const std::set<Instant>& all) {
  std::vector<Instant> out;
  for (const Instant t : all) {
    if (t >= window.begin + kDay && t < window.begin + 3 * kDay) out.push_back(t);
  }
  return out;
}

std::vector<Instant> fired(const Window& window, const Recurrence& rule) {
  std::vector<Instant> out;
  const Instant end = window.begin + 3 * kDay;
  for (auto t = rule.next(window.begin + kDay - Millis{1}); t && *t < end; t = rule.next(*t))
    out.push_back(*t);
  return out;
}

std::string shown(const std::vector<Instant>& times) {
  std::string out;
  for (const Instant t : times) out += format_time(t) + " ";
  return out;
}

void compare(const Window& window, const std::string& rule, const std::set<Instant>& expected,
             const Recurrence& recurrence) {
  const auto wanted = inner(window, expected);
  const auto found = fired(window, recurrence);
  if (wanted != found) {
    RC_FAIL(rule + " in " + window.zone + "\nexpected " + shown(wanted) + "\nfound    " + shown(found));
  }
  // Strictly after, and the same from any point before it.
  for (std::size_t i = 0; i + 1 < found.size() && i < 20; ++i) {
    const Instant between =
        found[i] + Millis{*rc::gen::inRange<std::int64_t>(0, (found[i + 1] - found[i]).count())};
    RC_ASSERT(recurrence.next(between) == found[i + 1]);
  }
}

// --- cron

/// A field as written, and the values it names; `star`: it starts with one.
struct CronField {
  std::string text;
  std::set<int> values;
  bool star = false;
};

CronField any_field(int low, int high, bool often_star) {
  CronField out;
  const int kind = *rc::gen::inRange(0, often_star ? 8 : 4);
  if (kind >= 4 || kind == 0) {
    const int step = kind == 0 ? *rc::gen::inRange(1, (high - low) / 2 + 2) : 1;
    out.text = step == 1 ? "*" : "*/" + std::to_string(step);
    out.star = true;
    for (int n = low; n <= high; n += step) out.values.insert(n);
  } else if (kind == 1) {
    const int from = *rc::gen::inRange(low, high + 1), to = *rc::gen::inRange(from, high + 1);
    const int step = *rc::gen::inRange(1, 4);
    out.text = std::to_string(from) + "-" + std::to_string(to) + "/" + std::to_string(step);
    for (int n = from; n <= to; n += step) out.values.insert(n);
  } else {
    const int count = *rc::gen::inRange(1, 4);
    for (int i = 0; i < count; ++i) {
      const int n = *rc::gen::inRange(low, high + 1);
      out.text += (i == 0 ? "" : ",") + std::to_string(n);
      out.values.insert(n);
    }
  }
  return out;
}

RC_GTEST_PROP(RecurrenceProperty, CronFiresWhenAMinuteByMinuteOracleSays, ()) {
  const Window window = any_window();
  const CronField minute = any_field(0, 59, false), hour = any_field(0, 23, true);
  const CronField day = any_field(1, 31, true), month = any_field(1, 12, true),
                  weekday = any_field(0, 6, true);
  const auto matches = [&](std::int64_t n) {
    const Wall wall = wall_of(n);
    const bool of_month = day.values.contains(wall.day), of_week = weekday.values.contains(wall.weekday);
    const bool days = day.star || weekday.star ? of_month && of_week : of_month || of_week;
    return days && minute.values.contains(wall.minute) && hour.values.contains(wall.hour) &&
           month.values.contains(wall.month);
  };
  std::set<Instant> expected;
  if (minute.star || hour.star) {
    for (std::size_t i = 0; i < window.wall.size(); ++i) {
      if (matches(window.wall[i])) expected.insert(window.at(i));
    }
  } else {
    std::set<std::int64_t> named;
    for (auto n = window.wall.front(); n <= window.wall.back(); ++n) {
      if (matches(n)) named.insert(n);
    }
    expected = put_on_the_time_line(window, named);
  }
  RepeatSpec spec;
  spec.cron = minute.text + " " + hour.text + " " + day.text + " " + month.text + " " + weekday.text;
  spec.timezone = window.zone;
  spec.start_at = "1980-01-01T00:00:00";
  std::string field;
  const auto rule = Recurrence::make(spec, window.begin, field);
  if (!rule) RC_DISCARD("never fires");
  compare(window, spec.cron, expected, *rule);
}

// --- RFC 5545

const char* const kWeekdays[] = {"SU", "MO", "TU", "WE", "TH", "FR", "SA"};

struct AnyRule {
  std::string text;
  std::string unit;
  int interval = 1;
  std::set<int> months, month_days, hours, minutes;
  std::set<int> weekdays;             ///< any of them in the month
  std::set<std::pair<int, int>> nth;  ///< the n-th weekday of the month

  bool on_day(const Wall& wall) const {
    if (!months.empty() && !months.contains(wall.month)) return false;
    if (!month_days.empty() && !month_days.contains(wall.day) &&
        !month_days.contains(wall.day - wall.days_in_month - 1)) {
      return false;
    }
    if (weekdays.empty() && nth.empty()) return true;
    const int from_front = (wall.day - 1) / 7 + 1;
    const int from_back = -((wall.days_in_month - wall.day) / 7 + 1);
    return weekdays.contains(wall.weekday) || nth.contains({from_front, wall.weekday}) ||
           nth.contains({from_back, wall.weekday});
  }
};

void add_part(AnyRule& rule, const std::string& name, std::set<int>& values, int low, int high,
              bool negative) {
  const int count = *rc::gen::inRange(1, 5);
  for (int i = 0; i < count; ++i) {
    const int n = *rc::gen::inRange(low, high + 1);
    values.insert(negative && *rc::gen::arbitrary<bool>() ? -n : n);
  }
  std::string list;
  for (const int n : values) list += (list.empty() ? "" : ",") + std::to_string(n);
  rule.text += ";" + name + "=" + list;
}

AnyRule any_rule(const std::vector<std::string>& units) {
  AnyRule rule;
  rule.unit = units[*rc::gen::inRange<std::size_t>(0, units.size())];
  rule.text = "FREQ=" + rule.unit;
  if (*rc::gen::arbitrary<bool>()) rule.interval = *rc::gen::inRange(1, rule.unit == "MINUTELY" ? 200 : 5);
  if (rule.interval > 1) rule.text += ";INTERVAL=" + std::to_string(rule.interval);
  const auto sometimes = [] { return *rc::gen::inRange(0, 3) == 0; };
  if (sometimes()) add_part(rule, "BYMONTH", rule.months, 1, 12, false);
  if (rule.unit != "WEEKLY" && sometimes()) add_part(rule, "BYMONTHDAY", rule.month_days, 1, 31, true);
  if (sometimes()) {
    std::string list;
    const int count = *rc::gen::inRange(1, 4);
    for (int i = 0; i < count; ++i) {
      const int weekday = *rc::gen::inRange(0, 7);
      int ordinal = 0;
      if (rule.unit == "MONTHLY" && *rc::gen::arbitrary<bool>())
        ordinal = *rc::gen::inRange(1, 5) * *rc::gen::element(1, -1);
      list += (list.empty() ? "" : ",") + (ordinal == 0 ? "" : std::to_string(ordinal)) + kWeekdays[weekday];
      if (ordinal == 0) {
        rule.weekdays.insert(weekday);
      } else {
        rule.nth.emplace(ordinal, weekday);
      }
    }
    rule.text += ";BYDAY=" + list;
  }
  if (*rc::gen::arbitrary<bool>()) add_part(rule, "BYHOUR", rule.hours, 0, 5, false);
  if (*rc::gen::arbitrary<bool>()) add_part(rule, "BYMINUTE", rule.minutes, 0, 59, false);
  return rule;
}

std::string written(const Wall& wall) {
  char text[32];
  std::snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:00", wall.year, wall.month, wall.day, wall.hour,
                wall.minute);
  return text;
}

Recurrence rule_of(const std::string& rrule, const Window& window, const std::string& start) {
  RepeatSpec spec;
  spec.rrule = rrule;
  spec.timezone = window.zone;
  spec.start_at = start;
  std::string field;
  const auto out = Recurrence::make(spec, window.begin, field);
  if (!out) RC_DISCARD("never fires");
  return *out;
}

RC_GTEST_PROP(RecurrenceProperty, DaysWeeksAndMonthsFireWhenAMinuteByMinuteOracleSays, ()) {
  const Window window = any_window();
  const AnyRule rule = any_rule({"DAILY", "WEEKLY", "MONTHLY"});
  // Some weeks before the window, at a time that the edge may be near.
  const Wall start = wall_of(wall_minute(window.begin, window.zone) - *rc::gen::inRange(0, 100 * 1440));
  const auto day_number = [](const Wall& w) { return (w.minute_number - w.hour * 60 - w.minute) / 1440; };
  const auto matches = [&](std::int64_t n) {
    const Wall wall = wall_of(n);
    if (!rule.on_day(wall) || n < start.minute_number) return false;
    if (rule.hours.empty() ? wall.hour != start.hour : !rule.hours.contains(wall.hour)) return false;
    if (rule.minutes.empty() ? wall.minute != start.minute : !rule.minutes.contains(wall.minute))
      return false;
    if (rule.unit == "DAILY") return (day_number(wall) - day_number(start)) % rule.interval == 0;
    if (rule.unit == "WEEKLY") {
      if (rule.weekdays.empty() && wall.weekday != start.weekday) return false;
      const auto monday = [&](const Wall& w) { return day_number(w) - (w.weekday + 6) % 7; };
      return (monday(wall) - monday(start)) / 7 % rule.interval == 0;
    }
    const bool names_days = !rule.month_days.empty() || !rule.weekdays.empty() || !rule.nth.empty();
    if (!names_days && wall.day != start.day) return false;
    return ((wall.year - start.year) * 12 + wall.month - start.month) % rule.interval == 0;
  };
  std::set<std::int64_t> named;
  for (auto n = window.wall.front(); n <= window.wall.back(); ++n) {
    if (matches(n)) named.insert(n);
  }
  compare(window, rule.text + " from " + written(start), put_on_the_time_line(window, named),
          rule_of(rule.text, window, written(start)));
}

RC_GTEST_PROP(RecurrenceProperty, HoursAndMinutesFireWhenAMinuteByMinuteOracleSays, ()) {
  const Window window = any_window();
  const AnyRule rule = any_rule({"HOURLY", "MINUTELY"});
  const Instant started = window.begin - *rc::gen::inRange(0, 3 * 1440) * kMinute;
  const Wall start = wall_of(wall_minute(started, window.zone));
  std::set<Instant> expected;
  for (std::size_t i = 0; i < window.wall.size(); ++i) {
    const Wall wall = wall_of(window.wall[i]);
    if (!rule.on_day(wall) || (!rule.hours.empty() && !rule.hours.contains(wall.hour))) continue;
    const auto minutes_since = (window.at(i) - started) / kMinute;
    if (rule.unit == "MINUTELY") {
      if (!rule.minutes.empty() && !rule.minutes.contains(wall.minute)) continue;
      if (minutes_since % rule.interval == 0) expected.insert(window.at(i));
    } else {
      const auto into_hours = minutes_since + start.minute;
      if (into_hours / 60 % rule.interval != 0) continue;
      if (rule.minutes.empty() ? into_hours % 60 != start.minute : !rule.minutes.contains(wall.minute))
        continue;
      expected.insert(window.at(i));
    }
  }
  // With an offset: the wall clock may read this time twice.
  compare(window, rule.text + " from " + format_time(started), expected,
          rule_of(rule.text, window, format_time(started)));
}

RC_GTEST_PROP(RecurrenceProperty, AnyTextIsARuleOrARefusalWithAReason, ()) {
  const auto text = *rc::gen::container<std::string>(
      rc::gen::elementOf(std::string("0123456789*/,-#LW? \t=;FREQDAILYBSETPOUN@")));
  RepeatSpec spec;
  (*rc::gen::arbitrary<bool>() ? spec.cron : spec.rrule) = text;
  spec.timezone = "Europe/Berlin";
  std::string field;
  const auto out = Recurrence::make(spec, at("2026-01-01T00:00:00Z"), field);
  if (out) {
    RC_ASSERT(out->next(from_ms(0)) > from_ms(0));
  } else {
    RC_ASSERT(!out.error().detail().empty());
  }
}

}  // namespace
}  // namespace recado::engine
