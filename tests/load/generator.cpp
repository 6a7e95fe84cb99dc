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

/// The value of Content-Length in a head, whatever its letter case; 0 when there is none.
std::size_t content_length(std::string_view head) {
  constexpr std::string_view kRest = "ontent-";
  for (auto at = head.find(kRest); at != std::string_view::npos; at = head.find(kRest, at + 1)) {
    const std::string_view name = head.substr(at + kRest.size(), 8);
    if (name != "Length: " && name != "length: ") continue;
    std::size_t length = 0;
    std::from_chars(head.data() + at + kRest.size() + 8, head.data() + head.size(), length);
    return length;
  }
  return 0;
}

}  // namespace

std::uint64_t Tally::of(int status) const {
  const auto found = answers.find(status);
  return found == answers.end() ? 0 : found->second;
}

Generator::Generator(std::uint16_t port, std::size_t connections, std::string request)
    : Generator(std::vector<std::uint16_t>{port}, connections,
                [text = std::move(request)]() -> std::string_view { return text; }) {}

Generator::Generator(std::vector<std::uint16_t> ports, std::size_t connections, Source source)
    : source_(std::move(source)), epoll_(::epoll_create1(EPOLL_CLOEXEC)), connections_(connections) {
  for (std::size_t i = 0; i < connections; ++i) {
    Connection& connection = connections_[i];
    connection.port = ports[i % ports.size()];
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
  connection.unsent.clear();
  connection.socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(connection.port);
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

void Generator::give_up(Connection& connection) {
  ++tally_.broken;
  connection.waiting = false;
  --waiting_;
  open(connection);
  free_.push_back(&connection);
}

void Generator::send(Connection& connection) {
  const std::string_view request = source_();
  connection.sent = now();
  connection.waiting = true;
  ++waiting_;
  const auto sent = ::send(connection.socket, request.data(), request.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent == static_cast<ssize_t>(request.size())) return;
  if (sent < 0 && errno != EAGAIN) return give_up(connection);
  connection.unsent = request.substr(static_cast<std::size_t>(std::max<ssize_t>(sent, 0)));
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT;
  event.data.ptr = &connection;
  ::epoll_ctl(epoll_, EPOLL_CTL_MOD, connection.socket, &event);
}

void Generator::send_rest(Connection& connection) {
  const auto sent = ::send(connection.socket, connection.unsent.data(), connection.unsent.size(),
                           MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent < 0) {
    if (errno != EAGAIN) give_up(connection);
    return;
  }
  connection.unsent.erase(0, static_cast<std::size_t>(sent));
  if (!connection.unsent.empty()) return;
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = &connection;
  ::epoll_ctl(epoll_, EPOLL_CTL_MOD, connection.socket, &event);
}

bool Generator::take_answer(Connection& connection) {
  const std::string_view bytes = connection.received;
  const auto head_end = bytes.find("\r\n\r\n");
  if (head_end == std::string::npos) return false;
  const std::string_view head = bytes.substr(0, head_end + 2);
  const std::size_t whole = head_end + 4 + content_length(head);
  if (bytes.size() < whole) return false;
  int status = 0;
  std::from_chars(bytes.data() + 9, bytes.data() + 12, status);
  ++tally_.answers[status];
  if (status / 100 == 2) {
    const SteadyPoint at = now();
    const std::chrono::duration<float, std::milli> took = at - connection.sent;
    tally_.accepted_ms.push_back(took.count());
    if (at < end_) ++tally_.accepted_in_time;
  }
  const bool ends = head.find("Connection: close") != std::string::npos;
  connection.received.erase(0, whole);
  connection.waiting = false;
  --waiting_;
  if (ends) open(connection);
  free_.push_back(&connection);
  return true;
}

void Generator::receive(Connection& connection) {
  std::array<char, 65536> bytes;
  const auto got = ::recv(connection.socket, bytes.data(), bytes.size(), MSG_DONTWAIT);
  if (got < 0 && errno == EAGAIN) return;
  if (got > 0) {
    connection.received.append(bytes.data(), static_cast<std::size_t>(got));
    if (connection.waiting) take_answer(connection);
    return;
  }
  if (connection.waiting) return give_up(connection);
  open(connection);
}

void Generator::poll(int milliseconds) {
  std::array<epoll_event, 512> events;
  const int ready = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), milliseconds);
  for (int i = 0; i < ready; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    auto& connection = *static_cast<Connection*>(event.data.ptr);
    if (!connection.unsent.empty() && (event.events & EPOLLOUT) != 0) send_rest(connection);
    if ((event.events & ~EPOLLOUT) != 0) receive(connection);
  }
}

Tally Generator::run(Millis duration, double per_second) {
  tally_ = Tally();
  const SteadyPoint began = now();
  end_ = began + duration;
  std::uint64_t offered = 0;
  while (now() < end_) {
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
  while (waiting_ > 0 && now() < end_ + kOwed) poll(50);
  tally_.broken += waiting_;
  return tally_;
}

Tally Generator::run_count(std::uint64_t requests, Millis limit) {
  tally_ = Tally();
  const SteadyPoint began = now();
  end_ = began + limit;
  std::uint64_t offered = 0;
  while ((offered < requests || waiting_ > 0) && now() < end_) {
    while (!free_.empty() && offered < requests) {
      Connection& connection = *free_.back();
      free_.pop_back();
      ++offered;
      send(connection);
    }
    poll(50);
  }
  const std::chrono::duration<double> took = now() - began;
  tally_.seconds = took.count();
  tally_.broken += waiting_;
  return tally_;
}

}  // namespace recado::load
