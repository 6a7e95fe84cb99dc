// Being one of several nodes: our incarnation and its heartbeat, and watching for others that died.
//
// Heartbeats are counters, judged by the observer's own steady clock across reads that all succeeded: so
// Redis's own downtime kills nobody, and no two machines' clocks are compared.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/store/store.hpp"
#include "io/loop.hpp"

namespace recado::engine {

inline constexpr Millis kBeatInterval{500};
/// A node whose counter stood still for this long is dead.
inline constexpr Millis kDeadAfter{3'500};
/// A node without an acknowledged beat of the last kFence starts no send: well before others may take over.
inline constexpr Millis kFence{2'500};

class Membership {
 public:
  struct Callbacks {
    std::function<bool(unsigned shard)> holds_claims;  ///< whether a beat is owed there
    std::function<void()> barred;  ///< our incarnation was declared dead: everything held is lost to us
    std::function<void(unsigned shard)> took_over;  ///< messages of a dead node came back to the due set
    std::function<void()> beat_acknowledged;        ///< sends that waited for the fence may go
  };

  Membership(io::Loop& loop, Store& store, std::string state_file, Callbacks callbacks);

  /// Draws the incarnation, remembers it beside former ones of this node, starts beating and watching.
  void start();
  void stop();
  /// Beats at once, wherever a beat is owed (after Redis came back).
  void beat_now();

  /// A claim or beat that was sent at `sent` was acknowledged.
  void acknowledged(unsigned shard, SteadyPoint sent);
  /// Whether a send may start for a message of this shard.
  bool may_send(unsigned shard) const;
  /// `incarnation` was barred: draw a new one, unless that has happened already (replies to what was asked
  /// under the former name are still coming in).
  void reincarnate(const std::string& incarnation);

 private:
  struct Seen {
    std::string counter;
    SteadyPoint since{};
  };
  io::Task<> beat();
  io::Task<> beat_shard(unsigned shard);
  io::Task<> watch();
  io::Task<> take_over(unsigned shard, std::string incarnation, std::string counter);
  io::Task<> reap_former();
  io::Task<std::optional<std::int64_t>> reap(unsigned shard, std::string incarnation, std::string counter);
  io::Task<bool> reap_everywhere(std::string incarnation);
  void draw();
  void write_state() const;

  io::Loop& loop_;
  Store& store_;
  io::TaskGroup tasks_;
  std::string state_file_;
  Callbacks callbacks_;
  std::array<SteadyPoint, keys::kShards> acknowledged_{};
  std::array<bool, keys::kShards> beating_{};
  std::array<std::map<std::string, Seen>, keys::kShards> others_;
  std::vector<std::string> former_;  ///< incarnations of this node that may still hold claims
};

}  // namespace recado::engine
