// Address literals in host names, as the WHATWG URL standard reads them (section 3.5, "ends in a number" and
// the IPv4 parser): what a browser or inet_aton would connect to must be judged as an address, not looked up
// as a name.
#include <array>
#include <cstdint>

#include "net/address_policy.hpp"

namespace recado::net {
namespace {

namespace ip = boost::asio::ip;

bool all_digits(std::string_view text) {
  for (const char c : text) {
    if (c < '0' || c > '9') return false;
  }
  return !text.empty();
}

int digit_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return 99;
}

/// Decimal, octal (`0…`) or hexadecimal (`0x…`); values past 32 bits saturate. nullopt: not a number.
std::optional<std::uint64_t> parse_number(std::string_view text) {
  if (text.empty()) return std::nullopt;
  int base = 10;
  if (text.size() >= 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
    base = 16;
    text.remove_prefix(2);
  } else if (text.size() >= 2 && text[0] == '0') {
    base = 8;
    text.remove_prefix(1);
  }
  std::uint64_t value = 0;
  for (const char c : text) {
    const int digit = digit_value(c);
    if (digit >= base) return std::nullopt;
    value = value * static_cast<std::uint64_t>(base) + static_cast<std::uint64_t>(digit);
    if (value > UINT32_MAX) value = std::uint64_t{UINT32_MAX} + 1;
  }
  return value;
}

Error bad_literal(std::string_view host, std::string_view why) {
  return Error(ErrorCode::invalid_argument,
               "host `" + std::string(host.substr(0, 100)) + "` " + std::string(why));
}

Result<std::optional<ip::address>> parse_v6(std::string_view host) {
  auto text = host;
  if (text.starts_with('[')) {
    if (text.size() < 2 || !text.ends_with(']')) return bad_literal(host, "lacks a closing bracket");
    text = text.substr(1, text.size() - 2);
  }
  if (text.find('%') != std::string_view::npos) {
    return bad_literal(host, "has a zone identifier; an address with one cannot be a destination");
  }
  boost::system::error_code ec;
  const auto address = ip::make_address_v6(std::string(text), ec);
  if (ec) return bad_literal(host, "is not an IPv6 address");
  return std::optional<ip::address>(address);
}

}  // namespace

Result<std::optional<ip::address>> parse_address_literal(std::string_view host) {
  if (host.starts_with('[') || host.find(':') != std::string_view::npos) return parse_v6(host);

  auto text = host;
  if (text.size() > 1 && text.ends_with('.')) text.remove_suffix(1);
  const auto last_dot = text.rfind('.');
  const auto last = last_dot == std::string_view::npos ? text : text.substr(last_dot + 1);
  if (!all_digits(last) && !parse_number(last)) return std::optional<ip::address>();

  std::array<std::uint64_t, 4> parts{};
  std::size_t count = 0;
  for (std::string_view rest = text;;) {
    const auto dot = rest.find('.');
    const auto number = parse_number(rest.substr(0, dot));
    if (!number || count == parts.size()) {
      return bad_literal(host, "ends in a number, but is not an IPv4 address");
    }
    parts[count++] = *number;
    if (dot == std::string_view::npos) break;
    rest.remove_prefix(dot + 1);
  }
  std::uint64_t value = 0;
  for (std::size_t i = 0; i + 1 < count; ++i) {
    if (parts[i] > 255) return bad_literal(host, "is not an IPv4 address: a part is over 255");
    value |= parts[i] << (8 * (3 - i));
  }
  // The last part fills what the others left.
  if (parts[count - 1] >= (std::uint64_t{1} << (8 * (5 - count)))) {
    return bad_literal(host, "is not an IPv4 address: its last part is too large");
  }
  value |= parts[count - 1];
  return std::optional<ip::address>(ip::address_v4(static_cast<std::uint32_t>(value)));
}

}  // namespace recado::net
