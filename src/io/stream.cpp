#include "io/stream.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <boost/asio/write.hpp>
#include <cerrno>
#include <optional>

#include "io/deadline.hpp"

namespace recado::io {

namespace {

template <class Socket>
class SocketStream final : public Stream {
 public:
  SocketStream(Socket socket, std::string peer) : socket_(std::move(socket)), peer_(std::move(peer)) {}

  Task<IoResult> read_some(asio::mutable_buffer buffer) override {
    auto [error, bytes] = co_await socket_.async_read_some(buffer, as_result);
    co_return IoResult(error, bytes);
  }

  Task<IoResult> write(std::span<const asio::const_buffer> buffers) override {
    auto [error, bytes] = co_await asio::async_write(socket_, buffers, as_result);
    co_return IoResult(error, bytes);
  }

  void close() noexcept override {
    error_code ignored;
    socket_.close(ignored);
  }

  Task<> shutdown_write() override {
    error_code ignored;
    socket_.shutdown(Socket::shutdown_send, ignored);
    co_return;
  }

  bool is_open() const noexcept override { return socket_.is_open(); }

  bool readable_now() noexcept override {
    if (!socket_.is_open()) return true;
    char byte = 0;
    const auto n = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return n >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
  }

  std::string peer() const override { return peer_; }

 private:
  Socket socket_;
  std::string peer_;
};

std::string describe(const asio::ip::tcp::endpoint& endpoint) {
  const std::string address = endpoint.address().to_string();
  const std::string port = std::to_string(endpoint.port());
  return endpoint.address().is_v6() ? "[" + address + "]:" + port : address + ":" + port;
}

/// Connects `socket`, giving up after `limit` (0: never).
template <class Socket, class Endpoint>
Task<error_code> connect(Loop& loop, Socket& socket, Endpoint to, Millis limit) {
  error_code error;
  socket.open(to.protocol(), error);
  if (error) co_return error;
  std::optional<Deadline> deadline;
  if (limit > Millis::zero()) {
    deadline.emplace(loop, limit, [&socket] {
      error_code ignored;
      socket.close(ignored);
    });
  }
  auto [failure] = co_await socket.async_connect(to, as_result);
  if (deadline && deadline->expired()) co_return error_code(asio::error::timed_out);
  co_return failure;
}

}  // namespace

Task<IoResult> Stream::write(asio::const_buffer buffer) {
  const asio::const_buffer one[] = {buffer};
  co_return co_await write(std::span<const asio::const_buffer>(one));
}

std::unique_ptr<Stream> make_tcp_stream(TcpSocket socket) {
  error_code error;
  const auto endpoint = socket.remote_endpoint(error);
  std::string peer = error ? std::string("unknown") : describe(endpoint);
  return std::make_unique<SocketStream<TcpSocket>>(std::move(socket), std::move(peer));
}

std::unique_ptr<Stream> make_unix_stream(UnixSocket socket) {
  return std::make_unique<SocketStream<UnixSocket>>(std::move(socket), "unix");
}

Task<std::unique_ptr<Stream>> connect_tcp(Loop& loop, asio::ip::tcp::endpoint to, Millis limit,
                                          error_code& error) {
  TcpSocket socket(loop.executor());
  error = co_await connect(loop, socket, to, limit);
  if (error) co_return nullptr;
  error_code ignored;
  socket.set_option(asio::ip::tcp::no_delay(true), ignored);
  co_return make_tcp_stream(std::move(socket));
}

Task<std::unique_ptr<Stream>> connect_unix(Loop& loop, std::string path, Millis limit, error_code& error) {
  sockaddr_un limits{};
  if (path.size() >= sizeof(limits.sun_path)) {
    error = asio::error::name_too_long;
    co_return nullptr;
  }
  UnixSocket socket(loop.executor());
  const asio::local::stream_protocol::endpoint to(path);
  error = co_await connect(loop, socket, to, limit);
  if (error) co_return nullptr;
  co_return make_unix_stream(std::move(socket));
}

}  // namespace recado::io
