#include "messaging/schedules/plan.hpp"

#include <algorithm>

#include "base/json.hpp"

namespace recado::messaging {
namespace {

using engine::Recurrence;
using engine::RepeatSpec;
using records::Document;

constexpr const char* kFrequencies[] = {"once", "daily", "weekly", "monthly"};
constexpr const char* kMisfires[] = {"once", "all", "skip"};
/// Up to so late an occurrence is not missed.
constexpr Millis kGrace{60'000};
/// Daylight saving may lengthen quiet hours by that.
constexpr std::chrono::hours kMargin{2};
/// So many gaps between occurrences are looked at.
constexpr int kGaps = 10;

/// The text of a member of an object; empty when it has none.
std::string member_text(const Document& fields, const char* field, const char* name) {
  const auto object = fields.find(field);
  if (!object) return {};
  const auto read = Document::parse(*object);
  return read ? read->text(name).value_or("") : std::string();
}

RepeatSpec spec_of(const Document& fields) {
  RepeatSpec spec;
  spec.cron = member_text(fields, "repeat", "cron");
  spec.rrule = member_text(fields, "repeat", "rrule");
  spec.frequency = fields.text("frequency").value_or("");
  spec.timezone = fields.text("timezone").value_or("");
  spec.start_at = fields.text("startAt").value_or("");
  spec.end_at = fields.text("endAt").value_or("");
  spec.count = fields.number("count").value_or(0);
  spec.except_dates = fields.texts("exceptDates");
  return spec;
}

engine::RepeatBounds bounds_of(const Document& fields) {
  engine::RepeatBounds bounds;
  bounds.start = from_ms(fields.number("start").value_or(0));
  if (const auto last = fields.number("last")) bounds.last = from_ms(*last);
  return bounds;
}

bool is_one_of(const std::string& text, const auto& words) {
  return std::any_of(std::begin(words), std::end(words), [&](const char* word) { return text == word; });
}

/// The place of a rule's field in a schedule: it has them at its top level.
std::string schedule_field(const std::string& field, const RepeatSpec& spec) {
  if (field == "cron" || field == "rrule") return "repeat." + field;
  if (!field.empty()) return field;
  return spec.frequency.empty() ? "repeat" : "frequency";
}

void judge_quiet(Document& fields, FieldProblems& problems) {
  const auto given = fields.find("quietHours");
  if (!given) return;
  const auto read = Document::parse(*given);
  if (!read) return problems.emplace_back("quietHours", "is no object"), void();
  for (const char* name : {"from", "to"}) {
    const auto text = read->text(name);
    const auto time = engine::parse_time_of_day(text.value_or(""));
    if (!text) {
      problems.emplace_back(std::string("quietHours.") + name, "is required, such as 21:00");
    } else if (!time) {
      problems.emplace_back(std::string("quietHours.") + name, time.error().detail());
    }
  }
  const auto policy = read->text("policy").value_or("later");
  if (!is_one_of(policy, std::initializer_list<const char*>{"earlier", "later", "skip"}))
    problems.emplace_back("quietHours.policy", "is none of earlier, later, skip");
}

/// Messages that go before their occurrence are registered as long before: two occurrences must not overlap
/// so.
void judge_lead(const Document& fields, const Recurrence& rule, Instant first, FieldProblems& problems) {
  const auto lead = lead_of(fields);
  if (lead == Millis::zero()) return;
  Instant at = first;
  for (int i = 0; i < kGaps; ++i) {
    const auto next = rule.next(at);
    if (!next) return;
    if (*next - at < lead) {
      problems.emplace_back("quietHours.policy",
                            "earlier needs more time between two occurrences than quiet hours last and two "
                            "hours more; use later or skip");
      return;
    }
    at = *next;
  }
}

void keep(Document& fields, const Document& before) {
  for (const char* name : {"status", "start", "last", "planFrom", "fired", "lastRun"}) {
    const auto value = before.find(name);
    value ? fields.set(name, *value) : fields.remove(name);
  }
}

}  // namespace

std::optional<engine::QuietHours> quiet_hours(const Document& fields) {
  const auto from = engine::parse_time_of_day(member_text(fields, "quietHours", "from"));
  const auto to = engine::parse_time_of_day(member_text(fields, "quietHours", "to"));
  if (!from || !to || *from == *to) return std::nullopt;
  const auto policy = member_text(fields, "quietHours", "policy");
  engine::QuietHours quiet;
  quiet.from = *from;
  quiet.to = *to;
  quiet.policy = policy == "earlier" ? engine::QuietPolicy::earlier
                 : policy == "skip"  ? engine::QuietPolicy::skip
                                     : engine::QuietPolicy::later;
  return quiet;
}

Millis lead_of(const Document& fields) {
  const auto quiet = quiet_hours(fields);
  if (!quiet || quiet->policy != engine::QuietPolicy::earlier) return Millis::zero();
  const auto day = std::chrono::minutes{24 * 60};
  return std::chrono::duration_cast<Millis>((quiet->to - quiet->from + day) % day + kMargin);
}

MissedRuns missed_runs(const Document& fields) {
  const auto misfire = fields.text("misfire").value_or("");
  return misfire == "all" ? MissedRuns::all : misfire == "skip" ? MissedRuns::skip : MissedRuns::once;
}

Result<Recurrence> rule_of(const Document& fields) {
  return Recurrence::restore(spec_of(fields), bounds_of(fields));
}

std::optional<Instant> next_of(const Document& fields, const Recurrence& rule) {
  Instant after = from_ms(fields.number("planFrom").value_or(0)) - Millis{1};
  if (const auto fired = fields.number("fired")) after = std::max(after, from_ms(*fired));
  return rule.next(after);
}

Turn turn_of(const Document& fields, const Recurrence& rule, Instant occurrence, Instant now) {
  Turn turn;
  switch (missed_runs(fields)) {
    case MissedRuns::all:
      turn.runs = true;
      turn.next = rule.next(occurrence);
      return turn;
    case MissedRuns::once:
    case MissedRuns::skip:
      break;
  }
  engine::MisfirePolicy policy;
  if (missed_runs(fields) == MissedRuns::skip) policy.misfire = engine::Misfire::skip;
  policy.grace = kGrace;
  const auto firing = engine::fire_or_skip(rule, occurrence, std::max(occurrence, now), policy);
  turn.runs = firing.now.has_value();
  turn.next = firing.next;
  return turn;
}

void judge_plan(Draft& draft, const std::string& default_timezone, Instant now, FieldProblems& problems) {
  auto& fields = draft.fields;
  const auto* const before = draft.before != nullptr ? &draft.before->fields : nullptr;
  if (before != nullptr) keep(fields, *before);
  yield_to_named(draft, {"frequency", "repeat"});
  if (!fields.find("timezone")) fields.set_text("timezone", default_timezone);
  const auto frequency = fields.text("frequency");
  if (frequency && !is_one_of(*frequency, kFrequencies)) {
    problems.emplace_back("frequency", "is none of once, daily, weekly, monthly");
    return;
  }
  if (const auto misfire = fields.text("misfire"); misfire && !is_one_of(*misfire, kMisfires))
    problems.emplace_back("misfire", "is none of once, all, skip");
  judge_quiet(fields, problems);
  if (frequency && fields.find("repeat")) {
    problems.emplace_back("repeat", "contradicts frequency: give one of them");
    return;
  }
  if (!frequency && !fields.find("repeat")) fields.set_text("frequency", "once");

  const RepeatSpec spec = spec_of(fields);
  const bool same = before != nullptr && before->find("start") && spec_of(*before) == spec;
  std::string field;
  const auto rule = same ? rule_of(fields) : Recurrence::make(spec, now, field);
  if (!rule) {
    problems.emplace_back(schedule_field(field, spec), rule.error().detail());
    return;
  }
  if (!same) {
    const auto& bounds = rule->bounds();
    fields.set_number("start", to_ms(bounds.start));
    bounds.last ? fields.set_number("last", to_ms(*bounds.last)) : fields.remove("last");
    // What happens once and has passed happens now; what comes again waits for its next time.
    const bool once = spec.frequency == "once";
    fields.set_number("planFrom", to_ms(once ? bounds.start : std::max(bounds.start, now)));
    fields.remove("fired");
    if (fields.text("status") != kPaused) fields.set_text("status", kActive);
  }
  const auto next = next_of(fields, *rule);
  if (!next && !same) {
    problems.emplace_back(
        spec.frequency.empty() ? "repeat" : "frequency",
        "its last time, " + format_time(bounds_of(fields).last.value_or(now)) + ", has passed");
    return;
  }
  if (next) judge_lead(fields, *rule, *next, problems);
  next&& fields.text("status") == kActive ? fields.set_text("nextRunAt", format_time(*next))
                                          : fields.remove("nextRunAt");
}

}  // namespace recado::messaging
