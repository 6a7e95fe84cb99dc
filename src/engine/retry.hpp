// An outcome → the next attempt or the dead letter. Pure.
#pragma once

#include <optional>

#include "engine/channel.hpp"
#include "engine/message.hpp"

namespace recado::engine {

inline constexpr Millis kMaxRetryAfter{24 * 3600 * 1000};
/// `Retry-After: 0` (or a date that has passed) still waits this long: a destination must not make us spin.
inline constexpr Millis kMinRetryAfter{100};

/// The wait before attempt number `failed_attempts + 1`. exponential: between half and the whole of
/// initial·2^(n-1), at most `max`, by `random` in [0,1); fixed: `initial`. Never overflows, never negative.
Millis backoff_delay(const RetryPolicy& policy, std::uint32_t failed_attempts, double random);

struct Decision {
  Status status = Status::failed;   ///< delivered, failed, unknown or retrying
  Failure failure = Failure::none;  ///< why it failed, or is unknown
  Instant next_run{};               ///< of retrying
};

/// After the attempt in `outcome` (already counted in `message.attempt_count`). A retry that would come at or
/// after `expires_at` fails at once as expired: waiting for it would help nobody. Retry-After wins over
/// backoff and `max`, between kMinRetryAfter and kMaxRetryAfter.
Decision decide(const Message& message, const Outcome& outcome, Instant now, double random);

}  // namespace recado::engine
