// The listener and its sessions: HTTP/1.1 by RFC 9112 over Beast's parser.
//
// Keep-alive, pipelining (answers in order), chunked bodies, `Expect: 100-continue`, HTTP/1.0, optional TLS.
// Refusals in API.md's order. A header must be complete `header_timeout` after its first byte, a body
// `body_timeout` after that (408); idle connections close after `idle_timeout`. An exception from a handler
// is logged and answered 500. Every wait ends in order: the end is said and what the peer still sends is read
// for a moment, so that an answer is not lost to a reset.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/metrics.hpp"
#include "http/load.hpp"
#include "http/router.hpp"
#include "io/loop.hpp"
#include "io/tls.hpp"

namespace recado::http {

struct ServerOptions {
  std::string host = "127.0.0.1";         ///< address literal or a name such as `localhost`
  std::uint16_t port = 8000;              ///< 0: any free port
  std::string host_setting = "API_HOST";  ///< what errors call them
  std::string port_setting = "API_PORT";
  std::size_t max_header_bytes = 16 * 1024;
  std::size_t max_body_bytes = 1 << 20;
  Millis header_timeout{10'000};
  Millis body_timeout{30'000};
  Millis idle_timeout{75'000};
  Millis write_timeout{30'000};
  /// While draining, a connection without a request is given this long to send one (which is answered, with
  /// `Connection: close`) before it is closed.
  Millis drain_idle_timeout{1'000};
  std::size_t max_connections = 16'384;  ///< more make the longest idle one go, or are answered 503
  LoadLimits limits;
  OverloadProbe overload;                    ///< null: there is none
  std::vector<std::string> allowed_origins;  ///< CORS; empty: no CORS headers; `*`: any
  /// Other processes of this user that ask for the same may listen on the same address (SO_REUSEPORT).
  bool reuse_port = false;
  std::string reuse_port_setting;  ///< named as a remedy when the port is taken; empty: there is none
  /// Sockets inherited by socket activation (LISTEN_FDS); then host and port are not used.
  std::vector<int> inherited_sockets;
};

class Server {
 public:
  /// `router` and `tls` (null: plain) must outlive the server.
  Server(io::Loop& loop, ServerOptions options, const Router& router, io::TlsServer* tls, Metrics& metrics);
  ~Server();

  /// Binds and listens. Errors: configuration, naming both settings and the reason (in use by …).
  Result<void> listen();
  std::uint16_t port() const noexcept;
  /// Accepts until drain().
  void start();
  /// Serves what waits to be accepted (an inherited socket's queue is left to who shares it), then stops
  /// accepting. Requests in flight, and those that idle connections still send within `drain_idle_timeout`,
  /// are answered with `Connection: close`, up to `grace`; then the rest is closed.
  io::Task<> drain(Millis grace);

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace recado::http
