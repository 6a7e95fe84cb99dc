// Cron expressions as crontab(5) has them, with `L` and `#`.
#include <array>
#include <utility>

#include "engine/recurrence/rule.hpp"
#include "engine/recurrence/words.hpp"

namespace recado::engine {
namespace {

constexpr std::size_t kLongest = 1'000;

struct Field {
  std::string_view name;
  int low;
  int high;
  std::string_view accepted;
};
constexpr Field kMinute{"cron minute", 0, 59, "0 to 59, lists, ranges and steps (0,30 or 9-17 or */15)"};
constexpr Field kHour{"cron hour", 0, 23, "0 to 23, lists, ranges and steps (8,20 or 9-17 or */2)"};
constexpr Field kMonthDay{"cron day of month", 1, 31,
                          "1 to 31, lists, ranges and steps, L (the last day) or L-3 (three days before it)"};
constexpr Field kMonth{"cron month", 1, 12, "1 to 12 or JAN to DEC, lists, ranges and steps"};
constexpr Field kWeekday{
    "cron day of week", 0, 7,
    "0 to 7 (0 and 7: Sunday) or SUN to SAT, lists, ranges and steps, 1#2 (the second Monday) or 5L (the "
    "last Friday)"};

std::optional<int> value(const Field& field, std::string_view text) noexcept {
  auto out = words::number(text);
  if (!out && &field == &kMonth) out = words::month(text);
  if (!out && &field == &kWeekday) out = words::weekday(text, 3);
  if (!out || *out < field.low || *out > field.high) return std::nullopt;
  return out;
}

/// One item of a list, `*`, `*/5`, `7`, `7/5`, `9-17`, `9-17/2`, as bits.
Result<std::uint64_t> bits_of(const Field& field, std::string_view item) {
  const auto refuse = [&] { return words::refused(field.name, item, field.accepted); };
  const auto slash = item.find('/');
  int step = 1;
  if (slash != std::string_view::npos) {
    const auto wanted = words::number(item.substr(slash + 1));
    if (!wanted || *wanted < 1) return words::refused(field.name, item, "a step of 1 or more, such as */5");
    step = *wanted;
  }
  const std::string_view range = item.substr(0, slash);
  int first = field.low, last = field.high;
  if (range == "*") {
    if (&field == &kWeekday) last = 6;
  } else if (const auto dash = range.find('-'); dash != std::string_view::npos) {
    const auto from = value(field, range.substr(0, dash));
    auto to = value(field, range.substr(dash + 1));
    if (!from || !to) return refuse();
    if (&field == &kWeekday && *to == 0 && *from > 0) to = 7;
    if (*from > *to) {
      return words::refused(field.name, item,
                            "a range that rises; one that goes round is two: 22-23,0-2 for 22-2");
    }
    first = *from, last = *to;
  } else {
    const auto one = value(field, range);
    if (!one) return refuse();
    first = *one;
    if (slash == std::string_view::npos) last = first;
  }
  std::uint64_t out = 0;
  for (int n = first; n <= last; n += step) out |= std::uint64_t{1} << n;
  if (&field == &kWeekday && (out >> 7 & 1) != 0) out = (out & 0x7f) | 1;
  return out;
}

Result<std::uint64_t> read_field(const Field& field, std::string_view text) {
  std::uint64_t out = 0;
  for (const auto item : words::split(text, ',')) {
    const auto bits = bits_of(field, item);
    if (!bits) return bits.error();
    out |= *bits;
  }
  return out;
}

Result<void> read_month_days(Days& days, std::string_view text) {
  for (const auto item : words::split(text, ',')) {
    if (item.starts_with('L') || item.starts_with('l')) {
      int back = 0;
      if (item.size() > 1) {
        const auto wanted = item[1] == '-' ? words::number(item.substr(2)) : std::nullopt;
        if (!wanted || *wanted > 30) return words::refused(kMonthDay.name, item, kMonthDay.accepted);
        back = *wanted;
      }
      days.month_days_back |= std::uint32_t{1} << (back + 1);
      continue;
    }
    const auto bits = bits_of(kMonthDay, item);
    if (!bits) return bits.error();
    days.month_days |= static_cast<std::uint32_t>(*bits);
  }
  return {};
}

Result<void> read_weekdays(Days& days, std::string_view text) {
  for (const auto item : words::split(text, ',')) {
    const auto hash = item.find('#');
    const bool last = item.size() > 1 && (item.ends_with('L') || item.ends_with('l'));
    if (hash == std::string_view::npos && !last) {
      const auto bits = bits_of(kWeekday, item);
      if (!bits) return bits.error();
      days.weekdays = static_cast<std::uint8_t>(days.weekdays | *bits);
      continue;
    }
    const auto weekday = value(kWeekday, last ? item.substr(0, item.size() - 1) : item.substr(0, hash));
    const auto ordinal = last ? std::optional(-1) : words::number(item.substr(hash + 1));
    if (!weekday || !ordinal || *ordinal == 0 || *ordinal > 5) {
      return words::refused(kWeekday.name, item,
                            "a weekday with #1 to #5, such as 1#2, or with L, such as 5L");
    }
    days.ordinals.push_back({*ordinal, static_cast<unsigned>(*weekday % 7)});
  }
  return {};
}

/// crontab(5): a field that starts with `*` does not restrict, even `*/2` for the choice between the two day
/// fields.
bool starred(std::string_view field) noexcept {
  return field.starts_with('*') || field == "?";
}

Result<std::string_view> nickname(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kNicknames = {
      {{"@YEARLY", "0 0 1 1 *"},
       {"@ANNUALLY", "0 0 1 1 *"},
       {"@MONTHLY", "0 0 1 * *"},
       {"@WEEKLY", "0 0 * * 0"},
       {"@DAILY", "0 0 * * *"},
       {"@MIDNIGHT", "0 0 * * *"},
       {"@HOURLY", "0 * * * *"}}};
  const std::string name = words::upper(text);
  for (const auto& [known, expression] : kNicknames) {
    if (name == known) return expression;
  }
  return words::refused("cron", text,
                        "@yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly, or five fields");
}

std::vector<std::string_view> fields_of(std::string_view text) {
  std::vector<std::string_view> out;
  while (true) {
    const auto from = text.find_first_not_of(" \t");
    if (from == std::string_view::npos) return out;
    const auto to = text.find_first_of(" \t", from);
    out.push_back(text.substr(from, to - from));
    if (to == std::string_view::npos) return out;
    text.remove_prefix(to);
  }
}

}  // namespace

Result<Rule> parse_cron(std::string_view text) {
  if (text.size() > kLongest) return words::refused("cron", text, "at most 1000 characters");
  auto fields = fields_of(text);
  if (fields.size() == 1 && fields[0].starts_with('@')) {
    const auto expression = nickname(fields[0]);
    if (!expression) return expression.error();
    fields = fields_of(*expression);
  }
  if (fields.size() != 5) {
    return words::refused("cron", text,
                          "five fields: minute, hour, day of month, month, day of week (0 9 * * 1-5: at "
                          "09:00 on weekdays), not " +
                              std::to_string(fields.size()));
  }
  const auto minutes = read_field(kMinute, fields[0]);
  if (!minutes) return minutes.error();
  const auto hours = read_field(kHour, fields[1]);
  if (!hours) return hours.error();
  const auto months = read_field(kMonth, fields[3]);
  if (!months) return months.error();

  Rule rule;
  rule.minutes = *minutes;
  rule.hours = static_cast<std::uint32_t>(*hours);
  rule.seconds = 1;
  rule.days.months = static_cast<std::uint16_t>(*months);
  rule.whenever_read = starred(fields[0]) || starred(fields[1]);
  rule.days.either = !starred(fields[2]) && !starred(fields[4]);
  if (fields[2] != "*" && fields[2] != "?") {
    if (auto read = read_month_days(rule.days, fields[2]); !read) return read.error();
  }
  if (fields[4] != "*" && fields[4] != "?") {
    if (auto read = read_weekdays(rule.days, fields[4]); !read) return read.error();
  }
  return rule;
}

}  // namespace recado::engine
