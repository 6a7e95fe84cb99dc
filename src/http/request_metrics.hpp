// What is counted about requests. Series are looked up once, then found by route.
#pragma once

#include <array>
#include <string_view>
#include <unordered_map>

#include "base/metrics.hpp"
#include "http/router.hpp"

namespace recado::http {

class RequestMetrics {
 public:
  /// `metrics` must outlive it.
  explicit RequestMetrics(Metrics& metrics);

  /// One answered request. `route` is null when none was found; `seconds` count from the complete header.
  void answered(const Route* route, std::string_view method, int status, double seconds);
  void connections(std::size_t open) noexcept { connections_.set(static_cast<double>(open)); }

 private:
  /// By HEAD or not, and by the status's first digit.
  using Series = std::array<std::array<Counter*, 6>, 2>;

  Metrics& metrics_;
  Gauge& connections_;
  Histogram& duration_;
  std::unordered_map<const Route*, Series> series_;
};

}  // namespace recado::http
