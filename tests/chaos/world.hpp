// The processes of a round: nodes, their Redis, the network between them, the receiver, a name server, a
// disk.
//
// Started and stopped from one thread (a child ends with the thread that started it); clients only read
// ports.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "chaos/disk.hpp"
#include "chaos/ledger.hpp"
#include "chaos/redis_proxy.hpp"
#include "chaos/sink.hpp"
#include "end_to_end/harness.hpp"
#include "net/dns_server.hpp"

namespace recado::chaos {

struct WorldOptions {
  unsigned nodes = 1;
  bool private_redis = true;  ///< else a redis-server of the test's own, each node behind a proxy of its own
  bool sentinel = false;      ///< a master, a replica and a sentinel; REDIS_MIN_REPLICAS=1. Not private_redis
  bool names = false;         ///< the fragile receiver is known by name
  bool turned_clock = false;  ///< the nodes' wall clock can be stepped
  bool every_second = false;  ///< own Redis syncs its file once a second. Not sentinel
  bool full_disk = false;     ///< Redis's disk can be full, as far as Redis can tell. Not sentinel
  bool small_disk = false;    ///< DATA_DIR on a disk that can be filled; where mounting is allowed
};

/// One recado process; started again under the same name.
class Node {
 public:
  Node(e2e::Environment environment, std::string name);

  void start();
  bool wait_healthy(Millis limit = e2e::kPatience);
  void signal(int number) { child_->signal(number); }
  /// SIGKILL, and its end.
  void kill();
  /// SIGTERM; the exit status.
  int stop();
  bool running() { return child_ && child_->running(); }
  /// 0 while it is away.
  std::uint16_t port() const noexcept { return port_; }
  const std::string& name() const noexcept { return name_; }
  std::string data_dir() const { return environment_.at("DATA_DIR"); }
  /// One request; status 0 when there was no answer.
  e2e::Answer ask(std::string_view method, std::string_view path, std::string_view body = "") const;
  /// Of all its lives.
  std::string output() const;

 private:
  e2e::Environment environment_;
  std::string name_;
  e2e::TempDir directory_;
  std::unique_ptr<e2e::Child> child_;
  std::string former_output_;
  std::atomic<std::uint16_t> port_{0};
};

class World {
 public:
  World(const WorldOptions& options, Ledger& ledger, const std::vector<PlannedMessage>& plan);
  ~World();

  std::vector<std::unique_ptr<Node>>& nodes() { return nodes_; }
  Node& node(std::size_t i) { return *nodes_[i % nodes_.size()]; }
  RedisProxy& proxy(std::size_t i) { return *proxies_[i % proxies_.size()]; }
  Sink& sink() { return *sink_; }
  Ledger& ledger() { return ledger_; }
  const WorldOptions& options() const noexcept { return options_; }

  /// Where a fragile message goes.
  std::string fragile_url() const { return sink_->fragile_url(options_.names ? "sink.test" : "127.0.0.1"); }

  // --- Redis, whoever runs it
  std::string redis_directory() const;
  pid_t redis_pid() const;
  std::string redis_command(std::vector<std::string> words) const;
  /// Own Redis only; a private one is started again by its node.
  void start_redis();
  void wipe_redis_files();
  void redis_configuration(const std::string& name, const std::string& value);

  // --- the sentinel and its two servers
  /// The server that the sentinel calls master, by number; 0 or 1.
  std::size_t master() const;
  redis::testing::Server& redis(std::size_t i) { return i == 0 ? *server_ : *replica_; }
  void fail_over();
  /// Whether the master has its replica, in step.
  bool replicated() const;

  // --- the name server
  enum class Names { answer, server_failure, no_such_name, silence, garbage };
  void names_say(Names what) { names_ = what; }
  void name_points_to(unsigned last_byte) { address_ = last_byte; }

  // --- the clock
  void step_clock(Millis shift);
  /// What can be filled.
  Disk& disk() { return *disk_; }

 private:
  void start_sentinel();
  std::string ask_sentinel(std::vector<std::string> words) const;
  std::vector<std::string> answer_name(const test::DnsQuestion& question) const;

  WorldOptions options_;
  Ledger& ledger_;
  e2e::TempDir directory_;
  std::unique_ptr<Disk> disk_;
  std::unique_ptr<redis::testing::Server> server_, replica_;
  std::unique_ptr<e2e::Child> sentinel_;
  std::uint16_t redis_ports_[2] = {0, 0};
  std::uint16_t sentinel_port_ = 0;
  std::vector<std::unique_ptr<RedisProxy>> proxies_;
  std::unique_ptr<test::DnsServer> dns_;
  std::atomic<Names> names_{Names::answer};
  std::atomic<unsigned> address_{1};
  std::unique_ptr<Sink> sink_;
  std::int64_t* shift_ = nullptr;  ///< the mapped file that the nodes' clocks read
  std::vector<std::unique_ptr<Node>> nodes_;
};

}  // namespace recado::chaos
