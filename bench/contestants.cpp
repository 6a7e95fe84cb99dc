#include "contestants.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <set>
#include <sstream>
#include <stdexcept>

#include "cpu.hpp"
#include "http/test_client.hpp"
#include "load/generator.hpp"
#include "registrations.hpp"
#include "support/ports.hpp"

namespace recado::bench {

namespace {

constexpr Millis kStart{60'000};

/// Whether something listens there.
bool listens(std::uint16_t port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool good = ::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(socket);
  return good;
}

}  // namespace

const char* to_string(Fsync fsync) noexcept {
  return fsync == Fsync::everysec ? "everysec" : "always";
}

std::string find_program(const std::string& name) {
  std::stringstream folders("/usr/bin:/bin:/usr/local/bin:" + std::string(std::getenv("PATH") ?: ""));
  for (std::string folder; std::getline(folders, folder, ':');) {
    const std::string path = folder + "/" + name;
    if (::access(path.c_str(), X_OK) == 0) return path;
  }
  return {};
}

std::vector<std::string> present(const Settings& settings, const std::vector<std::string>& names) {
  static std::set<std::string> told;
  std::vector<std::string> out;
  for (const auto& name : names) {
    if (!settings.has(name)) continue;
    std::string missing;
    if (name == kBullmq) {
      if (!std::filesystem::exists(settings.npm + "/node_modules/bullmq"))
        missing = settings.npm + "/node_modules";
      if (find_program("node").empty()) missing = "node";
    }
    if (name == kSeed && !std::filesystem::exists("/usr/lib/python3/dist-packages/apscheduler"))
      missing = "python3-apscheduler";
    if (missing.empty()) {
      out.push_back(name);
    } else if (told.insert(name).second) {
      std::fprintf(stderr, "%s is not measured: %s is not there\n", name.c_str(), missing.c_str());
    }
  }
  return out;
}

Redis::Redis(Fsync fsync) {
  child_ = std::make_unique<e2e::Child>(
      std::vector<std::string>{"/usr/bin/redis-server", "--port", "0", "--unixsocket", "redis.sock", "--save",
                               "", "--appendonly", "yes", "--appendfsync", to_string(fsync),
                               "--auto-aof-rewrite-percentage", "0", "--daemonize", "no"},
      e2e::Environment{}, directory_.path());
  if (!child_->wait_output("eady to accept connections"))
    throw std::runtime_error("redis-server does not start: " + child_->output());
}

std::string Redis::command(std::vector<std::string> words) const {
  return e2e::redis_command(directory_.path(), std::move(words));
}

double Redis::info(const std::string& field) const {
  const std::string all = command({"INFO"});
  const auto at = all.find("\n" + field + ":");
  return at == std::string::npos ? 0 : std::atof(all.c_str() + at + field.size() + 2);
}

Node::Node(const std::string& contestant, const Settings& settings, const Redis& redis,
           const e2e::Environment& more)
    : port_(test::free_port()) {
  environment_ = {{"PATH", "/usr/bin:/bin"}, {"API_TOKEN", kToken}, {"HOME", directory_.path()}};
  if (contestant == kRecado) {
    arguments_ = {RECADO_BINARY, "serve"};
    environment_["API_PORT"] = std::to_string(port_);
    environment_["DATA_DIR"] = directory_.path() + "/data";
    environment_["REDIS_URL"] = "unix://" + redis.socket();
    environment_["WEBHOOK_ALLOW_NETWORKS"] = "127.0.0.0/8";
  } else if (contestant == kBullmq) {
    arguments_ = {find_program("node"), settings.peers + "/bullmq/service.js"};
    environment_["NODE_PATH"] = settings.npm + "/node_modules";
    environment_["PORT"] = std::to_string(port_);
    environment_["REDIS_SOCKET"] = redis.socket();
    environment_["NODE_ENV"] = "production";
  } else {
    arguments_ = {"/usr/bin/python3", settings.peers + "/apscheduler/service.py"};
    environment_["API_PORT"] = std::to_string(port_);
    environment_["REDIS_SOCKET"] = redis.socket();
  }
  for (const auto& [name, value] : more) environment_[name] = value;
}

void Node::start() {
  child_ = std::make_unique<e2e::Child>(arguments_, environment_, directory_.path());
}

bool Node::healthy() const {
  if (!listens(port_)) return false;
  return http::testing::Client(port_).ask(http::testing::get("/health")).status == 200;
}

void Node::wait_healthy() {
  const SteadyPoint until = e2e::clock().steady() + kStart;
  while (!healthy()) {
    if (!child_->running() || e2e::clock().steady() > until)
      throw std::runtime_error(arguments_[0] + " does not serve: " + child_->output());
    e2e::wait_until(e2e::now() + Millis{1});
  }
}

void Node::kill() {
  child_->signal(SIGKILL);
  child_->wait();
}

Service::Service(std::string contestant, const Settings& settings, Fsync fsync, std::size_t nodes,
                 e2e::Environment more)
    : name_(std::move(contestant)),
      ahead_(settings.pick<Millis>(Millis{1'500}, Millis{1'500}, Millis{200})),
      redis_(fsync) {
  for (std::size_t i = 0; i < nodes; ++i) {
    nodes_.push_back(std::make_unique<Node>(name_, settings, redis_, more));
    nodes_.back()->start();
    nodes_.back()->wait_healthy();
  }
}

std::vector<std::uint16_t> Service::ports() const {
  std::vector<std::uint16_t> out;
  for (const auto& node : nodes_) out.push_back(node->port());
  return out;
}

double Service::cpu() const {
  double sum = 0;
  for (const auto& node : nodes_) sum += cpu_seconds(node->pid());
  return sum;
}

double Service::redis_cpu() const {
  return cpu_seconds(redis_.pid());
}

double Service::warm_up(Millis duration) {
  Registrations requests(Shape{.ids = ids_of(name_)}, far_future());
  load::Generator generator(ports(), 64, [&requests] { return requests.next(); });
  const load::Tally tally = generator.run(duration, 0);
  return static_cast<double>(tally.accepted_in_time) / tally.seconds;
}

}  // namespace recado::bench
