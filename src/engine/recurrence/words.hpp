// What the two parsers share: numbers, names of months and weekdays, and the sentences that refuse. Pure. For
// `recurrence/` only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace recado::engine::words {

/// Digits only, at most nine of them.
std::optional<int> number(std::string_view text) noexcept;
/// The same with an optional sign.
std::optional<int> signed_number(std::string_view text) noexcept;
/// JAN 1 … DEC 12, in any case.
std::optional<int> month(std::string_view name) noexcept;
/// SUN or SU 0 … SAT or SA 6, in any case. `letters`: 2 or 3.
std::optional<int> weekday(std::string_view name, std::size_t letters) noexcept;
std::string upper(std::string_view text);
std::vector<std::string_view> split(std::string_view text, char separator);

/// `WHAT "TEXT": accepted is ACCEPTED`.
Error refused(std::string_view what, std::string_view text, std::string_view accepted);

}  // namespace recado::engine::words
