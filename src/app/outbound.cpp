#include "app/outbound.hpp"

#include <utility>

namespace recado::app {

Result<std::unique_ptr<Outbound>> Outbound::create(io::Loop& loop, const Options& options) {
  auto policy = net::AddressPolicy::create(options.webhook_allow_networks);
  if (!policy.ok()) return policy.error();
  auto outbound = std::make_unique<Outbound>(std::move(policy).value());
  auto resolver = net::Resolver::create(loop, options.dns_servers);
  if (!resolver.ok()) return resolver.error();
  outbound->resolver = std::move(resolver).value();
  outbound->destinations =
      std::make_unique<const engine::Destinations>(outbound->policy, outbound->resolver.get());
  auto client =
      net::HttpClient::create(loop, outbound->policy, *outbound->resolver, net::HttpClientLimits(), "");
  if (!client.ok()) return client.error();
  outbound->client = std::move(client).value();
  outbound->smtp = net::SmtpClient::create(loop, outbound->policy, *outbound->resolver, "");
  auto channels = messaging::ChannelDirectory::from_environment(options);
  if (!channels.ok()) return channels.error();
  outbound->channels = std::move(channels).value();
  if (!options.failure_callback_url.empty()) {
    // Its failures would be told to nobody.
    const auto callback = outbound->destinations->check(options.failure_callback_url);
    if (!callback.ok()) {
      return Error(ErrorCode::configuration, "FAILURE_CALLBACK_URL: " + callback.error().detail());
    }
  }
  return outbound;
}

}  // namespace recado::app
