// A handler: what happens when a message's time comes and it is not sent anywhere, but is work for this
// program itself, which must survive it: the next step of something long. A message names its handler in
// MessageSpec::handler and has an id of its own (no UUID). It is claimed, taken over and drained as every
// message is, and hidden as callbacks are.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "engine/message.hpp"
#include "io/loop.hpp"

namespace recado::engine {

/// What a step came to.
struct Step {
  enum class Kind {
    done,    ///< the message is gone
    again,   ///< another step at `at`, with `payload`; no attempt is burnt
    failed,  ///< the same step again later, after a wait that grows with each failure in a row; for ever
  };
  Step() = default;  // no aggregate: g++ 12.2 miscompiles temporaries of those beside co_await
  static Step done() { return {}; }
  static Step again(Instant at, std::string payload) {
    Step step;
    step.kind = Kind::again;
    step.at = at;
    step.payload = std::move(payload);
    return step;
  }
  static Step failed(std::string why) {
    Step step;
    step.kind = Kind::failed;
    step.why = std::move(why);
    return step;
  }

  Kind kind = Kind::done;
  Instant at{};
  std::string payload;  ///< what the next step starts from: stored with the claim's end, all or nothing
  std::string why;      ///< one sentence, for the log
};

class Handler {
 public:
  virtual ~Handler() = default;
  /// One bounded step: it should be over well within a second, for it is waited for at a drain and its node's
  /// heartbeat may be lost meanwhile. A step may run again after a crash, or (rarely) on two nodes at once:
  /// what it does must be repeatable (MessageSpec::once). `message.spec.payload` is what the last step left.
  virtual io::Task<Step> run(const Message& message) = 0;
};

}  // namespace recado::engine
