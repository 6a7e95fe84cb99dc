#include "app/message_line.hpp"

#include "api/message_repeat.hpp"
#include "base/crypto.hpp"
#include "base/json.hpp"
#include "messaging/messaging.hpp"

namespace recado::app {
namespace {

constexpr const char* kPayloadBase64 = "payloadBase64";

/// When it is to be sent. One that waits for its next attempt must not be sent at once, and one that is given
/// as local time keeps it.
void write_time(json::Writer& out, const engine::Message& message) {
  const engine::MessageSpec& spec = message.spec;
  if (spec.repeat) {
    api::write_repeat(out.key("repeat"), *spec.repeat);
    return;
  }
  const bool moved =
      message.next_run != spec.due && (!spec.expires_at || message.next_run < *spec.expires_at);
  if (moved || spec.timezone.empty() || spec.local_time.empty()) {
    out.member("scheduleTo", format_time(moved ? message.next_run : spec.due));
  } else {
    out.member("scheduleTo", spec.local_time).member("timezone", spec.timezone);
  }
}

void write_payload(json::Writer& out, const engine::MessageSpec& spec) {
  if (!spec.has_payload) return;
  if (spec.payload.find_first_of("\r\n") == std::string::npos) {
    out.key("payload").raw(spec.payload);
  } else {
    out.member(kPayloadBase64, base64_encode(spec.payload));
  }
}

/// The same object with `payload` in the place of `payloadBase64`.
Result<std::string> with_payload(const std::vector<json::Member>& members) {
  std::string out = "{";
  for (const json::Member& member : members) {
    if (out.size() > 1) out += ',';
    if (member.key != kPayloadBase64) {
      json::append_quoted(out, member.key);
      out.append(":").append(member.value.text);
      continue;
    }
    const auto text = json::as_string(member.value);
    if (!text) return text.error();
    const auto payload = base64_decode(*text);
    if (!payload) return payload.error();
    const auto value = json::parse(*payload);
    if (!value) return value.error();
    out.append(R"("payload":)").append(value->text);
  }
  return out + "}";
}

/// What is said over a channel, in the fields that say it.
void write_content(json::Writer& out, const engine::MessageSpec& spec) {
  out.member("channel", spec.channel);
  auto content = messaging::content_of_payload(spec.payload);
  if (!content) content = messaging::decode_content(spec.payload);  // a template that cannot be filled
  if (!content) return;
  out.member("to", content->to);
  if (!content->text.empty()) out.member("text", content->text);
  if (!content->subject.empty()) out.member("subject", content->subject);
  if (!content->html.empty()) out.member("html", content->html);
}

}  // namespace

std::string message_line(const engine::Message& message) {
  const engine::MessageSpec& spec = message.spec;
  json::Writer out;
  out.begin_object().member("id", message.id());
  write_time(out, message);
  if (spec.channel.empty()) {
    write_payload(out, spec);
    out.member("webhookUrl", spec.webhook_url).member("method", spec.method);
    out.key("headers").begin_object();
    for (const auto& [name, value] : spec.headers) out.member(name, value);
    out.end_object();
  } else {
    write_content(out, spec);
  }
  out.key("retry").begin_object();
  out.member("maxAttempts", spec.retry.max_attempts);
  out.member("backoff", spec.retry.backoff == engine::Backoff::fixed ? "fixed" : "exponential");
  out.member("initial", format_duration(spec.retry.initial)).member("max", format_duration(spec.retry.max));
  out.end_object().member("timeout", format_duration(spec.timeout));
  if (spec.expires_at) out.member("expiresAt", format_time(*spec.expires_at));
  if (!spec.callback_url.empty()) out.member("callbackUrl", spec.callback_url);
  out.member("queue", spec.queue).key("tags").begin_array();
  for (const auto& tag : spec.tags) out.value(tag);
  return std::move(out.end_array().end_object()).str();
}

void read_message_line(std::string_view line, const api::ParseContext& context, engine::MessageSpec& spec,
                       api::FieldErrors& errors) {
  auto body = json::parse(line);
  if (!body) {
    errors.emplace_back("", body.error().detail());
    return;
  }
  std::string rewritten;
  if (body->kind == json::Kind::object && line.find(kPayloadBase64) != std::string_view::npos) {
    const auto members = json::members(*body);
    auto whole = members ? with_payload(*members) : Result<std::string>(members.error());
    if (!whole) {
      errors.emplace_back(members ? kPayloadBase64 : "", whole.error().detail());
      return;
    }
    rewritten = std::move(whole).value();
    body = json::parse(rewritten);
    if (!body) {
      errors.emplace_back("", body.error().detail());
      return;
    }
  }
  api::read_message(*body, context, spec, errors);
}

}  // namespace recado::app
