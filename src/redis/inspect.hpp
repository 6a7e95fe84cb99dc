// What about a Redis server could lose messages: judged from what it says of itself. Judging is pure.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "redis/client.hpp"
#include "redis/connection.hpp"

namespace recado::redis {

/// The oldest server whose commands we rely on.
inline constexpr int kOldestMajor = 6;
inline constexpr int kOldestMinor = 2;
/// A larger difference of the clocks is worth a warning.
inline constexpr Millis kClockTolerance{250};

/// The value of `field` in INFO's text; empty when it is not there.
std::string_view info_field(std::string_view info, std::string_view field) noexcept;

/// What share of `maxmemory` is used, from INFO's text; 0 when there is no such limit.
double used_share(std::string_view info) noexcept;

/// What a server is to us: some things are right in one place and wrong in another.
enum class ServerPlace { alone, behind_sentinels, in_cluster };

/// From INFO's text, and `appendfsync` where CONFIG GET is allowed.
std::vector<Warning> judge_server(std::string_view info, const std::optional<std::string>& appendfsync,
                                  ServerPlace place = ServerPlace::alone);

/// Whether an error reply to a write means that the server is there and takes none.
bool refuses_writes(std::string_view error_text) noexcept;

/// From the error reply to a write.
Warning judge_write_error(std::string_view error_text);

/// From Redis's clock minus ours.
std::optional<Warning> judge_clock(Millis offset);

struct Inspection {
  std::vector<Warning> warnings;
  std::optional<Millis> clock_offset;
};
/// Asks one server and judges its answers; writes `probe_key`. Errors: as Client::command().
io::Task<Result<Inspection>> inspect_server(std::shared_ptr<Connection> connection, const Clock& clock,
                                            std::string probe_key, ServerPlace place);

/// Warnings of several servers, each once: those that not all share begin with the addresses they are from.
std::vector<Warning> merge_warnings(const std::vector<std::pair<std::string, std::vector<Warning>>>& found);

}  // namespace recado::redis
