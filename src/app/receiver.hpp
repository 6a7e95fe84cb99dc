// A webhook receiver: an HTTP server that takes any method and path. `recado listen` and `recado demo` are
// two uses.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/metrics.hpp"
#include "http/router.hpp"
#include "http/server.hpp"
#include "io/loop.hpp"

namespace recado::app {

class Receiver {
 public:
  /// Called for each request with the wall time at which it was complete (nanoseconds since 1970); returns
  /// the answer.
  using OnArrival = std::function<io::Task<http::Response>(http::Request& request, std::int64_t arrived_ns)>;

  /// `loop` must outlive the receiver.
  Receiver(io::Loop& loop, std::string host, std::uint16_t port, OnArrival on_arrival);

  /// Binds and accepts. Errors: configuration, with the reason.
  Result<void> start();
  std::uint16_t port() const noexcept { return server_.port(); }
  /// Ends all connections.
  io::Task<> stop() { return server_.drain(Millis{0}); }

 private:
  Metrics metrics_;
  http::Router router_;
  http::Server server_;
};

}  // namespace recado::app
