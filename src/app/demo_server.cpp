#include "app/demo_server.hpp"

#include <sys/wait.h>

#include <csignal>
#include <fstream>
#include <sstream>

#include "app/data_dir.hpp"
#include "base/json.hpp"
#include "redis/child_process.hpp"

namespace recado::app {
namespace {

constexpr Millis kLook{10};
constexpr Millis kStartsWithin{15'000};
constexpr std::size_t kMostBytes = 64 << 10;

/// A member of one of the log's lines; empty when it is not there.
std::string member(std::string_view line, std::string_view name) {
  const auto document = json::parse(line);
  if (!document || document->kind != json::Kind::object) return {};
  const auto members = json::members(*document);
  if (!members) return {};
  for (const auto& found : *members) {
    if (found.key != name) continue;
    auto text = json::as_string(found.value);
    return text ? std::move(text).value() : std::string();
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<DemoServer>> DemoServer::create(io::Loop& loop, std::string folder) {
  auto policy = net::AddressPolicy::create({"127.0.0.0/8"});
  if (!policy) return policy.error();
  std::unique_ptr<DemoServer> server(new DemoServer(loop, std::move(folder), std::move(*policy)));
  if (auto built = server->build(); !built) return built.error();
  return server;
}

DemoServer::DemoServer(io::Loop& loop, std::string folder, net::AddressPolicy policy)
    : loop_(loop), folder_(std::move(folder)), policy_(std::move(policy)) {}

Result<void> DemoServer::build() {
  auto resolver = net::Resolver::create(loop_, {});
  if (!resolver) return resolver.error();
  resolver_ = std::move(*resolver);
  auto client = net::HttpClient::create(loop_, policy_, *resolver_, net::HttpClientLimits(), "");
  if (!client) return client.error();
  client_ = std::move(*client);
  return {};
}

DemoServer::~DemoServer() {
  kill();
}

io::Task<Result<void>> DemoServer::start() {
  redis::ChildOptions options;
  options.program = "/proc/self/exe";
  options.arguments = {"serve",      "--api-host", "127.0.0.1",    "--api-port", "0",
                       "--data-dir", "data",       "--log-format", "json",       "--webhook-allow-networks",
                       "127.0.0.0/8"};
  options.directory = folder_;  // no .env there
  options.output_file = folder_ + "/serve.log";
  url_.clear();
  complaint_.clear();
  client_->close_idle();
  const auto started = redis::start_child(options);
  if (!started) co_return started.error();
  child_ = *started;
  co_return co_await wait_until_healthy();
}

io::Task<Result<void>> DemoServer::wait_until_healthy() {
  const SteadyPoint until = loop_.clock().steady() + kStartsWithin;
  while (loop_.clock().steady() < until) {
    const bool alive = running();
    read_log();
    if (!alive) {
      co_return Error(ErrorCode::io,
                      "the server ended: " + (complaint_.empty() ? "its log says nothing" : complaint_));
    }
    if (!url_.empty()) {
      const auto answer = co_await request("GET", "/health", "");
      if (answer.ok()) co_return Result<void>();
    }
    co_await loop_.sleep(kLook);
  }
  co_return Error(ErrorCode::io, "the server did not become healthy within " +
                                     format_duration(kStartsWithin) +
                                     (complaint_.empty() ? "" : ": " + complaint_));
}

/// Learns from the log where the server listens, and what it complains about.
void DemoServer::read_log() {
  std::ifstream file(folder_ + "/serve.log");
  file.seekg(static_cast<std::streamoff>(log_read_));
  std::string line;
  while (std::getline(file, line) && !file.eof()) {
    log_read_ += line.size() + 1;
    if (const auto url = member(line, "url"); !url.empty()) url_ = url;
    if (member(line, "level") != "ERROR") {
      // A refused setting is said in a plain line.
      if (line.starts_with("recado: ")) complaint_ = line.substr(8);
      continue;
    }
    complaint_ = member(line, "event");
    for (const char* why : {"reason", "why"}) {
      if (const auto reason = member(line, why); !reason.empty()) complaint_ += ": " + reason;
    }
  }
}

bool DemoServer::running() {
  if (child_ > 0 && ::waitpid(child_, nullptr, WNOHANG) != 0) child_ = -1;
  return child_ > 0;
}

void DemoServer::kill() {
  if (!running()) return;
  ::kill(child_, SIGKILL);
  ::waitpid(child_, nullptr, 0);
  child_ = -1;
}

io::Task<> DemoServer::stop(Millis grace) {
  if (running()) ::kill(child_, SIGTERM);
  const SteadyPoint until = loop_.clock().steady() + grace;
  while (running() && loop_.clock().steady() < until) co_await loop_.sleep(kLook);
  kill();
}

io::Task<Result<std::string>> DemoServer::request(std::string method, std::string path, std::string body) {
  auto url = net::parse_url(url_ + path);
  if (!url) co_return url.error();
  if (token_.empty()) {
    auto token = DataDir::read_secret(folder_ + "/data/token");
    if (!token) co_return token.error();
    token_ = std::move(*token);
  }
  net::HttpRequest request;
  request.url = std::move(*url);
  request.method = std::move(method);
  request.headers.emplace_back("Authorization", "Bearer " + std::string(token_.reveal()));
  request.headers.emplace_back("Content-Type", "application/json");
  request.body = std::move(body);
  request.timeout = Millis{5'000};
  request.max_response_bytes = kMostBytes;
  auto response = co_await client_->send(std::move(request));
  if (response.error != net::SendError::none)
    co_return Error(ErrorCode::unavailable, std::move(response.detail));
  if (response.status < 200 || response.status > 299) {
    co_return Error(ErrorCode::protocol,
                    path + " answered " + std::to_string(response.status) + ": " + response.body);
  }
  co_return std::move(response.body);
}

}  // namespace recado::app
