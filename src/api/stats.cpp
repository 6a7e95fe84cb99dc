// `/stats` and `/dashboard/stats`: how many there are of everything, and what became of what was sent.
#include <algorithm>

#include "api/answers.hpp"
#include "api/resources.hpp"

namespace recado::api {
namespace {

using http::Response;
using messaging::StatusCounts;

constexpr std::int64_t kDefaultDays = 30;
constexpr std::int64_t kMaxDays = 366;
constexpr int kHours = 24;
constexpr std::size_t kMostSchedules = 1'000;  ///< that statistics go through
constexpr Millis kHour{3'600'000};

/// Names of counts with their values.
using Counts = std::vector<std::pair<const char*, std::uint64_t>>;

/// What an account has.
io::Task<Result<Counts>> count_records(const ApiContext& api, std::string account) {
  auto& messaging = api.messaging;
  const std::pair<const char*, messaging::Collection*> all[] = {
      {"contacts", &messaging.contacts()},
      {"groups", &messaging.groups()},
      {"templates", &messaging.templates()},
      {"schedules", messaging.schedules()},
  };
  Counts counts;
  for (const auto& [name, collection] : all) {
    if (collection == nullptr) {
      counts.emplace_back(name, 0);
      continue;
    }
    const auto count = co_await messaging::count_all(*collection, account);
    if (!count) co_return count.error();
    counts.emplace_back(name, *count);
  }
  co_return counts;
}

/// The uuids of schedules, in their order.
io::Task<Result<std::vector<std::string>>> schedule_ids(const ApiContext& api, std::string account) {
  std::vector<std::string> ids;
  if (api.messaging.schedules() == nullptr) co_return ids;
  records::PageRequest request;
  request.limit = kMostSchedules;
  const auto page =
      co_await api.messaging.schedules()->list(std::move(account), records::Query(), std::move(request));
  if (!page) co_return page.error();
  for (const auto& schedule : page->records) ids.push_back(schedule.uid.uuid());
  co_return ids;
}

/// How many messages are pending and due in [after, before).
io::Task<Result<std::uint64_t>> count_pending(const ApiContext& api, std::string account,
                                              std::optional<Instant> after, std::optional<Instant> before) {
  engine::Filter filter;
  filter.account = std::move(account);
  filter.after = after;
  filter.before = before;
  const auto page = co_await api.engine.list(std::move(filter), "", 1);
  if (!page) co_return page.error();
  co_return page->total.value_or(0);
}

std::uint64_t sent(const StatusCounts& counts) {
  return counts.at("sent") + counts.at("delivered") + counts.at("read");
}

/// Nothing was sent yet.
bool is_empty(const StatusCounts& counts) {
  return std::all_of(counts.begin(), counts.end(), [](const auto& one) { return one.second == 0; });
}

void write_counts(json::Writer& out, const StatusCounts& counts) {
  out.member("sent", static_cast<std::int64_t>(sent(counts)));
  for (const char* status : {"delivered", "read", "failed", "unknown", "retrying", "received"})
    out.member(status, static_cast<std::int64_t>(counts.at(status)));
}

void write_groups(json::Writer& out, const char* member, const char* name,
                  const std::vector<std::pair<std::string, StatusCounts>>& groups) {
  out.key(member).begin_array();
  for (const auto& [value, counts] : groups) {
    out.begin_object().member(name, value);
    write_counts(out, counts);
    out.end_object();
  }
  out.end_array();
}

io::Task<Response> read_stats(const ApiContext& api, Call call) {
  const Instant now = api.loop.clock().now();
  const auto& account = call.who.account;
  const auto records = co_await count_records(api, account);
  if (!records) co_return failure(records.error(), "readStats");
  const auto days = static_cast<int>(call.query.integer("days", kDefaultDays));
  std::vector<std::string> channels;
  const auto known = api.messaging.channel_directory().list(call.who.account);
  for (const auto& channel : known) channels.push_back(channel.name);
  auto schedules = co_await schedule_ids(api, account);
  if (!schedules) co_return failure(schedules.error(), "readStats");
  const auto statistics = co_await messaging::read_statistics(api.messaging.logs(), account, now, days,
                                                              std::move(channels), std::move(*schedules));
  if (!statistics) co_return failure(statistics.error(), "readStats");
  const auto pending = co_await count_pending(api, account, std::nullopt, std::nullopt);
  if (!pending) co_return failure(pending.error(), "readStats");

  json::Writer out;
  out.begin_object().key("totals").begin_object();
  for (const auto& [name, count] : *records) out.member(name, static_cast<std::int64_t>(count));
  out.member("pending", static_cast<std::int64_t>(*pending));
  write_counts(out, statistics->totals);
  out.end_object();
  write_groups(out, "byDay", "day", statistics->by_day);
  write_groups(out, "byChannel", "channel", statistics->by_channel);
  auto by_schedule = statistics->by_schedule;
  std::erase_if(by_schedule, [](const auto& one) { return is_empty(one.second); });
  write_groups(out, "bySchedule", "schedule", by_schedule);
  out.key("byReason").begin_array();
  for (const auto& [reason, count] : statistics->by_reason)
    out.begin_object()
        .member("reason", reason)
        .member("count", static_cast<std::int64_t>(count))
        .end_object();
  out.end_array();
  out.key("upcomingByHour").begin_array();
  const Instant hour(now.time_since_epoch() - now.time_since_epoch() % kHour);
  for (int i = 0; i < kHours; ++i) {
    // What is overdue belongs to the present hour.
    const auto from = i == 0 ? std::nullopt : std::optional(hour + kHour * i);
    const auto count = co_await count_pending(api, account, from, hour + kHour * (i + 1));
    if (!count) co_return failure(count.error(), "readStats");
    out.begin_object().member("hour", format_time(hour + kHour * i));
    out.member("count", static_cast<std::int64_t>(*count)).end_object();
  }
  out.end_array().end_object();
  co_return Response::json(200, std::move(out).str());
}

io::Task<Response> read_dashboard(const ApiContext& api, Call call) {
  const auto& account = call.who.account;
  const auto records = co_await count_records(api, account);
  if (!records) co_return failure(records.error(), "readDashboardStats");
  const Instant now = api.loop.clock().now();
  std::vector<std::string> channels, schedules;
  const auto statistics = co_await messaging::read_statistics(api.messaging.logs(), account, now, 0,
                                                              std::move(channels), std::move(schedules));
  if (!statistics) co_return failure(statistics.error(), "readDashboardStats");
  const auto pending = co_await count_pending(api, account, std::nullopt, std::nullopt);
  if (!pending) co_return failure(pending.error(), "readDashboardStats");
  json::Writer out;
  out.begin_object();
  for (const auto& [name, count] : *records) out.member(name, static_cast<std::int64_t>(count));
  write_counts(out, statistics->totals);
  out.member("pending", static_cast<std::int64_t>(*pending)).end_object();
  co_return Response::json(200, std::move(out).str());
}

Field count_field(const char* name, const char* doc) {
  return Field(name, integer(0), doc, "0").require();
}

std::vector<Field> status_fields() {
  return {count_field("sent", "Accepted by the provider, those delivered and read among them."),
          count_field("delivered", "Of which the provider said so, and not yet that they were read."),
          count_field("read", ""),
          count_field("failed", ""),
          count_field("unknown", "Maybe sent."),
          count_field("retrying", "Attempts that failed and were made again."),
          count_field("received", "Replies.")};
}

std::vector<Field> record_fields() {
  return {count_field("contacts", ""), count_field("groups", ""), count_field("templates", ""),
          count_field("schedules", "")};
}

ShapePtr shape_of(const char* name, const char* doc, std::vector<std::vector<Field>> parts) {
  Shape shape;
  shape.name = name;
  shape.doc = doc;
  for (auto& part : parts) {
    for (auto& field : part) shape.fields.push_back(std::move(field));
  }
  return std::make_shared<const Shape>(std::move(shape));
}

Field groups_field(const char* member, const char* group, const char* name, const char* doc) {
  std::vector<Field> key;
  key.push_back(Field(group, text(), "").require());
  return Field(member, list_of(object(shape_of(name, "", {std::move(key), status_fields()}))), doc).require();
}

ShapePtr stats_shape() {
  std::vector<Field> pending{count_field("pending", "Messages that wait for their time, or are being sent.")};
  std::vector<Field> fields;
  fields.push_back(
      Field("totals", object(shape_of("StatsTotals", "", {record_fields(), pending, status_fields()})), "")
          .require());
  fields.push_back(groups_field("byDay", "day", "StatsOfDay", "Days in UTC, oldest first."));
  fields.push_back(groups_field("byChannel", "channel", "StatsOfChannel", ""));
  fields.push_back(groups_field("bySchedule", "schedule", "StatsOfSchedule",
                                "By its `uuid`, those that have sent something."));
  std::vector<Field> reason{Field("reason", text(), "As `error` in the logs.").require(),
                            count_field("count", "")};
  fields.push_back(
      Field("byReason", list_of(object(shape_of("StatsOfReason", "", {std::move(reason)}))), "").require());
  std::vector<Field> hour{Field("hour", instant(), "Its beginning.").require(), count_field("count", "")};
  fields.push_back(Field("upcomingByHour", list_of(object(shape_of("StatsOfHour", "", {std::move(hour)}))),
                         "Pending messages of the present hour and the next 23; what is overdue is in the "
                         "first.")
                       .require());
  return shape_of("Stats", "As far back as `LOG_RETENTION`.", {std::move(fields)});
}

Operation stats_operation(const char* path, const char* name, const char* summary, ShapePtr shape) {
  Operation op;
  op.method = "GET";
  op.path = path;
  op.name = name;
  op.tag = "Statistics";
  op.summary = summary;
  op.answers.emplace_back(200, "As of now.", object(std::move(shape)));
  return op;
}

}  // namespace

Operations stats_operations(const ApiContext& api) {
  Operations table;
  auto op = stats_operation("/stats", "readStats", "What was sent, and what is to come", stats_shape());
  op.query.emplace_back("days", integer(1, kMaxDays), "How many days, today included; default 30.", "7");
  op.handler = bind(api, read_stats);
  table.push_back(std::move(op));

  std::vector<Field> pending{count_field("pending", "")};
  op =
      stats_operation("/dashboard/stats", "readDashboardStats", "The totals of a dashboard",
                      shape_of("DashboardStats", "", {record_fields(), status_fields(), std::move(pending)}));
  op.handler = bind(api, read_dashboard);
  table.push_back(std::move(op));
  return table;
}

}  // namespace recado::api
