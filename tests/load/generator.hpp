// Sends one request again and again over many connections, at a pace of its own: it does not wait for answers
// before it sends more, and comes back at once when it is sent away. One thread, epoll.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/time.hpp"

namespace recado::load {

struct Tally {
  std::map<int, std::uint64_t> answers;  ///< by status
  std::uint64_t broken = 0;              ///< connections that ended without the answer that was owed
  std::uint64_t held_back = 0;           ///< could not be sent in time: every connection waited for an answer
  std::vector<float> accepted_ms;        ///< how long each 201 took
  double seconds = 0;

  std::uint64_t of(int status) const;
  double rate(int status) const { return static_cast<double>(of(status)) / seconds; }
};

class Generator {
 public:
  /// Connects to 127.0.0.1. `request`: whole; each answer must carry a Content-Length.
  Generator(std::uint16_t port, std::size_t connections, std::string request);
  ~Generator();
  Generator(const Generator&) = delete;
  Generator& operator=(const Generator&) = delete;

  /// For `duration`, `per_second` requests; 0: as many as the connections carry, one at a time on each. Waits
  /// for the answers that are owed at the end.
  Tally run(Millis duration, double per_second);

 private:
  struct Connection {
    int socket = -1;
    std::string received;
    SteadyPoint sent{};
    bool waiting = false;
  };

  void open(Connection& connection);
  void send(Connection& connection);
  void receive(Connection& connection);
  /// Takes one answer off what was received; false when it is not whole.
  bool take_answer(Connection& connection);
  void poll(int milliseconds);
  SteadyPoint now() const { return clock_.steady(); }

  const SystemClock clock_;
  const std::uint16_t port_;
  const std::string request_;
  int epoll_;
  std::vector<Connection> connections_;
  std::vector<Connection*> free_;
  std::size_t waiting_ = 0;
  Tally tally_;
};

}  // namespace recado::load
