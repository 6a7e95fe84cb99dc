// The engine's face: what the floors above may ask of it. Loop thread only.
//
// Every call that needs Redis answers within 2 s: `unavailable` (surely not done) or `outcome_unknown` (may
// be done).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/metrics.hpp"
#include "engine/channel.hpp"
#include "engine/dispatch/breaker.hpp"
#include "engine/explanation.hpp"
#include "engine/handler.hpp"
#include "engine/message.hpp"
#include "engine/streamed_outcome.hpp"
#include "io/loop.hpp"
#include "net/http_client.hpp"
#include "redis/client.hpp"

namespace recado::engine {

struct EngineOptions {
  std::string failure_callback_url;  ///< default callback of messages that fail
  Millis history_retention{24 * 3600 * 1000LL};
  Millis failed_retention{30 * 24 * 3600 * 1000LL};
  std::uint64_t history_max = 1'000'000;
  std::uint32_t max_in_flight = 4096;
  std::uint32_t max_in_flight_per_origin = 64;
  int min_replicas = 0;
  std::size_t room = 16'384;  ///< messages that a node claims at most
  BreakerLimits breaker;
  Millis inspect_every{60'000};  ///< Redis, whose settings may be changed while it runs
  std::string state_file;        ///< where this node's incarnations are kept (DATA_DIR/node); empty: none
  /// What sends to people; must outlive the engine. Null: messages on a channel are held.
  const ChannelSet* channels = nullptr;
  const Admission* admission = nullptr;  ///< must outlive the engine; null: everybody may be sent to
  net::SmtpClient* smtp = nullptr;
};

/// A channel to people that is closed now, as this node knows.
struct ClosedChannel {
  std::string name;
  ChannelState state;
  Instant since{};
};

/// Why an add, change or cancel did not happen.
enum class Refusal {
  none,
  exists,             ///< a message of that id is not finished
  not_found,          ///< there is none
  finished,           ///< it is finished
  not_unknown,        ///< it is not `unknown`: there is nothing to resolve
  being_sent,         ///< this node is sending it
  claimed_elsewhere,  ///< another node has it, within a second of its time
  unavailable,        ///< Redis is away: nothing was done
  outcome_unknown,    ///< Redis went away meanwhile: it may have been done
};

struct Change {
  Refusal refusal = Refusal::none;
  bool created = false;            ///< of put: there was none (or a finished one)
  std::string detail;              ///< of unavailable, outcome_unknown: one sentence
  std::optional<Message> message;  ///< as it now stands; of exists: the one that is in the way
  std::string id;                  ///< the id that may exist after outcome_unknown
};

/// Why Redis did not carry out, or may have carried out, a change: unavailable, outcome_unknown; nullopt: it
/// answered.
std::optional<Error> redis_error(const Change& change);

enum class StatusFilter { pending, delivered, failed, unknown };

struct Filter {
  std::string account = "main";
  StatusFilter status = StatusFilter::pending;
  std::optional<std::string> tag;
  std::optional<std::string> queue;
  std::optional<Instant> before;  ///< exclusive; of the due time when pending, else of the finish time
  std::optional<Instant> after;   ///< inclusive
  /// Nothing but account and status: all of them.
  bool matches_everything() const { return !tag && !queue && !before && !after; }
};

struct Page {
  std::vector<Message> messages;  ///< pending: by due time; finished: latest first. Payloads are not read.
  std::optional<std::uint64_t> total;  ///< nullopt: a combination with more than 10,000 matches
  std::string next_cursor;             ///< empty: no more
};

struct QueueState {
  std::string name;
  std::uint64_t pending = 0;
  std::optional<Instant> oldest_due;
  bool paused = false;
};

struct BulkResult {
  std::uint64_t done = 0;
  std::uint64_t being_delivered = 0;  ///< left alone: claimed or being sent
};

struct Health {
  bool redis_connected = false;
  bool redis_partly_connected = false;  ///< not all of a cluster, but some: the others' messages go on
  bool running = false;                 ///< the dispatch loop makes progress
  bool redis_refuses = false;           ///< it is there, and takes no writes: not `redis_connected`
  std::string redis_error;              ///< why it is not connected, or what to do about a refusal
  std::optional<std::uint64_t> pending;
  std::vector<redis::Warning> warnings;
};

/// What waits for Redis.
struct Backlog {
  std::size_t adds = 0;      ///< messages being registered
  std::size_t outcomes = 0;  ///< outcomes that are not recorded yet
};

class Engine {
 public:
  /// `metrics`, `client`, `http`, `channel` must outlive the engine.
  static std::unique_ptr<Engine> create(io::Loop& loop, redis::Client& client, net::HttpClient& http,
                                        const Channel& webhook, Metrics& metrics, EngineOptions options);
  virtual ~Engine() = default;

