// WhatsApp by the Evolution API: POST {base}/message/sendText/{instance}, header `apikey`; one body for
// versions 1 and 2. It cannot drop repeats, and knows no templates. Pure.
#pragma once

#include <memory>
#include <string>

#include "messaging/channels/provider.hpp"

namespace recado::messaging {

struct EvolutionSettings {
  std::string base_url;
  Secret api_key;
  std::string instance;
  /// How long it shows "typing…" before it sends, ms; it holds the answer back as long.
  std::int64_t typing_ms = 1200;
  bool trusted = false;  ///< the operator set the base URL: the address policy does not apply
};

class Evolution final : public Provider {
 public:
  /// Errors: invalid_argument for a base URL that is none.
  static Result<std::unique_ptr<Provider>> create(EvolutionSettings settings);

  Result<net::HttpRequest> request(const Content& content) const override;
  Reading read(const net::HttpResponse& response, Instant now) const override;
  /// Asks for the state of the phone's connection.
  net::HttpRequest probe() const override;
  ProbeResult read_probe(const net::HttpResponse& response) const override;
  const char* signature_header() const noexcept override { return ""; }
  Result<Told> read_callback(const CallbackRequest& request) const override;

  Evolution(EvolutionSettings settings, net::Url send, net::Url state);

 private:
  net::HttpRequest base(const net::Url& url) const;

  EvolutionSettings settings_;
  net::Url send_;
  net::Url state_;
};

}  // namespace recado::messaging
