#include "messaging/schedules/schedules.hpp"

#include <algorithm>
#include <array>

#include "base/crypto.hpp"
#include "base/log.hpp"
#include "messaging/schedules/plan.hpp"

namespace recado::messaging {
namespace {

using records::Document;
using records::Field;
using records::Record;

/// When an intent is carried out if nobody did so meanwhile: longer than all writes of a request take.
constexpr Millis kIntent{10'000};

std::string new_plan() {
  std::array<unsigned char, 8> bytes{};
  random_bytes(bytes);
  return hex(bytes);
}

/// The ids among `recipients`.
std::vector<std::int64_t> contacts_of(const Document& fields, const char* field) {
  std::vector<std::int64_t> ids;
  if (const auto id = fields.number(field)) ids.push_back(*id);
  for (const auto& item : fields.elements(field)) {
    if (const auto id = json::as_int(item)) ids.push_back(*id);
  }
  return ids;
}

void judge_recipients(const Document& fields, FieldProblems& problems) {
  const auto given = fields.find("recipients");
  if (!given) return;
  const auto parsed = json::parse(*given);
  const auto items = parsed && parsed->kind == json::Kind::array
                         ? json::elements(*parsed)
                         : Result<std::vector<json::Raw>>(Error(ErrorCode::invalid_argument, "is no list"));
  if (!items) return problems.emplace_back("recipients", items.error().detail()), void();
  if (items->empty()) problems.emplace_back("recipients", "is empty: name at least one");
  if (items->size() > kMostRecipients)
    problems.emplace_back("recipients", "has " + std::to_string(items->size()) + " entries, accepted are " +
                                            std::to_string(kMostRecipients) + ": make a group of them");
  for (std::size_t i = 0; i < items->size() && i < kMostRecipients; ++i) {
    const auto id = json::as_int((*items)[i]);
    const auto address = json::as_string((*items)[i]);
    if ((id && *id > 0) || (address && !address->empty() && address->size() <= 254)) continue;
    problems.emplace_back("recipients[" + std::to_string(i) + "]",
                          "is neither a contact's id nor an address");
  }
}

void judge_target(const Document& fields, FieldProblems& problems) {
  int targets = 0;
  for (const char* name : {"contact", "group", "recipients"}) targets += fields.find(name) ? 1 : 0;
  if (targets == 1) return judge_recipients(fields, problems);
  problems.emplace_back(targets == 0 ? "group" : "recipients",
                        targets == 0 ? "is missing: give contact, group or recipients"
                                     : "give only one of contact, group and recipients");
}

/// A change from words to a template, or back, takes the former away.
void yield_words(Draft& draft) {
  if (draft.before == nullptr) return;
  const auto given = [&](const char* field) { return draft.names(field) && draft.fields.find(field); };
  const bool words = given("text") || given("html");
  if (given("template") == words) return;
  for (const char* field : {"text", "html", "subject"}) {
    if (!words && !given(field)) draft.fields.remove(field);
  }
  for (const char* field : {"template", "variables"}) {
    if (words) draft.fields.remove(field);
  }
}

void judge_content(const Document& fields, FieldProblems& problems) {
  const bool texts = fields.find("text") || fields.find("html");
  const bool has_template = fields.find("template").has_value();
  if (!texts && !has_template) problems.emplace_back("text", "is missing: give text or template");
  if (texts && has_template) problems.emplace_back("template", "contradicts text: give one of them");
}

void judge_schedule(Draft& draft, const std::string& default_timezone, Instant now, FieldProblems& problems) {
  const auto name = draft.fields.text("name");
  if (!name || name->find_first_not_of(" \t") == std::string::npos)
    problems.emplace_back("name", "is required");
  if (!draft.fields.find("channel")) problems.emplace_back("channel", "is required");
  yield_to_named(draft, {"contact", "group", "recipients"});
  judge_target(draft.fields, problems);
  yield_words(draft);
  judge_content(draft.fields, problems);
  judge_plan(draft, default_timezone, now, problems);
}

Stored failed_storing(const Error& error) {
  Stored stored;
  stored.written = records::refused(error);
  return stored;
}

Stored refused(FieldProblems problems) {
  Stored stored;
  stored.problems = std::move(problems);
  stored.written.refusal = records::Refusal::declined;
  return stored;
}

}  // namespace

const records::Type& schedule_type() {
  static const records::Type type(
      "schedules", {Field("name").searched().sorted('n'), Field("plan").unique('u'),
                    Field("status").lookup('s'), Field("channel").lookup('c'), Field("group").lookup('g')});
  return type;
}

std::string schedule_tag(std::int64_t schedule) {
  return "schedule:" + std::to_string(schedule);
}

std::string schedule_message_id(std::int64_t schedule, Instant run, const std::string& recipient) {
  return "schedule-" + std::to_string(schedule) + "@" + format_time_z(run) + "." + recipient;
}

Schedules::Schedules(io::Loop& loop, records::Store& store, engine::Engine& engine, Groups& groups,
                     Composer& composer, std::string default_timezone)
    : Collection(store, schedule_type(),
                 [&loop, default_timezone](Draft& draft, FieldProblems& problems) {
                   judge_schedule(draft, default_timezone, loop.clock().now(), problems);
                 }),
      loop_(loop),
      engine_(engine),
      groups_(groups),
      composer_(composer) {
  engine_.handle(kScheduleHandler, *this);
}

/// What the fields name must be there.
io::Task<Result<FieldProblems>> Schedules::judge_references(std::string account, const Document& fields) {
  auto problems = co_await composer_.judge(account, fields);
  if (!problems) co_return problems;
  for (const char* field : {"contact", "recipients"}) {
    const auto ids = contacts_of(fields, field);
    if (ids.empty()) continue;
    const auto unknown = co_await groups_.unknown(account, ids);
    if (!unknown) co_return unknown.error();
    for (const auto place : *unknown)
      problems->emplace_back(field, "there is no contact " + std::to_string(ids[place]));
  }
  if (const auto group = fields.number("group")) {
    const auto found = co_await groups_.find(account, std::to_string(*group));
    if (!found) co_return found.error();
    if (!*found) problems->emplace_back("group", "there is no group " + std::to_string(*group));
  }
  co_return problems;
}

engine::MessageSpec Schedules::step_message(std::string account, std::string id, Millis wait,
                                            const Document& state) const {
  engine::MessageSpec spec;
  spec.account = std::move(account);
  spec.id = std::move(id);
  spec.handler = kScheduleHandler;
  spec.due = loop_.clock().now() + wait;
  spec.payload = state.json();
  spec.has_payload = true;
  return spec;
}

/// The message of a plan that no record names yet.
io::Task<Result<std::string>> Schedules::intend(std::string account) {
  std::string plan = new_plan();
  Document state;
  state.set_text("do", "plan");
  state.set_text("plan", plan);
  auto spec = step_message(std::move(account), "plan:" + plan, kIntent, state);
  const auto added = co_await engine_.add(std::move(spec));
  if (added.refusal != engine::Refusal::none) co_return Error(ErrorCode::unavailable, added.detail);
  co_return plan;
}

/// The record names the plan: its message comes now instead of in a while. Where that cannot be said, it
/// comes then.
io::Task<> Schedules::carry_out(std::string account, std::string plan) {
  const auto hurried = co_await engine_.run_now(std::move(account), "plan:" + plan);
  if (hurried.refusal != engine::Refusal::none)
    log::debug("a schedule is planned later", {{"plan", plan}, {"reason", hurried.detail}});
}

io::Task<> Schedules::abandon(std::string account, std::string plan) {
  // Whether it succeeds or not: a plan that no record names ends by itself.
  if (!plan.empty()) co_await engine_.withdraw(std::move(account), "plan:" + plan);
}

io::Task<Stored> Schedules::create(std::string account, Document fields) {
  FieldProblems problems;
  Draft draft(fields, nullptr, {});
  judge(draft, problems);
  if (!problems.empty()) co_return refused(std::move(problems));
  auto references = co_await judge_references(account, draft.fields);
  if (!references) co_return failed_storing(references.error());
  if (!references->empty()) co_return refused(std::move(*references));
  auto plan = co_await intend(account);
  if (!plan) co_return failed_storing(plan.error());
  fields.set_text("plan", *plan);
  auto stored = co_await Collection::create(account, std::move(fields));
  if (stored.written.refusal == records::Refusal::none) {
    co_await carry_out(std::move(account), std::move(*plan));
  } else if (stored.written.refusal != records::Refusal::outcome_unknown) {
    co_await abandon(std::move(account), std::move(*plan));
  }
  co_return stored;
}

io::Task<Stored> Schedules::replace(std::string account, std::string path, Document fields) {
  auto references = co_await judge_references(account, fields);
  if (!references) co_return failed_storing(references.error());
  if (!references->empty()) co_return refused(std::move(*references));
  auto plan = co_await intend(account);
  if (!plan) co_return failed_storing(plan.error());
  fields.set_text("plan", *plan);
  auto writing = Collection::replace(account, path, std::move(fields));
  co_return co_await planned(std::move(account), std::move(path), std::move(writing), std::move(*plan));
}

io::Task<Stored> Schedules::merge(std::string account, std::string path, std::string patch) {
  const auto found = co_await find(account, path);
  if (!found) co_return failed_storing(found.error());
  if (*found) {
    Document whole = (*found)->fields;
    const auto merged = whole.merge(patch);
    auto references = merged ? FieldProblems() : FieldProblems{{"", merged.error().detail()}};
    if (merged) {
      auto judged = co_await judge_references(account, whole);
      if (!judged) co_return failed_storing(judged.error());
      references = std::move(*judged);
    }
    if (!references.empty()) co_return refused(std::move(references));
  }
  auto plan = co_await intend(account);
  if (!plan) co_return failed_storing(plan.error());
  // Null removes a field: it must stay in the patch, which a Document would not keep.
  const auto whole = json::parse(patch);
  const auto members = json::members(*whole);
  json::Writer out;
  out.begin_object();
  for (const auto& member : *members) {
    if (member.key != "plan") out.key(member.key).raw(member.value.text);
  }
  out.member("plan", *plan).end_object();
  auto writing = Collection::merge(account, path, std::move(out).str());
  co_return co_await planned(std::move(account), std::move(path), std::move(writing), std::move(*plan));
}

/// Carries a change of a schedule out whose intent is there: `writing` names `plan`.
io::Task<Stored> Schedules::planned(std::string account, std::string path, io::Task<Stored> writing,
                                    std::string plan) {
  const auto before = co_await find(account, path);
  if (!before) co_return failed_storing(before.error());
  auto stored = co_await std::move(writing);
  if (stored.written.refusal != records::Refusal::none) {
    if (stored.written.refusal != records::Refusal::outcome_unknown) co_await abandon(account, plan);
    co_return stored;
  }
  if (*before) co_await abandon(account, (*before)->fields.text("plan").value_or(""));
  co_await carry_out(std::move(account), std::move(plan));
  co_return stored;
}

io::Task<> Schedules::take_back(std::string account, const Record& before) {
  if (lead_of(before.fields) == Millis::zero()) co_return;
  engine::Filter filter;
  filter.account = std::move(account);
  filter.tag = schedule_tag(before.id);
  filter.after = loop_.clock().now();
  const auto cancelled = co_await engine_.cancel_all(std::move(filter));
  if (!cancelled)
    log::warning("messages of a changed schedule could not be taken back",
                 {{"schedule", before.id}, {"reason", cancelled.error()}});
}

io::Task<records::Written> Schedules::remove(std::string account, std::string path) {
  const auto found = co_await find(account, path);
  if (!found) co_return records::refused(found.error());
  records::Written none;
  none.refusal = records::Refusal::not_found;
  if (!*found) co_return none;
  const std::string plan = (*found)->fields.text("plan").value_or("");
  const std::string token = new_plan();
  Document state;
  state.set_text("do", "forget");
  state.set_number("schedule", (*found)->id);
  auto spec = step_message(account, "forget:" + token, kIntent, state);
  const auto intended = co_await engine_.add(std::move(spec));
  if (intended.refusal != engine::Refusal::none)
    co_return records::refused(Error(ErrorCode::unavailable, intended.detail));
  auto removed = co_await Collection::remove(account, std::move(path));
  if (removed.refusal == records::Refusal::none) {
    co_await engine_.run_now(account, "forget:" + token);
    co_await abandon(std::move(account), plan);
  }
  co_return removed;
}

/// Changes a schedule under a new plan; `plan` is added to what `change` gives.
io::Task<records::Written> Schedules::switch_to(std::string account, std::string path, std::string plan,
                                                Change change) {
  std::optional<Record> before;
  auto edit = [&before, &plan, &change](const Record& record) -> std::optional<Document> {
    before = record;
    auto fields = change(record);
    if (fields) fields->set_text("plan", plan);
    return fields;
  };
  auto written = co_await store().change(account, type(), std::move(path), std::move(edit));
  if (written.refusal != records::Refusal::none || !before) co_return written;
  co_await abandon(account, before->fields.text("plan").value_or(""));
  co_await take_back(std::move(account), *before);
  co_return written;
}

io::Task<records::Written> Schedules::pause(std::string account, std::string path) {
  // A plan that has no message: nothing comes.
  return switch_to(std::move(account), std::move(path), new_plan(), [](const Record& record) {
    std::optional<Document> fields;
    if (record.fields.text("status") == kDone) return fields;
    fields = record.fields;
    fields->set_text("status", kPaused);
    fields->remove("nextRunAt");
    return fields;
  });
}

io::Task<records::Written> Schedules::resume(std::string account, std::string path) {
  const auto found = co_await find(account, path);
  if (!found) co_return records::refused(found.error());
  records::Written out;
  if (!*found) {
    out.refusal = records::Refusal::not_found;
    co_return out;
  }
  if ((*found)->fields.text("status") != kPaused) {
    out.record = **found;
    co_return out;
  }
  auto plan = co_await intend(account);
  if (!plan) co_return records::refused(plan.error());
  const Instant now = loop_.clock().now();
  out = co_await switch_to(account, std::move(path), *plan, [now](const Record& record) {
    auto fields = record.fields;
    const auto from = std::max(now, from_ms(fields.number("planFrom").value_or(0)));
    fields.set_number("planFrom", to_ms(from));
    const auto rule = rule_of(fields);
    const auto next = rule ? next_of(fields, *rule) : std::nullopt;
    fields.set_text("status", next ? kActive : kDone);
    if (next) fields.set_text("nextRunAt", format_time(*next));
    return std::optional<Document>(std::move(fields));
  });
  if (out.refusal == records::Refusal::none) co_await carry_out(std::move(account), std::move(*plan));
  co_return out;
}

io::Task<Schedules::Started> Schedules::send(std::string account, std::string path) {
  Started out;
  const auto found = co_await find(account, std::move(path));
  if (found && !*found) {
    out.refusal = records::Refusal::not_found;
    co_return out;
  }
  out.at = loop_.clock().now();
  if (!found) {
    out.refusal = records::Refusal::unavailable;
    out.detail = found.error().detail();
    co_return out;
  }
  out.id = (*found)->id;
  const bool even = (*found)->fields.text("status") == kPaused;
  const auto begun = co_await begin_run(std::move(account), **found, out.at, even);
  if (!begun) {
    out.refusal = begun.error().code() == ErrorCode::outcome_unknown ? records::Refusal::outcome_unknown
                                                                     : records::Refusal::unavailable;
    out.detail = begun.error().detail();
  }
  co_return out;
}

std::vector<Instant> Schedules::next_runs(const Record& schedule, std::size_t count) const {
  std::vector<Instant> out;
  const auto rule = rule_of(schedule.fields);
  if (!rule) return out;
  auto at = next_of(schedule.fields, *rule);
  const Instant now = loop_.clock().now();
  if (at && *at < now && schedule.fields.text("frequency") != "once") at = rule->next(now - Millis{1});
  for (; at && out.size() < count; at = rule->next(*at)) out.push_back(*at);
  return out;
}

}  // namespace recado::messaging
