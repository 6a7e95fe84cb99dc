// One serving node: every part built, started and stopped in its order.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "api/api.hpp"
#include "app/data_dir.hpp"
#include "app/outbound.hpp"
#include "app/pressure.hpp"
#include "auth/access.hpp"
#include "auth/login.hpp"
#include "auth/token_store.hpp"
#include "base/config.hpp"
#include "base/metrics.hpp"
#include "engine/engine.hpp"
#include "http/server.hpp"
#include "io/loop.hpp"
#include "io/tls.hpp"
#include "messaging/messaging.hpp"
#include "redis/client.hpp"
#include "redis/private_server.hpp"

namespace recado::app {

/// The webhook channel once the signing secret is known; until then nothing can be sent. (The secret may have
/// to be read from, or made in, a Redis that is still away.)
class SigningChannel final : public engine::Channel {
 public:
  void set(std::unique_ptr<engine::Channel> channel) { channel_ = std::move(channel); }
  Result<net::HttpRequest> request(const engine::Message& message, std::uint32_t attempt,
                                   Instant now) const override;
  engine::Outcome outcome(const net::HttpResponse& response, Instant started, Instant now) const override;

 private:
  std::unique_ptr<engine::Channel> channel_;
};

class Node {
 public:
  /// Opens DATA_DIR, checks what can be checked without Redis. Errors: configuration.
  static Result<std::unique_ptr<Node>> create(Options options);
  ~Node();

  /// Serves until SIGTERM or SIGINT, then drains. Returns the exit code.
  int run();

 private:
  explicit Node(Options options, DataDir data_dir);
  Result<void> build();
  Result<void> load_secrets();

  http::ServerOptions server_options() const;
  Result<void> open_server();
  io::Task<> open_door();

  io::Task<> start();
  io::Task<> watch_redis();
  io::Task<Result<std::string>> signing_secret();
  io::Task<> keep_signing_secret();
  io::Task<> wait_for_signals();
  io::Task<> reload_at_hangup();
  io::Task<> drain();
  io::Task<> feed_watchdog();
  void fail(const Error& error);
  void announce() const;

  Options options_;
  DataDir data_dir_;
  SystemClock clock_;
  io::Loop loop_;
  io::TaskGroup tasks_;
  Metrics metrics_;
  SigningChannel channel_;
  std::string token_file_;  ///< where the token is, when it is ours
  std::unique_ptr<Outbound> outbound_;
  std::unique_ptr<redis::PrivateServer> private_redis_;
  std::unique_ptr<redis::Client> redis_;
  std::unique_ptr<auth::TokenStore> tokens_;
  std::unique_ptr<auth::Access> access_;
  std::unique_ptr<auth::UserStore> users_;
  std::unique_ptr<auth::Login> login_;
  std::unique_ptr<messaging::Messaging> messaging_;
  std::unique_ptr<engine::Engine> engine_;
  std::unique_ptr<api::Api> api_;
  http::Router router_;
  std::unique_ptr<io::TlsServer> tls_;
  std::unique_ptr<Pressure> pressure_;
  std::unique_ptr<http::Server> server_;
  io::WakeEvent started_{loop_};  ///< Redis was reached and the engine runs
  bool inherited_socket_ = false;
  int exit_code_ = 0;
  bool stopping_ = false;
  Secret shared_secret_;  ///< what we sign with when it is Redis that keeps it
};

}  // namespace recado::app
