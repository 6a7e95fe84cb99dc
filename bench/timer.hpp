// What the machine itself is late: a thread that only sleeps until one instant after the other. Nothing that
// fires by a timer can be better on the same machine at the same time.
#pragma once

#include <cstdint>
#include <stop_token>
#include <thread>
#include <vector>

#include "base/time.hpp"

namespace recado::bench {

class BareTimer {
 public:
  /// Begins: wakes once every `interval`.
  explicit BareTimer(Millis interval);
  /// Ends; how late it woke each time between two instants of the wall clock (nanoseconds), in milliseconds.
  std::vector<double> stop(std::int64_t from_ns, std::int64_t to_ns);

 private:
  struct Wake {
    std::int64_t at_ns;
    double late_ms;
  };
  void run(const std::stop_token& ended, std::int64_t interval_ns);

  std::vector<Wake> wakes_;  ///< the thread's until it has ended
  std::jthread thread_;
};

}  // namespace recado::bench
