#include "api/message_render.hpp"

#include "api/message_repeat.hpp"
#include "api/validate.hpp"
#include "engine/series.hpp"
#include "messaging/messaging.hpp"

namespace recado::api {
namespace {

using engine::Refusal;

void optional_text(json::Writer& out, const char* name, const std::string& text) {
  out.key(name);
  text.empty() ? out.null() : out.value(text);
}

void optional_instant(json::Writer& out, const char* name, const std::optional<Instant>& at) {
  out.key(name);
  at ? out.value(format_time(*at)) : out.null();
}

void failure_name(json::Writer& out, engine::Failure failure) {
  out.key("error");
  failure == engine::Failure::none ? out.null() : out.value(engine::to_string(failure));
}

void write_next_run(json::Writer& out, const engine::Message& message) {
  out.key("nextRun");
  is_finished(message.status) ? out.null() : out.value(format_time(message.next_run));
}

void write_attempt(json::Writer& out, const engine::Attempt& attempt) {
  out.begin_object().member("at", format_time(attempt.at)).key("status");
  attempt.status == 0 ? out.null() : out.value(attempt.status);
  out.member("latencyMs", static_cast<std::int64_t>(attempt.latency.count()));
  failure_name(out, attempt.failure);
  optional_text(out, "detail", attempt.detail);
  out.key("response");
  attempt.status == 0 ? out.null() : out.value(attempt.response);
  out.end_object();
}

void write_occurrence(json::Writer& out, const engine::Message& message) {
  out.begin_object().member("series", message.series);
  out.member("number", static_cast<std::int64_t>(message.occurrence));
  // The id says it also when it was sent by hand at another time.
  const auto at = parse_time(message.spec.id.substr(message.series.size() + 1), std::nullopt);
  out.member("at", format_time(at ? at->at : message.spec.due)).end_object();
}

void write_request_part(json::Writer& out, const engine::Message& message,
                        const messaging::ChannelDirectory& channels) {
  const auto& spec = message.spec;
  optional_text(out, "webhookUrl", spec.webhook_url);
  write_content(out, spec, channels);
  out.member("method", spec.method);
  out.key("headers").begin_object();
  for (const auto& [name, value] : spec.headers) out.member(name, value);
  out.end_object();
  if (spec.channel.empty() && spec.has_payload && !spec.payload.empty()) out.key("payload").raw(spec.payload);
  out.key("retry").begin_object();
  out.member("maxAttempts", spec.retry.max_attempts);
  out.member("backoff", spec.retry.backoff == engine::Backoff::fixed ? "fixed" : "exponential");
  out.member("initial", format_duration(spec.retry.initial)).member("max", format_duration(spec.retry.max));
  out.end_object();
  out.member("timeout", format_duration(spec.timeout));
  optional_instant(out, "expiresAt", spec.expires_at);
  optional_text(out, "callbackUrl", spec.callback_url);
  out.member("queue", spec.queue);
  out.key("tags").begin_array();
  for (const auto& tag : spec.tags) out.value(tag);
  out.end_array();
}

void write_series_part(json::Writer& out, const engine::Message& message) {
  out.key("repeat");
  message.spec.repeat ? write_repeat(out, *message.spec.repeat) : (void)out.null();
  out.key("occurrence");
  if (message.spec.repeat) {
    write_occurrence(out, engine::occurrence_of(message));
  } else if (!message.series.empty()) {
    write_occurrence(out, message);
  } else {
    out.null();
  }
}

}  // namespace

void write_content(json::Writer& out, const engine::MessageSpec& spec,
                   const messaging::ChannelDirectory& channels) {
  if (spec.channel.empty()) return;
  out.member("channel", channels.name_of(spec.channel));
  if (!spec.has_payload) return;
  auto content = messaging::content_of_payload(spec.payload);
  // Of a template that cannot be filled there is the recipient.
  if (!content) content = messaging::decode_content(spec.payload);
  if (!content) return;
  out.member("to", content->to);
  if (!content->text.empty()) out.member("text", content->text);
  if (!content->subject.empty()) out.member("subject", content->subject);
  if (!content->html.empty()) out.member("html", content->html);
  if (content->provider_template) {
    out.key("providerTemplate");
    write_provider_template(out, *content->provider_template);
  }
}

std::string scheduled_json(const std::string& id, Instant due) {
  std::string out = R"({"status":"scheduled","messageId":)";
  const auto quoted = json::quote(id);
  out.append(quoted).append(R"(,"id":)").append(quoted);
  return out.append(R"(,"scheduledFor":")").append(format_time(due)).append(R"("})");
}

std::string message_json(const engine::Message& message, const messaging::ChannelDirectory& channels,
                         const std::string& delivery_status) {
  json::Writer out;
  const auto id = message.id();
  out.begin_object().member("messageId", id).member("id", id);
  out.member("status", engine::to_string(message.status));
  out.member("scheduledFor", format_time(message.spec.due));
  write_next_run(out, message);
  optional_text(out, "timezone", message.spec.timezone);
  optional_text(out, "scheduleTo", message.spec.local_time);
  write_series_part(out, message);
  write_request_part(out, message, channels);
  out.member("webhookId",
             message.spec.repeat ? engine::occurrence_of(message).webhook_id() : message.webhook_id());
  optional_text(out, "heldBy", message.held_by);
  if (!message.spec.channel.empty()) optional_text(out, "deliveryStatus", delivery_status);
  out.member("attemptCount", message.attempt_count);
  out.key("attempts").begin_array();
  for (const auto& attempt : message.attempts) write_attempt(out, attempt);
  out.end_array();
  failure_name(out, message.failure);
  out.member("createdAt", format_time(message.created_at()));
  optional_instant(out, "finishedAt", message.finished_at);
  return std::move(out.end_object()).str();
}

void write_list_item(json::Writer& out, const engine::Message& message,
                     const messaging::ChannelDirectory& channels) {
  out.begin_object().member("messageId", message.id());
  write_next_run(out, message);
  out.member("trigger", "date[" + format_time_utc_words(message.spec.due) + "]");
  optional_text(out, "webhookUrl", message.spec.webhook_url);
  if (!message.spec.channel.empty()) out.member("channel", channels.name_of(message.spec.channel));
  out.member("status", engine::to_string(message.status));
  out.member("attemptCount", message.attempt_count);
  if (!message.held_by.empty()) out.member("heldBy", message.held_by);
  out.end_object();
}

std::string conflict_members(const engine::Message& existing) {
  json::Writer out;
  out.begin_object().member("messageId", existing.id()).member("status", engine::to_string(existing.status));
  out.member("scheduledFor", format_time(existing.spec.due)).end_object();
  return R"("messageId":)" + json::quote(existing.id()) + R"(,"scheduledFor":")" +
         format_time(existing.spec.due) + R"(","existing":)" + out.str();
}

