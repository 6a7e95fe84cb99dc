#include "end_to_end/harness.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace recado::e2e {

const Clock& clock() {
  static const SystemClock machine;
  return machine;
}

Instant now() {
  return clock().now();
}

std::string utc(Instant t) {
  return format_time_z(t);
}

void wait_until(Instant t) {
  std::mutex mutex;
  std::condition_variable never;
  std::unique_lock lock(mutex);
  while (now() < t) never.wait_for(lock, t - now());
}

bool eventually(const std::function<bool()>& condition, Millis limit) {
  const SteadyPoint until = clock().steady() + limit;
  while (!condition()) {
    if (clock().steady() >= until) return false;
    wait_until(now() + Millis{10});
  }
  return true;
}

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream contents;
  contents << in.rdbuf();
  return contents.str();
}

void write_file(const std::string& path, std::string_view contents) {
  std::ofstream(path, std::ios::binary) << contents;
}

namespace {

std::optional<json::Raw> find(std::string_view json, std::string_view path) {
  const auto root = json::parse(json);
  if (!root) return std::nullopt;
  json::Raw value = *root;
  while (!path.empty()) {
    const std::string_view step = path.substr(0, path.find('.'));
    path.remove_prefix(std::min(path.size(), step.size() + 1));
    bool found = false;
    if (value.kind == json::Kind::array) {
      const auto elements = json::elements(value);
      const std::size_t index = std::stoul(std::string(step));
      found = elements.ok() && index < elements->size();
      if (found) value = (*elements)[index];
    } else if (value.kind == json::Kind::object) {
      const auto members = json::members(value);
      for (std::size_t i = 0; members.ok() && !found && i < members->size(); ++i) {
        found = (*members)[i].key == step;
        if (found) value = (*members)[i].value;
      }
    }
    if (!found) return std::nullopt;
  }
  return value;
}

}  // namespace

std::string member(std::string_view json, std::string_view path) {
  const auto value = find(json, path);
  if (!value) return {};
  const auto text = json::as_string(*value);
  return text ? *text : std::string(value->text);
}

std::size_t length_of(std::string_view json, std::string_view path) {
  const auto value = find(json, path);
  if (!value) return 0;
  const auto elements = json::elements(*value);
  return elements ? elements->size() : 0;
}

// --- the destination
// ----------------------------------------------------------------------------------------------------------

std::string Arrival::header(const std::string& name) const {
  const auto found = request.headers.find(name);
  return found == request.headers.end() ? "" : found->second;
}

Sink::Sink(Script script) : script_(std::move(script)) {
  receiver_ =
      std::make_unique<test::Receiver>([this](test::Receiver::Connection& connection) { serve(connection); });
}

Sink::~Sink() {
  receiver_->stop();
}

void Sink::serve(test::Receiver::Connection& connection) {
  while (auto request = connection.read_request()) {
    Arrival arrival;
    arrival.at_ns = clock().now_ns();
    arrival.request = std::move(*request);
    {
      const std::lock_guard lock(mutex_);
      arrivals_.push_back(arrival);
      changed_.notify_all();
    }
    const Reply reply = script_ ? script_(arrival) : Reply();
    if (!connection.answer(reply.status, reply.body, reply.headers)) return;
  }
}

std::vector<Arrival> Sink::arrivals() const {
  const std::lock_guard lock(mutex_);
  return arrivals_;
}

std::size_t Sink::count() const {
  const std::lock_guard lock(mutex_);
  return arrivals_.size();
}

std::vector<Arrival> Sink::wait(std::size_t count, Millis limit) const {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, limit, [this, count] { return arrivals_.size() >= count; });
  return arrivals_;
}

std::vector<Arrival> Sink::wait_at(std::string_view path, std::size_t count, Millis limit) const {
  std::vector<Arrival> found;
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, limit, [&] {
    found.clear();
    for (const auto& arrival : arrivals_) {
      if (arrival.request.target == path) found.push_back(arrival);
    }
    return found.size() >= count;
  });
  return found;
}

std::map<std::string, int> Sink::wait_ids(std::size_t count, Millis limit) const {
  std::map<std::string, int> ids;
  std::size_t seen = 0;
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, limit, [&] {
    for (; seen < arrivals_.size(); ++seen) ++ids[arrivals_[seen].message_id()];
    return ids.size() >= count;
  });
  return ids;
}

