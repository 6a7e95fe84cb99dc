#include "http/load.hpp"

#include <limits>
#include <utility>

namespace recado::http {

Load::Load(const LoadLimits& limits, OverloadProbe probe, Metrics& metrics)
    : limits_(limits),
      probe_(std::move(probe)),
      metrics_(metrics),
      bytes_shown_(metrics.gauge("recado_http_request_bytes",
                                 "Bytes of request bodies and of answers that are in memory.")) {
  for (const char* code : {"connections", "memory", "requests"}) shed(code);
}

std::size_t Load::most(Work work) const noexcept {
  switch (work) {
    case Work::registration:
      return limits_.registrations;
    case Work::heavy:
      return limits_.heavy;
    case Work::light:
      return limits_.light;
    case Work::vital:
      break;
  }
  return std::numeric_limits<std::size_t>::max();
}

std::optional<Response> Load::refusal(const Route& route, std::uint64_t body_bytes,
                                      std::chrono::nanoseconds queued) {
  if (route.work == Work::vital) return std::nullopt;
  if (bytes_ + body_bytes > limits_.bytes && bytes_ > 0) return memory_refusal();
  if (count(route.work) >= most(route.work)) {
    return refuse("requests", "as many requests of this kind as there is room for are under way");
  }
  if (route.work != Work::registration) return std::nullopt;
  if (queued > limits_.queued) return refuse("loop", "more requests wait than this node can handle");
  if (!probe_) return std::nullopt;
  auto overload = probe_();
  if (!overload || count(Work::registration) < overload->from) return std::nullopt;
  return refuse(overload->code, std::move(overload->detail));
}

Response Load::memory_refusal() {
  return refuse("memory", "the requests under way fill the memory that is set aside for them");
}

Response Load::refuse(const char* code, std::string detail) {
  shed(code).add();
  auto refused = problem(503, std::move(detail) + "; nothing was done, try again in a second");
  refused.headers.emplace_back("Retry-After", "1");
  return refused;
}

Counter& Load::shed(const char* code) {
  Counter*& counter = shed_[code];
  if (counter == nullptr) {
    counter = &metrics_.counter("recado_http_shed_total",
                                "Requests and connections answered 503 for want of room, by reason.",
                                {{"reason", code}});
  }
  return *counter;
}

}  // namespace recado::http
