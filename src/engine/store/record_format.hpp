// The tags and bounds of the stored record. For record.cpp and record_encoder.cpp only; the format is told in
// record.hpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "engine/message.hpp"

namespace recado::engine::record_format {

/// Stored values: DO NOT CHANGE, DO NOT REUSE. From kTail on: what a list does not need.
enum class Tag : std::uint8_t {
  uid = 0x01,
  url_https = 0x02,
  url_http = 0x03,
  url_other = 0x04,
  status = 0x05,
  attempt_count = 0x06,
  failure = 0x07,
  finished_at = 0x08,
  due = 0x09,
  next_run = 0x0a,
  queue = 0x0b,
  tag = 0x0c,  ///< one field each
  method = 0x0d,
  timeout = 0x0e,
  max_attempts = 0x0f,
  backoff = 0x10,
  initial = 0x11,
  max = 0x12,
  expires_at = 0x13,
  callback_url = 0x14,
  local_time = 0x15,
  timezone = 0x16,
  account = 0x17,          ///< only of a child, whose key does not name it
  payload_dropped = 0x18,  ///< empty
  deferral = 0x19,         ///< count, kind of gate (varints), at (6 bytes), node
  taken_over = 0x1a,       ///< count (varint), at (6 bytes), node
  occurrence = 0x1b,
  series = 0x1c,  ///< only of an occurrence
  payload = 0x80,
  header = 0x81,   ///< one field each: name length, name, value
  attempt = 0x82,  ///< one field each, see attempt_bytes
  repeat = 0x83,   ///< see repeat_bytes
  end = 0xff,      ///< empty
};
inline constexpr std::uint8_t kTail = 0x80;

inline constexpr std::string_view kHttps = "https://";
inline constexpr std::string_view kHttp = "http://";
// A channel, or a handler (keys.hpp), stands where the URL would (`url_other`): one of them is the message's
// destination.
inline constexpr std::size_t kInstantBytes = 6;
inline constexpr std::uint64_t kMillisLimit = std::uint64_t{1} << 48;
inline constexpr std::uint64_t kIntLimit = static_cast<std::uint64_t>(std::numeric_limits<int>::max()) + 1;
inline constexpr auto kLastStatus = static_cast<std::uint64_t>(Status::unknown);
inline constexpr auto kLastFailure = static_cast<std::uint64_t>(Failure::content);
inline constexpr auto kLastRetryReason = static_cast<std::uint64_t>(RetryReason::retry_after);
inline constexpr auto kLastGateKind = static_cast<std::uint64_t>(GateKind::day);
inline constexpr auto kLastBackoff = static_cast<std::uint64_t>(Backoff::fixed);
/// What a field that is not there means: DO NOT CHANGE the defaults of MessageSpec without a new version.
inline const MessageSpec kDefaults;

/// An incarnation (16 hex digits) takes 8 bytes; any other name is kept as it is.
std::string pack_node(std::string_view node);
std::string unpack_node(std::string_view bytes);

}  // namespace recado::engine::record_format
