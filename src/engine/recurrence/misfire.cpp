#include <algorithm>

#include "engine/recurrence.hpp"

namespace recado::engine {

Firing fire_or_skip(const Recurrence& recurrence, Instant planned, Instant now, MisfirePolicy policy) {
  Firing out;
  const bool missed = policy.misfire == Misfire::skip && now - planned > policy.grace;
  if (!missed) out.now = planned;
  out.next = recurrence.next(std::max(planned, now));
  return out;
}

}  // namespace recado::engine
