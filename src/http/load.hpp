// How much is under way, and whether more may be: what is refused with 503 before anything degrades.
//
// Registrations go first when something is short, because nothing was promised about them yet: what is
// acknowledged (claims, deliveries, outcomes) needs the same loop, memory and Redis. What shows and mends an
// overload (health, metrics, pausing, cancelling) is always answered. Loop thread only.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "base/metrics.hpp"
#include "http/router.hpp"

namespace recado::http {

struct LoadLimits {
  std::size_t registrations = 2'048;  ///< handlers under way at the same time, by kind of work
  std::size_t heavy = 32;
  std::size_t light = 2'048;
  std::chrono::milliseconds queued{250};  ///< that a registration may have waited for its turn of the loop
  std::size_t bytes = 64 << 20;  ///< of bodies being received or handled, and of answers being written
};

/// Why nothing new should be taken on.
struct Overload {
  const char* code = "";  ///< label of the metric, a literal
  std::string detail;     ///< one sentence for the client
  /// Counts only while at least so many registrations are under way: a single client that waits for each
  /// answer is no flood, however much it asks for.
  std::size_t from = 0;
};

/// Asked for each registration: nullopt while there is no reason to refuse it. Must be cheap.
using OverloadProbe = std::function<std::optional<Overload>()>;

class Load {
 public:
  Load(const LoadLimits& limits, OverloadProbe probe, Metrics& metrics);

  /// 503 with `Retry-After` when a request to `route` may not go on; `body_bytes`: what it still wants to
  /// send; `queued`: how long it has waited for its turn. Asked when its header is complete, and again when
  /// its handler would start.
  std::optional<Response> refusal(const Route& route, std::uint64_t body_bytes,
                                  std::chrono::nanoseconds queued);
  /// Whether what is in memory has passed its limit.
  bool full() const noexcept { return bytes_ > limits_.bytes; }
  /// The refusal of a body that is being received, counted.
  Response memory_refusal();

  /// A handler under way, counted until it goes out of scope.
  class Place {
   public:
    Place(Load& load, Work work) noexcept : count_(load.count(work)) { ++count_; }
    ~Place() { --count_; }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

   private:
    std::size_t& count_;
  };

  /// What a session holds has changed from `before` to `now` bytes.
  void held(std::size_t before, std::size_t now) noexcept {
    bytes_ = bytes_ - before + now;
    bytes_shown_.set(static_cast<double>(bytes_));
  }

  /// A connection was refused for want of room.
  void refused_connection() { shed("connections").add(); }

 private:
  std::size_t& count(Work work) noexcept { return under_way_[static_cast<std::size_t>(work)]; }
  std::size_t most(Work work) const noexcept;
  Response refuse(const char* code, std::string detail);
  Counter& shed(const char* code);

  const LoadLimits limits_;
  const OverloadProbe probe_;
  Metrics& metrics_;
  std::array<std::size_t, 4> under_way_{};
  std::size_t bytes_ = 0;
  Gauge& bytes_shown_;
  std::map<std::string, Counter*> shed_;
};

}  // namespace recado::http
