// A server on a loop in a thread of its own, with a few routes that tests need.
#pragma once

#include <functional>
#include <future>
#include <memory>
#include <thread>

#include "base/metrics.hpp"
#include "http/server.hpp"
#include "io/tls.hpp"

namespace recado::http::testing {

/// Routes: GET /hello · POST /echo (the body back; a registration) · POST /small (at most 10 bytes) · GET
/// /items/{id} (its id) · POST /text (text/plain only) · POST /ignore (body ignored) · GET /secret (read
/// scope) · GET /open (open, vital) · GET /throw · GET /throw-other · GET /status-zero · GET /empty (204) ·
/// GET /large (1 MiB) · GET /static (1 MiB) · GET /headers · GET /wait (until release()) · GET /cached · POST
/// /count (how many bytes came, taken as they arrive) · POST /first (the first piece, of more) · GET /numbers
/// (made in pieces) · GET /broken (an error in the middle of it). With `authorise`, everything but /open
/// needs `Authorization: Bearer good`.
class RunningServer {
 public:
  explicit RunningServer(ServerOptions options = ServerOptions(), bool authorise = false,
                         io::TlsServer* tls = nullptr);
  ~RunningServer();

  std::uint16_t port() const noexcept { return server_->port(); }
  /// Lets one waiting (or the next) /wait go on.
  void release();
  /// Completes when a handler of /wait has begun since the last call.
  void await_waiting();
  /// Runs `function` while the loop stands still.
  void hold(const std::function<void()>& function);
  /// Begins to drain; the future completes with it.
  std::shared_future<void> drain(Millis grace);
  void stop(Millis grace = Millis{5000});
  /// The metrics page, read on the loop.
  std::string metrics();

 private:
  void add_routes();

  SystemClock clock_;
  io::Loop loop_{clock_};
  Metrics metrics_;
  Router router_;
  io::WakeEvent gate_{loop_};
  std::promise<void> waiting_;
  std::string large_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<io::TaskGroup> tasks_;
  std::shared_future<void> drained_;  ///< the loop ends after it
  std::thread thread_;
};

/// Options for any free port on loopback.
ServerOptions test_options();
/// A TCP socket that listens on a free port of loopback, as a service manager would hand it over.
int listening_socket();

}  // namespace recado::http::testing