// --- the binary
// ---------------------------------------------------------------------------------------------------------------

namespace {

/// Opened without O_CLOEXEC on the child's side only.
struct Pipe {
  Pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe can be made");
    read = ends[0];
    write = ends[1];
  }
  int read, write;
};

}  // namespace

Child::Child(std::vector<std::string> arguments, const Environment& environment,
             const std::string& directory) {
  std::vector<std::string> variables;
  for (const auto& [name, value] : environment) variables.push_back(name + "=" + value);
  std::vector<char*> argv, envp;
  for (auto& argument : arguments) argv.push_back(argument.data());
  for (auto& variable : variables) envp.push_back(variable.data());
  argv.push_back(nullptr);
  envp.push_back(nullptr);
  const Pipe out, err;
  pid_ = ::fork();
  if (pid_ < 0) throw std::runtime_error("no process can be made");
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int none = ::open("/dev/null", O_RDONLY);
    ::dup2(none, STDIN_FILENO);
    ::dup2(out.write, STDOUT_FILENO);
    ::dup2(err.write, STDERR_FILENO);
    if (::chdir(directory.c_str()) == 0) ::execve(argv[0], argv.data(), envp.data());
    ::_exit(127);
  }
  ::close(out.write);
  ::close(err.write);
  process_ = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
  readers_[0] = std::thread([this, descriptor = out.read] { collect(descriptor, true); });
  readers_[1] = std::thread([this, descriptor = err.read] { collect(descriptor, false); });
}

Child::~Child() {
  if (!status_) {
    ::kill(pid_, SIGKILL);
    wait();
  }
  whole_standard_output();
  if (process_ >= 0) ::close(process_);
}

void Child::collect(int descriptor, bool standard_output) {
  char bytes[4096];
  while (true) {
    const ssize_t got = ::read(descriptor, bytes, sizeof bytes);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    const std::lock_guard lock(mutex_);
    output_.append(bytes, static_cast<std::size_t>(got));
    if (standard_output) standard_output_.append(bytes, static_cast<std::size_t>(got));
    changed_.notify_all();
  }
  ::close(descriptor);
  const std::lock_guard lock(mutex_);
  ++ended_outputs_;
  changed_.notify_all();
}

void Child::signal(int number) const {
  ::kill(pid_, number);
}

int Child::wait(Millis limit) {
  if (status_) return *status_;
  pollfd ended{process_, POLLIN, 0};
  const SteadyPoint until = clock().steady() + limit;
  while (true) {
    const auto left = std::chrono::ceil<Millis>(until - clock().steady());
    if (left <= Millis{0}) return -1;
    const int ready = ::poll(&ended, 1, static_cast<int>(left.count()));
    if (ready > 0) break;
    if (ready < 0 && errno != EINTR) return -1;
  }
  int status = 0;
  ::waitpid(pid_, &status, 0);
  status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return *status_;
}

bool Child::running() {
  if (status_) return false;
  pollfd ended{process_, POLLIN, 0};
  return ::poll(&ended, 1, 0) == 0;
}

std::string Child::output() const {
  const std::lock_guard lock(mutex_);
  return output_;
}

std::string Child::whole_standard_output() {
  for (auto& reader : readers_) {
    if (reader.joinable()) reader.join();
  }
  const std::lock_guard lock(mutex_);
  return standard_output_;
}

std::optional<std::string> Child::wait_output(std::string_view text, Millis limit) const {
  std::unique_lock lock(mutex_);
  std::size_t at = 0;
  bool found = false;
  changed_.wait_for(lock, limit, [&] {
    at = output_.find(text);
    found = at != std::string::npos && output_.find('\n', at) != std::string::npos;
    return found || ended_outputs_ == 2;
  });
  if (!found) return std::nullopt;
  return output_.substr(at, output_.find('\n', at) - at);
}

std::string recado_binary() {
  const char* const given = std::getenv("RECADO_BINARY");
  return given != nullptr && *given != '\0' ? given : RECADO_BINARY;
}

std::string memory_maps(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/maps");
  return {std::istreambuf_iterator<char>(file), {}};
}

Finished run_recado(std::vector<std::string> arguments, const Environment& environment,
                    const std::string& directory) {
  arguments.insert(arguments.begin(), recado_binary());
  Environment all = {{"PATH", "/usr/bin:/bin"}};
  for (const auto& [name, value] : environment) all[name] = value;
  Finished finished;
  auto child = std::make_unique<Child>(std::move(arguments), all, directory);
  finished.status = child->wait();
  finished.standard_output = child->whole_standard_output();
  finished.output = child->output();
  return finished;
}

