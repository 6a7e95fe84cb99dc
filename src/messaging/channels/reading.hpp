// What a provider's answer means, told apart as far as it decides what happens next. Pure.
#pragma once

#include <optional>
#include <string>

#include "base/time.hpp"
#include "engine/channel.hpp"

namespace recado::messaging {

enum class Meaning {
  accepted,           ///< the provider has it
  recipient_refused,  ///< this recipient, for good: no such number, blocked, unsubscribed
  request_wrong,      ///< this request, for good: another one to the same recipient may do
  needs_template,     ///< outside the window in which free text is allowed
  wait,               ///< surely not sent, again after `wait`
  try_again,          ///< surely not sent, again after the usual backoff
  stop_channel,       ///< nobody can be sent to until somebody mends the account
  session_down,       ///< nobody can be sent to until the phone is connected again
  maybe_sent,         ///< nobody knows: repeating it might send it twice
};
const char* to_string(Meaning meaning) noexcept;

struct Reading {
  Meaning meaning = Meaning::try_again;
  std::string provider_id;     ///< of an accepted one: the provider's own id, empty when it gave none
  int code = 0;                ///< the provider's error code, 0 when it gave none
  std::string detail;          ///< one sentence for a person; empty when accepted
  std::optional<Millis> wait;  ///< of `wait`; nullopt: the usual backoff
  bool unreachable = false;    ///< nothing could even be written to the provider
};

/// What a channel's probe found.
struct ProbeResult {
  enum class State { ready, stopped, disconnected };
  State state = State::disconnected;
  std::string detail;  ///< one sentence; empty when ready
};

/// An exchange that brought no answer. A name that does not resolve, a connection that fails or a request of
/// which nothing left is surely not sent; what was written and not answered may have been.
Reading read_failure(const net::HttpResponse& response);
/// An answer without an error code of the provider's: by its HTTP status alone. 504 may have been sent: the
/// server behind the gateway had the request. `now` is for a Retry-After that is a date.
Reading read_status(const net::HttpResponse& response, Instant now);

/// `what` and, in brackets, the provider's own words, cut to 300 bytes and without line breaks.
std::string sentence(const std::string& what, const std::string& words);

}  // namespace recado::messaging
