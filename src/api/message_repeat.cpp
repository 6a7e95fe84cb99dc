#include "api/message_repeat.hpp"

#include "api/message_time.hpp"
#include "engine/series.hpp"

namespace recado::api {
namespace {

using engine::Recurrence;
using engine::RepeatSpec;

std::string text_of(const Values& values, const char* name) {
  return values.string(name).value_or("");
}

RepeatSpec rule_of(const Values& values, const std::string& default_timezone) {
  RepeatSpec rule;
  rule.cron = text_of(values, "cron");
  rule.rrule = text_of(values, "rrule");
  rule.timezone = values.string("timezone").value_or(default_timezone);
  rule.start_at = text_of(values, "startAt");
  rule.end_at = text_of(values, "endAt");
  if (const auto* count = values.given("count")) rule.count = json::as_int(*count).value();
  if (const auto* dates = values.given("exceptDates")) {
    const auto items = json::elements(*dates).value();  // the schema made sure of both
    for (const auto& item : items) rule.except_dates.push_back(json::as_string(item).value());
  }
  return rule;
}

/// What a series cannot have beside its rule.
void check_beside(const Values& values, const engine::MessageSpec& spec, FieldErrors& errors) {
  for (const char* field : {"scheduleTo", "delay", "timezone"}) {
    if (values.given(field) != nullptr && !names_field(errors, field)) {
      errors.emplace_back(field,
                          std::string("contradicts repeat: give ") +
                              (field == std::string_view("timezone") ? "repeat.timezone" : "repeat.startAt"));
    }
  }
  if (spec.expires_at && !names_field(errors, "expiresAt")) {
    errors.emplace_back("expiresAt", "is one instant, and the message comes again: give repeat.endAt");
  }
  if (spec.id.size() > engine::kMaxSeriesIdBytes && !names_field(errors, "id")) {
    errors.emplace_back("id", "has " + std::to_string(spec.id.size()) + " bytes: with repeat at most " +
                                  std::to_string(engine::kMaxSeriesIdBytes) +
                                  " are accepted, since each occurrence's id is this one and its time");
  }
}

}  // namespace

ShapePtr repeat_shape() {
  static const auto shape = std::make_shared<const Shape>(Shape{
      "Repeat",
      "By what rule a message comes again: `cron` or `rrule`. Rules are local time in `timezone`: a time "
      "that "
      "daylight saving skips moves forward by the gap, one that occurs twice means the first; rules finer "
      "than "
      "a day run in real time through both.",
      {{"cron", nullable(text(1, 1000)),
        "Five fields: minute, hour, day of month, month, day of week; names, lists, ranges, steps, `L` "
        "(last), "
        "`#` (`1#2`: the second Monday), `@daily` and the other nicknames. Day of month and day of week both "
        "given: either.",
        R"("0 9 * * 1-5")"},
       {"rrule", nullable(text(1, 4000)),
        "A recurrence rule of RFC 5545: FREQ, INTERVAL, COUNT, UNTIL, WKST and the BY parts.",
        R"("FREQ=MONTHLY;BYDAY=-1FR")"},
       {"timezone", nullable(line(1, 64)), "IANA zone; default: DEFAULT_TIMEZONE.", R"("America/Sao_Paulo")"},
       {"startAt", nullable(text(1, 100)),
        "The first time that may occur, and from where intervals are counted (DTSTART); written like "
        "`scheduleTo`. Default: now.",
        R"("2026-04-15T09:00:00")"},
       {"endAt", nullable(text(1, 100)), "The last time that may occur.", R"("2026-12-31T23:59:59")"},
       {"count", nullable(integer(1, engine::kMostOccurrences)),
        "How often at most, counted from `startAt`; as in RFC 5545, excepted ones are counted.", "10"},
       {"exceptDates", nullable(list_of(text(1, 100), engine::kMostExceptDates)),
        "Dates in the zone, or single times, on which it does not occur.", R"(["2026-12-25"])"}}});
  return shape;
}

void read_repeat(const Values& values, const ParseContext& context, engine::MessageSpec& spec,
                 FieldErrors& errors, std::vector<std::string>& notes) {
  const bool named = values.find("repeat") != nullptr;
  if (!named && !spec.repeat) return;
  if (names_field(errors, "repeat")) return;
  const auto* given = values.given("repeat");
  if (named && given == nullptr) {
    spec.repeat.reset();
    return;
  }
  check_beside(values, spec, errors);
  if (!named) return;
  auto repeat = std::make_shared<engine::Repeat>();
  repeat->rule = rule_of(Values(*given), context.default_timezone);
  std::string field;
  const auto rule = Recurrence::make(repeat->rule, context.now, field);
  if (!rule) {
    errors.emplace_back(field.empty() ? "repeat" : "repeat." + field, rule.error().detail());
    return;
  }
  repeat->bounds = rule->bounds();
  const auto next = rule->next(context.now - Millis{1});
  if (!next) {
    errors.emplace_back("repeat", "its last time, " + format_time(*repeat->bounds.last) + ", has passed");
    return;
  }
  spec.due = *next;
  spec.local_time.clear();
  spec.timezone.clear();
  if (auto note = rule->note(*next); !note.empty()) notes.push_back(format_time(*next) + ": " + note);
  spec.repeat = std::move(repeat);
}

void write_repeat(json::Writer& out, const engine::Repeat& repeat) {
  const RepeatSpec& rule = repeat.rule;
  out.begin_object();
  out.member(rule.cron.empty() ? "rrule" : "cron", rule.cron.empty() ? rule.rrule : rule.cron);
  out.member("timezone", rule.timezone);
  out.member("startAt", rule.start_at.empty() ? format_time(repeat.bounds.start) : rule.start_at);
  if (!rule.end_at.empty()) out.member("endAt", rule.end_at);
  if (rule.count > 0) out.member("count", rule.count);
  if (!rule.except_dates.empty()) {
    out.key("exceptDates").begin_array();
    for (const auto& date : rule.except_dates) out.value(date);
    out.end_array();
  }
  out.end_object();
}

void write_next(json::Writer& out, const engine::Repeat& repeat, Instant from, std::size_t count,
                std::vector<std::string>& notes) {
  out.begin_array();
  const auto rule = Recurrence::restore(repeat.rule, repeat.bounds);
  if (rule) {
    for (auto at = rule->next(from); at && count > 0; at = rule->next(*at), --count) {
      out.value(format_time(*at));
      if (auto note = rule->note(*at); !note.empty()) notes.push_back(format_time(*at) + ": " + note);
    }
  }
  out.end_array();
}

}  // namespace recado::api
