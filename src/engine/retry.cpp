#include "engine/retry.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>

namespace recado::engine {

namespace {

/// Sums that would pass the end of time stay at it: policies come from clients and from stored records.
Instant later(Instant now, Millis wait) {
  if (now.time_since_epoch() > Millis::zero() && wait > Instant::max() - now) return Instant::max();
  return now + wait;
}

Decision failed(Failure failure) {
  Decision decision;
  decision.status = Status::failed;
  decision.failure = failure == Failure::none ? Failure::status : failure;
  return decision;
}

}  // namespace

Millis backoff_delay(const RetryPolicy& policy, std::uint32_t failed_attempts, double random) {
  using Ticks = std::int64_t;
  const Ticks initial = policy.initial.count();
  if (initial <= 0) return Millis::zero();
  if (policy.backoff == Backoff::fixed) return policy.initial;
  const Ticks longest = policy.max.count();
  if (longest <= 0) return Millis::zero();

  // Doubled at most 62 times: it ends when even the half is past the cap, or when the next would overflow.
  Ticks whole = initial;
  for (std::uint32_t n = 1; n < failed_attempts; ++n) {
    if (whole / 2 >= longest || whole > std::numeric_limits<Ticks>::max() / 2) break;
    whole *= 2;
  }
  const Ticks high = std::min(whole, longest);
  const Ticks low = std::min(whole - whole / 2, longest);
  const double share = random > 0 ? std::min(random, 1.0) : 0.0;  // not-a-number is 0
  const double span = static_cast<double>(high - low) * share;
  if (span >= static_cast<double>(high - low)) return Millis{high};
  return Millis{low + static_cast<Ticks>(span)};
}

Decision decide(const Message& message, const Outcome& outcome, Instant now, double random) {
  Decision decision;
  if (outcome.verdict == Verdict::delivered) {
    decision.status = Status::delivered;
    return decision;
  }
  if (outcome.verdict == Verdict::give_up) return failed(outcome.attempt.failure);
  if (outcome.verdict == Verdict::unknown) {
    decision = failed(outcome.attempt.failure);
    decision.status = Status::unknown;
    return decision;
  }
  const int most = std::max(message.spec.retry.max_attempts, 1);
  if (message.attempt_count >= static_cast<std::uint32_t>(most)) return failed(outcome.attempt.failure);

  const Millis wait = outcome.retry_after ? std::clamp(*outcome.retry_after, kMinRetryAfter, kMaxRetryAfter)
                                          : backoff_delay(message.spec.retry, message.attempt_count, random);
  const Instant next = later(now, wait);
  if (message.spec.expires_at && next >= *message.spec.expires_at) return failed(Failure::expired);
  decision.status = Status::retrying;
  decision.next_run = next;
  return decision;
}

}  // namespace recado::engine
