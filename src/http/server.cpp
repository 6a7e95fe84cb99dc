#include "http/server.hpp"

#include <sys/socket.h>

#include <array>
#include <boost/asio/error.hpp>
#include <utility>

#include "base/log.hpp"
#include "http/listener.hpp"
#include "http/session.hpp"

namespace recado::http {

namespace {

constexpr Millis kAcceptPause{100};
constexpr Millis kRefusedLinger{1'000};
constexpr std::size_t kMostRefused = 64;         ///< refused connections that may still read why
constexpr std::size_t kAcceptedAtOnce = 32;      ///< few: other nodes may accept from the same queue
constexpr std::size_t kLongestBacklog = 65'536;  ///< SOMAXCONN is at most this
constexpr std::int64_t kAcceptLogIntervalMs = 5'000;

/// The peer gave up before we took the connection: nothing is wrong with us.
bool is_of_peer(const io::error_code& error) noexcept {
  return error == io::asio::error::connection_aborted || error == io::asio::error::connection_reset ||
         error == boost::system::errc::protocol_error || error == io::asio::error::interrupted;
}

}  // namespace

struct Server::Impl : std::enable_shared_from_this<Server::Impl> {
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
  static io::Task<> refuse(std::shared_ptr<Impl> self, io::TcpSocket socket);
  void take(io::TcpSocket socket);
  bool make_room();
  void take_more(Acceptor& acceptor, std::size_t most);
  void empty_backlog();

  template <class Function>
  void for_each_session(Function function) {
    // What ends or stirs meanwhile leaves its list only in a later turn; drain() and close() move none.
    for (auto* list : {&service->sessions, &service->idle}) {
      for (Session* session : *list) function(*session);
    }
  }

  std::shared_ptr<Service> service;
  std::vector<Acceptor> acceptors;
  std::size_t refused = 0;  ///< connections in refuse()
  std::uint16_t port = 0;
};

io::Task<> Server::Impl::accept(std::shared_ptr<Impl> self, std::size_t index) {
  auto& service = *self->service;
  auto& acceptor = self->acceptors[index];
  log::RateLimit complaint(kAcceptLogIntervalMs);
  while (!service.draining) {
    io::TcpSocket socket(service.loop.executor());
    auto [error] = co_await acceptor.async_accept(socket, io::as_result);
    if (error) {
      if (service.draining) break;
      if (is_of_peer(error)) continue;
      self->make_room();
      // Out of descriptors or memory: those who wait in the backlog are served when there is room again.
      complaint.write(log::Level::error, "a connection cannot be accepted", {{"error", error.message()}});
      co_await service.loop.sleep(kAcceptPause);
      continue;
    }
    // Also while draining: whoever was accepted is answered.
    self->take(std::move(socket));
    self->take_more(acceptor, kAcceptedAtOnce);
  }
}

/// The longest of those that wait for a request goes, when there is one.
bool Server::Impl::make_room() {
  return !service->idle.empty() && service->idle.front()->make_room();
}

void Server::Impl::take(io::TcpSocket socket) {
  if (service->connections() >= service->options.max_connections && !make_room()) {
    service->load.refused_connection();
    if (refused < kMostRefused) {
      service->tasks.spawn("http refusal", refuse(shared_from_this(), std::move(socket)));
    }
    return;
  }
  io::error_code ignored;
  socket.set_option(io::asio::ip::tcp::no_delay(true), ignored);
  auto session = std::make_shared<Session>(service, io::make_tcp_stream(std::move(socket)));
  service->tasks.spawn("http session", Session::start(std::move(session)));
}

/// Says why, without reading a request (over TLS nothing can be said before the handshake).
io::Task<> Server::Impl::refuse(std::shared_ptr<Impl> self, io::TcpSocket socket) {
  auto& service = *self->service;
  const auto leave = [](Impl* impl) { --impl->refused; };
  ++self->refused;
  const std::unique_ptr<Impl, decltype(leave)> left(self.get(), leave);
  const auto stream = io::make_tcp_stream(std::move(socket));
  const io::Deadline limit(service.loop, kRefusedLinger, [&stream] { stream->close(); });
  if (service.tls == nullptr) {
    auto full = problem(503, "as many connections as there is room for are open; try again in a second");
    full.headers.emplace_back("Retry-After", "1");
    ReplyOptions options;
    options.common = service.common_headers.lines(service.loop.clock().now());
    std::string bytes;
    append_reply_head(bytes, full, options);
    bytes += full.body;
    const io::asio::const_buffer buffer(bytes.data(), bytes.size());
    co_await stream->write(buffer);
  }
  co_await stream->shutdown_write();
  // Closed with unread bytes, the answer would be lost to a reset.
  std::array<char, 1024> dropped;
  while (true) {
    const auto read = co_await stream->read_some(io::asio::buffer(dropped));
    if (read.error) break;
  }
}

/// Those who wait already. One a turn of the loop would let them wait for long when its turns are long.
void Server::Impl::take_more(Acceptor& acceptor, std::size_t most) {
  io::error_code error;
  acceptor.non_blocking(true, error);
  for (std::size_t taken = 0; !error && taken < most; ++taken) {
    io::TcpSocket socket(service->loop.executor());
    acceptor.accept(socket, error);
    if (!error) take(std::move(socket));
  }
}

/// Those whom the kernel has accepted for us alone would be reset when the socket closes.
void Server::Impl::empty_backlog() {
  if (!service->options.inherited_sockets.empty()) return;
  for (auto& acceptor : acceptors) take_more(acceptor, kLongestBacklog);
}

Server::Server(io::Loop& loop, ServerOptions options, const Router& router, io::TlsServer* tls,
               Metrics& metrics)
    : impl_(std::make_shared<Impl>(loop, std::move(options), router, tls, metrics)) {}

Server::~Server() {
  impl_->stop_listening();
  impl_->for_each_session([](Session& session) { session.close(); });
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
  service.drain_began = service.loop.clock().steady();
  service.draining = true;
  impl->empty_backlog();
  impl->stop_listening();
  impl->for_each_session([](Session& session) { session.drain(); });
  const auto end = service.drain_began + grace;
  while (service.connections() > 0) {
    const auto left = end - service.loop.clock().steady();
    if (left <= std::chrono::nanoseconds::zero()) break;
    co_await service.ended.wait_for(left);
  }
  impl->for_each_session([](Session& session) { session.close(); });
  service.cancelled = true;
  service.tasks.cancel();
  co_await service.tasks.join();
}

}  // namespace recado::http
