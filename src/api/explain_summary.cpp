// The sentence of an explanation.
#include "api/explain_render.hpp"
#include "api/explain_words.hpp"

namespace recado::api {
namespace {

using engine::Explanation;
using engine::GateKind;
using engine::Message;
using engine::Status;

/// Overdue for longer than that without a claim, something is wrong on our side.
constexpr Millis kOverdue{2'000};

std::string in_words(Instant at, Instant now) {
  return at > now ? " (in " + span_words(at - now) + ")" : " (" + span_words(now - at) + " ago)";
}

std::string finished_words(const Message& message) {
  const std::string at = format_time(message.finished_at.value_or(message.next_run));
  const std::string attempts = std::to_string(message.attempt_count);
  if (message.status == Status::unknown) return "It may have been delivered at " + at + ": nobody can know.";
  if (message.status == Status::failed) {
    if (message.attempt_count == 0)
      return "It failed at " + at + " without being sent: " + failure_words(message) + ".";
    return "It failed at " + at + " after " + attempts +
           (message.attempt_count == 1 ? " attempt: " : " attempts: ") + failure_words(message) + ".";
  }
  std::string out = "It was delivered at " + at + ", at attempt " + attempts;
  if (const auto late = first_lateness(message)) {
    out += "; the first attempt began " + format_duration(*late) + " after its time";
  }
  return out + ".";
}

std::string held_words(const Explanation& facts, Instant now) {
  const engine::GateView& gate = *facts.held;
  std::string out = "It is held back: " + kind_words(gate.kind) + " (" + gate.name + ")";
  if (gate.since) out += " since " + format_time(*gate.since);
  out += ".";
  switch (gate.kind) {
    case GateKind::queue:
      out += gate.next ? " It has been resumed and is on its way out."
                       : " It goes on when the queue is resumed (POST /queues/{name}/resume).";
      break;
    case GateKind::origin:
    case GateKind::channel:
      if (gate.next && *gate.next > now) {
        out += " The next probe is due at " + format_time(*gate.next) + in_words(*gate.next, now) + ".";
      } else {
        out += " It is being probed or let out now.";
      }
      break;
    case GateKind::share:
      out += " It goes on when the destination has caught up.";
      break;
    case GateKind::day:
      if (gate.next && *gate.next > now)
        out += " It goes on at " + format_time(*gate.next) + in_words(*gate.next, now) + ".";
      break;
    case GateKind::other:
      out += " Update this node.";
      break;
  }
  return out;
}

std::string claimed_words(const Explanation& facts, Instant now) {
  const Message& message = facts.message;
  const std::string attempt = "attempt " + std::to_string(message.attempt_count + 1);
  if (facts.claim->sending) {
    return "It is being sent now: " + attempt + ", by this node (" + facts.claim->node + ").";
  }
  if (facts.claim->node.empty()) return "It is being claimed or given back right now; ask again.";
  const std::string who =
      "node " + facts.claim->node + (facts.claim->node == facts.node ? " (this one)" : "");
  if (message.next_run > now) {
    return "It is about to be sent: " + who + " has claimed it for " + format_time(message.next_run) +
           in_words(message.next_run, now) + ".";
  }
  return "It is due since " + format_time(message.next_run) + in_words(message.next_run, now) + ", and " +
         who + " has claimed it: it is being sent, or waits for a free connection to its destination.";
}

std::string waiting_words(const Explanation& facts, Instant now) {
  const Message& message = facts.message;
  std::string out;
  if (message.attempt_count > 0) {
    out = "Attempt " + std::to_string(message.attempt_count) + " did not succeed";
    auto reason = engine::RetryReason::none;
    if (!message.attempts.empty()) {
      out += " (" + attempt_words(message.attempts.back()) + ")";
      reason = message.attempts.back().retry;
    }
    out += "; it is tried again at " + format_time(message.next_run) + in_words(message.next_run, now) +
           ", " + retry_words(reason) + ".";
  } else if (message.next_run > now) {
    out = "It waits for its time, " + format_time(message.next_run) + in_words(message.next_run, now) + ".";
  } else {
    out = "Its time has come, at " + format_time(message.next_run) + in_words(message.next_run, now) + ".";
  }
  if (message.next_run + kOverdue <= now) {
    out += " No node has claimed it yet: all of them are busy or were away; see GET /health.";
  }
  for (const auto& gate : facts.ahead)
    out += " When it is due it will be held back: " + kind_words(gate.kind) + " (" + gate.name + ").";
  return out;
}

}  // namespace

std::string explain_summary(const Explanation& facts, Instant now) {
  const Message& message = facts.message;
  if (is_finished(message.status)) return finished_words(message);
  std::string out;
  if (facts.held) {
    out = held_words(facts, now);
  } else if (facts.claim) {
    out = claimed_words(facts, now);
  } else {
    out = waiting_words(facts, now);
  }
  if (message.spec.expires_at && *message.spec.expires_at <= now) {
    out += " Its expiresAt has passed: it fails as expired when its turn comes.";
  }
  return out;
}

}  // namespace recado::api
