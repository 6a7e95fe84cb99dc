#include "net/address_policy.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

namespace recado::net {
namespace {

namespace ip = boost::asio::ip;

enum class Verdict { never, loopback, private_use };

struct Range {
  std::string_view network;  ///< as a setting would name it
  std::string_view kind;     ///< completes "… is "
  Verdict verdict;
};

// The first match counts, so what lies inside a wider range stands before it. Sources: RFC 6890 and the IANA
// special-purpose registries; the metadata addresses are those of AWS, Google Cloud and Alibaba Cloud.
constexpr Range kRanges4[] = {
    {"169.254.169.254/32", "a cloud metadata address", Verdict::never},
    {"100.100.100.200/32", "a cloud metadata address", Verdict::never},
    {"127.0.0.0/8", "a loopback address", Verdict::loopback},
    {"10.0.0.0/8", "a private address", Verdict::private_use},
    {"172.16.0.0/12", "a private address", Verdict::private_use},
    {"192.168.0.0/16", "a private address", Verdict::private_use},
    {"100.64.0.0/10", "a private address (shared by a carrier's customers)", Verdict::private_use},
    {"0.0.0.0/32", "the unspecified address", Verdict::never},
    {"0.0.0.0/8", "a reserved address", Verdict::never},
    {"169.254.0.0/16", "a link-local address", Verdict::never},
    {"192.0.0.0/24", "a reserved address", Verdict::never},
    {"192.0.2.0/24", "a documentation address", Verdict::never},
    {"192.88.99.0/24", "a reserved address", Verdict::never},
    {"198.18.0.0/15", "a benchmarking address", Verdict::never},
    {"198.51.100.0/24", "a documentation address", Verdict::never},
    {"203.0.113.0/24", "a documentation address", Verdict::never},
    {"224.0.0.0/4", "a multicast address", Verdict::never},
    {"255.255.255.255/32", "the broadcast address", Verdict::never},
    {"240.0.0.0/4", "a reserved address", Verdict::never},
};

constexpr Range kRanges6[] = {
    {"::/128", "the unspecified address", Verdict::never},
    {"::1/128", "a loopback address", Verdict::loopback},
    {"fd00:ec2::254/128", "a cloud metadata address", Verdict::never},
    {"fd20:ce::254/128", "a cloud metadata address", Verdict::never},
    {"fc00::/7", "a private address", Verdict::private_use},
    {"fe80::/10", "a link-local address", Verdict::never},
    {"fec0::/10", "a site-local address", Verdict::never},
    {"ff00::/8", "a multicast address", Verdict::never},
    {"100::/64", "a discard-only address", Verdict::never},
    {"2001:db8::/32", "a documentation address", Verdict::never},
    {"3fff::/20", "a documentation address", Verdict::never},
    {"2001::/32", "a Teredo address", Verdict::never},
    {"2001:2::/48", "a benchmarking address", Verdict::never},
    {"64:ff9b:1::/48", "an address of a local IPv4 translator", Verdict::never},
};

using Bytes = ip::address_v6::bytes_type;

bool same_prefix(const Bytes& a, const Bytes& b, unsigned bits) {
  const unsigned whole = bits / 8;
  if (!std::equal(a.begin(), a.begin() + whole, b.begin())) return false;
  const unsigned rest = bits % 8;
  if (rest == 0) return true;
  const unsigned mask = (0xffU << (8 - rest)) & 0xffU;
  return (a[whole] & mask) == (b[whole] & mask);
}

ip::address_v6 as_v6(const ip::address& address) {
  return address.is_v6() ? address.to_v6() : ip::make_address_v6(ip::v4_mapped, address.to_v4());
}

struct Cidr {
  ip::address_v6 base;  ///< v4 as mapped
  unsigned prefix;
};

Error bad_network(std::string_view text, std::string_view why) {
  return Error(ErrorCode::configuration,
               "WEBHOOK_ALLOW_NETWORKS: `" + std::string(text) + "` " + std::string(why) +
                   "; write networks such as 127.0.0.0/8 or fd00::/8, comma separated");
}

Result<Cidr> parse_cidr(std::string_view text) {
  const auto slash = text.find('/');
  const auto host = text.substr(0, slash);
  boost::system::error_code ec;
  const auto address = ip::make_address(std::string(host), ec);
  if (ec || host.find('%') != std::string_view::npos) return bad_network(text, "is not a network");
  const unsigned width = address.is_v4() ? 32 : 128;
  unsigned prefix = width;
  if (slash != std::string_view::npos) {
    const auto digits = text.substr(slash + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), prefix);
    if (error != std::errc() || end != digits.data() + digits.size() || prefix > width) {
      return bad_network(text, "has no valid prefix length (0-" + std::to_string(width) + ")");
    }
  }
  Cidr cidr{as_v6(address), prefix + (128 - width)};
  auto bytes = cidr.base.to_bytes();
  for (unsigned bit = cidr.prefix; bit < 128; ++bit) {
    if (bytes[bit / 8] & (0x80U >> (bit % 8))) return bad_network(text, "has bits set behind its prefix");
  }
  return cidr;
}

struct ParsedRange {
  Bytes base;
  unsigned prefix;
  const Range* range;
};

template <std::size_t N>
std::vector<ParsedRange> parse_ranges(const Range (&ranges)[N]) {
  std::vector<ParsedRange> out;
  out.reserve(N);
  for (const auto& range : ranges) {
    const auto cidr = parse_cidr(range.network).value();
    out.push_back(ParsedRange{cidr.base.to_bytes(), cidr.prefix, &range});
  }
  return out;
}

constexpr Range kNotGlobal{"", "a reserved address", Verdict::never};

/// The range that forbids or conditions `address`; null: a public address.
const Range* find_range(const ip::address& address) {
  static const auto v4 = parse_ranges(kRanges4);
  static const auto v6 = parse_ranges(kRanges6);
  const auto bytes = as_v6(address).to_bytes();
  for (const auto& candidate : address.is_v4() ? v4 : v6) {
    if (same_prefix(bytes, candidate.base, candidate.prefix)) return candidate.range;
  }
  // Only 2000::/3 is handed out as global unicast (RFC 4291 section 2.4, IANA).
  if (address.is_v6() && (bytes[0] & 0xe0U) != 0x20U) return &kNotGlobal;
  return nullptr;
}

ip::address_v4 v4_at(const Bytes& bytes, std::size_t offset) {
  return ip::address_v4({bytes[offset], bytes[offset + 1], bytes[offset + 2], bytes[offset + 3]});
}

/// The IPv4 address that an IPv6 address carries, where it does.
ip::address unwrap(const ip::address& address) {
  if (address.is_v4()) return address;
  const auto bytes = address.to_v6().to_bytes();
  static constexpr Bytes kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  static constexpr Bytes kCompatible{};
  static constexpr Bytes kNat64{0, 0x64, 0xff, 0x9b};
  if (same_prefix(bytes, kMapped, 96) || same_prefix(bytes, kNat64, 96)) return v4_at(bytes, 12);
  if (bytes[0] == 0x20 && bytes[1] == 0x02) return v4_at(bytes, 2);
  const bool small = bytes[12] == 0 && bytes[13] == 0 && bytes[14] == 0 && bytes[15] <= 1;  // :: and ::1
  if (same_prefix(bytes, kCompatible, 96) && !small) return v4_at(bytes, 12);
  return address;
}

}  // namespace

