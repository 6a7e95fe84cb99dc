// What `recado demo` left, what came of it, and whether that is as promised. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"

namespace recado::app {

/// One message of the demo.
struct DemoMessage {
  DemoMessage(std::string i, std::optional<Millis> d, bool r) : id(std::move(i)), due(d), refused_first(r) {}
  std::string id;
  std::optional<Millis> due;  ///< after the start; nullopt: at once
  bool refused_first;         ///< its first attempt is answered 503

  int accepted = 0;
  int refused = 0;
  std::int64_t due_ns = 0;  ///< wall time at which the next attempt is due, as far as it is known
};

/// What one arrival was.
struct DemoArrival {
  bool known = false;
  bool accept = false;  ///< what to answer: 200, or else 503
  double late_ms = 0;   ///< after the time of this very attempt
  bool during_outage = false;
};

class DemoLedger {
 public:
  explicit DemoLedger(std::vector<DemoMessage> messages) : messages_(std::move(messages)) {}

  std::vector<DemoMessage>& messages() noexcept { return messages_; }
  const std::vector<DemoMessage>& messages() const noexcept { return messages_; }

  /// `scheduled_ns`: of recado-scheduled-for. `retry_after`: how long the sender waits after a 503.
  DemoArrival arrive(std::string_view id, std::int64_t scheduled_ns, std::int64_t now_ns, Millis retry_after);
  void server_down(std::int64_t now_ns) { down_ns_ = now_ns; }
  void server_up(std::int64_t now_ns) { up_ns_ = now_ns; }

  /// Accepted ones, each message counted once.
  std::size_t arrived() const noexcept;
  bool complete() const noexcept { return arrived() == messages_.size(); }
  /// What is not as promised, a sentence each; empty: all is well. To be asked at the end.
  std::vector<std::string> broken_promises() const;
  /// The lateness in ms of arrivals whose time was not in the outage, sorted.
  std::vector<double> lateness() const;
  /// How many arrivals were due while the server was down.
  std::size_t delayed() const noexcept { return delayed_.size(); }

 private:
  std::vector<DemoMessage> messages_;
  std::vector<double> on_time_;
  std::vector<double> delayed_;
  std::vector<std::string> broken_;
  std::int64_t down_ns_ = INT64_MAX;
  std::int64_t up_ns_ = INT64_MAX;
};

}  // namespace recado::app
