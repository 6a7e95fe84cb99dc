// A network between a node and its Redis that a test can spoil: delays, holds, cuts, half-closes, loses
// replies.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <list>
#include <mutex>
#include <string>
#include <thread>

#include "base/time.hpp"

namespace recado::chaos {

/// Forwards TCP connections on 127.0.0.1 to a unix socket. Every call is effective at once, from any thread.
class RedisProxy {
 public:
  explicit RedisProxy(std::string upstream_socket);
  ~RedisProxy();
  RedisProxy(const RedisProxy&) = delete;
  RedisProxy& operator=(const RedisProxy&) = delete;

  std::uint16_t port() const noexcept { return port_; }

  /// As if it were not there. Ends every spoiling below; what was held goes on its way.
  void behave();
  /// Each way takes this much longer.
  void delay(Millis each_way);
  /// Nothing passes, nothing is closed: a cable that was pulled.
  void hold();
  /// Commands reach Redis, replies do not come back.
  void lose_replies();
  /// New connections are closed at once.
  void refuse();
  /// Every present connection ends; what is on the way is lost.
  void cut();
  /// Redis's side of every present connection ends in order, the other stays open.
  void half_close();

 private:
  struct Chunk {
    SteadyPoint ready;
    std::string bytes;
  };
  struct Link {
    int client = -1;
    int server = -1;
    std::deque<Chunk> to_server, to_client;
    bool client_ended = false, server_ended = false, half_closed = false;
    bool broken = false;
  };
  void serve();
  void accept_one();
  void read_from(Link& link, bool client);
  void write_ready(Link& link);
  void wake();
  void close_links(bool all);

  std::string upstream_;
  int listener_ = -1;
  int wake_[2] = {-1, -1};
  std::uint16_t port_ = 0;
  std::list<Link> links_;  // the thread's own
  std::atomic<bool> stopping_{false}, holding_{false}, losing_{false}, refusing_{false};
  std::atomic<bool> cut_asked_{false}, half_close_asked_{false};
  std::atomic<std::int64_t> delay_ms_{0};
  std::thread thread_;
};

}  // namespace recado::chaos
