// The way out to destinations: address policy, resolver, HTTP and SMTP clients, and the channels to people,
// built from the settings.
#pragma once

#include <memory>

#include "base/config.hpp"
#include "base/error.hpp"
#include "engine/destination.hpp"
#include "io/loop.hpp"
#include "messaging/messaging.hpp"
#include "net/address_policy.hpp"
#include "net/http_client.hpp"
#include "net/resolver.hpp"
#include "net/smtp_client.hpp"

namespace recado::app {

struct Outbound {
  explicit Outbound(net::AddressPolicy p) : policy(std::move(p)) {}
  /// `loop` must outlive it. Errors: configuration.
  static Result<std::unique_ptr<Outbound>> create(io::Loop& loop, const Options& options);

  const net::AddressPolicy policy;
  std::unique_ptr<net::Resolver> resolver;
  std::unique_ptr<net::HttpClient> client;
  std::unique_ptr<net::SmtpClient> smtp;
  std::unique_ptr<messaging::ChannelDirectory> channels;
  std::unique_ptr<const engine::Destinations> destinations;  ///< as whoever registers messages sees them
};

}  // namespace recado::app