Refused describe_refusal(const engine::Change& change, const std::string& id, bool deleting) {
  const auto name = "message " + shown(std::string_view{id});
  switch (change.refusal) {
    case Refusal::none:
      break;
    case Refusal::exists:
      return {409,
              name + " exists and is not finished: use another id, PUT to replace it, or DELETE it first"};
    case Refusal::not_found:
      return {404, "there is no " + name};
    case Refusal::finished:
      if (deleting) return {404, name + " is finished: there is nothing left to cancel"};
      if (!change.detail.empty()) return {409, name + " cannot be sent again: " + change.detail};
      return {
          409,
          name + " is finished: use PUT to register it anew, or POST /messages/{id}/retry to send it again"};
    case Refusal::not_unknown:
      return {409, name + " is not `unknown`: there is nothing to resolve"};
    case Refusal::being_sent:
      return {409, name + " is being sent right now"};
    case Refusal::claimed_elsewhere:
      return {409, name + " is about to be sent by another node (it is due within a second)"};
    case Refusal::unavailable:
      return {503, change.detail.empty() ? "Redis cannot be reached: nothing was changed, try again"
                                         : change.detail};
    case Refusal::outcome_unknown:
      return {503, change.detail.empty()
                       ? "Redis went away meanwhile: it may have been done; sending the same id again is safe"
                       : change.detail};
  }
  return {500, "something went wrong on our side"};
}

void write_provider_template(json::Writer& out, const messaging::ProviderTemplate& given) {
  out.begin_object();
  if (!given.name.empty()) out.member("name", given.name).member("language", given.language);
  if (!given.content_sid.empty()) out.member("contentSid", given.content_sid);
  out.key("parameters").begin_array();
  for (const auto& parameter : given.parameters) out.value(parameter);
  out.end_array().end_object();
}

}  // namespace recado::api
