// `POST /messages/plan`: what would happen, without anything happening.
#include <algorithm>

#include "api/answers.hpp"
#include "api/message_parse.hpp"
#include "api/message_render.hpp"
#include "api/message_repeat.hpp"
#include "api/message_schema.hpp"
#include "api/message_template.hpp"
#include "api/message_time.hpp"
#include "api/resources.hpp"
#include "engine/series.hpp"

namespace recado::api {
namespace {

using http::Response;

constexpr Millis kResolveLimit{2000};
constexpr std::size_t kDefaultTimes = 5;
constexpr std::int64_t kMostTimes = 1000;

void write_request(json::Writer& out, const net::HttpRequest& request) {
  out.key("request").begin_object().member("method", request.method);
  out.member("url", request.url.origin() + request.url.target);
  out.key("headers").begin_object().member("Host", request.url.host_header());
  out.member("Content-Length", std::to_string(request.body.size()));
  for (const auto& [name, value] : request.headers) out.member(name, value);
  out.end_object().member("body", request.body).end_object();
}

void write_when(json::Writer& out, const engine::MessageSpec& spec, std::size_t count, Instant from,
                std::vector<std::string> notes) {
  const std::string& zone = spec.repeat ? spec.repeat->rule.timezone : spec.timezone;
  out.member("scheduledFor", format_time(spec.due));
  if (spec.repeat) {
    notes.clear();  // those on its next time are among those of `next`
    write_next(out.key("next"), *spec.repeat, from, count, notes);
  }
  out.key("timezone");
  zone.empty() ? out.null() : out.value(zone);
  out.key("local");
  const auto local = zone.empty() ? Result<std::string>(std::string()) : format_time_in_zone(spec.due, zone);
  local && !local->empty() ? out.value(*local) : out.null();
  out.member("zoneData", zone_data_version());
  out.key("notes").begin_array();
  for (const auto& note : notes) out.value(note);
  out.end_array();
}

/// Which of a series' times are asked for, and the message without these two members.
struct Question {
  std::string message;
  std::optional<Instant> from;
  std::size_t count = kDefaultTimes;
  bool asked = false;
};

ShapePtr question_shape() {
  static const auto shape = [] {
    Shape made = *new_message_shape();
    made.name = "PlannedMessage";
    made.doc = "A message as for `POST /messages`, and which of its times are asked for.";
    made.fields.emplace_back(
        "from", nullable(text(1, 100)),
        "With `repeat`: `next` lists times strictly after this RFC 3339 instant, which may "
        "have passed. Default: now.",
        R"("2026-03-28T00:00:00Z")");
    made.fields.emplace_back("count", nullable(integer(1, kMostTimes)),
                             "With `repeat`: how many times `next` lists. Default 5.", "5");
    return std::make_shared<const Shape>(std::move(made));
  }();
  return shape;
}

Question read_question(json::Raw body, FieldErrors& errors) {
  Question out;
  FieldErrors all;
  const auto values = validated(question_shape(), body, all);
  for (auto& error : all) {
    if (error.field == "from" || error.field == "count") errors.push_back(std::move(error));
  }
  if (!errors.empty() || body.kind != json::Kind::object) {
    out.message = body.text;  // read_message() says what else is wrong
    return out;
  }
  out.message = "{";
  for (const auto& member : values.members()) {
    if (member.key == "from" || member.key == "count") continue;
    if (out.message.size() > 1) out.message += ',';
    json::append_quoted(out.message, member.key);
    out.message.append(":").append(member.value.text);
  }
  out.message += '}';
  if (const auto from = values.string("from")) {
    const auto at = read_instant(*from);
    if (!at) errors.emplace_back("from", at.error().detail());
    if (at) out.from = *at;
  }
  const auto* count = values.given("count");
  if (count != nullptr) out.count = static_cast<std::size_t>(json::as_int(*count).value());
  out.asked = out.from || count != nullptr;
  if (out.asked && values.given("repeat") == nullptr) {
    errors.emplace_back(out.from ? "from" : "count", "is only accepted together with repeat");
  }
  return out;
}

/// What a destination would be sent, and whether it may be reached.
io::Task<Result<void>> write_delivery(const ApiContext& api, json::Writer& out,
                                      const engine::Message& message, Instant now) {
  const engine::Message sent = message.spec.repeat ? engine::occurrence_of(message) : message;
  const auto request = api.webhook.request(sent, 1, std::max(now, message.spec.due));
  if (!request) co_return request.error();
  const auto verdict = co_await api.destinations->judge(message.spec.webhook_url, kResolveLimit);
  write_request(out, *request);
  out.key("address").begin_object().member("allowed", verdict.allowed).member("detail", verdict.detail);
  out.key("addresses").begin_array();
  for (const auto& address : verdict.addresses) out.value(address);
  out.end_array().end_object();
  co_return Result<void>();
}

io::Task<Response> plan(const ApiContext& api, Call call) {
  const auto now = api.loop.clock().now();
  FieldErrors errors;
  const Question question = read_question(call.body, errors);
  if (!errors.empty()) co_return unprocessable(std::move(errors));
  // Asked about the past, a rule without a start of its own begins there.
  const Instant from = question.from.value_or(now - Millis{1});
  ParseContext context(*api.destinations, std::min(now, question.from.value_or(now)), api.max_body_bytes,
                       api.default_timezone, &api.messaging.channel_directory());
  engine::Message message;
  message.spec.account = call.who.account;
  message.uid = Uid::generate(now);
  ParseNotes notes;
  notes.tolerate_refused_address = true;
  const auto body = json::parse(question.message);
  if (!body) co_return failure(body.error(), "planMessage");
  std::optional<FilledTemplate> filled;
  if (may_name_template(*body)) {
    auto found = co_await fill_template(api, call.who.account, *body);
    if (!found) co_return failure(found.error(), "planMessage");
    filled = std::move(*found);
    if (filled) context.filled = &*filled;
  }
  read_message(*body, context, message.spec, errors, &notes);
  if (!errors.empty()) co_return unprocessable(std::move(errors));
  message.next_run = message.spec.due;
  message.attempt_count = 1;

  const bool on_channel = !message.spec.channel.empty();
  if (on_channel) {
    const auto content = messaging::content_of_payload(message.spec.payload);
    const auto why_not = content ? content->refusal : content.error().detail();
    if (!why_not.empty()) notes.notes.push_back("It would not be sent: " + why_not);
  }
  json::Writer out;
  out.begin_object().member("messageId", message.id());
  write_when(out, message.spec, question.count, from, notes.notes);
  if (on_channel) {
    write_content(out.key("content").begin_object(), message.spec, api.messaging.channel_directory());
    out.end_object().key("request").null();
    out.key("address").null();
  } else {
    const auto written = co_await write_delivery(api, out, message, now);
    if (!written) co_return failure(written.error(), "planMessage");
  }
  co_return Response::json(200, std::move(out.end_object()).str());
}

ShapePtr plan_shape() {
  const auto in_place = [](std::vector<Field> fields) {
    return object(std::make_shared<const Shape>(Shape{"", "", std::move(fields)}));
  };
  const auto request =
      in_place({Field("method", text(), "").require(), Field("url", text(), "").require(),
                Field("headers", map_of(text()), "With the signature it would carry.").require(),
                Field("body", text(), "").require()});
  const auto address =
      in_place({Field("allowed", boolean(), "").require(),
                Field("detail", text(), "Why not, and which setting would allow it.").require(),
                Field("addresses", list_of(text()), "What the name resolves to now.").require()});
  const auto content =
      in_place({Field("channel", text(), "The channel that would send it.").require(),
                Field("to", text(), "As it was understood.").require(), Field("text", text(), ""),
                Field("subject", text(), ""), Field("html", text(), ""),
                Field("providerTemplate", any(), "A template that the provider keeps, filled.")});
  return std::make_shared<const Shape>(Shape{
      "Plan",
      "What would happen. Nothing was registered.",
      {Field("messageId", text(), "Yours, or one like that which would be made.").require(),
       Field("scheduledFor", instant(), "The instant understood.").require(),
       Field("next", list_of(instant()),
             "Of a series: its next times. What is coalesced after a standstill is among them.",
             R"(["2026-04-15T12:00:00+00:00"])"),
       Field("timezone", nullable(text()), "As given; of a series its rule's.").require(),
       Field("local", nullable(text()), "The same instant in that zone.",
             R"("2026-04-14T23:41:45-03:00[America/Sao_Paulo]")")
           .require(),
       Field("zoneData", text(), "The version of the time zone data.").require(),
       Field("notes", list_of(text()), "What daylight saving did to the local time, a time that has passed.")
           .require(),
       Field("content", content, "Of a message on a channel: what would be said, its template filled."),
       Field("request", nullable(request), "The request as it would be sent; null on a channel.").require(),
       Field("address", nullable(address), "The address policy's verdict; null on a channel.").require()}});
}

}  // namespace

Operations plan_operations(const ApiContext& api) {
  Operation op;
  op.method = "POST";
  op.path = "/messages/plan";
  op.scope = http::Scope::write;  // what it shows is signed
  op.name = "planMessage";
  op.tag = "Messages";
  op.summary = "See what would happen";
  op.doc = "Takes what `POST /messages` takes and changes nothing. Of a series it lists the next times.";
  op.body = object(question_shape());
  op.body_example = new_message_shape()->example;
  op.handler_judges_body = true;
  op.needs_redis = true;  // the signing secret is kept there
  op.answers.emplace_back(200, "The plan.", object(plan_shape()));
  op.handler = bind(api, plan);
  Operations table;
  table.push_back(std::move(op));
  return table;
}

}  // namespace recado::api
