// A destination URL, taken apart and judged once, at registration.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "net/address_policy.hpp"

namespace recado::net {

struct Url {
  bool tls = false;
  std::string host;  ///< lower case, without brackets
  std::uint16_t port = 80;
  std::string target;  ///< path and query as given, at least `/`; no fragment
  /// `https://host:port` in lower case, the default port left out: the key of pools and breakers.
  std::string origin() const;
  /// The Host header: port left out when it is the scheme's own, IPv6 in brackets.
  std::string host_header() const;
};

/// Parses an absolute http or https URL (RFC 3986), at most 8 KiB. invalid_argument for anything else: other
/// schemes, no host, `user:password@`, non-ASCII hosts (write xn--), control characters, port 0. The fragment
/// is dropped.
Result<Url> parse_url(std::string_view text);

/// parse_url, and a host that is an address literal is judged by `policy`: code refused, with the setting to
/// use.
Result<Url> parse_destination(std::string_view text, const AddressPolicy& policy);

}  // namespace recado::net
