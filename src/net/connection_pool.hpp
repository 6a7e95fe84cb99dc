// Idle keep-alive connections by origin, the freshest first. Private to the room.
//
// Invariants: every connection in `idle_` has exactly one place in `origins_` and vice versa; an origin
// without idle connections has no entry; `idle_` and each origin's places are ordered from the longest idle
// to the freshest.
#pragma once

#include <list>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "io/deadline.hpp"
#include "io/loop.hpp"
#include "io/stream.hpp"

namespace recado::net {

class ConnectionPool {
 public:
  ConnectionPool(io::Loop& loop, std::size_t max_idle, std::size_t max_idle_per_origin);

  /// The freshest idle connection that is still silent and open; null when there is none. What the peer
  /// closed or wrote to meanwhile is dropped on the way.
  std::unique_ptr<io::Stream> take(const std::string& origin);
  /// Keeps `stream` for at most `keep_for`; over a limit, the longest idle one makes room.
  void put(const std::string& origin, std::unique_ptr<io::Stream> stream, Millis keep_for);
  void clear();
  std::size_t size() const noexcept { return idle_.size(); }
  std::size_t origins() const noexcept { return origins_.size(); }

 private:
  struct Idle {
    Idle(std::string o, std::unique_ptr<io::Stream> s, SteadyPoint until)
        : origin(std::move(o)), stream(std::move(s)), expires_at(until) {}
    std::string origin;
    std::unique_ptr<io::Stream> stream;
    SteadyPoint expires_at;
  };
  using Place = std::list<Idle>::iterator;

  std::unique_ptr<io::Stream> remove(Place place);
  void sweep();

  io::Loop& loop_;
  const std::size_t max_idle_;
  const std::size_t max_idle_per_origin_;
  std::list<Idle> idle_;
  std::unordered_map<std::string, std::vector<Place>> origins_;
  io::Deadline next_sweep_;
};

}  // namespace recado::net
