// The Redis client: RESP2 over an io stream (hiredis as the reply codec), all commands of a loop turn in one
// write.
//
// One connection, pipelined: replies come in the order of commands. Loop thread only. A command completes
// with the server's reply or with an Error:
//   unavailable      not connected, or surely never written: nothing happened on the server
//   outcome_unknown  written, but the connection ended or kReplyTimeout passed before the reply: may have
//   happened protocol         an error reply; `Reply::is_error` is not used for these, see CommandResult
// Reconnects by itself: at once, then with a backoff of at most one second, for as long as it lives.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/secret.hpp"
#include "io/loop.hpp"

struct redisReply;

namespace recado::redis {

/// No reply for this long: the connection is given up and everything waiting on it ends as outcome_unknown.
inline constexpr Millis kReplyTimeout{1500};

enum class ReplyKind { nil, integer, status, bulk, array, error };

/// A reply that owns its tree; views into it live as long as it does. Children are borrowed.
class Reply {
 public:
  Reply() = default;
  explicit Reply(redisReply* owned);
  Reply(Reply&&) noexcept = default;
  Reply& operator=(Reply&&) noexcept = default;

  ReplyKind kind() const noexcept;
  bool is_nil() const noexcept { return kind() == ReplyKind::nil; }
  /// 0 unless an integer (or a bulk that reads as one).
  std::int64_t integer() const noexcept;
  /// Bytes of a bulk, status or error reply; empty otherwise.
  std::string_view text() const noexcept;
  /// Elements of an array; 0 otherwise.
  std::size_t size() const noexcept;
  /// Borrowed child; a nil reply when out of range.
  Reply operator[](std::size_t index) const noexcept;

 private:
  struct Deleter {
    void operator()(redisReply* reply) const noexcept;
  };
  std::shared_ptr<redisReply> root_;  ///< keeps the tree
  redisReply* node_ = nullptr;
};

/// Prefixes of error replies, told apart in one place.
enum class RedisErrorKind {
  other,
  noscript,
  loading,
  busy,
  readonly,
  oom,
  wrongtype,
  noauth,
  moved,
  ask,
  tryagain,
  clusterdown,
  masterdown,
  misconf,
  noreplicas
};
RedisErrorKind classify(std::string_view error_text) noexcept;

/// A Lua script with a name; its SHA1 is computed once. `source` lives as long as the program.
class Script {
 public:
  Script(std::string name, std::string source);
  const std::string& name() const noexcept { return name_; }
  const std::string& source() const noexcept { return source_; }
  const std::string& sha1() const noexcept { return sha1_; }

 private:
  std::string name_, source_, sha1_;
};

/// Where and how to connect.
struct Endpoint {
  enum class Transport { tcp, tls, unix_socket };
  Transport transport = Transport::tcp;
  std::string host = "127.0.0.1";  ///< TCP and TLS; a name is resolved at every connect
  std::uint16_t port = 6379;
  std::string path;  ///< unix socket
  std::string user;  ///< empty: `default`
  Secret password;
  int database = 0;
  std::string ca_file;  ///< rediss: `?ca_file=`; empty: the system's store

  /// For logs: without the password, with the user.
  std::string describe() const;
  /// `redis://[user:pass@]host[:port][/db]`, `rediss://…`, `unix://[user:pass@]/path[?db=n]`;
  /// percent-decoding in user, password and path. Errors: configuration, naming REDIS_URL and what is
  /// accepted, never the password.
  static Result<Endpoint> parse(std::string_view url);
};

struct Warning {
  std::string code;    ///< `aof_off`, `everysec`, `eviction`, `replica`, `version`, `no_write`, `clock`
  std::string detail;  ///< one sentence with the remedy
};

class Client {
 public:
  Client(io::Loop& loop, Endpoint endpoint);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Starts connecting and keeps the connection up until stop().
  void start();
  /// Fails what waits, closes, completes when nothing of it runs any more.
  io::Task<> stop();
  bool connected() const noexcept;
  /// Completes when connected, or false after `limit`.
  io::Task<bool> wait_connected(Millis limit);
  /// Called after every (re)connection (authenticated, database selected, scripts loaded), and at every loss.
  void on_change(std::function<void(bool connected)> callback);
  /// Why the last attempt to connect failed; empty when connected. For /health and logs.
  const std::string& last_error() const noexcept;

  /// Sends a command. An error reply becomes an Error: `unavailable` for LOADING, BUSY, READONLY, OOM,
  /// MASTERDOWN, MISCONF, CLUSTERDOWN, NOREPLICAS (nothing was done), `protocol` otherwise; its detail is the
  /// reply's text.
  io::Task<Result<Reply>> command(std::vector<std::string> arguments);

  /// EVALSHA with `keys` and `arguments`; on NOSCRIPT loads the script and repeats once.
  io::Task<Result<Reply>> eval(const Script& script, std::vector<std::string> keys,
                               std::vector<std::string> arguments);

  /// Starts many without waiting for each: the replies in order of the commands (for reads across shards).
  io::Task<std::vector<Result<Reply>>> pipeline(std::vector<std::vector<std::string>> commands);

  /// Looks at the server as at start: version, AOF, eviction policy, replica, write access. Errors as
  /// command().
  io::Task<Result<std::vector<Warning>>> inspect();

  /// Redis's clock minus ours, sampled by inspect(); nullopt before the first sample.
  std::optional<Millis> clock_offset() const noexcept;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace recado::redis
