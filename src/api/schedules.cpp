// `/schedules`: what is written to whom, at which times.
#include <algorithm>

#include "api/answers.hpp"
#include "api/problem_schema.hpp"
#include "api/record_resource.hpp"
#include "api/resources.hpp"

namespace recado::api {
namespace {

using http::Response;
using records::Refusal;
using records::Written;

constexpr std::int64_t kDefaultNext = 5;
constexpr std::int64_t kMostNext = 1'000;

Type rule_type() {
  static const auto shape = std::make_shared<const Shape>(
      Shape{"ScheduleRule",
            "One of them; they mean what they mean in a message's `repeat`.",
            {Field("cron", nullable(text(1, 1000)), "Five fields, or a nickname such as `@daily`.",
                   R"("0 9 * * 1-5")"),
             Field("rrule", nullable(text(1, 4000)), "A recurrence rule of RFC 5545.",
                   R"("FREQ=MONTHLY;BYDAY=-1FR")")}});
  return object(shape);
}

Type quiet_type() {
  static const auto shape = std::make_shared<const Shape>(Shape{
      "QuietHours",
      "When nobody is to be disturbed, in the recipient's local time: of the zone in the contact's "
      "`custom.timezone`, else of the schedule's.",
      {Field("from", text(5, 5), "", R"("21:00")").require(),
       Field("to", text(5, 5), "Over midnight when it is before `from`.", R"("08:00")").require(),
       Field("policy", one_of({"earlier", "later", "skip"}),
             "What becomes of a message that falls into them: it goes a minute before they begin, when they "
             "end (the default), or not at all.")}});
  return object(shape);
}

Type last_run_type() {
  static const auto shape = std::make_shared<const Shape>(Shape{
      "LastRun",
      "",
      {Field("at", instant(), "").require(),
       Field("recipients", integer(0), "How many messages were registered.", "100").require(),
       Field("skipped", integer(0), "Who opted out, is gone, or was to be left in peace.", "2").require()}});
  return object(shape);
}

std::vector<Member> schedule_members() {
  std::vector<Member> all;
  const auto add = [&](Member member) { all.push_back(std::move(member)); };
  add(Member(Field("name", line(1, 200), "", R"("Lembrete semanal")")).required());
  add(Member(Field("channel", line(1, 255), "`whatsapp`, `email`, or a channel's name.", R"("whatsapp")"))
          .required());
  add(Member(Field("template", any(), "The id, UUID or name of a template; or else `text` (`html`).", "1")));
  add(Member(Field("variables", map_of(any(), 100),
                   "For the template; what is given here wins over the contact's own fields.",
                   R"({"clinica":"Sorriso"})")));
  add(Member(Field("text", text(1, 65'536), "Sent as it is.", R"("Até amanhã!")")));
  add(Member(Field("subject", line(1, 998), "Of an e-mail.")));
  add(Member(Field("html", text(1, 1'000'000), "Of an e-mail, beside `text` or instead of it.")));
  add(Member(Field("contact", integer(1), "A contact's id; or else `group` or `recipients`.", "1")));
  add(Member(Field("group", integer(1), "A group's id: whoever is in it when the run comes to them.", "1")));
  add(Member(Field("recipients", list_of(any(), messaging::kMostRecipients),
                   "Contacts' ids, telephone numbers, e-mail addresses.", R"([1,"+5511999998888"])")));
  add(Member(
      Field("frequency", one_of({"once", "daily", "weekly", "monthly"}),
            "Counted from `startAt`; on the 31st `monthly` means the last day of shorter months. Default "
            "without `repeat`: `once`.",
            R"("weekly")")));
  add(Member(Field("repeat", rule_type(), "A rule instead of a frequency.")));
  add(Member(Field("startAt", text(1, 100),
                   "The first time that may occur, written like `scheduleTo`, without a zone in `timezone`. "
                   "Default: now. `once` in the past: at once.",
                   R"("2030-04-15T09:00:00")")));
  add(Member(Field("endAt", text(1, 100), "The last time that may occur.")));
  add(Member(Field("count", integer(1, engine::kMostOccurrences), "How often at most.", "10")));
  add(Member(
      Field("timezone", line(1, 64), "IANA zone; default: DEFAULT_TIMEZONE.", R"("America/Sao_Paulo")")));
  add(Member(Field("exceptDates", list_of(text(1, 100), engine::kMostExceptDates),
                   "Dates in the zone, or single times, on which it does not occur.", R"(["2030-12-25"])"),
             "[]"));
  add(Member(Field("quietHours", quiet_type(), "")));
  add(Member(Field("misfire", one_of({"once", "all", "skip"}),
                   "What becomes of times that passed while nobody could run them: one run for all (the "
                   "default), each of them, or none that is more than a minute late."),
             R"("once")"));
  add(Member(Field("status", one_of({"active", "paused", "done"}), "")).ours());
  add(Member(Field("nextRunAt", instant(), "")).ours());
  add(Member(Field("lastRun", last_run_type(), "")).ours());
  return all;
}

RecordResource schedule_resource(const ApiContext& api) {
  auto& schedules = *api.messaging.schedules();
  RecordResource resource("/schedules", "Schedule", "Schedules", schedules);
  resource.doc = "What is written to whom, at which times.";
  resource.members = schedule_members();
  resource.example =
      R"({"name":"Lembrete semanal","channel":"whatsapp","text":"Até amanhã!","recipients":["+5511999998888"],"frequency":"weekly","startAt":"2030-04-15T09:00:00","timezone":"America/Sao_Paulo"})";
  resource.patch_example = R"({"frequency":"daily","quietHours":{"from":"21:00","to":"08:00"}})";
  resource.filters = {
      Field("search", text(0, 200), "Words of the name, or their beginnings.", R"("lembrete")"),
      Field("status", one_of({"active", "paused", "done"}), "With this status."),
      Field("channel", text(1, 255), "Over this channel, as it was given.", R"("whatsapp")"),
      Field("group", integer(1), "To this group.", "1")};
  resource.read_filters = [&schedules](const Call& call, records::Query& query, FieldErrors&) {
    for (const char* field : {"status", "channel", "group"}) {
      if (const auto value = call.query.text(field)) query.where(*schedules.type().find(field), *value);
    }
    if (const auto text = call.query.text("search")) query.search(*text);
  };
  return resource;
}

Response one(int status, const ApiContext& api, const records::Record& record) {
  json::Writer out;
  write_record(out, schedule_resource(api), record);
  return Response::json(status, std::move(out).str());
}

Response no_such_schedule(const std::string& path) {
  return http::problem(404, "there is no schedule " + shown(path));
}

io::Task<Response> pause_schedule(const ApiContext& api, Call call) {
  const auto written = co_await api.messaging.schedules()->pause(call.who.account, call.path(0));
  if (written.refusal == Refusal::declined)
    co_return http::problem(409, "it is done: nothing comes any more");
  if (written.refusal != Refusal::none)
    co_return refusal(schedule_resource(api), written, call.path(0), "pauseSchedule");
  co_return one(200, api, written.record);
}

io::Task<Response> resume_schedule(const ApiContext& api, Call call) {
  const auto written = co_await api.messaging.schedules()->resume(call.who.account, call.path(0));
  if (written.refusal != Refusal::none)
    co_return refusal(schedule_resource(api), written, call.path(0), "resumeSchedule");
  co_return one(200, api, written.record);
}

io::Task<Response> send(const ApiContext& api, Call call) {
  const auto started = co_await api.messaging.schedules()->send(call.who.account, call.path(0));
  if (started.refusal == Refusal::not_found) co_return no_such_schedule(call.path(0));
  if (started.refusal != Refusal::none) co_return unavailable(started.detail);
  json::Writer out;
  out.begin_object().member("status", "sending").member("id", started.id);
  out.member("at", format_time(started.at)).member("tag", messaging::schedule_tag(started.id)).end_object();
  co_return Response::json(202, std::move(out).str());
}

io::Task<Response> next(const ApiContext& api, Call call) {
  const auto found = co_await api.messaging.schedules()->find(call.who.account, call.path(0));
  if (!found) co_return failure(found.error(), "nextRuns");
  if (!*found) co_return no_such_schedule(call.path(0));
  const auto count = static_cast<std::size_t>(call.query.integer("count", kDefaultNext));
  json::Writer out;
  out.begin_object().key("next").begin_array();
  for (const auto at : api.messaging.schedules()->next_runs(**found, count)) out.value(format_time(at));
  out.end_array().end_object();
  co_return Response::json(200, std::move(out).str());
}

Operation verb(const char* path, const char* name, const char* summary) {
  Operation op;
  op.method = "POST";
  op.path = path;
  op.scope = http::Scope::write;
  op.name = name;
  op.tag = "Schedules";
  op.summary = summary;
  op.path_fields.emplace_back("id", text(1, 64), "The schedule's `id` or `uuid`.", R"("1")");
  return op;
}

}  // namespace

Operations schedule_operations(const ApiContext& api) {
  if (api.messaging.schedules() == nullptr) return {};
  const auto resource = schedule_resource(api);
  auto table = record_operations(resource);
  const Type shown_schedule = object(answer_shape(resource));
  const auto add = [&](Operation op, io::Task<Response> (*handler)(const ApiContext&, Call)) {
    op.answers.emplace_back(404, "There is none.", object(problem_shape()));
    op.handler = bind(api, handler);
    table.push_back(std::move(op));
  };
  auto op = verb("/schedules/{id}/pause", "pauseSchedule", "Pause a schedule");
  op.doc = "No run begins, and one that is under way stands still. Messages that it has registered go on.";
  op.answers.emplace_back(200, "Paused.", shown_schedule);
  op.answers.emplace_back(409, "It is done.", object(problem_shape()));
  add(std::move(op), pause_schedule);

  op = verb("/schedules/{id}/resume", "resumeSchedule", "Resume a schedule");
  op.doc = "From its next time on: what was missed meanwhile is not made up for.";
  op.answers.emplace_back(200, "It goes on, or is done when its last time has passed.", shown_schedule);
  add(std::move(op), resume_schedule);

  op = verb("/schedules/{id}/send", "sendSchedule", "Run a schedule now");
  op.doc = "Beside the times of its plan, and even while it is paused; quiet hours hold.";
  op.answers.emplace_back(
      202, "The run has begun; its messages have the tag.",
      object(std::make_shared<const Shape>(
          Shape{"ScheduleRun",
                "",
                {Field("status", one_of({"sending"}), "").require(),
                 Field("id", integer(1), "The schedule's.").require(), Field("at", instant(), "").require(),
                 Field("tag", text(), "", R"("schedule:1")").require()}})));
  add(std::move(op), send);

  op = verb("/schedules/{id}/next", "nextRuns", "List the next times of a schedule");
  op.method = "GET";
  op.scope = http::Scope::read;
  op.query.emplace_back("count", integer(1, kMostNext), "Default 5.", "5");
  op.answers.emplace_back(200, "Its times, also of a paused one.",
                          object(std::make_shared<const Shape>(
                              Shape{"NextRuns", "", {Field("next", list_of(instant()), "").require()}})));
  add(std::move(op), next);
  return table;
}

}  // namespace recado::api
