// Real redis-servers on loopback TCP ports: alone, as a cluster, as a master with replicas and sentinels.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "redis/harness.hpp"
#include "redis/reply.hpp"

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
  explicit TcpRedis(std::vector<std::string> arguments = {}, Kind kind = Kind::server);
  ~TcpRedis() { kill(); }
  TcpRedis(const TcpRedis&) = delete;
  TcpRedis& operator=(const TcpRedis&) = delete;

  std::uint16_t port() const noexcept { return port_; }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
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
  pid_t pid_ = -1;
};

/// Masters that share all slots evenly, each with `replicas` replicas; complete when the constructor returns.
class RedisCluster {
 public:
  RedisCluster(std::size_t masters, std::size_t replicas);

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

  std::vector<std::unique_ptr<TcpRedis>> masters_, replicas_;
};

/// A master named `mymaster`, replicas that follow it, and three sentinels that watch them.
class RedisWithSentinels {
 public:
  explicit RedisWithSentinels(std::size_t replicas);
  RedisWithSentinels(const RedisWithSentinels&) = delete;
  RedisWithSentinels& operator=(const RedisWithSentinels&) = delete;

  std::string url() const;
  /// Who the sentinels say is the master.
  TcpRedis& master();
  std::vector<std::unique_ptr<TcpRedis>> servers;
  std::vector<std::unique_ptr<TcpRedis>> sentinels;
};

}  // namespace recado::test
