#include "support/redis_processes.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <fstream>

#include "base/crypto.hpp"
#include "redis/encoder.hpp"
#include "redis/inspect.hpp"
#include "redis/reply_reader.hpp"

namespace recado::test {

using redis::Reply;

namespace {

constexpr unsigned kLowestPort = 10'000;  // with the bus still below what the system gives to clients
constexpr unsigned kPorts = 12'000;
constexpr int kBusOffset = 10'000;

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

bool is_free(int port) {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(port);
  const bool free = ::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  ::close(descriptor);
  return free;
}

std::uint16_t free_port() {
  while (true) {
    std::array<unsigned char, 2> bytes{};
    random_bytes(bytes);
    const int port = static_cast<int>(kLowestPort + (bytes[0] * 256U + bytes[1]) % kPorts);
    if (is_free(port) && is_free(port + kBusOffset)) return static_cast<std::uint16_t>(port);
  }
}

const SystemClock& machine_clock() {
  static const SystemClock machine;
  return machine;
}

void pause() {
  ::poll(nullptr, 0, 10);
}

}  // namespace

bool eventually(const std::function<bool()>& condition) {
  const SteadyPoint until = machine_clock().steady() + Millis{30'000};
  while (!condition()) {
    if (machine_clock().steady() > until) return false;
    pause();
  }
  return true;
}

Reply ask(std::uint16_t port, const std::vector<std::string>& words) {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval limit{5, 0};
  ::setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
  const sockaddr_in address = loopback(port);
  redis::ReplyReader reader;
  Reply reply;
  if (::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) {
    std::string command;
    redis::append_command(command, words);
    ::send(descriptor, command.data(), command.size(), MSG_NOSIGNAL);
    while (true) {
      char bytes[16'384];
      const ssize_t got = ::recv(descriptor, bytes, sizeof(bytes), 0);
      if (got <= 0) break;
      reader.feed(std::string_view(bytes, static_cast<std::size_t>(got)));
      auto next = reader.next();
      if (!next) break;
      if (!next->has_value()) continue;
      reply = std::move(**next);
      break;
    }
  }
  ::close(descriptor);
  return reply;
}

// --- one server

TcpRedis::TcpRedis(std::vector<std::string> arguments, Kind kind, const Certificates* tls)
    : arguments_(std::move(arguments)) {
  if (kind == Kind::sentinel) {
    // It keeps its state there, and comes first.
    std::ofstream(dir_.path() + "/sentinel.conf") << "\n";
    arguments_.insert(arguments_.begin(), {"sentinel.conf", "--sentinel"});
  }
  if (tls != nullptr) {
    const auto more = tls->redis_arguments();
    arguments_.insert(arguments_.end(), more.begin(), more.end());
    arguments_.insert(arguments_.end(), {"--tls-replication", "yes"});
  }
  do {
    kill();
    port_ = free_port();
    if (tls != nullptr) tls_port_ = free_port();
  } while (!try_start());  // somebody else may take the port in between
}

bool TcpRedis::try_start() {
  redis::ChildOptions options;
  options.program = "/usr/bin/redis-server";
  options.directory = dir_.path();
  options.output_file = dir_.path() + "/redis.log";
  options.arguments = arguments_;
  const std::vector<std::string> more = {"--port", std::to_string(port_), "--bind", "127.0.0.1"};
  options.arguments.insert(options.arguments.end(), more.begin(), more.end());
  if (tls_port_ != 0) {
    options.arguments.insert(options.arguments.end(), {"--tls-port", std::to_string(tls_port_)});
  }
  const auto started = redis::start_child(options);
  if (!started.ok()) return false;
  pid_ = *started;
  bool ended = false;
  eventually([&] {
    ended = ::waitpid(pid_, nullptr, WNOHANG) == pid_;
    return ended || serves();
  });
  if (ended) pid_ = -1;
  return !ended;
}

bool TcpRedis::serves() const {
  return info("process_id") == std::to_string(pid_) && ask({"PING"}).text() == "PONG";
}

std::string TcpRedis::info(const std::string& field) const {
  const Reply reply = ask({"INFO"});
  return std::string(redis::info_field(reply.text(), field));
}

void TcpRedis::start() {
  ASSERT_TRUE(try_start());
}

void TcpRedis::kill() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

// --- a cluster

RedisCluster::RedisCluster(std::size_t masters, std::size_t replicas, const Certificates* tls) : tls_(tls) {
  for (std::size_t i = 0; i < masters; ++i) masters_.push_back(node());
  for (std::size_t i = 0; i < masters * replicas; ++i) replicas_.push_back(node());
  for (std::size_t i = 0; i < masters; ++i) {
    const std::size_t first = 16'384 * i / masters;
    const std::size_t last = 16'384 * (i + 1) / masters - 1;
    masters_[i]->ask({"CLUSTER", "ADDSLOTSRANGE", std::to_string(first), std::to_string(last)});
    // Or two of them may begin with the same one, and settle it later.
    masters_[i]->ask({"CLUSTER", "SET-CONFIG-EPOCH", std::to_string(i + 1)});
  }
  for (const TcpRedis* one : all()) meet(*one);
  EXPECT_TRUE(eventually([this] { return all_know_all(); }));
  for (std::size_t i = 0; i < replicas_.size(); ++i) {
    const std::string id(masters_[i / replicas]->ask({"CLUSTER", "MYID"}).text());
    EXPECT_EQ(replicas_[i]->ask({"CLUSTER", "REPLICATE", id}).text(), "OK");
  }
  EXPECT_TRUE(wait_complete());
}

std::unique_ptr<TcpRedis> RedisCluster::node() {
  std::vector<std::string> arguments{"--cluster-enabled",
                                     "yes",
                                     "--cluster-node-timeout",
                                     "1000",
                                     "--save",
                                     "",
                                     "--repl-diskless-sync-delay",
                                     "0",
                                     "--cluster-allow-replica-migration",
                                     "no",
                                     "--repl-ping-replica-period",
                                     "1"};
  if (tls_ != nullptr) arguments.insert(arguments.end(), {"--tls-cluster", "yes"});
  return std::make_unique<TcpRedis>(std::move(arguments), TcpRedis::Kind::server, tls_);
}

std::vector<const TcpRedis*> RedisCluster::all() const {
  std::vector<const TcpRedis*> out;
  for (const auto& one : masters_) out.push_back(one.get());
  for (const auto& one : replicas_) out.push_back(one.get());
  return out;
}

void RedisCluster::meet(const TcpRedis& node) {
  masters_.front()->ask({"CLUSTER", "MEET", "127.0.0.1", std::to_string(node.service_port())});
}

bool RedisCluster::all_know_all() const {
  const auto nodes = all();
  for (const TcpRedis* one : nodes) {
    const Reply reply = one->ask({"CLUSTER", "NODES"});
    const std::string_view text = reply.text();
    const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
    if (lines != nodes.size() || text.find("handshake") != std::string_view::npos) return false;
  }
  return true;
}

bool RedisCluster::wait_complete() {
  return eventually([&] {
    for (const TcpRedis* one : all()) {
      const Reply reply = one->ask({"CLUSTER", "INFO"});
      const std::string_view state = redis::info_field(reply.text(), "cluster_state");
      const std::string_view size = redis::info_field(reply.text(), "cluster_slots_ok");
      if (state != "ok" || size != "16384") return false;
    }
    return std::all_of(replicas_.begin(), replicas_.end(),
                       [](const auto& one) { return one->info("master_link_status") == "up"; });
  });
}

std::string RedisCluster::url() const {
  std::string url = tls_ != nullptr ? "rediss+cluster://" : "redis+cluster://";
  for (const TcpRedis* one : all()) url += (url.ends_with('/') ? "" : ",") + one->address();
  return tls_ != nullptr ? url + "?ca_file=" + tls_->file("ca.pem") : url;
}

TcpRedis& RedisCluster::owner(std::uint16_t slot) {
  const Reply map = masters_.front()->ask({"CLUSTER", "SLOTS"});
  for (std::size_t i = 0; i < map.size(); ++i) {
    if (slot < map[i][0].integer() || slot > map[i][1].integer()) continue;
    for (const auto& one : masters_) {
      if (one->port() == map[i][2][1].integer()) return *one;
    }
  }
  return *masters_.front();
}

TcpRedis& RedisCluster::other_than(const TcpRedis& one) {
  return &one == masters_[0].get() ? *masters_[1] : *masters_[0];
}

TcpRedis& RedisCluster::join() {
  masters_.push_back(node());
  meet(*masters_.back());
  EXPECT_TRUE(eventually([this] { return all_know_all(); }));
  EXPECT_TRUE(wait_complete());  // it serves nothing before it is sure of the others
  return *masters_.back();
}

void RedisCluster::begin_move(std::uint16_t slot, TcpRedis& from, TcpRedis& to) {
  const std::string number = std::to_string(slot);
  const std::string from_id(from.ask({"CLUSTER", "MYID"}).text());
  const std::string to_id(to.ask({"CLUSTER", "MYID"}).text());
  EXPECT_EQ(to.ask({"CLUSTER", "SETSLOT", number, "IMPORTING", from_id}).text(), "OK");
  EXPECT_EQ(from.ask({"CLUSTER", "SETSLOT", number, "MIGRATING", to_id}).text(), "OK");
}

void RedisCluster::move_keys(std::uint16_t slot, TcpRedis& from, TcpRedis& to) {
  while (true) {
    const Reply keys = from.ask({"CLUSTER", "GETKEYSINSLOT", std::to_string(slot), "10"});
    if (keys.size() == 0) return;
    std::vector<std::string> command = {"MIGRATE", "127.0.0.1", std::to_string(to.service_port()), "", "0",
                                        "5000",    "KEYS"};
    for (std::size_t i = 0; i < keys.size(); ++i) command.emplace_back(keys[i].text());
    const Reply moved = from.ask(command);
    ASSERT_NE(moved.kind(), redis::ReplyKind::error) << moved.text();
  }
}

void RedisCluster::end_move(std::uint16_t slot, TcpRedis& from, TcpRedis& to) {
  const std::string to_id(to.ask({"CLUSTER", "MYID"}).text());
  const std::vector<std::string> command = {"CLUSTER", "SETSLOT", std::to_string(slot), "NODE", to_id};
  EXPECT_EQ(to.ask(command).text(), "OK");
  EXPECT_EQ(from.ask(command).text(), "OK");
  for (const auto& one : masters_) one->ask(command);
}

void RedisCluster::move(std::uint16_t slot, TcpRedis& from, TcpRedis& to) {
  begin_move(slot, from, to);
  move_keys(slot, from, to);
  end_move(slot, from, to);
}

// --- sentinels

RedisWithSentinels::RedisWithSentinels(std::size_t replicas, const Certificates* tls) : tls_(tls) {
  const std::vector<std::string> arguments = {
      "--save", "", "--repl-diskless-sync-delay", "0", "--repl-ping-replica-period", "1"};
  for (std::size_t i = 0; i <= replicas; ++i) {
    servers.push_back(std::make_unique<TcpRedis>(arguments, TcpRedis::Kind::server, tls));
  }
  for (std::size_t i = 1; i <= replicas; ++i) {
    servers[i]->ask({"REPLICAOF", "127.0.0.1", std::to_string(servers[0]->service_port())});
  }
  for (std::size_t i = 1; i <= replicas; ++i) {
    EXPECT_TRUE(eventually([&] { return servers[i]->info("master_link_status") == "up"; }));
  }
  const std::string master_port = std::to_string(servers[0]->service_port());
  for (int i = 0; i < 3; ++i) {
    sentinels.push_back(
        std::make_unique<TcpRedis>(std::vector<std::string>(), TcpRedis::Kind::sentinel, tls));
    sentinels.back()->ask({"SENTINEL", "MONITOR", "mymaster", "127.0.0.1", master_port, "2"});
    // Two that begin at the same moment may each promote a replica, one after the other: only the first
    // begins.
    if (i > 0) sentinels.back()->ask({"SENTINEL", "SET", "mymaster", "quorum", "4"});
    sentinels.back()->ask({"SENTINEL", "SET", "mymaster", "down-after-milliseconds", "1000"});
    sentinels.back()->ask({"SENTINEL", "SET", "mymaster", "failover-timeout", "4000"});
  }
  // They would find each other in their own good time.
  for (const auto& one : sentinels) {
    const std::string id(one->ask({"SENTINEL", "MYID"}).text());
    const std::string hello = "127.0.0.1," + std::to_string(one->service_port()) + "," + id +
                              ",0,mymaster,127.0.0.1," + master_port + ",0";
    for (const auto& other : sentinels) {
      if (other != one) other->ask({"PUBLISH", "__sentinel__:hello", hello});
    }
  }
  const std::string expected = "slaves=" + std::to_string(replicas) + ",sentinels=3";
  for (const auto& one : sentinels) {
    EXPECT_TRUE(eventually([&] { return one->info("master0").ends_with(expected); })) << one->info("master0");
  }
}

std::string RedisWithSentinels::url() const {
  std::string url = tls_ != nullptr ? "rediss+sentinel://" : "redis+sentinel://";
  for (const auto& one : sentinels) url += (url.ends_with('/') ? "" : ",") + one->address();
  url += "/mymaster";
  return tls_ != nullptr ? url + "?ca_file=" + tls_->file("ca.pem") : url;
}

TcpRedis& RedisWithSentinels::master() {
  const Reply address = sentinels[0]->ask({"SENTINEL", "GET-MASTER-ADDR-BY-NAME", "mymaster"});
  for (const auto& one : servers) {
    if (std::to_string(one->service_port()) == address[1].text()) return *one;
  }
  return *servers[0];
}

}  // namespace recado::test
