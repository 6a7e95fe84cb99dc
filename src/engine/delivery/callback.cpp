#include "base/json.hpp"
#include "engine/delivery/webhook.hpp"

namespace recado::engine {

std::string callback_body(const Message& message, Instant now) {
  json::Writer w;
  w.begin_object();
  w.member("type", message.status == Status::delivered ? "message.delivered"
                   : message.status == Status::unknown ? "message.unknown"
                                                       : "message.failed");
  w.member("timestamp", format_time_z(now));
  w.key("data").begin_object();
  w.member("messageId", message.id());
  w.member("status", to_string(message.status));
  w.member("attemptCount", static_cast<std::int64_t>(message.attempt_count));
  w.key("lastStatus");
  if (message.attempts.empty() || message.attempts.back().status == 0) {
    w.null();
  } else {
    w.value(message.attempts.back().status);
  }
  w.key("error");
  if (message.failure == Failure::none) {
    w.null();
  } else {
    w.value(to_string(message.failure));
  }
  if (message.spec.channel.empty()) {
    w.member("webhookUrl", message.spec.webhook_url);
  } else {
    w.member("channel", message.spec.channel);
  }
  w.key("tags").begin_array();
  for (const auto& tag : message.spec.tags) w.value(tag);
  w.end_array();
  w.end_object().end_object();
  return std::move(w).str();
}

}  // namespace recado::engine
