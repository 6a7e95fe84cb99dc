// From an Endpoint to an open stream: name resolution, TCP with keepalive, TLS, unix sockets.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "io/stream.hpp"
#include "io/tls.hpp"
#include "redis/endpoint.hpp"

namespace recado::redis {

/// A server that does not answer within this is tried again later: resolving, connecting and TLS, each.
inline constexpr Millis kConnectLimit{2000};

/// Loop thread only; one open() at a time. Must outlive its open().
class Connector {
 public:
  Connector(io::Loop& loop, const Endpoint& endpoint) : loop_(loop), endpoint_(endpoint) {}

  /// The stream, or null with one sentence in `why`.
  io::Task<std::unique_ptr<io::Stream>> open(std::string& why);
  /// Makes the open() under way fail soon.
  void abort() noexcept;

 private:
  using Addresses = std::vector<boost::asio::ip::tcp::endpoint>;
  io::Task<std::unique_ptr<io::Stream>> open_unix(std::string& why);
  io::Task<std::unique_ptr<io::Stream>> open_tcp(std::string& why);
  io::Task<std::unique_ptr<io::Stream>> secure(std::unique_ptr<io::Stream> plain, std::string& why);
  io::Task<Addresses> resolve(std::string& why);

  io::Loop& loop_;
  const Endpoint& endpoint_;
  std::unique_ptr<io::TlsClient> tls_;  ///< made at the first connection: keeps the sessions
  std::function<void()> abort_;         ///< ends the step that is waited for
  bool aborted_ = false;
};

}  // namespace recado::redis
