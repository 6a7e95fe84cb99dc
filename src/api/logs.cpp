// `/logs`: what became of every attempt to reach somebody, and what came back.
#include "api/answers.hpp"
#include "api/csv_export.hpp"
#include "api/filters.hpp"
#include "api/record_resource.hpp"
#include "api/resources.hpp"
#include "base/csv.hpp"

namespace recado::api {
namespace {

using http::Response;

/// The columns of an export, as the fields are called.
constexpr const char* kColumns[] = {"at",         "direction", "channel", "recipient", "contact",
                                    "message",    "attempt",   "status",  "error",     "detail",
                                    "providerId", "schedule",  "subject", "text",      "latencyMs"};

std::vector<Member> log_members() {
  std::vector<Member> all;
  const auto add = [&all](const char* name, Type type, const char* doc) {
    all.emplace_back(Field(name, std::move(type), doc));
  };
  add("direction", one_of({"out", "in"}), "`out`: an attempt of ours; `in`: somebody wrote to us.");
  add("message", text(), "The message's id.");
  add("attempt", integer(0), "From 1; 0: it was given up before it was sent.");
  add("contact", integer(1), "The contact whose address it is.");
  add("recipient", text(), "E.164 or an e-mail address; of a reply, who wrote.");
  add("channel", text(), "");
  add("schedule", text(), "The schedule that it belongs to: its `uuid`.");
  add("status", one_of({std::begin(messaging::kLogStatuses), std::end(messaging::kLogStatuses)}),
      "`sent`: the provider accepted it; `delivered`, `read`: as it told later.");
  add("statusAt", instant(), "When the provider told so.");
  add("providerId", text(), "The provider's own id of it.");
  add("error", text(), "As in a message's attempts.");
  add("detail", text(), "One sentence.");
  add("subject", text(), "");
  add("text", text(), "Of a reply: what it says.");
  add("latencyMs", integer(0), "How long the provider took.");
  add("at", instant(), "When it was sent, or came.");
  return all;
}

/// A telephone number in any spelling, or what was given.
std::string read_recipient(const std::string& given, const std::string& country) {
  if (given.find('@') != std::string::npos) return given;
  const auto phone = messaging::read_phone(given, country);
  return phone ? *phone : given;
}

messaging::LogFilter read_log_filter(const ApiContext& api, const Call& call, FieldErrors& errors) {
  messaging::LogFilter filter;
  const auto take = [&call](const char* name, std::string& into) {
    if (const auto value = call.query.text(name)) into = *value;
  };
  take("status", filter.status);
  take("channel", filter.channel);
  take("message", filter.message);
  take("error", filter.error);
  take("direction", filter.direction);
  take("schedule", filter.schedule);
  if (const auto value = call.query.text("recipient"))
    filter.recipient = read_recipient(*value, api.messaging.contacts().country());
  if (call.query.text("contact")) filter.contact = call.query.integer("contact", 0);
  filter.after = read_time(call, "after", errors);
  filter.before = read_time(call, "before", errors);
  return filter;
}

std::vector<Field> log_filters() {
  return {
      Field("status", one_of({std::begin(messaging::kLogStatuses), std::end(messaging::kLogStatuses)}), ""),
      Field("channel", text(1, 200), "By its name.", R"("email")"),
      Field("contact", integer(1), "By its id.", "1"),
      Field("recipient", text(1, 254), "A telephone number in any spelling, or an e-mail address."),
      Field("message", text(1, 255), "By the message's id."),
      Field("schedule", text(1, 64), "By the schedule's `uuid`."),
      Field("error", text(1, 40), "As in a message's attempts.", R"("timeout")"),
      Field("direction", one_of({"out", "in"}), "Attempts, or replies."),
      Field("after", text(1, 64), "Not before this time.", R"("2026-04-15T00:00:00Z")"),
      Field("before", text(1, 64), "Before this time.", R"("2026-04-16T00:00:00Z")")};
}

RecordResource log_resource(const ApiContext& api) {
  RecordResource resource("/logs", "Log", "Logs", api.messaging.logs());
  resource.doc = "An attempt to reach somebody over a channel, or a reply.";
  resource.members = log_members();
  resource.read_only = true;
  resource.list_doc = "Newest first.";
  resource.filters = log_filters();
  resource.read_filters = [&api](const Call& call, records::Query& query, FieldErrors& errors) {
    query = messaging::log_query(read_log_filter(api, call, errors));
  };
  return resource;
}

/// Text as it is; numbers as JSON has them; empty when absent.
std::string cell_of(const records::Record& record, const char* column) {
  if (auto text = record.fields.text(column)) return std::move(*text);
  return std::string(record.fields.find(column).value_or(""));
}

std::string log_line(const records::Record& record) {
  std::string line;
  append_csv_field(line, std::to_string(record.id), true);
  for (const char* column : kColumns) append_csv_field(line, guard_formula(cell_of(record, column)), false);
  return line += "\r\n";
}

std::string log_header_line() {
  std::string line;
  append_csv_field(line, "id", true);
  for (const char* column : kColumns) append_csv_field(line, column, false);
  return line += "\r\n";
}

io::Task<Response> export_logs(const ApiContext& api, Call call) {
  FieldErrors errors;
  const auto filter = read_log_filter(api, call, errors);
  if (!errors.empty()) co_return unprocessable(std::move(errors));
  CsvExport what(api.messaging.logs(), call.who.account, messaging::log_query(filter));
  what.file_name = "logs.csv";
  what.header_line = log_header_line();
  what.line = log_line;
  co_return co_await export_csv(std::move(what), "exportLogs");
}

}  // namespace

Operations log_operations(const ApiContext& api) {
  auto table = record_operations(log_resource(api));
  Operation op;
  op.method = "GET";
  op.path = "/logs/export/csv";
  op.work = http::Work::heavy;
  op.name = "exportLogs";
  op.tag = "Logs";
  op.summary = "Export logs as a CSV file";
  op.doc = "Newest first; UTF-8, separated by `,`. Cells that a spreadsheet would run begin with `'`.";
  op.query = log_filters();
  op.answers.emplace_back(200, "All rows that match.", "text/csv");
  op.handler = bind(api, export_logs);
  table.push_back(std::move(op));
  return table;
}

}  // namespace recado::api
