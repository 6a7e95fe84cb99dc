// Registering messages, waiting for them, and saying how late they were.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "contestants.hpp"
#include "cpu.hpp"
#include "sink.hpp"

namespace recado::bench {

struct Due {
  std::uint32_t count = 0;
  Millis over{0};  ///< from the first due time to the last; 0: all at once
};

struct Delivered {
  std::vector<double> late_ms;  ///< by arrival, in order of arrival
  std::uint32_t missing = 0;    ///< had not come when nothing had come for five seconds
  std::uint32_t repeated = 0;
  double seconds = 0;       ///< from the first due time to the last arrival
  double disorder_ms = 0;   ///< by how much a message came behind one that was due later, at most
  double cpu_us = 0;        ///< of the service, a message, from claim to outcome
  double redis_cpu_us = 0;  ///< of its Redis
  Interference busy;

  double rate() const { return seconds > 0 ? static_cast<double>(late_ms.size()) / seconds : 0; }
};

/// Registers `due` over 64 connections so early that all are in before the first is due by more than a
/// second, and waits for their arrival. `per_second`: how fast the service registers, as warm_up() says.
/// Throws when it does not register them.
Delivered deliver(Service& service, Sink& sink, const Due& due, double per_second);

/// What arrivals mean when message i was due at `due(i)`.
Delivered judge_arrivals(const std::vector<Arrival>& arrivals, std::uint32_t count,
                         const std::function<Instant(std::uint32_t)>& due);

}  // namespace recado::bench
