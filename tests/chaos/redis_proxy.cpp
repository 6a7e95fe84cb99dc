#include "chaos/redis_proxy.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <vector>

#include "end_to_end/harness.hpp"

namespace recado::chaos {

namespace {

int connect_to(const std::string& path) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    ::close(fd);
    return -1;
  }
  ::fcntl(fd, F_SETFL, O_NONBLOCK);
  return fd;
}

}  // namespace

RedisProxy::RedisProxy(std::string upstream_socket) : upstream_(std::move(upstream_socket)) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 64) != 0 ||
      ::pipe2(wake_, O_CLOEXEC | O_NONBLOCK) != 0) {
    throw std::runtime_error("the proxy cannot listen");
  }
  ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { serve(); });
}

RedisProxy::~RedisProxy() {
  stopping_ = true;
  wake();
  thread_.join();
  close_links(true);
  ::close(listener_);
  ::close(wake_[0]);
  ::close(wake_[1]);
}

void RedisProxy::wake() {
  const auto ignored = ::write(wake_[1], "x", 1);
  static_cast<void>(ignored);
}

void RedisProxy::behave() {
  holding_ = losing_ = refusing_ = false;
  delay_ms_ = 0;
  wake();
}
void RedisProxy::delay(Millis each_way) {
  delay_ms_ = each_way.count();
  wake();
}
void RedisProxy::hold() {
  holding_ = true;
  wake();
}
void RedisProxy::lose_replies() {
  losing_ = true;
  wake();
}
void RedisProxy::refuse() {
  refusing_ = true;
  wake();
}
void RedisProxy::cut() {
  cut_asked_ = true;
  wake();
}
void RedisProxy::half_close() {
  half_close_asked_ = true;
  wake();
}

void RedisProxy::close_links(bool all) {
  for (auto link = links_.begin(); link != links_.end();) {
    if (all || link->broken) {
      ::close(link->client);
      ::close(link->server);
      link = links_.erase(link);
    } else {
      ++link;
    }
  }
}

void RedisProxy::accept_one() {
  const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (client < 0) return;
  const int server = refusing_ ? -1 : connect_to(upstream_);
  if (server < 0) {
    ::close(client);
    return;
  }
  const int one = 1;
  ::setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  Link link;
  link.client = client;
  link.server = server;
  links_.push_back(std::move(link));
}

void RedisProxy::read_from(Link& link, bool client) {
  char bytes[65536];
  const auto n = ::recv(client ? link.client : link.server, bytes, sizeof bytes, 0);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (n < 0) {
    link.broken = true;
  } else if (n == 0) {
    (client ? link.client_ended : link.server_ended) = true;
  } else if (client || !losing_) {
    Chunk chunk{e2e::clock().steady() + Millis{delay_ms_}, std::string(bytes, static_cast<std::size_t>(n))};
    (client ? link.to_server : link.to_client).push_back(std::move(chunk));
  }
}

void RedisProxy::write_ready(Link& link) {
  const SteadyPoint now = e2e::clock().steady();
  const auto flush = [&](int fd, std::deque<Chunk>& chunks, bool ended) {
    while (!chunks.empty() && chunks.front().ready <= now) {
      auto& bytes = chunks.front().bytes;
      const auto n = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n < 0 && errno == EAGAIN) return;
      if (n < 0) {
        link.broken = true;
        return;
      }
      bytes.erase(0, static_cast<std::size_t>(n));
      if (bytes.empty()) chunks.pop_front();
    }
    // One side has ended and all it said has been passed on: so does the other.
    if (ended && chunks.empty()) link.broken = true;
  };
  flush(link.server, link.to_server, link.client_ended);
  if (!link.half_closed) flush(link.client, link.to_client, link.server_ended);
}

void RedisProxy::serve() {
  while (!stopping_) {
    std::vector<pollfd> watched = {{wake_[0], POLLIN, 0}, {listener_, POLLIN, 0}};
    int timeout = -1;
    const SteadyPoint now = e2e::clock().steady();
    for (const Link& link : links_) {
      const bool open = !holding_;
      short client = open && !link.client_ended ? POLLIN : 0;
      short server = open && !link.server_ended ? POLLIN : 0;
      const auto wait_for = [&](const std::deque<Chunk>& chunks, short& events) {
        if (!open || chunks.empty()) return;
        const auto left = std::chrono::ceil<Millis>(chunks.front().ready - now).count();
        if (left <= 0) {
          events = static_cast<short>(events | POLLOUT);
        } else if (timeout < 0 || left < timeout) {
          timeout = static_cast<int>(left);
        }
      };
      wait_for(link.to_client, client);
      wait_for(link.to_server, server);
      watched.push_back({link.client, client, 0});
      watched.push_back({link.server, server, 0});
    }
    ::poll(watched.data(), watched.size(), timeout);
    char drained[64];
    while (::read(wake_[0], drained, sizeof drained) > 0) {
    }
    if (cut_asked_.exchange(false)) close_links(true);
    if (half_close_asked_.exchange(false)) {
      for (Link& link : links_) {
        ::shutdown(link.client, SHUT_WR);
        link.half_closed = true;
      }
    }
    std::size_t at = 2;
    for (auto link = links_.begin(); link != links_.end() && at + 1 < watched.size(); ++link, at += 2) {
      if (holding_) {
        if ((watched[at].revents & (POLLERR | POLLHUP)) != 0) link->broken = true;
        continue;
      }
      if ((watched[at].revents & (POLLIN | POLLERR | POLLHUP)) != 0 && !link->client_ended)
        read_from(*link, true);
      if ((watched[at + 1].revents & (POLLIN | POLLERR | POLLHUP)) != 0 && !link->server_ended)
        read_from(*link, false);
      write_ready(*link);
    }
    close_links(false);
    if ((watched[1].revents & POLLIN) != 0) accept_one();
  }
}

}  // namespace recado::chaos
