// The store: records in Redis and the scripts that move them. Knows keys, records and replies; decides
// nothing.
//
// Loop thread only. Every call answers within 2 s: `unavailable` (surely not done), `outcome_unknown` (may be
// done).
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "engine/message.hpp"
#include "engine/store/keys.hpp"
#include "engine/store/notes.hpp"
#include "engine/streamed_outcome.hpp"
#include "io/loop.hpp"
#include "io/one_shot.hpp"
#include "redis/client.hpp"

namespace recado::engine {

/// Most items of one script call: a longer script would hold up everything else in Redis.
inline constexpr std::size_t kBatch = 64;
/// How long a lost reply to an add is chased by repeating it.
inline constexpr Millis kRepeatFor{1'900};
/// The time of a gate that lets everything out.
inline constexpr Instant kOpenGate{};
/// Larger records stay in Redis until just before they are sent.
inline constexpr std::size_t kLargeRecord = 8 * 1024;

struct Claimed {
  std::string key;
  Instant due{};
  std::uint64_t claim = 0;
  Instant at{};  ///< when it was claimed
  Notes notes;
  std::string record;
  bool whole =
      true;  ///< false: a large record's first kRecordHeadBytes; the rest is fetched just before it is sent

  /// Keeps only the head of a large record.
  void shorten();
};

/// Names of the index sets that a message is in, and its field of pending counts (empty for hidden
/// ones).
std::vector<std::string> indexes_of(unsigned shard, const Message& message);
std::string pending_field_of(const Message& message);

class Store {
 public:
  Store(io::Loop& loop, redis::Client& client, int min_replicas);

  /// Who claims: a random name drawn at process start, and anew after it was barred.
  const std::string& incarnation() const noexcept { return incarnation_; }
  void set_incarnation(std::string incarnation) { incarnation_ = std::move(incarnation); }

  // --- registering
  // -------------------------------------------------------------------------------------------------

  enum class AddCode { exists, created, claimed };
  struct Added {
    AddCode code = AddCode::exists;
    std::uint64_t claim = 0;  ///< of claimed
    std::string incarnation;  ///< that has claimed it
    SteadyPoint sent{};       ///< before the claim was made: its heartbeat is as old as that
    bool repeated = false;    ///< a reply was lost: it may have been claimed by the first try
  };
  /// The shard for a message whose id is made now: those of one loop turn get the same one, up to kBatch of
  /// them, so that they share a script; the next ones get the next.
  unsigned shard_for_new();
  struct NewMessage {
    Message message;
    std::string key;       ///< message_key(message)
    std::string record;    ///< encode_record(message)
    bool claim = false;    ///< claim it for us in the same step
    bool made_id = false;  ///< nobody else can have that key
  };
  /// `messages` must outlive the call. Adds of one loop turn share scripts; the results are in order.
  io::Task<std::vector<Result<Added>>> add(std::span<const NewMessage> messages);

  // --- claims
  // ------------------------------------------------------------------------------------------------------

  using GateTime = std::pair<std::string, Instant>;
  struct ClaimReply {
    bool barred = false;
    bool gate_busy = false;                 ///< of a gate: its time has not come
    bool left = false;                      ///< a gate holds more; the due set may have more
    std::vector<std::string> closed_gates;  ///< of the due set: gates that stay closed until resumed
    std::vector<GateTime> ready_gates;      ///< of the due set: gates whose time has come (0: open)
    std::vector<GateTime> waiting_gates;    ///< of the due set: gates that wait for their time
    std::vector<Claimed> claimed;
  };
  io::Task<Result<ClaimReply>> claim(unsigned shard, Instant now, Instant until, std::size_t most,
                                     std::size_t most_bytes);
  /// `next`: when the gate is looked at again while it holds more; kOpenGate: it is open. `most` 0 only moves
  /// its time, unless it is open.
  io::Task<Result<ClaimReply>> claim_held(unsigned shard, std::string gate, Instant now, Instant next,
                                          std::size_t most, std::size_t most_bytes);
  /// -1: barred, 0: nothing claimed there, else the counter.
  io::Task<Result<std::int64_t>> beat(unsigned shard);
  /// Heartbeat counters of a shard, by incarnation.
  using Beats = std::map<std::string, std::string>;
  /// Those of every shard in order; a shard whose nodes could not beat now (it is away, or being moved to
  /// another master) is an Error, the others are not.
  io::Task<std::vector<Result<Beats>>> read_beats();
  /// Which of `shards` take writes right now, in that order: a node may be silent because none are taken.
  io::Task<std::vector<bool>> take_writes(std::vector<unsigned> shards);
  struct Reaped {
    bool alive = false;
    std::int64_t moved = 0;
    std::int64_t left = 0;
  };
  /// `counter` as read, or `*` when the caller knows that the node is dead. At most kBatch claims a call.
  io::Task<Result<Reaped>> reap(unsigned shard, std::string incarnation, std::string counter);
  struct Claim {
    Instant due{};
    std::uint64_t number = 0;
    Instant at{};  ///< when it was claimed
  };
  /// What this incarnation holds in a shard.
  io::Task<Result<std::map<std::string, Claim>>> read_claims(unsigned shard);
  /// Records of `message_keys` in order; empty where there is none.
  io::Task<Result<std::vector<std::string>>> read_records(unsigned shard,
                                                          std::vector<std::string> message_keys);

  // --- outcomes
  // ----------------------------------------------------------------------------------------------------

  struct Outcome {
    enum class Kind { finish, retry, release, hold, recur };
    Kind kind = Kind::release;
    std::string key;
    std::uint64_t claim = 0;
    std::string incarnation;  ///< under which it was claimed; empty: the present one
    Instant due{};            ///< retry, release, hold, recur
    std::string generation;   ///< finish, retry, recur: 4 bytes of the new record
    std::string
        record;  ///< finish: for history, empty keeps none; retry: the new record; hold: empty, or it too
    Status status = Status::failed;
    Instant finished_at{};
    std::string pending_field;
    std::string account;
    std::vector<std::string> indexes;
    std::string child_key, child_record;
    Instant child_due{};
    std::string gate;      ///< hold
    Instant gate_at{};     ///< when the gate is looked at next, unless it has a time already
    Instant gate_since{};  ///< since when it is closed, unless that is known already
    /// recur: what became of the occurrence (finish or retry, under its own key). The outcome itself is the
    /// series': `record` is its new one, empty when it has come to its end.
    std::shared_ptr<const Outcome> occurrence;
    std::string streamed;  ///< finish, retry: the record for the stream of outcomes; empty: it is not told of
    std::string provider_id;  ///< beside it
    std::string note;         ///< deferral_note() where `record` is empty; empty: nothing is counted
  };
  enum class Recorded { not_held = 0, recorded = 1, already = 2 };
  /// At most kBatch outcomes of one shard and incarnation, in order.
  io::Task<Result<std::vector<Recorded>>> record(unsigned shard, const std::vector<const Outcome*>& outcomes);

  /// The oldest of a shard's stream of outcomes, at most `most`.
  io::Task<Result<std::vector<StreamedOutcome>>> read_stream(unsigned shard, std::size_t most);
  io::Task<Result<void>> forget_stream(unsigned shard, std::vector<std::string> cursors);

  // --- changes from outside
  // ----------------------------------------------------------------------------------------

  struct ChangeItem {
    /// settle: a finished one that is unknown becomes `field_after`, `delivered` or `failed`; `due` is then
    /// its finish time
    enum class Kind { cancel, rewrite, revive, settle };
    Kind kind = Kind::cancel;
    std::string key;
    std::string generation;  ///< 4 bytes, as read
    std::string account;
    Instant due{};
    std::string record;
    std::string field_before, field_after;
    std::vector<std::string> may_be_held_by;  ///< keys of held sets
    std::vector<std::string> leave, enter;    ///< index keys
  };
  enum class Changed { none = 0, done = 1, changed_meanwhile = 2, claimed_elsewhere = 3, exists = 4 };
  io::Task<Result<std::vector<Changed>>> change(unsigned shard, const std::vector<ChangeItem>& items);

  // --- reading
  // -----------------------------------------------------------------------------------------------------

  struct Found {
    std::string record;
    Instant score{};  ///< due, or finish time
    bool finished = false;
    bool claimed = false;  ///< by whatever node
    std::string node;      ///< the one that has claimed it; empty: it was just moving
    Claim claim;
    std::string held_by;  ///< gate
  };
  io::Task<Result<std::optional<Found>>> find(std::string key);

  struct Place {
    std::string key;
    Instant score{};
    bool claimed = false;
    std::string held_by;
  };
  /// Pending of a shard with score in [from, to), at most about `most` of each set from `offset` on (claimed
  /// ones whole). `more` is set when a set had more.
  io::Task<Result<std::vector<Place>>> read_pending(unsigned shard, std::optional<Instant> from,
                                                    std::optional<Instant> to, std::size_t offset,
                                                    std::size_t most, bool& more);
  /// Members of a sorted set of the shard by score, rising or falling.
  io::Task<Result<std::vector<Place>>> read_sorted(std::string key, std::optional<Instant> from,
                                                   std::optional<Instant> to, bool falling,
                                                   std::size_t offset, std::size_t most);
  struct Head {
    std::string bytes;  ///< empty: gone
    std::size_t size = 0;
  };
  io::Task<Result<std::vector<Head>>> read_heads(unsigned shard, bool history,
                                                 std::vector<std::string> message_keys, std::size_t bytes);
  /// Sums over all shards of the fields of `counts`.
  io::Task<Result<std::map<std::string, std::int64_t>>> read_counts();
  io::Task<Result<std::int64_t>> count_sorted(std::vector<std::string> set_keys, std::optional<Instant> from,
                                              std::optional<Instant> to);
  struct GateState {
    bool there = false;
    std::optional<Instant> next;   ///< nullopt: until it is resumed
    std::optional<Instant> since;  ///< closed since then, as far as it is known
  };
  struct Surroundings {
    std::vector<GateState> gates;  ///< in the order asked for
    Notes notes;
  };
  /// What else bears on a message: gates it may meet, and what was noted of it.
  io::Task<Result<Surroundings>> read_surroundings(std::string key, std::vector<std::string> gates);
  /// Gates of a shard and their times; nullopt: closed until resumed.
  io::Task<Result<std::map<std::string, std::optional<Instant>>>> read_gates(unsigned shard);
  /// nullopt: closes it until it is resumed; else moves the time of one that is there.
  io::Task<Result<void>> set_gate(unsigned shard, std::string gate, std::optional<Instant> at);

  /// Counts one more message of a channel's day, unless there are `most` already: false. The count is
  /// forgotten at `forget`.
  io::Task<Result<bool>> count_on_day(std::string channel, std::string day, std::uint64_t most,
                                      Instant forget);

  // --- retention
  // ---------------------------------------------------------------------------------------------------

  /// Forgets at most kBatch finished messages of a shard and status: those finished before `before`, and the
  /// earliest while there are more than `keep`. Returns how many.
  io::Task<Result<std::int64_t>> trim(unsigned shard, Status status, Instant before, std::uint64_t keep);

  /// Forgets which messages were added once, of those added before `before`.
  io::Task<Result<void>> forget_once(unsigned shard, Instant before);

  redis::Client& client() noexcept { return client_; }
  /// Adds that Redis has not answered.
  std::size_t adds_waiting() const noexcept { return adds_waiting_; }
  io::Loop& loop() noexcept { return loop_; }

 private:
  /// One call of add(): whoever fills in the last result wakes it.
  struct Adding {
    explicit Adding(io::Loop& loop, std::size_t count);
    std::vector<Result<Added>> results;
    std::size_t left;
    io::OneShot<bool> done;
  };
  struct PendingAdd {
    const NewMessage* what;
    Adding* call;
    std::size_t place;  ///< in the call's results
    void set(Result<Added> result) const;
  };
  static const Outcome& attempted(const Outcome& outcome);
  static bool alike(const NewMessage& one, const NewMessage& other);
  void flush_adds();
  io::Task<> run_adds(unsigned shard, std::vector<PendingAdd> adds);
  /// With REDIS_MIN_REPLICAS, what was written is acknowledged only when enough of them have it.
  io::Task<Result<redis::Reply>> write(const redis::Script& script, std::vector<std::string> script_keys,
                                       std::vector<std::string> arguments, SteadyPoint until);
  io::Task<Result<ClaimReply>> run_claim(unsigned shard, std::string gate, Instant now, Instant until,
                                         Instant next, std::size_t most, std::size_t most_bytes);

  io::Loop& loop_;
  redis::Client& client_;
  io::TaskGroup tasks_;
  int min_replicas_;
  std::string incarnation_;
  std::array<std::vector<PendingAdd>, keys::kShards> adds_;
  unsigned new_shard_ = 0;        ///< of messages whose ids are made in this turn, modulo kShards
  std::size_t new_in_shard_ = 0;  ///< how many it has got
  bool flush_scheduled_ = false;
  std::size_t adds_waiting_ = 0;
};

}  // namespace recado::engine
