#include "redis/connector.hpp"

#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/ip/tcp.hpp>
#include <cerrno>
#include <cstring>

#include "io/deadline.hpp"

namespace recado::redis {

namespace asio = boost::asio;
using boost::system::error_code;
using io::as_result;

namespace {

/// A unix socket's path in a form that fits sockaddr_un (107 bytes): a longer one is reached through its
/// directory's descriptor. The descriptor is open as long as this lives.
class SocketPath {
 public:
  explicit SocketPath(const std::string& path) : text_(path) {
    sockaddr_un limits{};
    if (path.size() < sizeof(limits.sun_path)) return;
    const auto slash = path.rfind('/');
    const std::string directory = slash == 0 ? "/" : path.substr(0, slash);
    directory_ = ::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (directory_ < 0) {
      error_ = error_code(errno, boost::system::system_category());
      return;
    }
    text_ = "/proc/self/fd/" + std::to_string(directory_) + path.substr(slash);
    if (text_.size() >= sizeof(limits.sun_path)) error_ = asio::error::name_too_long;
  }
  ~SocketPath() {
    if (directory_ >= 0) ::close(directory_);
  }
  SocketPath(const SocketPath&) = delete;
  SocketPath& operator=(const SocketPath&) = delete;

  const std::string& text() const noexcept { return text_; }
  error_code error() const noexcept { return error_; }

 private:
  std::string text_;
  int directory_ = -1;
  error_code error_;
};

/// A peer that vanished without a word is noticed within a minute, although an idle node sends nothing.
void keep_alive(io::TcpSocket& socket) {
  error_code ignored;
  socket.set_option(asio::ip::tcp::no_delay(true), ignored);
  socket.set_option(asio::socket_base::keep_alive(true), ignored);
  const auto set = [&socket](int option, int seconds) {
    ::setsockopt(socket.native_handle(), IPPROTO_TCP, option, &seconds, sizeof(seconds));
  };
  set(TCP_KEEPIDLE, 30);
  set(TCP_KEEPINTVL, 10);
  set(TCP_KEEPCNT, 3);
}

/// A lookup outlives who asked for it: getaddrinfo in its helper thread cannot be interrupted.
struct Lookup {
  explicit Lookup(io::Loop& loop) : resolver(loop.executor()), finished(loop) {}
  asio::ip::basic_resolver<asio::ip::tcp, io::Executor> resolver;
  asio::ip::basic_resolver_results<asio::ip::tcp> found;
  error_code error = asio::error::timed_out;
  io::WakeEvent finished;
};

std::string lower_first(std::string text) {
  // "Connection refused" reads better inside a sentence.
  if (text.size() > 1 && text[0] >= 'A' && text[0] <= 'Z' && text[1] >= 'a') {
    text[0] = static_cast<char>(text[0] - 'A' + 'a');
  }
  return text;
}

std::string sentence(const std::string& step, const error_code& error) {
  if (error == asio::error::timed_out) {
    return step + ": no answer within " + std::to_string(kConnectLimit.count()) + " ms";
  }
  return step + ": " + lower_first(error.message());
}

}  // namespace

io::Task<std::unique_ptr<io::Stream>> Connector::open(std::string& why) {
  aborted_ = false;
  std::unique_ptr<io::Stream> stream;
  if (endpoint_.transport == Endpoint::Transport::unix_socket) {
    stream = co_await open_unix(why);
  } else {
    stream = co_await open_tcp(why);
    if (stream && endpoint_.transport == Endpoint::Transport::tls) {
      stream = co_await secure(std::move(stream), why);
    }
  }
  abort_ = nullptr;
  if (stream && aborted_) {
    stream.reset();
    why = "given up";
  }
  co_return stream;
}

void Connector::abort() noexcept {
  aborted_ = true;
  if (abort_) abort_();
}

io::Task<std::unique_ptr<io::Stream>> Connector::open_unix(std::string& why) {
  const std::string step = "cannot connect to the socket " + endpoint_.path;
  const SocketPath path(endpoint_.path);
  if (path.error()) {
    why = sentence(step, path.error());
    co_return nullptr;
  }
  error_code error;
  auto stream = co_await io::connect_unix(loop_, path.text(), kConnectLimit, error);
  if (!stream) why = sentence(step, error);
  co_return stream;
}

io::Task<std::unique_ptr<io::Stream>> Connector::open_tcp(std::string& why) {
  const Addresses addresses = co_await resolve(why);
  for (const auto& address : addresses) {
    if (aborted_) break;
    io::TcpSocket socket(loop_.executor());
    error_code error;
    socket.open(address.protocol(), error);
    if (!error) {
      abort_ = [&socket] {
        error_code ignored;
        socket.close(ignored);
      };
      io::Deadline deadline(loop_, kConnectLimit, abort_);
      auto [failure] = co_await socket.async_connect(address, as_result);
      abort_ = nullptr;
      error = deadline.expired() ? error_code(asio::error::timed_out) : failure;
    }
    if (!error) {
      keep_alive(socket);
      co_return io::make_tcp_stream(std::move(socket));
    }
    why = sentence("cannot connect to " + endpoint_.host + ":" + std::to_string(endpoint_.port), error);
  }
  co_return nullptr;
}

io::Task<Connector::Addresses> Connector::resolve(std::string& why) {
  Addresses addresses;
  error_code error;
  const auto literal = asio::ip::make_address(endpoint_.host, error);
  if (!error) {
    addresses.emplace_back(literal, endpoint_.port);
    co_return addresses;
  }
  const auto lookup = std::make_shared<Lookup>(loop_);
  lookup->resolver.async_resolve(
      endpoint_.host, std::to_string(endpoint_.port),
      [lookup](error_code failure, asio::ip::basic_resolver_results<asio::ip::tcp> found) {
        lookup->error = failure;
        lookup->found = std::move(found);
        lookup->finished.notify();
      });
  abort_ = [lookup] { lookup->finished.notify(); };
  co_await lookup->finished.wait_for(kConnectLimit);
  abort_ = nullptr;
  if (lookup->error) {
    lookup->resolver.cancel();
    why = sentence("cannot resolve the name " + endpoint_.host, lookup->error);
    co_return addresses;
  }
  for (const auto& entry : lookup->found) addresses.push_back(entry.endpoint());
  co_return addresses;
}

io::Task<std::unique_ptr<io::Stream>> Connector::secure(std::unique_ptr<io::Stream> plain, std::string& why) {
  if (!tls_) {
    auto created = io::TlsClient::create(endpoint_.ca_file);
    if (!created) {
      why = created.error().detail();
      co_return nullptr;
    }
    tls_ = std::move(*created);
  }
  std::string reason;
  error_code error;
  io::Stream* const raw = plain.get();  // stays alive during the handshake, inside the secured stream
  abort_ = [raw] { raw->close(); };
  io::Deadline deadline(loop_, kConnectLimit, abort_);
  const std::string session_key = endpoint_.host + ":" + std::to_string(endpoint_.port);
  auto secured = co_await tls_->handshake(plain, endpoint_.host, session_key, error, reason);
  abort_ = nullptr;
  if (!secured) {
    if (deadline.expired()) error = asio::error::timed_out;
    why = deadline.expired() || reason.empty() ? sentence("TLS with " + session_key + " failed", error)
                                               : "TLS with " + session_key + " failed: " + reason;
  }
  co_return secured;
}

}  // namespace recado::redis
