// What systemd and we tell each other, without libsystemd (which brings gcrypt, zstd, lzma and lz4 along):
// sd_notify(3)'s datagram, and the sockets of socket activation, sd_listen_fds(3).
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/time.hpp"

namespace recado::app {

/// Sends `state` (`READY=1`, `STATUS=…`, `STOPPING=1`, `WATCHDOG=1`) to $NOTIFY_SOCKET; does nothing without
/// one.
void notify_service_manager(std::string_view state);

/// How often systemd wants to hear WATCHDOG=1 (half of WATCHDOG_USEC); nullopt: not asked for.
std::optional<Millis> watchdog_interval();

/// The sockets handed to this process (LISTEN_FDS and LISTEN_PID), closed in programs that it starts; none
/// without socket activation. What they are is for the caller to find out. The variables are taken out of the
/// environment: call once. Errors: configuration, when they cannot be right.
Result<std::vector<int>> inherited_sockets();

}  // namespace recado::app
