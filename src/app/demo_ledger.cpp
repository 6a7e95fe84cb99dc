#include "app/demo_ledger.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace recado::app {

DemoArrival DemoLedger::arrive(std::string_view id, std::int64_t scheduled_ns, std::int64_t now_ns,
                               Millis retry_after) {
  DemoArrival arrival;
  const auto found =
      std::find_if(messages_.begin(), messages_.end(), [&](const auto& m) { return m.id == id; });
  if (found == messages_.end()) {
    broken_.push_back(fmt::format("something else arrived: {}", id));
    return arrival;
  }
  DemoMessage& message = *found;
  arrival.known = true;
  const std::int64_t due_ns = message.refused > 0 ? message.due_ns : scheduled_ns;
  arrival.late_ms = static_cast<double>(now_ns - due_ns) / 1e6;
  arrival.during_outage = due_ns >= down_ns_ && due_ns <= up_ns_;
  (arrival.during_outage ? delayed_ : on_time_).push_back(arrival.late_ms);
  if (arrival.late_ms < 0) broken_.push_back(fmt::format("{} came {:.1f} ms early", id, -arrival.late_ms));
  if (message.refused_first && message.refused == 0) {
    ++message.refused;
    message.due_ns = now_ns + retry_after.count() * 1'000'000;
    return arrival;
  }
  arrival.accept = true;
  ++message.accepted;
  return arrival;
}

std::size_t DemoLedger::arrived() const noexcept {
  return static_cast<std::size_t>(
      std::count_if(messages_.begin(), messages_.end(), [](const auto& m) { return m.accepted > 0; }));
}

std::vector<std::string> DemoLedger::broken_promises() const {
  std::vector<std::string> broken = broken_;
  for (const auto& message : messages_) {
    if (message.accepted == 0) broken.push_back(message.id + " did not arrive");
    if (message.accepted > 1)
      broken.push_back(fmt::format("{} arrived {} times", message.id, message.accepted));
  }
  return broken;
}

std::vector<double> DemoLedger::lateness() const {
  auto sorted = on_time_;
  std::sort(sorted.begin(), sorted.end());
  return sorted;
}

}  // namespace recado::app
