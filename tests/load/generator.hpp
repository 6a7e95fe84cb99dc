// Sends requests over many connections, at a pace of its own: it does not wait for answers before it sends
// more, and comes back at once when it is sent away. One thread, epoll.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"

namespace recado::load {

struct Tally {
  std::map<int, std::uint64_t> answers;  ///< by status
  std::uint64_t broken = 0;              ///< connections that ended without the answer that was owed
  std::uint64_t held_back = 0;           ///< could not be sent in time: every connection waited for an answer
  std::uint64_t accepted_in_time = 0;    ///< 2xx answers that came before `seconds` were over
  std::vector<float> accepted_ms;        ///< how long each 2xx took
  double seconds = 0;

  std::uint64_t of(int status) const;
  double rate(int status) const { return static_cast<double>(of(status)) / seconds; }
};

class Generator {
 public:
  /// The next whole request; what it returns stays valid until it is called again.
  using Source = std::function<std::string_view()>;

  /// Connects to 127.0.0.1 and sends the same request again and again. Each answer must carry a
  /// Content-Length.
  Generator(std::uint16_t port, std::size_t connections, std::string request);
  /// Connections are spread evenly over `ports`.
  Generator(std::vector<std::uint16_t> ports, std::size_t connections, Source source);
  ~Generator();
  Generator(const Generator&) = delete;
  Generator& operator=(const Generator&) = delete;

  /// For `duration`, `per_second` requests; 0: as many as the connections carry, one at a time on each. Waits
  /// for the answers that are owed at the end.
  Tally run(Millis duration, double per_second);
  /// So many requests, as fast as the connections carry; `seconds` is the time to the last answer. Those not
  /// answered within `limit` count as broken.
  Tally run_count(std::uint64_t requests, Millis limit);

 private:
  struct Connection {
    std::uint16_t port = 0;
    int socket = -1;
    std::string received;
    std::string unsent;  ///< of the request under way, what the socket did not take at once
    SteadyPoint sent{};
    bool waiting = false;
  };

  void open(Connection& connection);
  void send(Connection& connection);
  void send_rest(Connection& connection);
  void receive(Connection& connection);
  /// The request under way gets no answer any more.
  void give_up(Connection& connection);
  /// Takes one answer off what was received; false when it is not whole.
  bool take_answer(Connection& connection);
  void poll(int milliseconds);
  SteadyPoint now() const { return clock_.steady(); }

  SystemClock clock_;
  Source source_;
  int epoll_;
  std::vector<Connection> connections_;
  std::vector<Connection*> free_;
  std::size_t waiting_ = 0;
  SteadyPoint end_{};
  Tally tally_;
};

}  // namespace recado::load
