// The steps of schedules: a plan whose time has come, a batch of a run, the messages of a schedule that is
// gone.
#include <algorithm>
#include <utility>

#include "base/crypto.hpp"
#include "base/log.hpp"
#include "messaging/schedules/plan.hpp"
#include "messaging/schedules/schedules.hpp"

namespace recado::messaging {
namespace {

using engine::Step;
using records::Document;
using records::Record;

/// Recipients of one step: a few milliseconds of the loop and of Redis.
constexpr std::size_t kBatch = 128;
/// While its schedule is paused, a run looks so often whether it still is.
constexpr Millis kPausedLook{5'000};
/// A run leaves as much time to others as it takes, so much at least.
constexpr Millis kLeastPause{10};
constexpr Millis kMostPause{1'000};
/// Batches that were under way when their schedule was removed are over by then.
constexpr Millis kForgetPause{2'000};
constexpr std::int64_t kForgetRounds = 3;

/// What a run says and to whom, as it was when it began.
constexpr const char* kSnapshot[] = {"channel", "template", "variables",  "text",     "subject",   "html",
                                     "contact", "group",    "recipients", "timezone", "quietHours"};

/// The id of one who is not a contact: the same however the list is reordered.
std::string address_id(const std::string& address) {
  const auto digest = sha256(address);
  return "a" + hex(std::span(digest.begin(), 12));
}

/// Where somebody lives: what the contact's own fields say, else the schedule's zone.
std::string zone_of(const Recipient& recipient, const Document& fields) {
  std::string zone = fields.text("timezone").value_or("UTC");
  if (recipient.contact == nullptr) return zone;
  const auto custom = recipient.contact->fields.find("custom");
  const auto read = custom ? Document::parse(*custom) : Result<Document>(Document());
  return read ? read->text("timezone").value_or(zone) : zone;
}

}  // namespace

struct Schedules::Run {
  Run() = default;
  explicit Run(const Document& state)
      : schedule(state.number("schedule").value_or(0)),
        at(from_ms(state.number("at").value_or(0))),
        even(state.flag("even")),
        cursor(state.number("cursor").value_or(0)),
        registered(state.number("registered").value_or(0)),
        skipped(state.number("skipped").value_or(0)) {}
  void store(Document& state) const {
    state.set_number("cursor", cursor);
    state.set_number("registered", registered);
    state.set_number("skipped", skipped);
  }

  std::string account;
  std::int64_t schedule = 0;
  Instant at{};
  bool even = false;        ///< goes on even while the schedule is paused
  std::int64_t cursor = 0;  ///< of a group the last member's id; of a list how many of it
  std::int64_t registered = 0;
  std::int64_t skipped = 0;  ///< who opted out, is gone, or may not be written to at that time
};

struct Schedules::Batch {
  Batch() = default;
  std::vector<Record> contacts;
  std::vector<std::string> addresses;
  std::int64_t cursor = 0;
  std::int64_t gone = 0;
  bool last = false;
};

io::Task<Step> Schedules::run(const engine::Message& message) {
  auto state = Document::parse(message.spec.payload);
  const auto what = state ? state->text("do").value_or("") : std::string();
  const std::string account = message.spec.account;
  Step step;
  if (what == "plan") {
    step = co_await step_plan(account, std::move(*state));
  } else if (what == "run") {
    step = co_await step_run(account, std::move(*state));
  } else if (what == "forget") {
    step = co_await step_forget(account, std::move(*state));
  } else {
    step = Step::failed("this program does not know what `" + what + "` is, a newer one may");
  }
  co_return step;
}

io::Task<Result<std::optional<Record>>> Schedules::by_plan(std::string account, std::string plan) {
  std::vector<records::Question> one;
  one.push_back(records::Question::by_unique(*type().find("plan"), plan));
  auto found = co_await store().find_all(std::move(account), type(), std::move(one));
  if (!found) co_return found.error();
  if (found->front().empty()) co_return std::optional<Record>();
  co_return std::optional<Record>(std::move(found->front().front()));
}

io::Task<Step> Schedules::step_plan(std::string account, Document state) {
  const std::string plan = state.text("plan").value_or("");
  const auto found = co_await by_plan(account, plan);
  if (!found) co_return Step::failed(found.error().detail());
  // Changed, paused, removed, or never made: another plan is waited for, or none.
  if (!*found || (*found)->fields.text("status") != kActive) co_return Step::done();
  const Record& schedule = **found;
  const auto rule = rule_of(schedule.fields);
  if (!rule) co_return Step::failed("its rule cannot be read any more: " + rule.error().detail());

  const Millis lead = lead_of(schedule.fields);
  const Instant now = loop_.clock().now();
  const auto planned = state.number("at");
  std::optional<Instant> next;
  std::optional<Instant> fired;
  if (state.flag("closing")) {
    // Its last run began before its time, which has come now.
  } else if (!planned) {
    next = next_of(schedule.fields, *rule);
  } else if (now < from_ms(*planned) - lead) {
    next = from_ms(*planned);  // the clock was set back
  } else {
    const Instant at = from_ms(*planned);
    const Turn turn = turn_of(schedule.fields, *rule, at, now);
    if (turn.runs) {
      const auto begun = co_await begin_run(account, schedule, at, false);
      if (!begun) co_return Step::failed(begun.error().detail());
    }
    next = turn.next;
    fired = at;
  }
  const bool begun_early = fired && !next && now < *fired;
  if (fired || !next) {
    const auto written = co_await store().change(
        account, type(), std::to_string(schedule.id), [&](const Record& record) -> std::optional<Document> {
          if (record.fields.text("plan") != plan) return std::nullopt;
          Document fields = record.fields;
          if (fired) fields.set_number("fired", to_ms(*fired));
          const auto shown = begun_early ? fired : next;
          shown ? fields.set_text("nextRunAt", format_time(*shown)) : fields.remove("nextRunAt");
          if (!shown) fields.set_text("status", kDone);
          return fields;
        });
    const bool ours = written.refusal == records::Refusal::none;
    if (records::redis_error(written)) co_return Step::failed(written.detail);
    if (!ours || (!next && !begun_early)) co_return Step::done();
  }
  if (begun_early) {
    state.set_flag("closing", true);
    co_return Step::again(*fired, state.json());
  }
  state.set_number("at", to_ms(*next));
  co_return Step::again(*next - lead, state.json());
}

/// `even`: while the schedule is paused.
io::Task<Result<void>> Schedules::begin_run(std::string account, const Record& schedule, Instant at,
                                            bool even) {
  Document state;
  state.set_text("do", "run");
  state.set_number("schedule", schedule.id);
  state.set_text("uuid", schedule.uid.uuid());
  state.set_number("at", to_ms(at));
  state.set_flag("even", even);
  for (const char* name : kSnapshot) {
    if (const auto value = schedule.fields.find(name)) state.set(name, *value);
  }
  auto spec =
      step_message(std::move(account), "run:" + std::to_string(schedule.id) + "@" + std::to_string(to_ms(at)),
                   Millis{0}, state);
  spec.once = true;
  const auto added = co_await engine_.add(std::move(spec));
  if (added.refusal == engine::Refusal::outcome_unknown)
    co_return Error(ErrorCode::outcome_unknown, added.detail);
  if (added.refusal != engine::Refusal::none && added.refusal != engine::Refusal::exists)
    co_return Error(ErrorCode::unavailable, added.detail);
  co_return Result<void>();
}

/// Those who come after `cursor`.
io::Task<Result<Schedules::Batch>> Schedules::read_batch(std::string account, const Document& fields,
                                                         std::int64_t cursor) {
  Batch batch;
  std::vector<std::int64_t> ids;
  if (const auto group = fields.number("group")) {
    auto members = co_await groups_.member_ids(account, *group, cursor, kBatch);
    if (!members) co_return members.error();
    ids = std::move(*members);
    batch.cursor = ids.empty() ? cursor : ids.back();
    batch.last = ids.size() < kBatch;
  } else if (const auto contact = fields.number("contact")) {
    ids.push_back(*contact);
    batch.last = true;
  } else {
    const auto items = fields.elements("recipients");
    const auto from = std::min(items.size(), static_cast<std::size_t>(cursor));
    const auto to = std::min(items.size(), from + kBatch);
    for (std::size_t i = from; i < to; ++i) {
      if (const auto id = json::as_int(items[i])) {
        ids.push_back(*id);
      } else if (auto address = json::as_string(items[i])) {
        batch.addresses.push_back(std::move(*address));
      }
    }
    batch.cursor = static_cast<std::int64_t>(to);
    batch.last = to == items.size();
  }
  if (ids.empty()) co_return batch;
  std::vector<records::Question> questions;
  for (const auto id : ids) questions.push_back(records::Question::by_id(id));
  auto found = co_await store().find_all(std::move(account), contact_type(), std::move(questions));
  if (!found) co_return found.error();
  for (auto& one : *found) {
    if (one.empty()) {
      ++batch.gone;
    } else {
      batch.contacts.push_back(std::move(one.front()));
    }
  }
  co_return batch;
}

/// Adds the message to one recipient, unless there is to be none.
void Schedules::add_message(const Document& fields, const Run& run, const Recipient& recipient,
                            const Composition& composition, std::vector<engine::MessageSpec>& out) const {
  Instant due = run.at;
  if (const auto quiet = quiet_hours(fields)) {
    const auto now = loop_.clock().now();
    auto moved = engine::outside_quiet_hours(*quiet, zone_of(recipient, fields), std::max(run.at, now), now);
    if (!moved) {  // a contact's zone that is none
      const std::string zone = fields.text("timezone").value_or("UTC");
      moved = engine::outside_quiet_hours(*quiet, zone, std::max(run.at, now), now);
    }
    if (moved && !*moved) return;
    if (moved && **moved > now) due = **moved;
  }
  engine::MessageSpec spec;
  spec.account = run.account;  // whose channels and templates these are
  spec.id = schedule_message_id(
      run.schedule, run.at,
      recipient.contact != nullptr ? std::to_string(recipient.contact->id) : address_id(recipient.address));
  spec.due = due;
  spec.tags.push_back(schedule_tag(run.schedule));
  spec.once = true;
  composition.write(recipient, spec);
  out.push_back(std::move(spec));
}

io::Task<Step> Schedules::step_run(std::string account, Document state) {
  Run run(state);
  run.account = account;
  const SteadyPoint began = loop_.clock().steady();
  const auto found = co_await find(account, std::to_string(run.schedule));
  if (!found) co_return Step::failed(found.error().detail());
  if (!*found) co_return Step::done();
  if (!run.even && (*found)->fields.text("status") == kPaused)
    co_return Step::again(loop_.clock().now() + kPausedLook, state.json());

  auto batch = co_await read_batch(account, state, run.cursor);
  if (!batch) co_return Step::failed(batch.error().detail());
  const auto composition = co_await composer_.begin(account, state);
  if (!composition && composition.error().code() != ErrorCode::not_found &&
      composition.error().code() != ErrorCode::invalid_argument) {
    co_return Step::failed(composition.error().detail());
  }
  if (!composition) {
    log::warning("a schedule's run ends: there is nothing to send any more",
                 {{"schedule", run.schedule}, {"reason", composition.error()}});
    co_return Step::done();
  }
  std::vector<engine::MessageSpec> specs;
  Recipient recipient;
  for (const auto& contact : batch->contacts) {
    recipient.contact = &contact;
    if (!contact.fields.flag("optedOut")) add_message(state, run, recipient, **composition, specs);
  }
  recipient.contact = nullptr;
  for (const auto& address : batch->addresses) {
    recipient.address = address;
    add_message(state, run, recipient, **composition, specs);
  }
  const auto count = static_cast<std::int64_t>(specs.size());
  const auto all = static_cast<std::int64_t>(batch->contacts.size() + batch->addresses.size()) + batch->gone;
  const auto added = co_await engine_.add_all(std::move(specs));
  for (const auto& one : added) {
    if (one.refusal != engine::Refusal::none && one.refusal != engine::Refusal::exists)
      co_return Step::failed(one.detail);
  }
  run.cursor = batch->cursor;
  run.registered += count;
  run.skipped += all - count;
  run.store(state);
  if (batch->last) {
    const auto noted = co_await note_end(std::move(account), run);
    if (!noted) co_return Step::failed(noted.error().detail());
    co_return Step::done();
  }
  const auto took = std::chrono::duration_cast<Millis>(loop_.clock().steady() - began);
  co_return Step::again(loop_.clock().now() + std::clamp(took, kLeastPause, kMostPause), state.json());
}

/// What the last run came to is shown with its schedule.
io::Task<Result<void>> Schedules::note_end(std::string account, const Run& run) {
  json::Writer out;
  out.begin_object().member("at", format_time(run.at)).member("recipients", run.registered);
  out.member("skipped", run.skipped).end_object();
  const std::string last = std::move(out).str();
  const auto written = co_await store().change(std::move(account), type(), std::to_string(run.schedule),
                                               [&last](const Record& record) {
                                                 Document fields = record.fields;
                                                 fields.set("lastRun", last);
                                                 return std::optional<Document>(std::move(fields));
                                               });
  if (const auto error = records::redis_error(written)) co_return *error;
  co_return Result<void>();
}

/// Cancels what is not sent yet of a schedule that is gone, until nothing comes any more.
io::Task<Step> Schedules::step_forget(std::string account, Document state) {
  const auto schedule = state.number("schedule").value_or(0);
  const auto found = co_await find(account, std::to_string(schedule));
  if (!found) co_return Step::failed(found.error().detail());
  if (*found) co_return Step::done();  // it was not removed after all
  engine::Filter filter;
  filter.account = std::move(account);
  filter.tag = schedule_tag(schedule);
  const auto cancelled = co_await engine_.cancel_all(std::move(filter));
  if (!cancelled) co_return Step::failed(cancelled.error().detail());
  const auto round = state.number("round").value_or(0) + 1;
  if (round >= kForgetRounds && cancelled->done == 0) co_return Step::done();
  state.set_number("round", round);
  co_return Step::again(loop_.clock().now() + kForgetPause, state.json());
}

}  // namespace recado::messaging
