// The destination of the bench: one thread, epoll, keep-alive, 200 to everything. It notes when each request
// was complete and which message it was, nothing else.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/time.hpp"

struct ssl_ctx_st;
struct ssl_st;

namespace recado::bench {

/// The message's number, as its payload begins: `{"n":1000000017,` is number 17.
inline constexpr std::uint64_t kFirstNumber = 1'000'000'000;

struct Arrival {
  std::int64_t at_ns = 0;  ///< wall time when the request was complete
  std::uint32_t number = 0;
};

/// PEM files.
struct Certificate {
  std::string chain, key;
};

class Sink {
 public:
  Sink();
  explicit Sink(const Certificate& certificate);
  ~Sink();
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;

  std::uint16_t port() const noexcept { return port_; }
  /// Of exactly `length` bytes when that is longer than needed.
  std::string url(std::size_t length = 40) const;

  /// Forgets all arrivals and makes room for `count`.
  void clear(std::size_t count);
  std::size_t count() const noexcept { return count_; }
  /// Waits for `count` arrivals; false when none has come for `quiet` after `from`.
  bool wait(std::size_t count, Instant from, Millis quiet) const;
  /// In the order of arrival. Requests without a number are not in it.
  std::vector<Arrival> arrivals() const;

 private:
  struct Connection {
    int socket = -1;
    ssl_st* tls = nullptr;
    std::string received;
    std::size_t answers = 0;  ///< owed
  };

  void listen();
  void serve();
  void accept_all();
  /// False: the connection is over.
  bool receive(Connection& connection);
  bool answer(Connection& connection);
  void take_requests(Connection& connection);
  void close(Connection& connection);

  SystemClock clock_;
  ssl_ctx_st* context_ = nullptr;
  int listener_ = -1, epoll_ = -1, wake_ = -1;
  std::uint16_t port_ = 0;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::atomic<std::size_t> count_{0};
  mutable std::mutex mutex_;
  std::vector<Arrival> arrivals_;  // guarded by mutex_
  std::vector<Arrival> fresh_;
  std::thread thread_;
};

}  // namespace recado::bench
