#include "api/explain_words.hpp"

#include <algorithm>

namespace recado::api {

using engine::Failure;
using engine::GateKind;
using engine::RetryReason;

std::string attempt_words(const engine::Attempt& attempt) {
  const std::string after = " after " + format_duration(attempt.latency);
  if (attempt.status != 0) {
    const std::string plain = "answered " + std::to_string(attempt.status);
    return (attempt.detail.empty() ? plain : attempt.detail) + after;
  }
  const std::string none = std::string("no answer (") + engine::to_string(attempt.failure) + ")" + after;
  return attempt.detail.empty() ? none : none + ": " + attempt.detail;
}

std::string retry_words(RetryReason reason) {
  switch (reason) {
    case RetryReason::backoff:
      return "by the message's backoff";
    case RetryReason::retry_after:
      return "because the destination's Retry-After asked for it";
    case RetryReason::none:
      break;
  }
  return "by the message's retry rules";
}

std::string kind_words(GateKind kind) {
  switch (kind) {
    case GateKind::origin:
      return "its destination cannot be reached";
    case GateKind::share:
      return "its destination is slow and has more waiting than its share";
    case GateKind::queue:
      return "its queue is paused";
    case GateKind::channel:
      return "its channel cannot send";
    case GateKind::day:
      return "its channel has sent as many as it may today";
    case GateKind::other:
      break;
  }
  return "its record cannot be read by this version";
}

std::string times_words(std::uint32_t count) {
  return count > 1 ? " " + std::to_string(count) + " times, this was the last" : "";
}

std::string failure_words(const engine::Message& message) {
  if (message.failure == Failure::expired) {
    return message.spec.expires_at
               ? "its expiresAt, " + format_time(*message.spec.expires_at) + ", came before it was delivered"
               : "it expired";
  }
  if (message.attempts.empty())
    return std::string("it could not be sent (") + to_string(message.failure) + ")";
  return "the last attempt " + attempt_words(message.attempts.back());
}

std::string span_words(Millis span) {
  if (span < Millis{60'000}) return format_duration(span);
  return format_duration(std::chrono::duration_cast<std::chrono::seconds>(span));
}

}  // namespace recado::api
