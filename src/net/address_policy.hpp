// Which addresses webhooks may reach. The resolved address is judged, and that very address is connected to.
//
// Never: link-local, metadata, multicast, unspecified, documentation, benchmarking and reserved ranges. Only
// where WEBHOOK_ALLOW_NETWORKS names them: private and loopback ranges (docs/security.md has the list and its
// sources: RFC 6890, RFC 4291, RFC 6052, RFC 3056). IPv4 inside IPv6 (mapped, NAT64, 6to4) is unwrapped
// first.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace recado::net {

class AddressPolicy {
 public:
  /// `allow`: CIDR texts, `127.0.0.0/8`, `::1/128`. Errors: configuration naming the bad one.
  static Result<AddressPolicy> create(const std::vector<std::string>& allow);

  /// Allowed, or refused with a sentence that names the address, its range and, where that helps, the setting
  /// (`WEBHOOK_ALLOW_NETWORKS=127.0.0.0/8`) that would allow it.
  Result<void> check(const boost::asio::ip::address& address) const;

 private:
  struct Network {
    boost::asio::ip::address_v6 base;  ///< v4 as mapped
    unsigned prefix = 0;
  };
  std::vector<Network> allow_;
};

/// What inet_aton or the WHATWG URL standard reads as an address: `127.1`, `2130706433`, `0x7f.1`, `0`,
/// `017700000001`, `1.2.3.4.` (trailing dot), `[::1]`, full-width digits excluded (non-ASCII hosts are
/// refused elsewhere). nullopt: a DNS name. A host whose last label is numeric but that is no address
/// (`1.2.3.256`) is an error.
Result<std::optional<boost::asio::ip::address>> parse_address_literal(std::string_view host);

}  // namespace recado::net
