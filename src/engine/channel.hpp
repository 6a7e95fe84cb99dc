// A channel is pure: it turns a message into an outbound request, and a response into an outcome. The engine
// sends.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "engine/message.hpp"
#include "net/http_client.hpp"
#include "net/smtp_client.hpp"

namespace recado::engine {

/// What an attempt came to, as the channel reads it.
enum class Verdict {
  delivered,  ///< accepted
  retry,      ///< may succeed later
  give_up,    ///< will never succeed as it stands
};

struct Outcome {
  Verdict verdict = Verdict::retry;
  Attempt attempt;                    ///< as it goes into the history
  std::optional<Millis> retry_after;  ///< the destination's own wish (Retry-After): wins over the backoff
  bool destination_down =
      false;  ///< no connection, TLS failure or unanswered timeout: what the breaker counts
};

class Channel {
 public:
  virtual ~Channel() = default;
  /// The request of attempt number `attempt` (from 1), started at `now`. Errors: the message cannot be sent
  /// as it stands.
  virtual Result<net::HttpRequest> request(const Message& message, std::uint32_t attempt,
                                           Instant now) const = 0;
  /// Reads the answer of an attempt that began at `started`.
  virtual Outcome outcome(const net::HttpResponse& response, Instant started, Instant now) const = 0;
};

/// RFC 9110 10.2.3: seconds or a date (IMF-fixdate, and the two obsolete forms); nullopt when unreadable. A
/// date in the past is 0.
std::optional<Millis> parse_retry_after(std::string_view value, Instant now);

}  // namespace recado::engine
