#include "messaging/scheduled_messages.hpp"

#include <utility>

#include "messaging/writing.hpp"

namespace recado::messaging {
namespace {

using records::Document;
using records::Field;
using records::Record;
using Kind = ScheduledChange::Kind;

constexpr std::size_t kMostSettled = 1'000;  ///< that one call looks after
constexpr std::size_t kRowsAtOnce = 100;
constexpr Millis kLogDelay{10'000};                      ///< until an attempt is surely in the log
constexpr Millis kLogKept{INT64_C(30) * 24 * 3600'000};  ///< for so long it is looked for there

bool is_open(const Record& record) {
  return record.fields.text("state") == "scheduled";
}

std::string message_id_of(const Record& record) {
  return "agendamento-" + record.uid.uuid();
}

/// A sentence that says why it was not sent, or is not known to have been.
std::string reason_of(const engine::Message& message) {
  const std::string detail = message.attempts.empty() ? std::string() : message.attempts.back().detail;
  if (message.status == engine::Status::unknown)
    return "it may have been sent, and it is not known whether it was" +
           (detail.empty() ? "" : ": " + detail);
  return detail.empty() ? engine::to_string(message.failure) : detail;
}

/// Writes down what became of a finished message.
void note_outcome(const engine::Message& message, Document& fields) {
  const Instant at = message.finished_at.value_or(message.next_run);
  if (message.status == engine::Status::delivered) {
    fields.set_text("state", "sent");
    fields.set_number("sentAt", to_ms(at));
  } else {
    fields.set_text("state", "failed");
    fields.set_text("error", reason_of(message));
  }
}

/// The same from the newest row of the log, of a message that the engine has forgotten.
void note_row(const Record& row, Document& fields) {
  const auto status = row.fields.text("status").value_or("");
  if (status == "failed" || status == "unknown") {
    fields.set_text("state", "failed");
    fields.set_text("error", row.fields.text("detail").value_or(row.fields.text("error").value_or(status)));
    return;
  }
  fields.set_text("state", "sent");
  const auto at = parse_time(row.fields.text("at").value_or(""), std::nullopt);
  if (at) fields.set_number("sentAt", to_ms(at->at));
}

/// That no attempt is known of a message that the engine does not have: somebody cancelled it by its id, or
/// the log is too young, or too old, to tell.
void note_absence(std::int64_t due, Instant now, Document& fields) {
  const Instant at = from_ms(due);
  if (at <= now && now - at < kLogDelay) return;
  const bool log_tells = now - at < kLogKept;
  fields.set_text("state", log_tells ? "cancelled" : "sent");
  if (!log_tells) fields.set_number("sentAt", due);
}

void apply(const ScheduledFields& given, Document& fields) {
  const auto set = [&fields](const char* name, const std::optional<std::string>& value) {
    if (!value) return;
    value->empty() ? fields.remove(name) : fields.set_text(name, *value);
  };
  set("channel", given.channel);
  set("to", given.to);
  set("subject", given.subject);
  set("text", given.text);
  if (given.due) fields.set_number("due", to_ms(*given.due));
}

ScheduledChange failed(const Error& error) {
  ScheduledChange change(Kind::failed);
  change.error = error;
  return change;
}

ScheduledChange too_late(Record record) {
  ScheduledChange change(Kind::too_late);
  const auto state = record.fields.text("state").value_or("");
  change.detail = state == "scheduled" ? "it is being sent right now" : "it is " + state + " already";
  change.record = std::move(record);
  return change;
}

/// Of a write that was not refused on its merits: nothing of ours is unique, and nobody else changes it.
Error error_of(const records::Written& written) {
  return records::redis_error(written).value_or(Error(ErrorCode::internal, "an unexpected refusal"));
}

}  // namespace

const records::Type& scheduled_message_type() {
  static const records::Type type("scheduled", {Field("state").lookup('s'), Field("due").sorted('d')});
  return type;
}

engine::MessageSpec ScheduledMessages::spec_of(const std::string& account, const Fields& fields,
                                               FieldProblems& problems) const {
  static const ChannelDirectory kNone{};
  const auto& channels = channels_ != nullptr ? *channels_ : kNone;
  engine::MessageSpec spec;
  spec.account = account;
  spec.due = from_ms(fields.number("due").value_or(0));
  Written written;
  written.channel = fields.text("channel").value_or("");
  written.to = fields.text("to").value_or("");
  written.text = fields.text("text").value_or("");
  written.subject = fields.text("subject").value_or("");
  written.from_template = true;  // WhatsApp has no subject, and seed 000's clients give one
  write_to(written, channels, spec, problems);
  return spec;
}

io::Task<ScheduledChange> ScheduledMessages::create(std::string account, ScheduledFields given) {
  Document fields;
  apply(given, fields);
  ScheduledChange change;
  spec_of(account, fields, change.problems);
  if (!change.problems.empty()) {
    change.kind = Kind::refused;
    co_return change;
  }
  fields.set_text("state", "scheduled");
  fields.set_text("owes", "add");
  auto written = co_await store_.create(account, scheduled_message_type(), std::move(fields));
  if (written.refusal != records::Refusal::none) co_return failed(error_of(written));
  auto paid = co_await registered(std::move(account), std::move(written.record));
  if (!paid) co_return failed(paid.error());
  change.record = std::move(*paid);
  co_return change;
}

io::Task<ScheduledChange> ScheduledMessages::change(std::string account, std::string path,
                                                    ScheduledFields given) {
  auto found = co_await find(account, path);
  if (!found) co_return failed(found.error());
  if (!*found) co_return ScheduledChange(Kind::not_found);
  Record record = std::move(**found);
  if (!is_open(record)) co_return too_late(std::move(record));
  auto fields = record.fields;
  apply(given, fields);
  ScheduledChange change;
  const auto wanted = spec_of(account, fields, change.problems);
  if (!change.problems.empty()) {
    change.kind = Kind::refused;
    co_return change;
  }
  // The message first: it refuses what comes too late. When the record is not written after that, the same
  // change can be made again.
  const std::function<Result<void>(engine::MessageSpec&)> edit =
      [&wanted](engine::MessageSpec& spec) -> Result<void> {
    spec.channel = wanted.channel;
    spec.payload = wanted.payload;
    spec.has_payload = true;
    spec.due = wanted.due;
    return {};
  };
  std::optional<Error> edit_error;
  const auto changed = co_await engine_.patch(account, message_id_of(record), edit, edit_error);
  if (const auto error = engine::redis_error(changed)) co_return failed(*error);
  if (changed.refusal != engine::Refusal::none) {
    auto now = co_await refreshed(std::move(account), std::move(record));
    if (!now) co_return failed(now.error());
    co_return too_late(std::move(*now));
  }
  std::function<void(Document&)> say = [&given](Document& before) { apply(given, before); };
  auto kept = co_await with(std::move(account), std::move(record), std::move(say));
  if (!kept) co_return failed(kept.error());
  change.record = std::move(*kept);
  co_return change;
}

io::Task<ScheduledChange> ScheduledMessages::cancel(std::string account, std::string path) {
  auto found = co_await find(account, path);
  if (!found) co_return failed(found.error());
  if (!*found) co_return ScheduledChange(Kind::not_found);
  ScheduledChange change;
  change.record = std::move(**found);
  if (change.record.fields.text("state") == "cancelled") co_return change;
  if (!is_open(change.record)) co_return too_late(std::move(change.record));
  std::function<void(Document&)> owe = [](Document& fields) { fields.set_text("owes", "cancel"); };
  auto owing = co_await with(account, std::move(change.record), std::move(owe));
  if (!owing) co_return failed(owing.error());
  auto paid = co_await refreshed(std::move(account), std::move(*owing));
  if (!paid) co_return failed(paid.error());
  if (paid->fields.text("state") != "cancelled") co_return too_late(std::move(*paid));
  change.record = std::move(*paid);
  co_return change;
}

io::Task<Result<std::optional<Record>>> ScheduledMessages::find(std::string account, std::string path) {
  auto found = co_await store_.find(account, scheduled_message_type(), std::move(path));
  if (!found || !*found) co_return found;
  auto now = co_await refreshed(std::move(account), std::move(**found));
  if (!now) co_return now.error();
  co_return std::optional<Record>(std::move(*now));
}

io::Task<Result<records::Page>> ScheduledMessages::list(std::string account, std::string state,
                                                        records::PageRequest request) {
  const auto settled = co_await settle_due(account, false);
  if (!settled) co_return settled.error();
  records::Query query;
  if (!state.empty()) query.where(*scheduled_message_type().find("state"), state);
  auto page = co_await store_.list(account, scheduled_message_type(), std::move(query), std::move(request));
  if (!page) co_return page;
  // Those to come may have been sent before their time, or cancelled as messages.
  std::vector<Record> records;
  for (auto& record : page->records) {
    auto now = co_await refreshed(account, std::move(record));
    if (!now) co_return now.error();
    if (state.empty() || now->fields.text("state") == state) records.push_back(std::move(*now));
  }
  page->records = std::move(records);
  co_return page;
}

io::Task<Result<std::uint64_t>> ScheduledMessages::send_due(std::string account) {
  return settle_due(std::move(account), true);
}

io::Task<Result<std::uint64_t>> ScheduledMessages::settle_due(std::string account, bool send) {
  const auto& type = scheduled_message_type();
  std::uint64_t done = 0;
  std::string cursor;
  for (std::size_t seen = 0; seen < kMostSettled;) {
    records::Query query;
    query.where(*type.find("state"), "scheduled");
    query.order_by(*type.find("due"), std::nullopt, to_ms(loop_.clock().now()) + 1);
    records::PageRequest request;
    request.limit = kRowsAtOnce;
    request.cursor = cursor;
    auto page = co_await store_.list(account, type, std::move(query), std::move(request));
    if (!page) co_return page.error();
    seen += page->records.size();
    for (auto& record : page->records) {
      auto now = co_await refreshed(account, std::move(record));
      if (!now) co_return now.error();
      if (!is_open(*now)) {
        ++done;
        continue;
      }
      if (!send) continue;
      const auto sent = co_await engine_.send_now(account, message_id_of(*now));
      if (const auto error = engine::redis_error(sent)) co_return *error;
      ++done;
    }
    cursor = page->next_cursor;
    if (cursor.empty()) break;
  }
  co_return done;
}

io::Task<Result<Record>> ScheduledMessages::refreshed(std::string account, Record record) {
  if (!is_open(record)) co_return record;
  Result<Record> owing = std::move(record);
  const auto owes = owing->fields.text("owes");
  if (owes == "cancel") owing = co_await cancelled(account, std::move(*owing));
  if (owes == "add") owing = co_await registered(account, std::move(*owing));
  if (!owing || !is_open(*owing)) co_return owing;
  const auto found = co_await engine_.get(account, message_id_of(*owing));
  if (!found) co_return found.error();
  if (*found && !engine::is_finished((*found)->status)) co_return owing;
  std::optional<Record> row;
  if (!*found) {
    auto newest = co_await logs_.newest_of(account, message_id_of(*owing));
    if (!newest) co_return newest.error();
    row = std::move(*newest);
  }
  const std::int64_t due = owing->fields.number("due").value_or(0);
  std::function<void(Document&)> note = [&found, &row, due, now = loop_.clock().now()](Document& fields) {
    if (*found) {
      note_outcome(**found, fields);
    } else if (row) {
      note_row(*row, fields);
    } else {
      note_absence(due, now, fields);
    }
  };
  co_return co_await with(std::move(account), std::move(*owing), std::move(note));
}

io::Task<Result<Record>> ScheduledMessages::registered(std::string account, Record record) {
  // The id of a finished message may be given anew: it must not be sent twice.
  const auto before = co_await engine_.get(account, message_id_of(record));
  if (!before) co_return before.error();
  FieldProblems problems;
  if (!*before) {
    auto spec = spec_of(account, record.fields, problems);
    spec.id = message_id_of(record);
    if (problems.empty()) {
      const auto added = co_await engine_.add(std::move(spec));
      if (const auto error = engine::redis_error(added)) co_return *error;
    }
  }
  std::function<void(Document&)> pay = [&problems](Document& fields) {
    fields.remove("owes");
    if (problems.empty()) return;
    // Its channel was taken out of the configuration meanwhile.
    fields.set_text("state", "failed");
    fields.set_text("error", problems.front().field + ": " + problems.front().message);
  };
  co_return co_await with(std::move(account), std::move(record), std::move(pay));
}

io::Task<Result<Record>> ScheduledMessages::cancelled(std::string account, Record record) {
  const auto change = co_await engine_.cancel(account, message_id_of(record));
  if (const auto error = engine::redis_error(change)) co_return *error;
  const bool gone = change.refusal == engine::Refusal::none || change.refusal == engine::Refusal::not_found;
  std::function<void(Document&)> pay = [gone](Document& fields) {
    fields.remove("owes");
    if (gone) fields.set_text("state", "cancelled");
  };
  co_return co_await with(std::move(account), std::move(record), std::move(pay));
}

io::Task<Result<Record>> ScheduledMessages::with(std::string account, Record record,
                                                 std::function<void(Fields&)> change) {
  auto edit = [change = std::move(change)](const Record& before) -> std::optional<Document> {
    auto fields = before.fields;
    change(fields);
    return fields;
  };
  auto written = co_await store_.change(std::move(account), scheduled_message_type(),
                                        std::to_string(record.id), std::move(edit));
  if (written.refusal != records::Refusal::none) co_return error_of(written);
  co_return std::move(written.record);
}

}  // namespace recado::messaging
