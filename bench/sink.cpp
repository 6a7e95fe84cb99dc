#include "sink.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <stdexcept>

#include "end_to_end/harness.hpp"

namespace recado::bench {

namespace {

constexpr std::string_view kAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

/// The value of Content-Length in a head, 0 when there is none.
std::size_t content_length(std::string_view head) {
  constexpr std::string_view kName = "content-length:";
  for (auto line = head.find("\r\n"); line != std::string_view::npos; line = head.find("\r\n", line + 2)) {
    const std::string_view here = head.substr(line + 2);
    const auto same = [](char wanted, char sent) { return (sent | 0x20) == wanted; };
    if (here.size() < kName.size() || !std::equal(kName.begin(), kName.end(), here.begin(), same)) continue;
    const auto digits = here.find_first_not_of(' ', kName.size());
    std::size_t length = 0;
    if (digits != std::string_view::npos)
      std::from_chars(here.data() + digits, here.data() + here.size(), length);
    return length;
  }
  return 0;
}

/// nullopt for a body that is not the bench's.
std::optional<std::uint32_t> number_of(std::string_view body) {
  const auto at = body.substr(0, 16).find(':');
  if (at == std::string_view::npos || !body.starts_with("{\"n\"")) return std::nullopt;
  const auto digits = body.find_first_not_of(' ', at + 1);
  std::uint64_t number = 0;
  if (digits == std::string_view::npos) return std::nullopt;
  std::from_chars(body.data() + digits, body.data() + body.size(), number);
  if (number < kFirstNumber) return std::nullopt;
  return static_cast<std::uint32_t>(number - kFirstNumber);
}

}  // namespace

Sink::Sink() {
  listen();
}

Sink::Sink(const Certificate& certificate) {
  context_ = SSL_CTX_new(TLS_server_method());
  if (SSL_CTX_use_certificate_chain_file(context_, certificate.chain.c_str()) != 1 ||
      SSL_CTX_use_PrivateKey_file(context_, certificate.key.c_str(), SSL_FILETYPE_PEM) != 1)
    throw std::runtime_error("the sink's certificate cannot be used");
  SSL_CTX_set_session_id_context(context_, reinterpret_cast<const unsigned char*>("sink"), 4);
  listen();
}

Sink::~Sink() {
  const std::uint64_t one = 1;
  if (::write(wake_, &one, sizeof one) != sizeof one) std::terminate();
  thread_.join();
  for (auto& connection : connections_) close(*connection);
  for (const int descriptor : {listener_, epoll_, wake_}) ::close(descriptor);
  if (context_ != nullptr) SSL_CTX_free(context_);
}

void Sink::listen() {
  std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 4096) != 0)
    throw std::runtime_error("the sink cannot listen");
  ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
  wake_ = ::eventfd(0, EFD_CLOEXEC);
  for (int* descriptor : {&listener_, &wake_}) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = descriptor;
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, *descriptor, &event);
  }
  thread_ = std::thread([this] { serve(); });
}

std::string Sink::url(std::size_t length) const {
  std::string out =
      (context_ != nullptr ? "https://localhost:" : "http://127.0.0.1:") + std::to_string(port_) + "/";
  while (out.size() < length) out += 'h';
  return out;
}

void Sink::clear(std::size_t count) {
  const std::lock_guard lock(mutex_);
  arrivals_.clear();
  arrivals_.reserve(count);
  count_ = 0;
}

bool Sink::wait(std::size_t count, Instant from, Millis quiet) const {
  std::size_t seen = count_;
  Instant since = std::max(from, e2e::now());
  while (count_ < count) {
    e2e::wait_until(e2e::now() + Millis{2});
    const std::size_t now_seen = count_;
    if (now_seen != seen) {
      seen = now_seen;
      since = std::max(from, e2e::now());
    } else if (e2e::now() > since + quiet) {
      return false;
    }
  }
  return true;
}