Result<AddressPolicy> AddressPolicy::create(const std::vector<std::string>& allow) {
  AddressPolicy policy;
  for (const auto& text : allow) {
    auto cidr = parse_cidr(text);
    if (!cidr) return cidr.error();
    policy.allow_.push_back(Network{cidr->base, cidr->prefix});
  }
  return policy;
}

Result<void> AddressPolicy::check(const ip::address& address) const {
  const auto judged = unwrap(address);
  const Range* range = find_range(judged);
  if (range == nullptr) return {};
  if (range->verdict != Verdict::never) {
    const auto bytes = as_v6(judged).to_bytes();
    for (const auto& network : allow_) {
      // `::/0` is every IPv6 address, and no IPv4 one, although those are stored inside it.
      const bool is_v4_network = network.base.is_v4_mapped() && network.prefix >= 96;
      if (is_v4_network == judged.is_v4() && same_prefix(bytes, network.base.to_bytes(), network.prefix))
        return {};
    }
  }
  std::string detail = address.to_string();
  if (judged != address) detail += " (which carries " + judged.to_string() + ")";
  detail += " is " + std::string(range->kind);
  if (range->verdict == Verdict::never) {
    detail += "; webhooks never reach those";
  } else if (allow_.empty()) {
    detail += "; set WEBHOOK_ALLOW_NETWORKS=" + std::string(range->network) + " to allow it";
  } else {
    detail += "; add " + std::string(range->network) + " to WEBHOOK_ALLOW_NETWORKS to allow it";
  }
  return Error(ErrorCode::refused, std::move(detail));
}

}  // namespace recado::net
