#include "http/server.hpp"

#include <sys/socket.h>

#include <boost/asio/error.hpp>

#include "base/log.hpp"
#include "http/listener.hpp"
#include "http/session.hpp"

namespace recado::http {

namespace {

constexpr Millis kAcceptPause{100};
constexpr std::int64_t kAcceptLogIntervalMs = 5'000;

/// The peer gave up before we took the connection: nothing is wrong with us.
bool is_of_peer(const io::error_code& error) noexcept {
  return error == io::asio::error::connection_aborted || error == io::asio::error::connection_reset ||
         error == boost::system::errc::protocol_error || error == io::asio::error::interrupted;
}

}  // namespace

struct Server::Impl {
  Impl(io::Loop& loop, ServerOptions options, const Router& router, io::TlsServer* tls, Metrics& metrics)
      : service(std::make_shared<Service>(loop, std::move(options), router, tls, metrics)) {}

  void stop_listening() noexcept {
    service->draining = true;
    for (auto& acceptor : acceptors) {
      io::error_code ignored;
      acceptor.close(ignored);
    }
  }

  static io::Task<> accept(std::shared_ptr<Impl> self, std::size_t index);

  std::shared_ptr<Service> service;
  std::vector<Acceptor> acceptors;
  std::uint16_t port = 0;
};

io::Task<> Server::Impl::accept(std::shared_ptr<Impl> self, std::size_t index) {
  auto& service = *self->service;
  auto& acceptor = self->acceptors[index];
  log::RateLimit complaint(kAcceptLogIntervalMs);
  while (!service.draining) {
    io::TcpSocket socket(service.loop.executor());
    auto [error] = co_await acceptor.async_accept(socket, io::as_result);
    if (service.draining) break;
    if (error) {
      if (is_of_peer(error)) continue;
      // Out of descriptors or memory: those who wait in the backlog are served when there is room again.
      complaint.write(log::Level::error, "a connection cannot be accepted", {{"error", error.message()}});
      co_await service.loop.sleep(kAcceptPause);
      continue;
    }
    io::error_code ignored;
    socket.set_option(io::asio::ip::tcp::no_delay(true), ignored);
    auto session = std::make_shared<Session>(self->service, io::make_tcp_stream(std::move(socket)));
    service.tasks.spawn("http session", Session::run(std::move(session)));
  }
}

Server::Server(io::Loop& loop, ServerOptions options, const Router& router, io::TlsServer* tls,
               Metrics& metrics)
    : impl_(std::make_shared<Impl>(loop, std::move(options), router, tls, metrics)) {}

Server::~Server() {
  impl_->stop_listening();
  for (Session* session : impl_->service->sessions) session->close();
}

Result<void> Server::listen() {
  auto& service = *impl_->service;
  auto acceptors = service.options.inherited_sockets.empty() ? open_listeners(service.loop, service.options)
                                                             : adopt_listeners(service.loop, service.options);
  if (!acceptors) return acceptors.error();
  impl_->acceptors = std::move(acceptors).value();
  io::error_code error;
  impl_->port = impl_->acceptors.front().local_endpoint(error).port();
  return {};
}

std::uint16_t Server::port() const noexcept {
  return impl_->port;
}

void Server::start() {
  for (std::size_t i = 0; i < impl_->acceptors.size(); ++i) {
    impl_->service->tasks.spawn("http accept", Impl::accept(impl_, i));
  }
}

io::Task<> Server::drain(Millis grace) {
  auto impl = impl_;
  auto& service = *impl->service;
  impl->stop_listening();
  for (Session* session : service.sessions) session->drain();
  const auto end = service.loop.clock().steady() + grace;
  while (!service.sessions.empty()) {
    const auto left = end - service.loop.clock().steady();
    if (left <= std::chrono::nanoseconds::zero()) break;
    co_await service.ended.wait_for(left);
  }
  for (Session* session : service.sessions) session->close();
  service.cancelled = true;
  service.tasks.cancel();
  co_await service.tasks.join();
}

}  // namespace recado::http
