// A message: what is to be delivered, where, when, and what became of it. Plain values, no I/O.
//
//                 add                claim (due within the window)
//   (client) ───────────► scheduled ──────────────────────────────► delivering ──► delivered
//                            ▲  ▲                                       │ │ └─────► failed
//                            │  └── retrying ◄── retry, later ──────────┘ └───────► unknown
//                            └───── given back: node lost, drain, gate closed
//
// Only the store's scripts change a state.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/id.hpp"
#include "base/time.hpp"
#include "engine/recurrence.hpp"

namespace recado::engine {

/// The API's words. Stored values: DO NOT CHANGE THE NUMBERS.
enum class Status : std::uint8_t {
  scheduled = 0,  ///< waits for its time; set by add, change, retry of a finished one
  retrying = 1,   ///< scheduled again after an attempt; set by the outcome script
  delivering =
      2,          ///< claimed by a node (within a second of its time, or being sent); set by the claim script
  delivered = 3,  ///< a destination accepted it; final, kept for HISTORY_RETENTION
  failed = 4,     ///< given up (dead letter); final, kept for FAILED_RETENTION with its payload
  unknown = 5,    ///< maybe sent, on a channel that cannot deduplicate; final until somebody resolves it
};
const char* to_string(Status status) noexcept;
/// Whether it is final: kept in the history only.
constexpr bool is_finished(Status status) noexcept {
  return status == Status::delivered || status == Status::failed || status == Status::unknown;
}

/// Why an attempt, or a message, did not succeed: the API's `error`. Stored values: DO NOT CHANGE THE
/// NUMBERS.
enum class Failure : std::uint8_t {
  none = 0,
  dns = 1,
  connect = 2,
  tls = 3,
  timeout = 4,
  closed = 5,
  address_refused = 6,
  redirect = 7,
  status = 8,
  expired = 9,
  cancelled = 10,
  opted_out = 11,  ///< of a channel to people: the recipient wants no messages
  content = 12,    ///< the same: what it says cannot be sent as it stands
};
const char* to_string(Failure failure) noexcept;

enum class Backoff : std::uint8_t { exponential = 0, fixed = 1 };

struct RetryPolicy {
  int max_attempts = 15;  ///< 1-100, the first one counted
  Backoff backoff = Backoff::exponential;
  Millis initial{5'000};
  Millis max{10 * 3600 * 1000};
  friend bool operator==(const RetryPolicy&, const RetryPolicy&) = default;
};

/// Why a message is tried again when it is. Stored values: DO NOT CHANGE THE NUMBERS.
enum class RetryReason : std::uint8_t { none = 0, backoff = 1, retry_after = 2 };

/// What holds a message back. Stored values: DO NOT CHANGE THE NUMBERS.
enum class GateKind : std::uint8_t {
  other = 0,    ///< a record that this program cannot read
  origin = 1,   ///< its destination's breaker is open
  share = 2,    ///< its destination is slow and has more waiting than its share
  queue = 3,    ///< its queue, or every queue, is paused
  channel = 4,  ///< its channel is stopped or disconnected
  day = 5,      ///< its channel has sent as many as it may that day
};
const char* to_string(GateKind kind) noexcept;
/// The kind of a gate by its name (`origin:…`, `share:…`, `queue:…`, `channel:…`, `day:…`).
GateKind gate_kind(std::string_view gate) noexcept;

/// That a message was moved behind a gate.
struct Deferral {
  std::uint32_t count = 0;          ///< how often
  GateKind kind = GateKind::other;  ///< the last one's
  Instant at{};
  std::string node;  ///< who did it
};

/// That a message was claimed by a node that died: it may have been on its way.
struct TakenOver {
  std::uint32_t count = 0;  ///< how often
  Instant at{};             ///< when it was taken from the last of them
  std::string node;         ///< its incarnation
};

struct Attempt {
  Instant at{};    ///< when sending began
  int status = 0;  ///< the HTTP status; 0: no answer came
  Millis latency{0};
  Failure failure = Failure::none;
  std::string detail;    ///< one sentence; empty when it went well
  std::string response;  ///< the answer's first 1 KiB
  // Of records that older programs wrote, none of these is known.
  std::uint64_t claim = 0;                ///< the claim under which it was sent; 0: not known
  std::string node;                       ///< the incarnation that sent it
  Millis claimed_before{0};               ///< how long before `at` it was claimed
  RetryReason retry = RetryReason::none;  ///< why it was tried again when it was
  Millis retry_in{0};                     ///< from `at` to the next attempt's time
};

inline constexpr std::size_t kMaxAttemptsKept = 20;
inline constexpr std::size_t kMaxResponseKept = 1024;

using HeaderList = std::vector<std::pair<std::string, std::string>>;

/// A rule by which a message comes again, and what was understood of it when it was registered.
struct Repeat {
  RepeatSpec rule;
  RepeatBounds bounds;
  friend bool operator==(const Repeat&, const Repeat&) = default;
};

/// How long the ids of messages added with MessageSpec::once are remembered.
inline constexpr Millis kOnceRemembered{3600 * 1000};

/// What a client may set. Defaults are API.md's.
struct MessageSpec {
  std::string account = "main";
  std::string id;            ///< the client's own, 1-255 bytes; empty: one is made
  Instant due{};             ///< the instant understood
  std::string local_time;    ///< `scheduleTo` as written, when a zone was given: wall time is stored too
  std::string timezone;      ///< the zone that was given
  std::string payload;       ///< the request body, byte for byte
  bool has_payload = false;  ///< false: no payload was given (empty body, no Content-Type)
  std::string webhook_url;   ///< empty when there is a channel
  std::string channel;       ///< the channel to people that sends it (see ChannelSet); empty: the webhook
  std::string handler;  ///< who of this program handles it instead of its being sent (engine/handler.hpp)
  std::string method = "POST";
  HeaderList headers;
  RetryPolicy retry;
  Millis timeout{30'000};
  std::optional<Instant> expires_at;
  std::string callback_url;  ///< empty: none (FAILURE_CALLBACK_URL may apply)
  std::string queue = "default";
  std::vector<std::string> tags;
  /// Refused when its id was added before, finished or not: for the last kOnceRemembered at least, whatever
  /// history keeps. Of the add, not stored.
  bool once = false;
  std::shared_ptr<const Repeat> repeat;  ///< of a series (engine/series.hpp): `due` then is its next time
};

/// A message as it stands.
struct Message {
  MessageSpec spec;
  Uid uid;  ///< creation time, webhook-id and nonce derive from it
  /// Of new_generation(), new at each write: the compare-and-set of PATCH, PUT, DELETE.
  std::uint32_t generation = 0;
  Status status = Status::scheduled;
  bool child = false;            ///< a callback of ours: not listed, not counted, no history
  std::uint8_t child_shard = 0;  ///< of a child: its parent's shard (part of its key)
  bool payload_dropped = false;  ///< there was a payload, history did not keep it: it cannot be sent again
  Instant next_run{};            ///< when it is (or was last) due
  std::uint32_t attempt_count = 0;
  std::vector<Attempt> attempts;    ///< the last kMaxAttemptsKept
  Failure failure = Failure::none;  ///< of a finished one: why
  std::optional<Instant> finished_at;
  std::string held_by;  ///< the gate that holds it, empty when none
  Deferral deferral;
  TakenOver taken_over;
  std::string series;            ///< of an occurrence: the id of the series that it belongs to
  std::uint32_t occurrence = 0;  ///< its number, from 1; of a series: the next one's; 0: neither

  /// The id that the API shows.
  std::string id() const { return spec.id.empty() ? uid.uuid() : spec.id; }
  /// A callback, or a handler's: not listed, not counted, no history.
  bool hidden() const { return child || !spec.handler.empty(); }
  std::string webhook_id() const { return uid.webhook_id(); }
  Instant created_at() const { return uid.created_at(); }
};

/// A random token for `Message::generation`.
std::uint32_t new_generation();

}  // namespace recado::engine
