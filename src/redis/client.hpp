// The Redis client: RESP2 over an io stream (hiredis as the reply codec), all commands of a loop turn in one
// write.
//
// One face for one server, for a master that sentinels name, and for a cluster: a command goes to the server
// that has its (first) key. Loop thread only. A command completes with the server's reply or with an Error:
//   unavailable      not connected, or surely never written or not carried out: nothing happened
//   outcome_unknown  written, but the connection ended or kReplyTimeout passed before the reply, or too few
//                    replicas confirmed it: it may have happened
//   protocol         any other error reply
// Reconnects by itself: at once, then with a backoff of at most one second, for as long as it lives. What the
// cluster redirects is followed, and what it asks to try again is tried again, for at most two seconds.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "io/loop.hpp"
#include "redis/endpoint.hpp"
#include "redis/reply.hpp"
#include "redis/script.hpp"

namespace recado::redis {

class Backend;

struct Warning {
  /// `aof_off`, `everysec`, `eviction`, `replica`, `no_replica`, `cluster`, `version`, `no_write`, `clock`
  std::string code;
  std::string detail;  ///< one sentence with the remedy
};

/// A part of the keys, and where to go on.
struct ScanPage {
  std::string cursor;  ///< `0`: that was the last part
  std::vector<std::string> keys;
};

/// Commands without a reply yet.
struct Strain {
  std::size_t waiting = 0;
  std::optional<SteadyPoint> since;  ///< when the oldest of them was given out; nullopt: none waits
};

class Client {
 public:
  Client(io::Loop& loop, Location location);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Starts connecting and keeps the connections up until stop().
  void start();
  /// Fails what waits, closes, completes when nothing of it runs any more.
  io::Task<> stop();
  /// Everything can be reached. Cluster: every slot has a master and all of them are connected.
  bool connected() const noexcept;
  /// Something can be reached. Cluster: at least one master; commands for the others fail as unavailable.
  bool partly_connected() const noexcept;
  /// Completes when connected, or false after `limit`.
  io::Task<bool> wait_connected(Millis limit);
  /// Called when connected() has become true or false.
  void on_change(std::function<void(bool connected)> callback);
  /// Why connected() is false; empty when it is true. For /health and logs.
  const std::string& last_error() const noexcept;

  /// Sends a command. An error reply becomes an Error: `unavailable` for LOADING, BUSY, READONLY, OOM,
  /// MASTERDOWN, MISCONF, CLUSTERDOWN, TRYAGAIN, NOREPLICAS (nothing was done), `protocol` otherwise; its
  /// detail is the reply's text. Without a key, every master of a cluster is asked: one reply, or the first
  /// error.
  io::Task<Result<Reply>> command(std::vector<std::string> arguments);

  /// EVALSHA with `keys` and `arguments`; on NOSCRIPT loads the script and repeats once. All keys are in one
  /// slot.
  io::Task<Result<Reply>> eval(const Script& script, std::vector<std::string> keys,
                               std::vector<std::string> arguments);
  /// The same, and then waits until `replicas` replicas of the server that ran it have what it wrote, until
  /// `limit` after the call; of none (0) nothing is awaited. Requires a key. Errors: also outcome_unknown
  /// when fewer confirmed it in time.
  io::Task<Result<Reply>> eval_replicated(const Script& script, std::vector<std::string> keys,
                                          std::vector<std::string> arguments, int replicas, Millis limit);

  /// Starts many without waiting for each: the replies in order of the commands (for reads across shards).
  io::Task<std::vector<Result<Reply>>> pipeline(std::vector<std::vector<std::string>> commands);

  /// A part of the keys like `pattern` on all masters, from `cursor` (`0`: the beginning) on; at least each
  /// key that was there all the time, maybe more than once. Errors: as command().
  io::Task<Result<ScanPage>> scan(std::string cursor, std::string pattern, std::size_t count);

  /// Writes on every master. Errors: as command(), of the first that refuses.
  io::Task<Result<void>> probe();

  /// Looks at the servers as at start: version, AOF, eviction policy, replica, write access. Errors as
  /// command().
  io::Task<Result<std::vector<Warning>>> inspect();

  /// How much the servers have to do; of a cluster the master that answers fastest, because one that is slow
  /// alone does not keep the others from serving.
  Strain strain() const;
  /// What share of its `maxmemory` a server uses, 0 without that limit; of a cluster the fullest master's.
  /// Errors: as command().
  io::Task<Result<double>> memory_share();

  /// Redis's clock minus ours, sampled by inspect() (the largest difference); nullopt before the first
  /// sample.
  std::optional<Millis> clock_offset() const noexcept;

 private:
  std::shared_ptr<Backend> backend_;
};

}  // namespace recado::redis
