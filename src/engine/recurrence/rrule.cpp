// Recurrence rules of RFC 5545, section 3.3.10.
#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "engine/recurrence/rule.hpp"
#include "engine/recurrence/words.hpp"

namespace recado::engine {
namespace {

constexpr std::size_t kLongest = 4'000;
constexpr int kLongestInterval = 1'000'000;

/// The parts of one rule, read in the order in which they stand; what they mean together is judged at the
/// end.
class Parts {
 public:
  Result<void> read(std::string_view name, std::string_view value);
  Result<Rrule> finish() &&;

 private:
  Result<void> frequency(std::string_view value);
  Result<void> by_day(std::string_view value);
  Result<void> week_start(std::string_view value);
  Result<void> numbers(std::string_view name, std::string_view value, int low, int high, bool negative,
                       std::vector<int>& out);
  template <class Bits>
  Result<void> bits(std::string_view name, std::string_view value, int low, int high, Bits& out);
  bool has(std::string_view name) const { return seen_.contains(name); }
  Result<void> judge() const;

  std::set<std::string, std::less<>> seen_;
  Rrule out_;
};

Result<void> Parts::numbers(std::string_view name, std::string_view value, int low, int high, bool negative,
                            std::vector<int>& out) {
  for (const auto item : words::split(value, ',')) {
    const auto n = negative ? words::signed_number(item) : words::number(item);
    if (!n || std::abs(*n) < low || std::abs(*n) > high) {
      const std::string range = std::to_string(low) + " to " + std::to_string(high);
      return words::refused(
          name, item,
          negative ? range + ", or negative to count from the end, in a list" : range + ", in a list");
    }
    if (std::ranges::find(out, *n) == out.end()) out.push_back(*n);
  }
  return {};
}

template <class Bits>
Result<void> Parts::bits(std::string_view name, std::string_view value, int low, int high, Bits& out) {
  std::vector<int> list;
  if (auto read = numbers(name, value, low, high, false, list); !read) return read;
  for (const int n : list) out = static_cast<Bits>(out | Bits{1} << n);
  return {};
}

Result<void> Parts::frequency(std::string_view value) {
  static constexpr std::array<std::pair<std::string_view, Unit>, 7> kUnits = {{{"YEARLY", Unit::year},
                                                                               {"MONTHLY", Unit::month},
                                                                               {"WEEKLY", Unit::week},
                                                                               {"DAILY", Unit::day},
                                                                               {"HOURLY", Unit::hour},
                                                                               {"MINUTELY", Unit::minute},
                                                                               {"SECONDLY", Unit::second}}};
  for (const auto& [name, unit] : kUnits) {
    if (name != value) continue;
    out_.rule.unit = unit;
    return {};
  }
  return words::refused("rrule FREQ", value, "YEARLY, MONTHLY, WEEKLY, DAILY, HOURLY, MINUTELY or SECONDLY");
}

Result<void> Parts::by_day(std::string_view value) {
  Days& days = out_.rule.days;
  for (const auto item : words::split(value, ',')) {
    const auto letters = item.size() < 2 ? std::string_view{} : item.substr(item.size() - 2);
    const auto weekday = words::weekday(letters, 2);
    const auto before = item.substr(0, item.size() - letters.size());
    const auto ordinal = before.empty() ? std::optional(0) : words::signed_number(before);
    if (!weekday || !ordinal || (!before.empty() && *ordinal == 0) || std::abs(*ordinal) > 53) {
      return words::refused("rrule BYDAY", item,
                            "MO, TU, WE, TH, FR, SA, SU in a list, with 1 to 53 or -1 to -53 before it for "
                            "the first or the last (-1FR)");
    }
    if (*ordinal == 0) {
      days.weekdays = static_cast<std::uint8_t>(days.weekdays | 1 << *weekday);
    } else {
      days.ordinals.push_back({*ordinal, static_cast<unsigned>(*weekday)});
    }
  }
  return {};
}

Result<void> Parts::week_start(std::string_view value) {
  const auto weekday = words::weekday(value, 2);
  if (!weekday) return words::refused("rrule WKST", value, "one of MO, TU, WE, TH, FR, SA, SU");
  out_.rule.days.week_start = static_cast<unsigned>(*weekday);
  return {};
}

Result<void> Parts::read(std::string_view name, std::string_view value) {
  if (!seen_.emplace(name).second) return invalid("rrule names " + std::string(name) + " twice");
  Rule& rule = out_.rule;
  Days& chosen = rule.days;
  if (name == "FREQ") return frequency(value);
  if (name == "INTERVAL") {
    const auto n = words::number(value);
    if (!n || *n < 1 || *n > kLongestInterval) return words::refused("rrule INTERVAL", value, "1 to 1000000");
    rule.interval = *n;
    return {};
  }
  if (name == "COUNT") {
    const auto n = words::number(value);
    if (!n || *n < 1) return words::refused("rrule COUNT", value, "a number of 1 or more");
    out_.count = *n;
    return {};
  }
  if (name == "UNTIL") {
    if (!until_as_time(value)) {
      return words::refused("rrule UNTIL", value,
                            "a date (20261224), a local time (20261224T090000) or UTC (20261224T120000Z)");
    }
    out_.until = value;
    return {};
  }
  if (name == "WKST") return week_start(value);
  if (name == "BYDAY") return by_day(value);
  if (name == "BYSECOND") return bits("rrule BYSECOND", value, 0, 59, rule.seconds);
  if (name == "BYMINUTE") return bits("rrule BYMINUTE", value, 0, 59, rule.minutes);
  if (name == "BYHOUR") return bits("rrule BYHOUR", value, 0, 23, rule.hours);
  if (name == "BYMONTH") {
    chosen.months = 0;
    rule.names_months = true;
    return bits("rrule BYMONTH", value, 1, 12, chosen.months);
  }
  if (name == "BYYEARDAY") return numbers("rrule BYYEARDAY", value, 1, 366, true, chosen.year_days);
  if (name == "BYWEEKNO") return numbers("rrule BYWEEKNO", value, 1, 53, true, chosen.weeks);
  if (name == "BYSETPOS") return numbers("rrule BYSETPOS", value, 1, 366, true, rule.set_positions);
  if (name == "BYMONTHDAY") {
    std::vector<int> list;
    if (auto read = numbers("rrule BYMONTHDAY", value, 1, 31, true, list); !read) return read;
    for (const int n : list)
      (n > 0 ? chosen.month_days : chosen.month_days_back) |= std::uint32_t{1} << std::abs(n);
    return {};
  }
  return words::refused(
      "rrule part", name,
      "FREQ, INTERVAL, COUNT, UNTIL, WKST, BYMONTH, BYWEEKNO, BYYEARDAY, BYMONTHDAY, BYDAY, "
      "BYHOUR, BYMINUTE, BYSECOND, BYSETPOS (the start is the field startAt)");
}

/// What RFC 5545 says MUST NOT be together.
Result<void> Parts::judge() const {
  const Rule& rule = out_.rule;
  if (!has("FREQ")) return invalid("rrule has no FREQ: accepted is for example FREQ=MONTHLY;BYDAY=-1FR");
  if (has("COUNT") && has("UNTIL")) return invalid("rrule has COUNT and UNTIL: accepted is one of them");
  if (has("BYWEEKNO") && rule.unit != Unit::year) {
    return invalid("rrule has BYWEEKNO: accepted only with FREQ=YEARLY");
  }
  if (has("BYYEARDAY") && (rule.unit == Unit::day || rule.unit == Unit::week || rule.unit == Unit::month)) {
    return invalid("rrule has BYYEARDAY: not accepted with FREQ=DAILY, WEEKLY or MONTHLY");
  }
  if (has("BYMONTHDAY") && rule.unit == Unit::week) {
    return invalid("rrule has BYMONTHDAY: not accepted with FREQ=WEEKLY");
  }
  if (!rule.days.ordinals.empty() &&
      ((rule.unit != Unit::month && rule.unit != Unit::year) || has("BYWEEKNO"))) {
    return invalid(
        "rrule BYDAY has a number before the weekday: accepted only with FREQ=MONTHLY, or FREQ=YEARLY "
        "without BYWEEKNO");
  }
  const bool by_another =
      std::ranges::any_of(seen_, [](const auto& n) { return n.starts_with("BY") && n != "BYSETPOS"; });
  if (has("BYSETPOS") && !by_another) {
    return invalid("rrule has BYSETPOS: accepted only with another BY part to choose from");
  }
  return {};
}

Result<Rrule> Parts::finish() && {
  if (auto judged = judge(); !judged) return judged.error();
  // RFC 5545: of the month within FREQ=MONTHLY, or with BYMONTH; else of the year.
  out_.rule.days.ordinals_of_year = out_.rule.unit == Unit::year && !has("BYMONTH");
  return std::move(out_);
}

}  // namespace

Result<Rrule> parse_rrule(std::string_view text) {
  if (text.size() > kLongest) return words::refused("rrule", text, "at most 4000 characters");
  const std::string written = words::upper(text);
  std::string_view rest = written;
  if (rest.starts_with("RRULE:")) rest.remove_prefix(6);
  if (rest.ends_with(';')) rest.remove_suffix(1);
  Parts parts;
  for (const auto part : words::split(rest, ';')) {
    const auto equals = part.find('=');
    if (equals == std::string_view::npos) {
      return words::refused("rrule part", part, "NAME=VALUE, such as FREQ=MONTHLY;BYDAY=-1FR");
    }
    if (auto read = parts.read(part.substr(0, equals), part.substr(equals + 1)); !read) return read.error();
  }
  return std::move(parts).finish();
}

std::optional<std::string> until_as_time(std::string_view until) {
  const bool utc = until.ends_with('Z');
  if (utc) until.remove_suffix(1);
  const auto date = until.substr(0, 8);
  const auto rest = until.substr(date.size());
  if (date.size() != 8 || !words::number(date)) return std::nullopt;
  std::string out = std::string(date.substr(0, 4)) + "-" + std::string(date.substr(4, 2)) + "-" +
                    std::string(date.substr(6, 2));
  if (rest.empty()) return utc ? std::nullopt : std::optional(out + "T23:59:59");
  if (rest.size() != 7 || rest.front() != 'T' || !words::number(rest.substr(1))) return std::nullopt;
  out.append("T").append(rest.substr(1, 2)).append(":").append(rest.substr(3, 2)).append(":");
  out.append(rest.substr(5, 2));
  return utc ? out + "Z" : out;
}

std::chrono::seconds to_round_start(const Rule& rule, std::chrono::local_seconds start) {
  using std::chrono::ceil;
  if (rule.unit >= Unit::hour && rule.hours != 0 && rule.minutes == 0)
    return ceil<std::chrono::hours>(start) - start;
  if (rule.unit >= Unit::minute && rule.seconds == 0 && (rule.hours != 0 || rule.minutes != 0))
    return ceil<std::chrono::minutes>(start) - start;
  return std::chrono::seconds{0};
}

void take_start(Rule& rule, std::chrono::local_seconds start, std::chrono::sys_seconds start_at) {
  rule.start = start;
  rule.start_at = start_at;
  const auto day = std::chrono::floor<std::chrono::days>(start);
  const auto second = (start - day).count();
  if (rule.elapsed()) return;

  const auto bit_of = [](std::int64_t n) { return std::uint64_t{1} << n; };
  if (rule.seconds == 0) rule.seconds = bit_of(second % 60);
  if (rule.minutes == 0) rule.minutes = bit_of(second / 60 % 60);
  if (rule.hours == 0) rule.hours = static_cast<std::uint32_t>(bit_of(second / 3600));

  Days& chosen = rule.days;
  const Date date = date_of(day);
  const auto weekday = static_cast<std::uint8_t>(1 << weekday_of(day));
  if (chosen.restricts_days()) {
    // BYWEEKNO alone names weeks: the day in them is the start's.
    const bool only_weeks = chosen.month_days == 0 && chosen.month_days_back == 0 && chosen.weekdays == 0 &&
                            chosen.ordinals.empty() && chosen.year_days.empty();
    if (only_weeks) chosen.weekdays = weekday;
    return;
  }
  switch (rule.unit) {
    case Unit::week:
      chosen.weekdays = weekday;
      return;
    case Unit::year:
      if (!rule.names_months) chosen.months = static_cast<std::uint16_t>(1 << date.month);
      [[fallthrough]];
    case Unit::month:
      chosen.month_days = std::uint32_t{1} << date.day;
      return;
    default:
      return;
  }
}

}  // namespace recado::engine
