// WhatsApp by Twilio: POST /2010-04-01/Accounts/{Sid}/Messages.json, form-encoded, Basic authentication.
// Codes: twilio.com/docs/api/errors. Pure.
#pragma once

#include <memory>
#include <string>

#include "messaging/channels/provider.hpp"

namespace recado::messaging {

inline constexpr const char* kTwilioBaseUrl = "https://api.twilio.com";

struct TwilioSettings {
  std::string base_url = kTwilioBaseUrl;
  std::string account_sid;
  Secret auth_token;
  std::string from;             ///< E.164; a leading `whatsapp:` is taken off
  std::string status_callback;  ///< where Twilio reports what became of it; empty: nowhere. It must be what
                                ///< Twilio can reach
  bool trusted = false;         ///< the operator set the base URL: the address policy does not apply
};

class Twilio final : public Provider {
 public:
  /// Errors: invalid_argument for a base URL that is none.
  static Result<std::unique_ptr<Provider>> create(TwilioSettings settings);

  Result<net::HttpRequest> request(const Content& content) const override;
  Reading read(const net::HttpResponse& response, Instant now) const override;
  /// Fetches the account's own record.
  net::HttpRequest probe() const override;
  ProbeResult read_probe(const net::HttpResponse& response) const override;
  const char* signature_header() const noexcept override { return "x-twilio-signature"; }
  Result<Told> read_callback(const CallbackRequest& request) const override;

  explicit Twilio(TwilioSettings settings, net::Url messages, net::Url account);

 private:
  net::HttpRequest base(const net::Url& url) const;

  TwilioSettings settings_;
  net::Url messages_;
  net::Url account_;
};

/// What a Twilio error code means, from an answer or a status callback; nullopt for a code that is not known.
std::optional<Meaning> twilio_meaning(int code);

}  // namespace recado::messaging
