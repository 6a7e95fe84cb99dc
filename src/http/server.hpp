// The listener and its sessions: HTTP/1.1 by RFC 9112 over Beast's parser.
//
// Keep-alive, pipelining (answers in order), chunked bodies, `Expect: 100-continue`, HTTP/1.0, optional TLS.
// Refusals in API.md's order. A header must be complete `header_timeout` after its first byte, a body
// `body_timeout` after that (408); idle connections close after `idle_timeout`. An exception from a handler
// is logged and answered 500.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/metrics.hpp"
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
  std::vector<std::string> allowed_origins;  ///< CORS; empty: no CORS headers; `*`: any
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
  /// Stops accepting, ends idle connections, lets requests in flight finish (answers carry `Connection:
  /// close`) up to `grace`, then closes the rest.
  io::Task<> drain(Millis grace);

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace recado::http
