// What a receiver sees of one request, and how it is shown. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/crypto.hpp"
#include "base/time.hpp"
#include "http/message.hpp"

namespace recado::app {

enum class SignatureVerdict {
  valid,
  invalid,      ///< signed by another secret, or changed on the way
  stale,        ///< right, but its timestamp is more than five minutes off: receivers must refuse it
  missing,      ///< one of webhook-id, webhook-timestamp and webhook-signature is not there
  not_checked,  ///< the secret is not known here
};

const char* to_string(SignatureVerdict verdict) noexcept;

/// By Standard Webhooks 1.0.0. `signer` null: the secret is not known.
SignatureVerdict judge_signature(const http::Request& request, const WebhookSigner* signer, Instant now);

/// Milliseconds after the recado-scheduled-for of `request` (negative: early); nullopt without that header.
std::optional<double> lateness_ms(const http::Request& request, std::int64_t now_ns);

struct ArrivalStyle {
  bool colour = false;
  bool verbose = false;  ///< headers and the whole body, on lines of their own
  std::string timezone;  ///< of the time shown; empty: UTC with its date
};

/// `18:20:05.123 POST /orders late 1.8 ms attempt 1 msg_0197… signature valid {"text":"Hello"}` and a
/// newline. What the sender wrote cannot break the line or steer a terminal: control characters are escaped.
std::string format_arrival(const http::Request& request, std::int64_t now_ns, SignatureVerdict verdict,
                           const ArrivalStyle& style);

/// `text` with control characters and invalid UTF-8 as `\n` or `\x1b`; cut, with its whole length, where it
/// would pass `most` bytes. `keep_newlines`: for text that may have lines.
std::string printable(std::string_view text, std::size_t most, bool keep_newlines = false);

}  // namespace recado::app
