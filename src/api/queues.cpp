// `/queues`: lengths, pause and resume.
#include <algorithm>

#include "api/answers.hpp"
#include "api/filters.hpp"
#include "api/message_schema.hpp"
#include "api/resources.hpp"
#include "base/crypto.hpp"

namespace recado::api {
namespace {

using http::Response;

void write_queue(json::Writer& out, const engine::QueueState& queue) {
  out.begin_object().member("name", queue.name);
  out.member("pending", static_cast<std::int64_t>(queue.pending));
  out.key("oldestDue");
  queue.oldest_due ? out.value(format_time(*queue.oldest_due)) : out.null();
  out.member("paused", queue.paused).end_object();
}

io::Task<Response> list(const ApiContext& api, Call call) {
  const auto cursor = base64_decode(call.query.text("cursor").value_or(""));
  if (!cursor) co_return unprocessable("cursor", "is not a cursor of ours: use the one in the header Link");
  auto found = co_await api.engine.queues(call.who.account);
  if (!found) co_return failure(found.error(), "listQueues");
  auto& queues = *found;
  std::sort(queues.begin(), queues.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  auto first = queues.begin();
  if (!cursor->empty()) {
    first = std::upper_bound(queues.begin(), queues.end(), *cursor,
                             [](const std::string& name, const auto& queue) { return name < queue.name; });
  }
  const auto limit = call.query.integer("limit", kDefaultLimit);
  const auto count = std::min<std::ptrdiff_t>(limit, queues.end() - first);
  json::Writer out;
  out.begin_array();
  for (auto queue = first; queue != first + count; ++queue) write_queue(out, *queue);
  auto response = Response::json(200, std::move(out.end_array()).str());
  response.headers.emplace_back("X-Total-Count", std::to_string(queues.size()));
  if (count > 0 && first + count != queues.end()) {
    const auto next = http::percent_encode(base64_encode((first + count - 1)->name));
    response.headers.emplace_back(
        "Link", "</queues?limit=" + std::to_string(limit) + "&cursor=" + next + R"(>; rel="next")");
  }
  co_return response;
}

Response paused(const std::string& name, bool is_paused) {
  json::Writer out;
  out.begin_object().member("name", name).member("paused", is_paused).end_object();
  return Response::json(200, std::move(out).str());
}

io::Task<Response> pause_queue(const ApiContext& api, Call call) {
  const auto done = co_await api.engine.pause(call.who.account, call.path(0));
  co_return done ? paused(call.path(0), true) : failure(done.error(), "pauseQueue");
}

io::Task<Response> resume_queue(const ApiContext& api, Call call) {
  const auto done = co_await api.engine.resume(call.who.account, call.path(0));
  co_return done ? paused(call.path(0), false) : failure(done.error(), "resumeQueue");
}

Operation list_operation() {
  static const auto queue = std::make_shared<const Shape>(
      Shape{"Queue",
            "",
            {Field("name", text(), "").require(),
             Field("pending", integer(0), "Scheduled, retrying, delivering.").require(),
             Field("oldestDue", nullable(instant()), "Of the pending ones.").require(),
             Field("paused", boolean(), "").require()}});
  Operation op;
  op.method = "GET";
  op.path = "/queues";
  op.name = "listQueues";
  op.tag = "Queues";
  op.summary = "List queues";
  op.query.emplace_back("limit", integer(1, kMaxLimit), "Default 100.", "100");
  op.query.emplace_back("cursor", text(0, 1024), "From the header `Link` of the page before.");
  Answer answer(200, "Queues by name.", list_of(object(queue)));
  answer.headers.emplace_back("X-Total-Count", integer(0), "How many there are.");
  answer.headers.emplace_back("Link", text(), R"(`<…>; rel="next"` when there are more.)");
  op.answers.push_back(std::move(answer));
  return op;
}

Operation switch_operation(const char* suffix, const char* name, const char* summary, const char* doc) {
  static const auto state = std::make_shared<const Shape>(Shape{
      "QueueSwitched", "", {Field("name", text(), "").require(), Field("paused", boolean(), "").require()}});
  Operation op;
  op.method = "POST";
  op.path = std::string("/queues/{name}/") + suffix;
  op.scope = http::Scope::write;
  op.work = http::Work::vital;
  op.name = name;
  op.tag = "Queues";
  op.summary = summary;
  op.doc = doc;
  op.path_fields.emplace_back("name", line(1, kMaxQueueBytes), "The queue's name; `*` is all.",
                              R"("reminders")");
  op.bad_path_status = 422;
  op.answers.emplace_back(200, "Done; the same again changes nothing.", object(state));
  return op;
}

}  // namespace

Operations queue_operations(const ApiContext& api) {
  Operations table;
  auto op = list_operation();
  op.handler = bind(api, list);
  table.push_back(std::move(op));
  op = switch_operation("pause", "pauseQueue", "Pause a queue",
                        "Its messages wait; those already being sent go on. Waiting burns no attempt.");
  op.handler = bind(api, pause_queue);
  table.push_back(std::move(op));
  op = switch_operation("resume", "resumeQueue", "Resume a queue",
                        "What waited is sent in the order of its time.");
  op.handler = bind(api, resume_queue);
  table.push_back(std::move(op));
  return table;
}

}  // namespace recado::api
