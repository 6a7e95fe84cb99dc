// Real redis-servers on loopback TCP ports: alone, as a cluster, as a master with replicas and sentinels.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "redis/harness.hpp"
#include "redis/reply.hpp"
#include "support/certificates.hpp"

namespace recado::test {

using redis::testing::TempDir;

/// Asks the server on a port of loopback, waiting for the reply; nil when it cannot be reached.
redis::Reply ask(std::uint16_t port, const std::vector<std::string>& words);
/// Repeats `condition` until it holds; false when it does not within 30 s.
bool eventually(const std::function<bool()>& condition);

/// A redis-server of the test's own, on a free port whose number plus 10,000 is free too (a cluster's bus).
class TcpRedis {
 public:
  enum class Kind { server, sentinel };
  /// With `tls`: it also serves a port by TLS, and speaks TLS to others of its kind.
  explicit TcpRedis(std::vector<std::string> arguments = {}, Kind kind = Kind::server,
                    const Certificates* tls = nullptr);
  ~TcpRedis() { kill(); }
  TcpRedis(const TcpRedis&) = delete;
  TcpRedis& operator=(const TcpRedis&) = delete;

  /// The one without TLS, where this test asks.
  std::uint16_t port() const noexcept { return port_; }
  /// The one that its clients and the others use.
  std::uint16_t service_port() const noexcept { return tls_port_ != 0 ? tls_port_ : port_; }
  std::string address() const { return "127.0.0.1:" + std::to_string(service_port()); }
  redis::Reply ask(const std::vector<std::string>& words) const { return test::ask(port_, words); }
  std::string info(const std::string& field) const;

  /// kill -9, waits for its end.
  void kill();
  /// Again, on the same port and directory.
  void start();
  void freeze() const { ::kill(pid_, SIGSTOP); }
  void thaw() const { ::kill(pid_, SIGCONT); }

 private:
  bool try_start();
  bool serves() const;

  TempDir dir_;
  std::vector<std::string> arguments_;
  std::uint16_t port_ = 0;
  std::uint16_t tls_port_ = 0;  ///< 0: no TLS
  pid_t pid_ = -1;
};

/// Masters that share all slots evenly, each with `replicas` replicas; complete when the constructor returns.
class RedisCluster {
 public:
  /// `tls`, when given, outlives it: clients, the bus and replication then use TLS.
  RedisCluster(std::size_t masters, std::size_t replicas, const Certificates* tls = nullptr);

  std::string url() const;
  TcpRedis& master(std::size_t index) { return *masters_[index]; }
  /// The master that has a slot now, by its own word.
  TcpRedis& owner(std::uint16_t slot);
  /// Another master than that one.
  TcpRedis& other_than(const TcpRedis& one);
  /// A master without slots, known to the others.
  TcpRedis& join();

  /// Moving a slot as redis-cli does, in three steps.
  void begin_move(std::uint16_t slot, TcpRedis& from, TcpRedis& to);
  void move_keys(std::uint16_t slot, TcpRedis& from, TcpRedis& to);
  void end_move(std::uint16_t slot, TcpRedis& from, TcpRedis& to);
  void move(std::uint16_t slot, TcpRedis& from, TcpRedis& to);

  /// Every node says that the cluster serves, and every replica follows.
  bool wait_complete();

 private:
  std::unique_ptr<TcpRedis> node();
  void meet(const TcpRedis& node);
  bool all_know_all() const;
  std::vector<const TcpRedis*> all() const;

  const Certificates* tls_;
  std::vector<std::unique_ptr<TcpRedis>> masters_, replicas_;
};

/// A master named `mymaster`, replicas that follow it, and three sentinels that watch them.
class RedisWithSentinels {
 public:
  /// `tls`, when given, outlives it: clients, sentinels and replication then use TLS.
  explicit RedisWithSentinels(std::size_t replicas, const Certificates* tls = nullptr);
  RedisWithSentinels(const RedisWithSentinels&) = delete;
  RedisWithSentinels& operator=(const RedisWithSentinels&) = delete;

  std::string url() const;
  /// Who the sentinels say is the master.
  TcpRedis& master();
  std::vector<std::unique_ptr<TcpRedis>> servers;
  std::vector<std::unique_ptr<TcpRedis>> sentinels;

 private:
  const Certificates* tls_;
};

}  // namespace recado::test