std::vector<Arrival> Sink::arrivals() const {
  const std::lock_guard lock(mutex_);
  return arrivals_;
}

void Sink::serve() {
  std::array<epoll_event, 512> events;
  while (true) {
    const int ready = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < ready; ++i) {
      void* what = events[static_cast<std::size_t>(i)].data.ptr;
      if (what == &wake_) return;
      if (what == &listener_) {
        accept_all();
        continue;
      }
      auto& connection = *static_cast<Connection*>(what);
      if (connection.socket < 0) continue;
      if (!receive(connection) || !answer(connection)) close(connection);
    }
    if (!fresh_.empty()) {
      const std::lock_guard lock(mutex_);
      arrivals_.insert(arrivals_.end(), fresh_.begin(), fresh_.end());
      count_ = arrivals_.size();
      fresh_.clear();
    }
  }
}

void Sink::accept_all() {
  while (true) {
    const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (socket < 0) return;
    const int on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    std::erase_if(connections_, [](const auto& connection) { return connection->socket < 0; });
    auto connection = std::make_unique<Connection>();
    connection->socket = socket;
    if (context_ != nullptr) {
      connection->tls = SSL_new(context_);
      SSL_set_fd(connection->tls, socket);
      SSL_set_accept_state(connection->tls);
    }
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = connection.get();
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, socket, &event);
    connections_.push_back(std::move(connection));
  }
}

bool Sink::receive(Connection& connection) {
  std::array<char, 65536> bytes;
  while (true) {
    ssize_t got = 0;
    if (connection.tls != nullptr) {
      got = SSL_read(connection.tls, bytes.data(), static_cast<int>(bytes.size()));
      if (got <= 0) {
        const int reason = SSL_get_error(connection.tls, static_cast<int>(got));
        ERR_clear_error();
        return reason == SSL_ERROR_WANT_READ || reason == SSL_ERROR_WANT_WRITE;
      }
    } else {
      got = ::recv(connection.socket, bytes.data(), bytes.size(), 0);
      if (got < 0) return errno == EAGAIN;
      if (got == 0) return false;
    }
    connection.received.append(bytes.data(), static_cast<std::size_t>(got));
    take_requests(connection);
    // What did not fill the buffer was all there is; what else there may be, epoll tells.
    if (connection.tls == nullptr && static_cast<std::size_t>(got) < bytes.size()) return true;
  }
}

void Sink::take_requests(Connection& connection) {
  std::string_view bytes = connection.received;
  while (true) {
    const auto head_end = bytes.find("\r\n\r\n");
    if (head_end == std::string_view::npos) break;
    const std::size_t length = content_length(bytes.substr(0, head_end));
    if (bytes.size() < head_end + 4 + length) break;
    if (const auto number = number_of(bytes.substr(head_end + 4, length)))
      fresh_.push_back({clock_.now_ns(), *number});
    ++connection.answers;
    bytes.remove_prefix(head_end + 4 + length);
  }
  connection.received.erase(0, connection.received.size() - bytes.size());
}

bool Sink::answer(Connection& connection) {
  for (; connection.answers > 0; --connection.answers) {
    // One short answer at a time fits every socket's buffer.
    const auto sent = connection.tls != nullptr
                          ? SSL_write(connection.tls, kAnswer.data(), static_cast<int>(kAnswer.size()))
                          : ::send(connection.socket, kAnswer.data(), kAnswer.size(), MSG_NOSIGNAL);
    if (sent != static_cast<ssize_t>(kAnswer.size())) return false;
  }
  return true;
}

void Sink::close(Connection& connection) {
  if (connection.tls != nullptr) {
    SSL_set_shutdown(connection.tls, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    SSL_free(connection.tls);
    connection.tls = nullptr;
  }
  if (connection.socket >= 0) ::close(connection.socket);
  connection.socket = -1;
}

}  // namespace recado::bench
