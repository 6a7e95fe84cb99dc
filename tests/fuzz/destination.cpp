// URLs and the address filter: what is read as a URL reads back the same, and no spelling of a refused
// address passes.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <boost/asio/ip/address.hpp>
#include <string>

#include "fuzz/check.hpp"
#include "net/address_policy.hpp"
#include "net/url.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using recado::fuzz::require;
  using recado::net::AddressPolicy;
  static const AddressPolicy public_only = AddressPolicy::create({}).value();
  const std::string text(reinterpret_cast<const char*>(data), size);

  const auto url = recado::net::parse_url(text);
  if (url.ok()) {
    for (const char c : url->host + url->target) {
      require(static_cast<unsigned char>(c) > 0x20 && c != 0x7f,
              "no blank and no control character is ever sent");
    }
    require(!url->host.empty() && url->port != 0 && url->target.starts_with('/'), "a URL is complete");
    require(url->host.find_first_of("@/\\?#%") == std::string::npos, "a host holds no delimiter");
    const auto again = recado::net::parse_url(url->origin() + url->target);
    require(
        again.ok() && again->host == url->host && again->port == url->port && again->target == url->target,
        "a URL reads back as it was written");
    in_addr legacy{};
    const auto literal = recado::net::parse_address_literal(url->host);
    // What the C library would connect to without asking a name server has to be judged as that address.
    if (::inet_aton(url->host.c_str(), &legacy) != 0) {
      require(!literal.ok() || literal->has_value(), "inet_aton's spellings are address literals");
      if (literal.ok()) {
        require((*literal)->is_v4() && (*literal)->to_v4().to_uint() == ntohl(legacy.s_addr),
                "read as inet_aton does");
      }
    }
    const auto destination = recado::net::parse_destination(text, public_only);
    if (destination.ok() && literal.ok() && literal->has_value()) {
      require(public_only.check(**literal).ok(), "a refused literal is no destination");
      require(!(*literal)->is_loopback() && !(*literal)->is_multicast() && !(*literal)->is_unspecified(),
              "loopback, multicast and unspecified addresses are refused by default");
    }
  }
  const auto literal = recado::net::parse_address_literal(text);
  if (literal.ok() && literal->has_value()) static_cast<void>(public_only.check(**literal));
  static_cast<void>(AddressPolicy::create({text}));
  return 0;
}
