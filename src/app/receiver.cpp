#include "app/receiver.hpp"

#include <utility>

namespace recado::app {
namespace {

constexpr std::size_t kMostBodyBytes = 64 << 20;

http::ServerOptions server_options(std::string host, std::uint16_t port) {
  http::ServerOptions options;
  options.host = std::move(host);
  options.port = port;
  options.host_setting = "--host";
  options.port_setting = "--port";
  options.max_body_bytes = kMostBodyBytes;
  return options;
}

}  // namespace

Receiver::Receiver(io::Loop& loop, std::string host, std::uint16_t port, OnArrival on_arrival)
    : server_(loop, server_options(std::move(host), port), router_, nullptr, metrics_) {
  router_.set_fallback(
      [&loop, on_arrival = std::move(on_arrival)](http::Request& request, const http::Principal&) {
        return on_arrival(request, loop.clock().now_ns());
      });
}

Result<void> Receiver::start() {
  auto listening = server_.listen();
  if (listening) server_.start();
  return listening;
}

}  // namespace recado::app
