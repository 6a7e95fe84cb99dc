// What was asked, what was acknowledged, what arrived, what was broken when: everything the oracle judges.
//
// All times are nanoseconds of the test machine's wall clock, which is never stepped.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"

namespace recado::chaos {

using Nanos = std::int64_t;
inline constexpr Nanos kMilli = 1'000'000;
inline constexpr Nanos kSecond = 1'000 * kMilli;
inline constexpr Nanos kNever = std::numeric_limits<Nanos>::max();

/// What a client knows about a request after its answer, or the lack of one.
enum class Answered {
  acknowledged,  ///< 2xx
  unknown,       ///< 503 naming the message, or no answer: it may have happened
  refused,       ///< every other answer: it surely did not happen
};

/// One request about one message, in the order in which its client sent them.
struct Request {
  enum class Kind { put_in, change, send_now, cancel };
  Kind kind = Kind::put_in;
  Answered answered = Answered::unknown;
  Nanos asked = 0;
  Nanos done = kNever;   ///< when the answer was there
  std::string payload;   ///< of put_in and change
  Nanos not_before = 0;  ///< by the node's clock: the due time, or the earliest that it can have understood
  std::string answer;    ///< status and body, for reports
};

struct Registered {
  std::string tag;  ///< in every payload of it
  std::vector<Request> requests;
  std::string id;  ///< as far as it is known
  bool expires = false;
  bool refused_for_good = false;  ///< its receiver says 410 or redirects at some time: failing is right
  bool wants_callback = false;
  Millis timeout{5'000};
};

/// One webhook that reached the receiver whole.
struct Arrival {
  Nanos at = 0;
  Nanos answered = kNever;  ///< when the receiver had done with it
  bool success = false;     ///< the receiver said 2xx as far as it said anything
  std::string tag;          ///< empty: not of the workload
  std::string payload;
  std::string webhook_id;
  std::string message_id;
  int attempt = 0;
  bool signature_holds = true;
  bool callback = false;  ///< it is the outcome of `tag`, not the message
};

/// What was broken, from when until when.
struct Trouble {
  enum class Kind {
    node_lost,      ///< killed, paused or cut off: what it was sending may be sent again
    redis_away,     ///< outcomes are recorded when it is back
    redis_emptied,  ///< what was acknowledged before its end may be gone
  };
  Kind kind = Kind::node_lost;
  Nanos from = 0;
  Nanos to = 0;
  std::string name;
};

/// From `at` on the nodes' wall clock is `shift` beside the machine's.
struct ClockStep {
  Nanos at = 0;
  Nanos shift = 0;
};

/// What the API says of a message in the end.
struct FinalState {
  std::string status;
  std::string error;
};

/// A whole run, to be judged.
struct History {
  std::map<std::string, Registered> messages;  ///< by tag
  std::vector<Arrival> arrivals;               ///< in order of time
  std::vector<Trouble> troubles;
  std::vector<ClockStep> clock;
  /// A name may take part of an attempt's time, so that an answer in time for its arrival is too late for it.
  bool slow_names = false;
  std::map<std::string, FinalState> finals;  ///< by message id; of every finished message
};

/// Gathers a History from many threads.
class Ledger {
 public:
  void expect(Registered message) {
    const std::lock_guard lock(mutex_);
    std::string tag = message.tag;
    history_.messages.emplace(std::move(tag), std::move(message));
  }
  void answered(const std::string& tag, Request request, const std::string& id) {
    const std::lock_guard lock(mutex_);
    auto& message = history_.messages.at(tag);
    if (!id.empty()) message.id = id;
    message.requests.push_back(std::move(request));
  }
  /// Returns its place, for settle().
  std::size_t arrived(Arrival arrival) {
    const std::lock_guard lock(mutex_);
    history_.arrivals.push_back(std::move(arrival));
    return history_.arrivals.size() - 1;
  }
  void settle(std::size_t place, Nanos when, bool success) {
    const std::lock_guard lock(mutex_);
    history_.arrivals[place].answered = when;
    history_.arrivals[place].success = success;
  }
  void trouble(Trouble trouble) {
    const std::lock_guard lock(mutex_);
    history_.troubles.push_back(std::move(trouble));
  }
  void clock_step(ClockStep step) {
    const std::lock_guard lock(mutex_);
    history_.clock.push_back(step);
  }
  /// The shift in force now.
  Nanos shift() const {
    const std::lock_guard lock(mutex_);
    return history_.clock.empty() ? 0 : history_.clock.back().shift;
  }
  std::size_t arrivals() const {
    const std::lock_guard lock(mutex_);
    return history_.arrivals.size();
  }
  History take() const {
    const std::lock_guard lock(mutex_);
    return history_;
  }

 private:
  mutable std::mutex mutex_;
  History history_;
};

}  // namespace recado::chaos
