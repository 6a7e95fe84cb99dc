#include "engine/destination.hpp"

#include <boost/asio/ip/address.hpp>

#include "net/address_policy.hpp"
#include "net/resolver.hpp"
#include "net/url.hpp"

namespace recado::engine {

Result<void> Destinations::check(std::string_view url) const {
  const auto parsed = net::parse_destination(url, policy_);
  if (!parsed.ok()) return parsed.error();
  return Result<void>();
}

io::Task<Destinations::Verdict> Destinations::judge(std::string url, Millis limit) const {
  Verdict verdict;
  verdict.allowed = false;
  const auto parsed = net::parse_url(url);
  if (!parsed.ok()) {
    verdict.detail = parsed.error().detail();
    co_return verdict;
  }
  std::vector<boost::asio::ip::address> addresses;
  const auto literal = net::parse_address_literal(parsed->host);
  if (literal.ok() && *literal) {
    addresses.push_back(**literal);
  } else if (resolver_ == nullptr) {
    verdict.allowed = true;
    verdict.detail = "a name is judged when it is resolved, at each attempt";
    co_return verdict;
  } else {
    auto found = co_await resolver_->resolve(parsed->host, limit);
    if (!found.ok()) {
      verdict.detail = "the name does not resolve now: " + found.error().detail();
      co_return verdict;
    }
    addresses = std::move(found).value();
  }
  for (const auto& address : addresses) {
    verdict.addresses.push_back(address.to_string());
    const auto allowed = policy_.check(address);
    // One address that may be reached is enough: only such ones are connected to.
    if (allowed.ok()) verdict.allowed = true;
    if (!allowed.ok() && verdict.detail.empty()) verdict.detail = allowed.error().detail();
  }
  if (verdict.allowed) verdict.detail = "the destination may be reached";
  co_return verdict;
}

}  // namespace recado::engine
