// `GET /messages/{id}/explain`: why a message fired, or has not.
#include "api/answers.hpp"
#include "api/explain_render.hpp"
#include "api/message_schema.hpp"
#include "api/problem_schema.hpp"
#include "api/resources.hpp"

namespace recado::api {
namespace {

using http::Response;

void instant_member(json::Writer& out, const char* name, const std::optional<Instant>& at) {
  out.key(name);
  at ? out.value(format_time(*at)) : out.null();
}

void text_member(json::Writer& out, const char* name, const std::string& text) {
  out.key(name);
  text.empty() ? out.null() : out.value(text);
}

void write_zone(json::Writer& out, const engine::MessageSpec& spec) {
  out.key("zone");
  if (spec.timezone.empty()) {
    out.null();
    return;
  }
  out.begin_object().member("scheduleTo", spec.local_time).member("timezone", spec.timezone);
  const auto local = format_time_in_zone(spec.due, spec.timezone);
  out.key("local");
  local ? out.value(*local) : out.null();
  const auto parsed = parse_time(spec.local_time, std::string_view(spec.timezone));
  out.key("note");
  parsed && parsed->note ? out.value(*parsed->note) : out.null();
  out.end_object();
}

void write_gate(json::Writer& out, const engine::GateView& gate) {
  out.begin_object().member("gate", gate.name).member("kind", to_string(gate.kind));
  instant_member(out, "since", gate.since);
  instant_member(out, "next", gate.next && *gate.next != Instant{} ? gate.next : std::nullopt);
  out.end_object();
}

void write_claim(json::Writer& out, const std::optional<engine::ClaimView>& claim) {
  out.key("claim");
  if (!claim) {
    out.null();
    return;
  }
  out.begin_object();
  text_member(out, "node", claim->node);
  out.member("number", static_cast<std::int64_t>(claim->number));
  instant_member(out, "since", claim->since);
  out.member("sending", claim->sending).end_object();
}

void write_next_attempt(json::Writer& out, const engine::Message& message) {
  out.key("nextAttempt");
  if (is_finished(message.status)) {
    out.null();
    return;
  }
  out.begin_object().member("number", message.attempt_count + 1).member("at", format_time(message.next_run));
  const bool asked =
      !message.attempts.empty() && message.attempts.back().retry == engine::RetryReason::retry_after;
  out.member("because", message.attempt_count == 0 ? "schedule"
                        : asked                    ? "retry_after"
                                                   : "backoff")
      .end_object();
}

void write_history(json::Writer& out, const engine::Message& message) {
  out.key("deferrals").begin_object().member("count", message.deferral.count).key("lastKind");
  const bool held = message.deferral.count > 0;
  held ? out.value(to_string(message.deferral.kind)) : out.null();
  instant_member(out, "lastAt", held ? std::optional(message.deferral.at) : std::nullopt);
  text_member(out, "lastNode", message.deferral.node);
  out.end_object().key("takenOver").begin_object().member("count", message.taken_over.count);
  instant_member(out, "lastAt",
                 message.taken_over.count > 0 ? std::optional(message.taken_over.at) : std::nullopt);
  text_member(out, "lastNode", message.taken_over.node);
  out.end_object();
}

void write_breaker(json::Writer& out, const engine::BreakerView& breaker) {
  out.key("breaker").begin_object();
  text_member(out, "origin", breaker.origin);
  out.member("state", breaker.state).member("failures", breaker.failures);
  instant_member(out, "since", breaker.since);
  instant_member(out, "nextProbe", breaker.next_probe);
  out.end_object();
}

void write_timeline(json::Writer& out, const engine::Explanation& facts, Instant now) {
  out.key("timeline").begin_array();
  for (const auto& event : explain_timeline(facts, now)) {
    out.begin_object().member("at", format_time(event.at)).member("event", event.event);
    out.member("detail", event.detail);
    text_member(out, "node", event.node);
    out.end_object();
  }
  out.end_array();
}

Field always(const char* name, Type type, const char* doc) {
  return Field(name, std::move(type), doc).require();
}

Type in_place(std::vector<Field> fields) {
  return object(std::make_shared<const Shape>(Shape{"", "", std::move(fields)}));
}

io::Task<Response> explain(const ApiContext& api, Call call) {
  const auto id = call.path(0);
  const auto found = co_await api.engine.explain(call.who.account, id);
  if (!found) co_return failure(found.error(), "explainMessage");
  if (!*found || (*found)->message.child)
    co_return http::problem(404, "there is no message " + shown(std::string_view{id}));
  co_return Response::json(200, explanation_json(**found, api.loop.clock().now()));
}

}  // namespace

std::string explanation_json(const engine::Explanation& facts, Instant now) {
  const engine::Message& message = facts.message;
  json::Writer out;
  out.begin_object().member("messageId", message.id()).member("status", engine::to_string(message.status));
  out.member("summary", explain_summary(facts, now)).member("timestamp", format_time_z(now));
  out.member("createdAt", format_time(message.created_at()))
      .member("scheduledFor", format_time(message.spec.due));
  write_zone(out, message.spec);
  write_next_attempt(out, message);
  out.member("attemptCount", message.attempt_count).member("maxAttempts", message.spec.retry.max_attempts);
  const auto late = first_lateness(message);
  out.key("latenessMs");
  late ? out.value(static_cast<std::int64_t>(late->count())) : out.null();
  write_claim(out, facts.claim);
  out.key("held");
  facts.held ? write_gate(out, *facts.held) : static_cast<void>(out.null());
  out.key("gatesAhead").begin_array();
  for (const auto& gate : facts.ahead) write_gate(out, gate);
  out.end_array();
  write_history(out, message);
  write_breaker(out, facts.breaker);
  instant_member(out, "expiresAt", message.spec.expires_at);
  instant_member(out, "finishedAt", message.finished_at);
  out.key("error");
  message.failure == engine::Failure::none ? out.null() : out.value(engine::to_string(message.failure));
  text_member(out, "node", facts.node);
  out.key("warnings").begin_array();
  for (const auto& warning : facts.warnings) {
    out.begin_object().member("code", warning.code).member("detail", warning.detail).end_object();
  }
  out.end_array();
  write_timeline(out, facts, now);
  return std::move(out.end_object()).str();
}

ShapePtr explanation_shape() {
  const Type gate = in_place(
      {always("gate", text(), "As in `heldBy`: `origin:…`, `share:…`, `queue:…`, `channel:…`, `day:…`."),
       always("kind", one_of({"origin", "share", "queue", "channel", "other"}),
              "Unreachable, slow, paused, unreadable."),
       always("since", nullable(instant()), "Closed since then."),
       always("next", nullable(instant()), "When it is looked at next; null: until it is resumed, or now.")});
  const Type zone = in_place({always("scheduleTo", text(), "The local time as given."),
                              always("timezone", text(), "As given."),
                              always("local", nullable(text()), "The instant understood, in that zone."),
                              always("note", nullable(text()), "What daylight saving did to it.")});
  const Type claim =
      in_place({always("node", nullable(text()), "The node's incarnation, as its log names it."),
                always("number", integer(0), "Of the claim."), always("since", nullable(instant()), ""),
                always("sending", boolean(), "The node that was asked is sending it.")});
  const Type next = in_place({always("number", integer(1), ""), always("at", instant(), ""),
                              always("because", one_of({"schedule", "backoff", "retry_after"}), "")});
  const Type deferrals =
      in_place({always("count", integer(0), "How often it was moved behind a gate."),
                always("lastKind", nullable(text()), ""), always("lastAt", nullable(instant()), ""),
                always("lastNode", nullable(text()), "")});
  const Type taken_over = in_place(
      {always("count", integer(0), "How often a node was lost that had claimed it."),
       always("lastAt", nullable(instant()), ""), always("lastNode", nullable(text()), "The lost one.")});
  const Type breaker =
      in_place({always("origin", nullable(text()), "`scheme://host:port`."),
                always("state", one_of({"closed", "open", "half_open"}), ""),
                always("failures", integer(0), "In a row, counted up to the number that opens it."),
                always("since", nullable(instant()), ""), always("nextProbe", nullable(instant()), "")});
  const Type warning = in_place({always("code", text(), ""), always("detail", text(), "")});
  std::vector<std::string> events(std::begin(kTimelineEvents), std::end(kTimelineEvents));
  const Type event =
      in_place({always("at", instant(), "Later than `timestamp`: it has not happened yet."),
                always("event", one_of(std::move(events)), ""), always("detail", text(), "One sentence."),
                always("node", nullable(text()), "The node that did it, where that is known.")});
  const ShapePtr message = message_shape();
  return std::make_shared<const Shape>(Shape{
      "Explanation",
      "Why a message fired, or has not.",
      {always("messageId", text(), ""),
       always("status", message->find("status")->type, ""),
       always("summary", text(), "The answer in a sentence or two."),
       always("timestamp", instant(), "When this was looked at."),
       always("createdAt", instant(), ""),
       always("scheduledFor", instant(), "The instant asked for."),
       always("zone", nullable(zone), "Of a local time; null: an instant was given."),
       always("nextAttempt", nullable(next), "null: it is finished."),
       always("attemptCount", integer(0), ""),
       always("maxAttempts", integer(1), ""),
       always("latenessMs", nullable(integer(0)),
              "From its time to the start of the first attempt; null: there was none, or it is not kept."),
       always("claim", nullable(claim), "The node that holds it now."),
       always("held", nullable(gate), "The gate that holds it now."),
       always("gatesAhead", list_of(gate), "Closed gates that it will meet when it is due."),
       always("deferrals", deferrals, "Of the whole life of the message."),
       always("takenOver", taken_over, "Of the whole life of the message."),
       always("breaker", breaker, "Its destination's, as the node that was asked sees it."),
       always("expiresAt", nullable(instant()), ""),
       always("finishedAt", nullable(instant()), ""),
       always("error", message->find("error")->type, "Why it failed."),
       always("node", nullable(text()), "The incarnation of the node that was asked."),
       always("warnings", list_of(warning), "Of Redis and its clock, as in `/health`."),
       always("timeline", list_of(event), "What happened and what is to come, in the order of time.")}});
}

Operations explain_operations(const ApiContext& api) {
  Operation op;
  op.method = "GET";
  op.path = "/messages/{id}/explain";
  op.name = "explainMessage";
  op.tag = "Messages";
  op.summary = "Why a message fired, or has not";
  op.doc = "Its time, zone, claims, attempts, gates, breaker and expiry, each with its time.";
  op.path_fields = {message_id_field()};
  op.answers.emplace_back(200, "What is known.", object(explanation_shape()));
  op.answers.emplace_back(404, "There is none.", object(problem_shape()));
  op.handler = bind(api, explain);
  Operations table;
  table.push_back(std::move(op));
  return table;
}

}  // namespace recado::api
