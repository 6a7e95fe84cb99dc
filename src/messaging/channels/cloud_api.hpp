// WhatsApp by Meta's Cloud API: POST {base}/{PHONE_NUMBER_ID}/messages, JSON, Bearer; `base` carries the
// version. What an error means is decided on its `code`, not on the HTTP status. Pure.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "messaging/channels/provider.hpp"

namespace recado::messaging {

struct CloudApiSettings {
  std::string base_url;  ///< https://graph.facebook.com/v23.0
  std::string phone_number_id;
  Secret token;
  Secret app_secret;     ///< signs callbacks; empty: none is accepted
  Secret verify_token;   ///< confirms our URL to Meta; empty: it cannot be confirmed
  bool trusted = false;  ///< the operator set the base URL: the address policy does not apply
};

class CloudApi final : public Provider {
 public:
  /// Errors: invalid_argument for a base URL that is none.
  static Result<std::unique_ptr<Provider>> create(CloudApiSettings settings);

  Result<net::HttpRequest> request(const Content& content) const override;
  Reading read(const net::HttpResponse& response, Instant now) const override;
  /// Fetches the number's own record.
  net::HttpRequest probe() const override;
  ProbeResult read_probe(const net::HttpResponse& response) const override;
  const char* signature_header() const noexcept override { return "x-hub-signature-256"; }
  Result<Told> read_callback(const CallbackRequest& request) const override;
  bool knows(std::string_view token) const override;

  CloudApi(CloudApiSettings settings, net::Url messages, net::Url number);

 private:
  net::HttpRequest base(const net::Url& url) const;

  CloudApiSettings settings_;
  net::Url messages_;
  net::Url number_;
};

/// What a code of Meta's means, from an answer or a webhook; nullopt for one that is not known.
std::optional<Meaning> cloud_api_meaning(int code);
/// How long 131049 (Meta chose not to deliver it) waits.
inline constexpr Millis kUnhealthyWait{24 * 3600 * 1000};

}  // namespace recado::messaging
