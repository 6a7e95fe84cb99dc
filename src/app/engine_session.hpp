// Redis and the engine for a command that runs beside a serving recado, or without one. Nothing is claimed or
// delivered here: what such a command registers waits in the due set for whoever serves.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "app/data_dir.hpp"
#include "app/node.hpp"
#include "app/outbound.hpp"
#include "base/config.hpp"
#include "base/error.hpp"
#include "base/metrics.hpp"
#include "engine/engine.hpp"
#include "io/loop.hpp"
#include "redis/client.hpp"
#include "redis/private_server.hpp"

namespace recado::app {

class EngineSession {
 public:
  enum class Missing { make, refuse };  ///< what to do about a DATA_DIR that is not there

  /// `options` and `loop` must outlive it.
  EngineSession(io::Loop& loop, const Options& options);
  ~EngineSession();
  EngineSession(const EngineSession&) = delete;
  EngineSession& operator=(const EngineSession&) = delete;

  /// Reaches the Redis that the options name, else the private one: of the recado that runs on DATA_DIR, or
  /// one that is started here, under DATA_DIR's lock, until close(). Errors: configuration, unavailable, io.
  io::Task<Result<void>> open(Missing missing);
  /// After open(), whatever it said.
  io::Task<> close();

  /// After open() succeeded.
  engine::Engine& engine() noexcept { return *engine_; }
  redis::Client& redis() noexcept { return *redis_; }

 private:
  io::Task<Result<redis::Location>> find_redis(Missing missing);
  Result<void> build_engine();

  io::Loop& loop_;
  const Options& options_;
  Metrics metrics_;
  SigningChannel channel_;  ///< stays without a secret: nothing is sent
  std::optional<DataDir> data_dir_;
  std::unique_ptr<Outbound> outbound_;
  std::unique_ptr<redis::PrivateServer> private_redis_;
  std::unique_ptr<redis::Client> redis_;
  std::unique_ptr<engine::Engine> engine_;
};

/// A command that is carried out in a session, on a loop of its own.
class SessionCommand {
 public:
  explicit SessionCommand(const Options& options)
      : options_(options), tasks_(loop_), session_(loop_, options) {}
  virtual ~SessionCommand() = default;
  SessionCommand(const SessionCommand&) = delete;
  SessionCommand& operator=(const SessionCommand&) = delete;

  /// Runs it to its end, says what went wrong, and returns the exit code. `name`: a literal.
  int run(const char* name);

 protected:
  /// Opens the session; it is closed afterwards.
  virtual io::Task<Result<void>> carry_out() = 0;

  const Options& options_;
  SystemClock clock_;
  io::Loop loop_{clock_};
  io::TaskGroup tasks_;
  EngineSession session_;
  int exit_code_ = 0;

 private:
  io::Task<> work();
};

/// Starts `client` and waits until its server answers: up to 10 s for a connection, and 60 s more while it
/// loads its file. Errors: unavailable, naming `endpoint`.
io::Task<Result<void>> connect(io::Loop& loop, redis::Client& client, const redis::Location& location);

}  // namespace recado::app
