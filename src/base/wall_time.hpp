// Calendar and clock fields as text, for the files behind base/time.hpp. For this room only.
#pragma once

#include <algorithm>
#include <chrono>
#include <string>

#include "base/time.hpp"

namespace recado {

inline constexpr Instant kFirstWritable = std::chrono::sys_days{std::chrono::year{0} / 1 / 1};
inline constexpr Instant kFirstAccepted = std::chrono::sys_days{std::chrono::year{1970} / 1 / 1};
inline constexpr Instant kLastAccepted =
    Instant{std::chrono::sys_days{std::chrono::year{10000} / 1 / 1}} - Millis{1};

/// Appends `2026-04-15T02:41:45` (any separator), with `.120` when the milliseconds are not zero.
void append_wall_time(std::string& out, std::chrono::local_time<Millis> local, char separator);
/// Appends `-03:00`, with seconds where the zone's offset has some (`-00:44:30`).
void append_offset(std::string& out, std::chrono::seconds offset);

/// `t` as the wall clock shows it at `offset` from UTC. Instants beyond the years that can be written count
/// as the nearest of those, so that nothing overflows.
inline std::chrono::local_time<Millis> wall_time(Instant t, std::chrono::seconds offset) {
  const auto shown = std::clamp(t, kFirstWritable, kLastAccepted);
  return std::chrono::local_time<Millis>{shown.time_since_epoch() + offset};
}

}  // namespace recado