  /// Before start(): who handles the messages that name it in MessageSpec::handler. `handler` must outlive
  /// the engine's drain.
  virtual void handle(std::string name, Handler& handler) = 0;
  /// Starts claiming and delivering; Redis may still be away.
  virtual void start() = 0;
  /// Stops claiming, lets sends finish up to `grace`, gives the other claims back. The engine takes no calls
  /// afterwards.
  virtual io::Task<> drain(Millis grace) = 0;

  /// `spec.id` empty: one is made. exists: 409. The nonce makes it repeatable; it retries for up to 2 s by
  /// itself.
  virtual io::Task<Change> add(MessageSpec spec) = 0;
  /// The same for many, in order; duplicates within the list: the first wins.
  virtual io::Task<std::vector<Change>> add_all(std::vector<MessageSpec> specs) = 0;
  /// Creates or replaces whole; a finished one is replaced.
  virtual io::Task<Change> put(MessageSpec spec) = 0;
  /// Reads, lets `edit` change the spec (it may refuse by returning an Error, passed on through
  /// `edit_error`), stores.
  virtual io::Task<Change> patch(std::string account, std::string id,
                                 std::function<Result<void>(MessageSpec&)> edit,
                                 std::optional<Error>& edit_error) = 0;
  virtual io::Task<Change> cancel(std::string account, std::string id) = 0;
  /// Fires now. A failed (delivered, unknown) one starts again with fresh attempts and the same webhook-id.
  virtual io::Task<Change> send_now(std::string account, std::string id) = 0;
  /// Of one that is `unknown`: somebody knows by now whether it was sent.
  virtual io::Task<Change> resolve(std::string account, std::string id, bool delivered) = 0;
  virtual io::Task<Result<std::optional<Message>>> get(std::string account, std::string id) = 0;
  /// Of a handler's message, which the calls above do not know: it runs now; it is taken away.
  virtual io::Task<Change> run_now(std::string account, std::string id) = 0;
  virtual io::Task<Change> withdraw(std::string account, std::string id) = 0;
  /// The message with what surrounds it: its claim, its gates, its destination.
  virtual io::Task<Result<std::optional<Explanation>>> explain(std::string account, std::string id) = 0;

  /// `cursor` as given by the page before; invalid_argument when it is none of ours. `limit` 1-10000.
  virtual io::Task<Result<Page>> list(Filter filter, std::string cursor, std::size_t limit) = 0;
  virtual io::Task<Result<BulkResult>> cancel_all(Filter filter) = 0;
  /// Only of finished ones.
  virtual io::Task<Result<BulkResult>> retry_all(Filter filter) = 0;

  virtual io::Task<Result<std::vector<QueueState>>> queues(std::string account) = 0;
  /// `name` `*`: all. Messages already being sent go on.
  virtual io::Task<Result<void>> pause(std::string account, std::string name) = 0;
  virtual io::Task<Result<void>> resume(std::string account, std::string name) = 0;

  /// Those that hold their messages back, by name.
  virtual std::vector<ClosedChannel> closed_channels() const = 0;
  /// Probes a channel to people now, which opens it when it was closed and answers. not_found: there is none.
  virtual io::Task<Result<ChannelState>> probe_channel(std::string name) = 0;

  /// The stream of outcomes of messages on channels, kept a shard until somebody has forgotten them: each
  /// outcome once, in order; whoever reads may be told again what it did not forget.
  virtual unsigned shards() const = 0;
  virtual io::Task<Result<std::vector<StreamedOutcome>>> read_outcomes(unsigned shard, std::size_t most) = 0;
  virtual io::Task<Result<void>> forget_outcomes(unsigned shard, std::vector<std::string> cursors) = 0;
  /// Called from the loop when this node has recorded such an outcome.
  virtual void on_outcome(std::function<void(unsigned shard)> told) = 0;

  virtual io::Task<Health> health() = 0;
  virtual Backlog backlog() const = 0;
  /// Steady seconds since the dispatch loop last made progress, for the watchdog.
  virtual double seconds_since_progress() const = 0;
  /// Warnings found at the last (re)connection.
  virtual const std::vector<redis::Warning>& warnings() const = 0;
};

}  // namespace recado::engine
