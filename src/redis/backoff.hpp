// How long to wait before connecting again. Pure.
#pragma once

#include <algorithm>

#include "base/time.hpp"

namespace recado::redis {

/// At once, then 50 ms doubling to 800 ms, each shortened by up to a fifth so that many nodes do not knock
/// together.
class Backoff {
 public:
  static constexpr Millis kFirst{50};
  static constexpr Millis kLongest{800};

  /// `unit` is a random number in [0, 1).
  Millis next(double unit) noexcept {
    const Millis wait = wait_;
    wait_ = wait == Millis::zero() ? kFirst : std::min(wait * 2, kLongest);
    return Millis{static_cast<Millis::rep>(static_cast<double>(wait.count()) * (1.0 - unit / 5))};
  }
  /// After a connection that lived: the next loss is news.
  void reset() noexcept { wait_ = Millis::zero(); }

 private:
  Millis wait_{0};
};

}  // namespace recado::redis
