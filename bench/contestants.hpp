// Who is measured: Recado, and what users would pick instead. Each behind the same `POST /messages`, each
// with a redis-server of its own with the same settings, on a unix socket.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "end_to_end/harness.hpp"
#include "settings.hpp"

namespace recado::bench {

inline constexpr const char* kRecado = "recado";
inline constexpr const char* kBullmq = "bullmq";
inline constexpr const char* kSeed = "apscheduler";
inline constexpr const char* kToken = "bench-token";

enum class Fsync { everysec, always };
const char* to_string(Fsync fsync) noexcept;

/// redis-server with an append-only file, not rewritten while it is measured.
class Redis {
 public:
  explicit Redis(Fsync fsync);
  std::string socket() const { return directory_.path() + "/redis.sock"; }
  pid_t pid() const { return child_->pid(); }
  std::string command(std::vector<std::string> words) const;
  /// A field of INFO; 0 when it is not there.
  double info(const std::string& field) const;

 private:
  e2e::TempDir directory_;
  std::unique_ptr<e2e::Child> child_;
};

/// One process of a contestant, on a port that stays the same over restarts.
class Node {
 public:
  Node(const std::string& contestant, const Settings& settings, const Redis& redis,
       const e2e::Environment& more);
  void start();
  /// Until GET /health says 200. Throws with the process's output when it ends or takes longer than a minute.
  void wait_healthy();
  /// SIGKILL, and waits for its end.
  void kill();
  std::uint16_t port() const noexcept { return port_; }
  pid_t pid() const { return child_->pid(); }

 private:
  bool healthy() const;

  e2e::TempDir directory_;
  std::vector<std::string> arguments_;
  e2e::Environment environment_;
  std::uint16_t port_;
  std::unique_ptr<e2e::Child> child_;
};

/// A contestant with its Redis, serving.
class Service {
 public:
  Service(std::string contestant, const Settings& settings, Fsync fsync, std::size_t nodes = 1,
          e2e::Environment more = {});

  const std::string& name() const noexcept { return name_; }
  Redis& redis() { return redis_; }
  Node& node(std::size_t index = 0) { return *nodes_[index]; }
  std::vector<std::uint16_t> ports() const;
  /// Of its own processes, without Redis.
  double cpu() const;
  double redis_cpu() const;
  /// Registrations that are never due during the bench, for so long over 64 connections: compiled code,
  /// loaded scripts, open connections for everybody. Answers how many a second were taken.
  double warm_up(Millis duration);
  /// So long before messages are due they have to be registered, to be claimed like any others: nodes claim a
  /// second ahead.
  Millis ahead() const noexcept { return ahead_; }

 private:
  std::string name_;
  Millis ahead_;
  Redis redis_;
  std::vector<std::unique_ptr<Node>> nodes_;
};

/// Those of `names` that are to be measured and whose programs are here; says once which are not.
std::vector<std::string> present(const Settings& settings, const std::vector<std::string>& names);

/// The whole path of a program, empty when there is none.
std::string find_program(const std::string& name);

}  // namespace recado::bench
