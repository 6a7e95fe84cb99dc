// `POST /messages/plan`: what would happen, without anything happening.
#include <algorithm>

#include "api/answers.hpp"
#include "api/message_parse.hpp"
#include "api/message_render.hpp"
#include "api/message_schema.hpp"
#include "api/resources.hpp"

namespace recado::api {
namespace {

using http::Response;

constexpr Millis kResolveLimit{2000};

void write_request(json::Writer& out, const net::HttpRequest& request) {
  out.key("request").begin_object().member("method", request.method);
  out.member("url", request.url.origin() + request.url.target);
  out.key("headers").begin_object().member("Host", request.url.host_header());
  out.member("Content-Length", std::to_string(request.body.size()));
  for (const auto& [name, value] : request.headers) out.member(name, value);
  out.end_object().member("body", request.body).end_object();
}

void write_when(json::Writer& out, const engine::MessageSpec& spec, const std::vector<std::string>& notes) {
  out.member("scheduledFor", format_time(spec.due));
  out.key("timezone");
  spec.timezone.empty() ? out.null() : out.value(spec.timezone);
  out.key("local");
  const auto local = spec.timezone.empty() ? Result<std::string>(std::string())
                                           : format_time_in_zone(spec.due, spec.timezone);
  local && !local->empty() ? out.value(*local) : out.null();
  out.member("zoneData", zone_data_version());
  out.key("notes").begin_array();
  for (const auto& note : notes) out.value(note);
  out.end_array();
}

io::Task<Response> plan(const ApiContext& api, Call call) {
  const auto now = api.loop.clock().now();
  const ParseContext context(*api.destinations, now, api.max_body_bytes);
  engine::Message message;
  message.spec.account = call.who.account;
  message.uid = Uid::generate(now);
  ParseNotes notes;
  notes.tolerate_refused_address = true;
  FieldErrors errors;
  read_message(call.body, context, message.spec, errors, &notes);
  if (!errors.empty()) co_return unprocessable(std::move(errors));
  message.next_run = message.spec.due;
  message.attempt_count = 1;
  const auto request = api.webhook.request(message, 1, std::max(now, message.spec.due));
  if (!request) co_return failure(request.error(), "planMessage");
  const auto verdict = co_await api.destinations->judge(message.spec.webhook_url, kResolveLimit);

  json::Writer out;
  out.begin_object().member("messageId", message.id());
  write_when(out, message.spec, notes.notes);
  write_request(out, *request);
  out.key("address").begin_object().member("allowed", verdict.allowed).member("detail", verdict.detail);
  out.key("addresses").begin_array();
  for (const auto& address : verdict.addresses) out.value(address);
  out.end_array().end_object();
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
  return std::make_shared<const Shape>(Shape{
      "Plan",
      "What would happen. Nothing was registered.",
      {Field("messageId", text(), "Yours, or one like that which would be made.").require(),
       Field("scheduledFor", instant(), "The instant understood.").require(),
       Field("timezone", nullable(text()), "As given.").require(),
       Field("local", nullable(text()), "The same instant in that zone.",
             R"("2026-04-14T23:41:45-03:00[America/Sao_Paulo]")")
           .require(),
       Field("zoneData", text(), "The version of the time zone data.").require(),
       Field("notes", list_of(text()), "What daylight saving did to the local time, a time that has passed.")
           .require(),
       Field("request", request, "The request as it would be sent.").require(),
       Field("address", address, "The address policy's verdict.").require()}});
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
  op.doc = "Takes what `POST /messages` takes and changes nothing.";
  op.body = object(new_message_shape());
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
