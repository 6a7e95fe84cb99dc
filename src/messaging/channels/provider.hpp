// A provider of WhatsApp over HTTP: content to request, answer to reading, and a probe that sends nothing.
// Pure.
#pragma once

#include <string>

#include "base/error.hpp"
#include "base/secret.hpp"
#include "messaging/channels/callbacks.hpp"
#include "messaging/channels/reading.hpp"
#include "messaging/content.hpp"

namespace recado::messaging {

class Provider {
 public:
  virtual ~Provider() = default;
  /// `content.to` is E.164. Errors: invalid_argument, what this provider cannot send. The caller sets the
  /// timeout.
  virtual Result<net::HttpRequest> request(const Content& content) const = 0;
  virtual Reading read(const net::HttpResponse& response, Instant now) const = 0;
  /// Asks whether messages could be sent now.
  virtual net::HttpRequest probe() const = 0;
  virtual ProbeResult read_probe(const net::HttpResponse& response) const = 0;
  /// The header of its callbacks that signs them, in lower case; empty: none does.
  virtual const char* signature_header() const noexcept = 0;
  /// Errors: refused, when it is not proved that the provider calls; invalid_argument, for what cannot be
  /// read.
  virtual Result<Told> read_callback(const CallbackRequest& request) const = 0;
  /// Whether `token` is what the provider was told to confirm our URL by.
  virtual bool knows(std::string_view /*token*/) const { return false; }
};

/// How much of an answer a provider reads.
inline constexpr std::size_t kMaxProviderAnswer = 16 * 1024;

/// `https://host/path`, a path appended. Errors: invalid_argument for what is no http or https URL.
Result<net::Url> endpoint(const std::string& base_url, const std::string& path);
/// application/x-www-form-urlencoded, `+` as `%2B` and a space as `%20`.
std::string form_encode(const std::vector<std::pair<std::string, std::string>>& fields);
/// The digits of an E.164 number.
std::string digits_of(std::string_view e164);
/// What a probe by HTTP status says: 2xx ready; no answer disconnected; 401, 403, 404 and other 4xx stopped.
ProbeResult probe_by_status(const net::HttpResponse& response, const Reading& reading);

}  // namespace recado::messaging
