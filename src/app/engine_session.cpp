#include "app/engine_session.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <utility>

#include "app/commands.hpp"
#include "app/redis_location.hpp"
#include "base/log.hpp"

namespace recado::app {
namespace {

constexpr Millis kConnectLimit{10'000};
constexpr Millis kLoadLimit{60'000};
constexpr Millis kLoadPause{50};
constexpr Millis kRedisGrace{60'000};  ///< what was registered has to reach the file

Error refused(const std::string& path, const std::string& what) {
  return Error(ErrorCode::configuration, "DATA_DIR=" + path + ": " + what);
}

bool exists(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

/// Files that a Redis of ours would leave there could not be read by the recado they belong to.
Result<void> check_owner(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0 || status.st_uid == ::geteuid()) return {};
  return refused(
      path, "belongs to another user, and no recado runs on it; start that one, or run this as its user");
}

}  // namespace

EngineSession::EngineSession(io::Loop& loop, const Options& options) : loop_(loop), options_(options) {}

EngineSession::~EngineSession() = default;

io::Task<Result<void>> EngineSession::open(Missing missing) {
  auto location = co_await find_redis(missing);
  if (!location.ok()) co_return location.error();
  redis_ = std::make_unique<redis::Client>(loop_, *location);
  const auto built = build_engine();
  if (!built.ok()) co_return built.error();
  co_return co_await connect(loop_, *redis_, *location);
}

io::Task<Result<redis::Location>> EngineSession::find_redis(Missing missing) {
  if (options_.external_redis()) co_return external_redis_location(options_);
  const std::string& path = options_.data_dir;
  if (missing == Missing::refuse && !exists(path)) {
    co_return refused(path, "there is no such folder, so nothing is kept in it");
  }
  const auto owner = check_owner(path);
  auto ours = DataDir::open(path);
  if (!ours.ok()) {
    // Locked by the recado that runs there: its Redis is the one we want.
    std::error_code error;
    const std::string absolute = std::filesystem::canonical(path, error).string();
    auto running = redis::PrivateServer::endpoint_in(absolute);
    if (error || !exists(running.path)) co_return ours.error();
    co_return redis::Location(std::move(running));
  }
  if (!owner.ok()) co_return owner.error();
  data_dir_.emplace(std::move(ours).value());
  private_redis_ = std::make_unique<redis::PrivateServer>(loop_, data_dir_->path());
  const auto started = co_await private_redis_->start();
  if (!started.ok()) co_return started.error();
  co_return redis::Location(private_redis_->endpoint());
}

Result<void> EngineSession::build_engine() {
  auto outbound = Outbound::create(loop_, options_);
  if (!outbound.ok()) return outbound.error();
  outbound_ = std::move(outbound).value();
  engine::EngineOptions engine_options;
  engine_options.failure_callback_url = options_.failure_callback_url;
  engine_options.min_replicas = options_.redis_min_replicas;
  engine_ = engine::Engine::create(loop_, *redis_, *outbound_->client, channel_, metrics_,
                                   std::move(engine_options));
  return {};
}

io::Task<> EngineSession::close() {
  if (engine_) co_await engine_->drain(Millis{0});
  if (redis_) co_await redis_->stop();
  if (private_redis_) co_await private_redis_->stop(kRedisGrace);
}

io::Task<Result<void>> connect(io::Loop& loop, redis::Client& client, const redis::Location& location) {
  client.start();
  const std::string where = "Redis at " + location.describe();
  const bool connected = co_await client.wait_connected(kConnectLimit);
  if (!connected) {
    co_return Error(ErrorCode::unavailable, where + " cannot be reached: " + client.last_error());
  }
  const SteadyPoint began = loop.clock().steady();
  while (true) {
    std::vector<std::string> ping = {"PING"};
    const auto answer = co_await client.command(std::move(ping));
    if (answer.ok()) co_return Result<void>();
    if (loop.clock().steady() - began > kLoadLimit) {
      co_return Error(ErrorCode::unavailable, where + " does not serve: " + answer.error().detail());
    }
    co_await loop.sleep(kLoadPause);
  }
}

int SessionCommand::run(const char* name) {
  tasks_.spawn(name, work());
  loop_.run();
  return exit_code_;
}

io::Task<> SessionCommand::work() {
  const auto done = co_await carry_out();
  if (!done.ok()) exit_code_ = fail(done.error());
  co_await session_.close();
  loop_.stop();
}

}  // namespace recado::app
