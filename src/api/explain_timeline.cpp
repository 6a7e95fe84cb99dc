// The timeline of an explanation.
#include <algorithm>

#include "api/explain_render.hpp"
#include "api/explain_words.hpp"

namespace recado::api {
namespace {

using engine::Attempt;
using engine::Explanation;
using engine::GateKind;
using engine::Message;
using engine::RetryReason;

class Timeline {
 public:
  void add(Instant at, const char* event, std::string detail, std::string node = {}) {
    TimelineEvent one;
    one.at = at;
    one.event = event;
    one.detail = std::move(detail);
    one.node = std::move(node);
    events_.push_back(std::move(one));
  }
  std::vector<TimelineEvent> take() && {
    std::stable_sort(events_.begin(), events_.end(),
                     [](const auto& a, const auto& b) { return a.at < b.at; });
    return std::move(events_);
  }

 private:
  std::vector<TimelineEvent> events_;
};

void add_attempts(Timeline& out, const Message& message) {
  const std::size_t kept = message.attempts.size();
  std::uint32_t number =
      message.attempt_count - static_cast<std::uint32_t>(std::min<std::size_t>(kept, message.attempt_count));
  for (const Attempt& attempt : message.attempts) {
    ++number;
    const std::string which =
        "attempt " + std::to_string(number) + " of " + std::to_string(message.spec.retry.max_attempts);
    if (attempt.claim > 0) {
      out.add(attempt.at - attempt.claimed_before, "claimed",
              "claim " + std::to_string(attempt.claim) + ", for " + which, attempt.node);
    }
    out.add(attempt.at, "attempt", which + ": " + attempt_words(attempt), attempt.node);
    if (attempt.retry != RetryReason::none) {
      out.add(attempt.at + attempt.latency, "retry_planned",
              "to be tried again at " + format_time(attempt.at + attempt.retry_in) + ", " +
                  retry_words(attempt.retry));
    }
  }
}

}  // namespace

std::vector<TimelineEvent> explain_timeline(const Explanation& facts, Instant now) {
  const Message& message = facts.message;
  const bool finished = is_finished(message.status);
  Timeline out;
  out.add(message.created_at(), "created", "registered, to be sent at " + format_time(message.spec.due));
  out.add(message.spec.due, "due", "the time it was registered for");
  add_attempts(out, message);
  if (message.deferral.count > 0) {
    out.add(message.deferral.at, "held",
            "moved behind a gate" + times_words(message.deferral.count) + ": " +
                kind_words(message.deferral.kind),
            message.deferral.node);
  }
  if (message.taken_over.count > 0) {
    out.add(message.taken_over.at, "taken_over",
            "taken over from a node that was lost" + times_words(message.taken_over.count) +
                "; if that node had begun to send, the destination may see a repeat with the same webhook-id",
            message.taken_over.node);
  }
  if (finished) {
    const Instant at = message.finished_at.value_or(message.next_run);
    const bool delivered = message.status == engine::Status::delivered;
    out.add(at, engine::to_string(message.status),
            delivered ? "the destination accepted it" : "given up: " + failure_words(message));
    return std::move(out).take();
  }
  if (facts.claim && facts.claim->since) {
    out.add(*facts.claim->since, "claimed", "claim " + std::to_string(facts.claim->number),
            facts.claim->node);
  }
  if (facts.held && facts.held->since) {
    out.add(*facts.held->since, "gate_closed", facts.held->name + ": " + kind_words(facts.held->kind));
  }
  if (facts.held && facts.held->next && *facts.held->next > now) {
    out.add(*facts.held->next, "gate_probe", facts.held->name + " is looked at next");
  }
  if (message.attempt_count > 0) {
    out.add(message.next_run, "next_attempt",
            "attempt " + std::to_string(message.attempt_count + 1) + " of " +
                std::to_string(message.spec.retry.max_attempts) + " is due");
  }
  if (message.spec.expires_at) {
    out.add(*message.spec.expires_at, "expires", "from then on it fails as expired instead of being sent");
  }
  return std::move(out).take();
}

std::optional<Millis> first_lateness(const Message& message) {
  if (message.attempts.empty() || message.attempts.size() != message.attempt_count) return std::nullopt;
  return std::max(Millis::zero(), message.attempts.front().at - message.spec.due);
}

}  // namespace recado::api
