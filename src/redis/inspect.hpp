// What about a Redis server could lose messages: judged from what it says of itself. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "redis/client.hpp"

namespace recado::redis {

/// The oldest server whose commands we rely on.
inline constexpr int kOldestMajor = 6;
inline constexpr int kOldestMinor = 2;
/// A larger difference of the clocks is worth a warning.
inline constexpr Millis kClockTolerance{250};

/// The value of `field` in INFO's text; empty when it is not there.
std::string_view info_field(std::string_view info, std::string_view field) noexcept;

/// From INFO's text, and `appendfsync` where CONFIG GET is allowed.
std::vector<Warning> judge_server(std::string_view info, const std::optional<std::string>& appendfsync);

/// From the error reply to a write.
Warning judge_write_error(std::string_view error_text);

/// From Redis's clock minus ours.
std::optional<Warning> judge_clock(Millis offset);

}  // namespace recado::redis
