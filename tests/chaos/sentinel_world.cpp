// The part of a world that has a sentinel: a master and a replica on TCP, and who watches them.
#include "chaos/world.hpp"
#include "support/ports.hpp"

namespace recado::chaos {

namespace {

std::unique_ptr<redis::testing::Server> start_server(std::uint16_t& port, std::vector<std::string> more) {
  for (int attempt = 0; attempt < 5; ++attempt) {
    port = test::free_port();
    std::vector<std::string> arguments = {
        "--port", std::to_string(port),         "--bind", "127.0.0.1", "--appendonly", "yes", "--appendfsync",
        "always", "--repl-diskless-sync-delay", "0"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    auto server = std::make_unique<redis::testing::Server>(std::move(arguments));
    const auto answers = [&] { return e2e::redis_command(server->dir(), {"PING"}) == "PONG"; };
    if (e2e::eventually(answers, Millis{5'000})) return server;
  }
  throw std::runtime_error("no redis-server can be started");
}

}  // namespace

void World::start_sentinel() {
  server_ = start_server(redis_ports_[0], {});
  replica_ = start_server(redis_ports_[1], {"--replicaof", "127.0.0.1 " + std::to_string(redis_ports_[0])});
  for (int attempt = 0; attempt < 5 && sentinel_port_ == 0; ++attempt) {
    sentinel_port_ = test::free_port();
    const std::string file = directory_.path() + "/sentinel.conf";
    e2e::write_file(file, "bind 127.0.0.1\nport " + std::to_string(sentinel_port_) + "\ndir " +
                              directory_.path() + "\nsentinel monitor chaos 127.0.0.1 " +
                              std::to_string(redis_ports_[0]) +
                              " 1\nsentinel down-after-milliseconds chaos 800\n"
                              "sentinel failover-timeout chaos 4000\n");
    std::vector<std::string> arguments = {"/usr/bin/redis-server", file, "--sentinel"};
    const e2e::Environment environment = {{"PATH", "/usr/bin:/bin"}};
    sentinel_ = std::make_unique<e2e::Child>(std::move(arguments), environment, directory_.path());
    // It finds the replica by asking the master.
    const auto knows_both = [this] {
      return ask_sentinel({"SENTINEL", "REPLICAS", "chaos"}).find(std::to_string(redis_ports_[1])) !=
             std::string::npos;
    };
    if (!e2e::eventually(knows_both, Millis{15'000})) sentinel_port_ = 0;
  }
  if (sentinel_port_ == 0 || !e2e::eventually([this] { return replicated(); }))
    throw std::runtime_error("no sentinel can be started:\n" + sentinel_->output());
}

std::string World::ask_sentinel(std::vector<std::string> words) const {
  const std::vector<std::string> client = {"/usr/bin/redis-cli", "-p", std::to_string(sentinel_port_)};
  words.insert(words.begin(), client.begin(), client.end());
  e2e::Child child(std::move(words), {}, directory_.path());
  return child.wait() == 0 ? child.whole_standard_output() : std::string();
}

std::size_t World::master() const {
  const std::string address = ask_sentinel({"SENTINEL", "GET-MASTER-ADDR-BY-NAME", "chaos"});
  return address.find("\n" + std::to_string(redis_ports_[1]) + "\n") == std::string::npos ? 0 : 1;
}

void World::fail_over() {
  ask_sentinel({"SENTINEL", "FAILOVER", "chaos"});
}

bool World::replicated() const {
  const std::string state = redis_command({"INFO", "replication"});
  return state.find("role:master") != std::string::npos && state.find("state=online") != std::string::npos;
}

}  // namespace recado::chaos
