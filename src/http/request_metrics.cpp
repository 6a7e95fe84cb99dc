#include "http/request_metrics.hpp"

#include <algorithm>

namespace recado::http {

RequestMetrics::RequestMetrics(Metrics& metrics)
    : metrics_(metrics),
      connections_(metrics.gauge("recado_http_connections", "Open connections of HTTP clients.")),
      duration_(metrics.histogram(
          "recado_http_request_duration_seconds",
          "From a request's complete header to its answer, all routes.",
          {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10})) {}

void RequestMetrics::answered(const Route* route, std::string_view method, int status, double seconds) {
  duration_.observe(seconds);
  const bool head = method == "HEAD";
  const auto digit = static_cast<std::size_t>(std::clamp(status / 100, 0, 5));
  // Without a route the method is whatever a client made up: not a label.
  Counter*& counter = series_[route][head ? 1 : 0][digit];
  if (counter == nullptr) {
    const std::string label = route == nullptr ? "" : head ? "HEAD" : route->method;
    counter = &metrics_.counter("recado_http_requests_total",
                                "Requests answered, by method, route and status class.",
                                {{"method", label},
                                 {"route", route == nullptr ? "" : route->path},
                                 {"status", std::to_string(digit) + "xx"}});
  }
  counter->add();
}

}  // namespace recado::http