std::string redis_command(const std::string& directory, std::vector<std::string> words) {
  const std::vector<std::string> client = {"/usr/bin/redis-cli", "-s", directory + "/redis.sock"};
  words.insert(words.begin(), client.begin(), client.end());
  Child child(std::move(words), {}, directory);
  if (child.wait() != 0) return {};
  std::string answer = child.whole_standard_output();
  while (answer.ends_with('\n')) answer.pop_back();
  return answer;
}

Recado::Recado(Environment environment, bool wait_for_health) {
  environment_ = {{"PATH", "/usr/bin:/bin"},
                  {"API_PORT", "0"},
                  {"API_TOKEN", kToken},
                  {"DATA_DIR", data_dir()},
                  {"WEBHOOK_ALLOW_NETWORKS", "127.0.0.0/8"}};
  for (const auto& [name, value] : environment) environment_[name] = value;
  start(wait_for_health);
}

void Recado::start(bool wait_for_health) {
  std::vector<std::string> arguments = {recado_binary(), "serve"};
  child_ = std::make_unique<Child>(std::move(arguments), environment_, directory_.path());
  ASSERT_TRUE(child_->wait_output("recado is listening")) << child_->output();
  const auto url = child_->wait_output("127.0.0.1:");
  ASSERT_TRUE(url) << child_->output();
  port_ = static_cast<std::uint16_t>(std::atoi(url->c_str() + 10));
  if (!wait_for_health) return;
  ASSERT_TRUE(wait_healthy()) << child_->output();
}

void Recado::kill() {
  child_->signal(SIGKILL);
  child_->wait();
}

void Recado::kill_with_redis() {
  const int redis = std::atoi(read_file(data_dir() + "/redis.pid").c_str());
  ASSERT_GT(redis, 0);
  ::kill(redis, SIGKILL);
  kill();
}

int Recado::terminate() {
  child_->signal(SIGTERM);
  return child_->wait();
}

bool Recado::wait_healthy(Millis limit) {
  return eventually([this] { return get("/health").status == 200 || !child_->running(); }, limit) &&
         child_->running();
}

Answer Recado::ask(std::string_view method, std::string_view path, std::string_view body,
                   std::string_view headers) const {
  std::string request = std::string(method) + " " + std::string(path) + " HTTP/1.1\r\nHost: x\r\n";
  if (headers.find("Authorization") == std::string_view::npos) {
    request.append("Authorization: Bearer ").append(environment_.at("API_TOKEN")).append("\r\n");
  }
  if (!body.empty()) {
    if (headers.find("Content-Type") == std::string_view::npos)
      request.append("Content-Type: application/json\r\n");
    request.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n");
  }
  request.append(headers).append("\r\n").append(body);
  return http::testing::Client(port_).ask(request, method == "HEAD");
}

std::string Recado::status_of(const std::string& id) const {
  return member(get("/messages/" + id).body, "status");
}

bool Recado::wait_status(const std::string& id, std::string_view status) const {
  return eventually([&] { return status_of(id) == status; });
}

std::string message(const std::string& id, Instant due, const std::string& url, const std::string& more) {
  return R"({"id":")" + id + R"(","scheduleTo":")" + utc(due) + R"(","payload":{"id":")" + id +
         R"("},"webhookUrl":")" + url + "\"" + more + "}";
}

std::string batch(const std::string& prefix, std::size_t count,
                  const std::function<Instant(std::size_t)>& due, const std::string& url,
                  const std::string& more) {
  std::string out = "[";
  for (std::size_t i = 0; i < count; ++i) {
    if (i > 0) out += ",";
    out += message(prefix + std::to_string(i), due(i), url, more);
  }
  return out + "]";
}

void expect_all_created(const Answer& answer, std::size_t count) {
  ASSERT_EQ(answer.status, 207) << answer.body;
  ASSERT_EQ(length_of(answer.body, "results"), count);
  std::size_t created = 0;
  for (std::size_t at = 0; (at = answer.body.find("\"status\":201", at)) != std::string::npos; ++at)
    ++created;
  EXPECT_EQ(created, count) << answer.body.substr(0, 2'000);
}

}  // namespace recado::e2e
