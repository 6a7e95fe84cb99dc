// The webhook channel: a message as a signed HTTP request (Standard Webhooks 1.0.0), an answer as an outcome.
// Pure.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/crypto.hpp"
#include "engine/channel.hpp"

namespace recado::engine {

class WebhookChannel final : public Channel {
 public:
  /// `version` for User-Agent `recado/<version>`.
  WebhookChannel(WebhookSigner signer, std::string version);

  Result<net::HttpRequest> request(const Message& message, std::uint32_t attempt, Instant now) const override;
  /// 2xx delivered. Retried: no connection, 404 (n8n answers it while a workflow starts), 408, 409, 425, 429,
  /// 5xx. Given up: 410, other 4xx, 3xx (never followed; `detail` names the Location), a refused address.
  Outcome outcome(const net::HttpResponse& response, Instant started, Instant now) const override;

 private:
  WebhookSigner signer_;
  std::string user_agent_;
};

/// The body of a callback for a finished `message` (API.md, "Callback").
std::string callback_body(const Message& message, Instant now);

}  // namespace recado::engine
