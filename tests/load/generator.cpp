#include "load/generator.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <stdexcept>

namespace recado::load {

namespace {

constexpr Millis kOwed{5'000};  ///< how long the last answers are waited for
constexpr Millis kTurn{1};

}  // namespace

std::uint64_t Tally::of(int status) const {
  const auto found = answers.find(status);
  return found == answers.end() ? 0 : found->second;
}

Generator::Generator(std::uint16_t port, std::size_t connections, std::string request)
    : port_(port),
      request_(std::move(request)),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      connections_(connections) {
  for (Connection& connection : connections_) {
    open(connection);
    free_.push_back(&connection);
  }
}

Generator::~Generator() {
  for (const Connection& connection : connections_) {
    if (connection.socket >= 0) ::close(connection.socket);
  }
  ::close(epoll_);
}

void Generator::open(Connection& connection) {
  if (connection.socket >= 0) ::close(connection.socket);
  connection.received.clear();
  connection.socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port_);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(connection.socket, reinterpret_cast<const sockaddr*>(&to), sizeof(to)) != 0)
    throw std::runtime_error("the server does not accept connections");
  const int on = 1;
  ::setsockopt(connection.socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = &connection;
  ::epoll_ctl(epoll_, EPOLL_CTL_ADD, connection.socket, &event);
}

void Generator::send(Connection& connection) {
  connection.sent = now();
  connection.waiting = true;
  ++waiting_;
  const auto sent = ::send(connection.socket, request_.data(), request_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  // One request an answer fits every socket's buffer; what does not leave is a connection that has ended.
  if (sent == static_cast<ssize_t>(request_.size())) return;
  ++tally_.broken;
  connection.waiting = false;
  --waiting_;
  open(connection);
  free_.push_back(&connection);
}

bool Generator::take_answer(Connection& connection) {
  const std::string& bytes = connection.received;
  const auto head_end = bytes.find("\r\n\r\n");
  if (head_end == std::string::npos) return false;
  const auto length_at = bytes.find("Content-Length: ");
  std::size_t length = 0;
  if (length_at < head_end) std::from_chars(bytes.data() + length_at + 16, bytes.data() + head_end, length);
  if (bytes.size() < head_end + 4 + length) return false;
  int status = 0;
  std::from_chars(bytes.data() + 9, bytes.data() + 12, status);
  ++tally_.answers[status];
  if (status == 201) {
    const std::chrono::duration<float, std::milli> took = now() - connection.sent;
    tally_.accepted_ms.push_back(took.count());
  }
  const bool ends = bytes.find("Connection: close") < head_end;
  connection.received.erase(0, head_end + 4 + length);
  connection.waiting = false;
  --waiting_;
  if (ends) open(connection);
  free_.push_back(&connection);
  return true;
}

void Generator::receive(Connection& connection) {
  std::array<char, 8192> bytes;
  const auto got = ::recv(connection.socket, bytes.data(), bytes.size(), MSG_DONTWAIT);
  if (got < 0 && errno == EAGAIN) return;
  if (got > 0) {
    connection.received.append(bytes.data(), static_cast<std::size_t>(got));
    if (connection.waiting) take_answer(connection);
    return;
  }
  if (connection.waiting) {
    ++tally_.broken;
    connection.waiting = false;
    --waiting_;
    free_.push_back(&connection);
  }
  open(connection);
}

void Generator::poll(int milliseconds) {
  std::array<epoll_event, 512> events;
  const int ready = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), milliseconds);
  for (int i = 0; i < ready; ++i)
    receive(*static_cast<Connection*>(events[static_cast<std::size_t>(i)].data.ptr));
}

Tally Generator::run(Millis duration, double per_second) {
  tally_ = Tally();
  const SteadyPoint began = now();
  const SteadyPoint end = began + duration;
  std::uint64_t offered = 0;
  while (now() < end) {
    const std::chrono::duration<double> elapsed = now() - began;
    const auto wanted = static_cast<std::uint64_t>(elapsed.count() * per_second);
    while (!free_.empty() && (per_second == 0 || offered < wanted)) {
      Connection& connection = *free_.back();
      free_.pop_back();
      ++offered;
      send(connection);
    }
    if (per_second > 0 && offered < wanted) {
      tally_.held_back += wanted - offered;
      offered = wanted;
    }
    poll(static_cast<int>(kTurn.count()));
  }
  const std::chrono::duration<double> took = now() - began;
  tally_.seconds = took.count();
  while (waiting_ > 0 && now() < end + kOwed) poll(50);
  tally_.broken += waiting_;
  return tally_;
}

}  // namespace recado::load
