#include "chaos/world.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

namespace recado::chaos {

namespace {

constexpr const char* kSigningSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

void expect(bool holds, const std::string& what) {
  if (!holds) throw std::runtime_error(what);
}

}  // namespace

// --- a node

Node::Node(e2e::Environment environment, std::string name)
    : environment_(std::move(environment)), name_(std::move(name)) {
  environment_.try_emplace("DATA_DIR", directory_.path() + "/data");
}

void Node::start() {
  if (child_) former_output_ += child_->output();
  std::vector<std::string> arguments = {e2e::recado_binary(), "serve"};
  child_ = std::make_unique<e2e::Child>(std::move(arguments), environment_, directory_.path());
  const auto listening = child_->wait_output("recado is listening");
  expect(listening.has_value(), name_ + " does not start:\n" + child_->output());
  const auto url = child_->wait_output("127.0.0.1:");
  port_ = static_cast<std::uint16_t>(std::atoi(url->c_str() + 10));
}

bool Node::wait_healthy(Millis limit) {
  return e2e::eventually([this] { return ask("GET", "/health").status == 200 || !running(); }, limit) &&
         running();
}

void Node::kill() {
  child_->signal(SIGKILL);
  child_->wait();
  port_ = 0;
}

int Node::stop() {
  child_->signal(SIGTERM);
  const int status = child_->wait();
  port_ = 0;
  return status;
}

e2e::Answer Node::ask(std::string_view method, std::string_view path, std::string_view body) const {
  const std::uint16_t port = port_;
  if (port == 0) return {};
  std::string request = std::string(method) + " " + std::string(path) + " HTTP/1.1\r\nHost: x\r\n" +
                        "Authorization: Bearer " + e2e::kToken + "\r\n";
  if (!body.empty()) {
    request += "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
  }
  request.append("\r\n").append(body);
  return http::testing::Client(port).ask(request, method == "HEAD");
}

std::string Node::output() const {
  return former_output_ + (child_ ? child_->output() : std::string());
}

// --- all of it

World::World(const WorldOptions& options, Ledger& ledger, const std::vector<PlannedMessage>& plan)
    : options_(options), ledger_(ledger) {
  sink_ = std::make_unique<Sink>(ledger, plan, kSigningSecret);
  e2e::Environment environment = {{"PATH", "/usr/bin:/bin"},
                                  {"API_PORT", "0"},
                                  {"API_TOKEN", e2e::kToken},
                                  {"WEBHOOK_SIGNING_SECRET", kSigningSecret},
                                  {"WEBHOOK_ALLOW_NETWORKS", "127.0.0.0/8"},
                                  {"DRAIN_TIMEOUT", "6s"},
                                  {"LOG_LEVEL", "DEBUG"}};
  for (const char* name : {"ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"}) {
    if (const char* value = std::getenv(name)) environment[name] = value;
  }
  if (options.names) {
    dns_ = std::make_unique<test::DnsServer>([this](const auto& question) { return answer_name(question); });
    environment["DNS_SERVERS"] = dns_->address();
  }
  if (options.turned_clock) {
    const std::string file = directory_.path() + "/clock";
    const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    expect(fd >= 0 && ::ftruncate(fd, sizeof *shift_) == 0, "no file for the clock");
    void* memory = ::mmap(nullptr, sizeof *shift_, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    ::close(fd);
    expect(memory != MAP_FAILED, "the clock's file cannot be mapped");
    shift_ = static_cast<std::int64_t*>(memory);
    environment["CLOCK_SHIFT_FILE"] = file;
    environment["LD_PRELOAD"] = CHAOS_CLOCK_SHIFT;
    environment["ASAN_OPTIONS"] += ":verify_asan_link_order=0";
  }
  if (options.small_disk) {
    auto small = std::make_unique<SmallDisk>();
    expect(!small->path().empty(), small->why_not());
    environment["DATA_DIR"] = small->path() + "/data";
    disk_ = std::move(small);
  }
  std::string redis_program = "/usr/bin/redis-server";
  if (options.full_disk) {
    auto refusing = std::make_unique<RefusingDisk>();
    redis_program = refusing->program();
    environment["PATH"] = refusing->search_path() + ":/usr/bin:/bin";
    disk_ = std::move(refusing);
  }
  if (options.sentinel) {
    start_sentinel();
    environment["REDIS_URL"] = "redis+sentinel://127.0.0.1:" + std::to_string(sentinel_port_) + "/chaos";
    environment["REDIS_MIN_REPLICAS"] = "1";
  } else if (!options.private_redis) {
    server_ = std::make_unique<redis::testing::Server>(
        std::vector<std::string>{"--appendonly", "yes", "--appendfsync",
                                 options.every_second ? "everysec" : "always"},
        redis_program);
  }
  for (unsigned i = 0; i < options.nodes; ++i) {
    if (server_ && !options.sentinel) {
      proxies_.push_back(std::make_unique<RedisProxy>(server_->dir() + "/redis.sock"));
      environment["REDIS_URL"] = "redis://127.0.0.1:" + std::to_string(proxies_.back()->port());
    }
    nodes_.push_back(std::make_unique<Node>(environment, "node " + std::to_string(i + 1)));
    nodes_.back()->start();
  }
  for (auto& node : nodes_)
    expect(node->wait_healthy(), node->name() + " is not healthy:\n" + node->output());
}

World::~World() {
  nodes_.clear();
  if (shift_ != nullptr) ::munmap(shift_, sizeof *shift_);
}

std::string World::redis_directory() const {
  if (replica_) return master() == 0 ? server_->dir() : replica_->dir();
  return server_ ? server_->dir() : nodes_.front()->data_dir();
}

pid_t World::redis_pid() const {
  if (replica_) return master() == 0 ? server_->pid() : replica_->pid();
  if (server_) return server_->pid();
  return std::atoi(e2e::read_file(redis_directory() + "/redis.pid").c_str());
}

std::string World::redis_command(std::vector<std::string> words) const {
  return e2e::redis_command(redis_directory(), std::move(words));
}

void World::start_redis() {
  server_->kill(SIGKILL);  // and waits for its end, if it is not known yet
  server_->start();
}

void World::wipe_redis_files() {
  std::error_code ignored;
  std::filesystem::remove_all(redis_directory() + "/appendonlydir", ignored);
}

void World::redis_configuration(const std::string& name, const std::string& value) {
  redis_command({"CONFIG", "SET", name, value});
}

void World::step_clock(Millis shift) {
  ClockStep step;
  step.shift = shift.count() * kMilli;
  step.at = e2e::clock().now_ns();
  ledger_.clock_step(step);
  __atomic_store_n(shift_, step.shift, __ATOMIC_SEQ_CST);
}

std::vector<std::string> World::answer_name(const test::DnsQuestion& question) const {
  constexpr unsigned kServerFailure = 0x8182;
  constexpr unsigned kNoSuchName = 0x8183;
  const unsigned last = address_;
  const bool v4 = question.type == 1;
  switch (names_.load()) {
    case Names::answer:
      break;
    case Names::server_failure:
      return {test::DnsServer::answer(question, {}, 1, kServerFailure)};
    case Names::no_such_name:
      return {test::DnsServer::answer(question, {}, 1, kNoSuchName)};
    case Names::silence:
      return {};
    case Names::garbage:
      return {question.id + "\xff\xff\xff garbage"};
  }
  std::vector<std::string> addresses;
  if (v4) addresses.push_back(std::string{127, 0, 0, static_cast<char>(last)});
  return {test::DnsServer::answer(question, addresses, 1)};
}

}  // namespace recado::chaos
