// What systemd is told: sd_notify(3)'s datagram, without libsystemd (which brings gcrypt, zstd, lzma and lz4
// along).
#pragma once

#include <optional>
#include <string_view>

#include "base/time.hpp"

namespace recado::app {

/// Sends `state` (`READY=1`, `STATUS=…`, `STOPPING=1`, `WATCHDOG=1`) to $NOTIFY_SOCKET; does nothing without
/// one.
void notify_service_manager(std::string_view state);

/// How often systemd wants to hear WATCHDOG=1 (half of WATCHDOG_USEC); nullopt: not asked for.
std::optional<Millis> watchdog_interval();

}  // namespace recado::app
