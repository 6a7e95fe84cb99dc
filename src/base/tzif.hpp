// The two things that we read from a TZif file (RFC 8536) ourselves. For this room only.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace recado {

struct TzifTail {
  std::optional<std::chrono::sys_seconds> last_transition;  ///< none: the zone never changed
  std::string footer;  ///< POSIX TZ string; empty when the file has none (version 1, or nothing is known)
};

/// From the bytes of a TZif file; nullopt when they are not one.
std::optional<TzifTail> read_tzif_tail(std::string_view file);

}  // namespace recado
