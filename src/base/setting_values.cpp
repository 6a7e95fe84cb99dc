#include "base/setting_values.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "base/config.hpp"
#include "base/text.hpp"

namespace recado {
namespace {

Error not_that(std::string_view what, std::string_view expected) {
  return Error(ErrorCode::configuration, fmt::format("not {}; expected {}", what, expected));
}

bool is_control(char c) noexcept {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}
bool is_alnum(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}
char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) { return lower(c); });
  return out;
}

bool has_space_or_control(std::string_view text) noexcept {
  return std::any_of(text.begin(), text.end(), [](char c) { return c == ' ' || is_control(c); });
}

/// All of `text` as a whole number; nullopt for anything else, a sign included.
std::optional<std::uint64_t> whole(std::string_view text) noexcept {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// 32 or 128, the bits of an address; 0 when `text` is none.
unsigned address_bits(std::string_view text) {
  std::array<unsigned char, 16> bytes;
  const std::string terminated(text);
  if (terminated.find('\0') != std::string::npos) return 0;
  if (::inet_pton(AF_INET, terminated.c_str(), bytes.data()) == 1) return 32;
  if (::inet_pton(AF_INET6, terminated.c_str(), bytes.data()) == 1) return 128;
  return 0;
}

bool is_port(std::string_view text) noexcept {
  const auto port = whole(text);
  return port && *port >= 1 && *port <= 65535;
}

/// What follows `http://` or `https://` (any letter case); nullopt without one of them.
std::optional<std::string_view> after_http_scheme(std::string_view text) {
  const std::string start = lower(text.substr(0, 8));
  if (start.starts_with("https://")) return text.substr(8);
  if (start.starts_with("http://")) return text.substr(7);
  return std::nullopt;
}

}  // namespace

Result<std::uint64_t> read_whole(std::string_view text, std::string_view what, std::uint64_t least,
                                 std::uint64_t most) {
  const auto value = whole(text);
  if (!value || *value < least || *value > most) {
    return not_that(what, fmt::format("a whole number from {} to {}", least, most));
  }
  return *value;
}

Result<std::uint64_t> parse_bytes(std::string_view text) {
  struct Unit {
    std::string_view name;
    std::uint64_t bytes;
  };
  constexpr Unit kUnits[] = {
      {"", 1},          {"b", 1},         {"kb", 1000},    {"mb", 1000 * 1000}, {"gb", 1000 * 1000 * 1000},
      {"kib", 1 << 10}, {"mib", 1 << 20}, {"gib", 1 << 30}};
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto number = whole(text.substr(0, digits));
  const std::string unit = lower(trimmed(text.substr(digits)));
  for (const Unit& known : kUnits) {
    if (!number || unit != known.name) continue;
    if (*number > UINT64_MAX / known.bytes) break;
    return *number * known.bytes;
  }
  return Error(ErrorCode::invalid_argument,
               quoted(text) +
                   " is not a number of bytes; expected a whole number, alone or with KiB, MiB, GiB, KB, "
                   "MB or GB, such as 1048576 or 1MiB");
}

Result<std::uint64_t> read_size(std::string_view text, std::uint64_t least, std::uint64_t most) {
  const auto bytes = parse_bytes(text);
  if (!bytes || *bytes < least || *bytes > most) {
    return not_that("a size in bytes that can be",
                    fmt::format("{} to {}, such as 1048576 or 1MiB", least, most));
  }
  return *bytes;
}

Result<bool> read_boolean(std::string_view text) {
  const std::string word = lower(text);
  if (word == "true" || word == "1" || word == "yes") return true;
  if (word == "false" || word == "0" || word == "no") return false;
  return not_that("a yes or no", "true or false");
}

Result<Millis> read_duration(std::string_view text, Millis least, Millis most) {
  const auto duration = parse_duration(text);
  if (!duration) {
    return not_that("a duration", "seconds such as 90 or 1.5, or units d h m s ms such as 90s or 1d10h30m");
  }
  if (*duration < least || *duration > most) {
    return Error(ErrorCode::configuration, fmt::format("out of range; expected {} to {}",
                                                       format_duration(least), format_duration(most)));
  }
  return *duration;
}

Result<std::string> read_text(std::string_view text) {
  if (std::any_of(text.begin(), text.end(), is_control)) {
    return Error(ErrorCode::configuration, "holds a control character; expected text without any");
  }
  return std::string(text);
}

Result<std::string> read_token(std::string_view text) {
  if (has_space_or_control(text)) {
    return Error(ErrorCode::configuration,
                 "holds white space or a control character; expected text without any");
  }
  return std::string(text);
}

Result<std::string> read_host(std::string_view text) {
  const bool name = std::all_of(text.begin(), text.end(),
                                [](char c) { return is_alnum(c) || c == '-' || c == '.' || c == '_'; });
  if (!name && address_bits(text) == 0) {
    return not_that("a host", "an IP address or a host name, without brackets and without port");
  }
  return std::string(text);
}

Result<std::string> read_http_url(std::string_view text) {
  const auto rest = after_http_scheme(text);
  if (!rest || rest->empty() || rest->front() == '/' || rest->front() == ':' || has_space_or_control(text)) {
    return not_that("a URL that can be", "one that starts with http:// or https://, with a host");
  }
  return std::string(text);
}

Result<std::string> read_redis_url(std::string_view text) {
  for (const std::string_view scheme : {"redis://", "rediss://", "unix://", "redis+sentinel://",
                                        "rediss+sentinel://", "redis+cluster://", "rediss+cluster://"}) {
    if (text.starts_with(scheme) && text.size() > scheme.size() && !has_space_or_control(text)) {
      return std::string(text);
    }
  }
  return not_that("a Redis URL",
                  "redis://host:port/db, rediss://host:port/db, unix:///path/to/socket, "
                  "redis+sentinel://host:port,host:port/master-name or redis+cluster://host:port,host:port");
}

Result<std::string> read_zone(std::string_view text) {
  if (!zone_exists(text)) {
    return not_that("a time zone of this machine", "an IANA name such as America/Sao_Paulo or UTC");
  }
  return std::string(text);
}

Result<std::string> read_country(std::string_view text) {
  const auto is_letter = [](char c) { return is_alnum(c) && !(c >= '0' && c <= '9'); };
  if (text.size() != 2 || !std::all_of(text.begin(), text.end(), is_letter)) {
    return not_that("a country", "an ISO 3166 code of two letters such as BR");
  }
  return std::string{static_cast<char>(text[0] & ~0x20), static_cast<char>(text[1] & ~0x20)};
}

Result<std::string> read_network(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::string_view address = text.substr(0, slash);
  const unsigned bits = address_bits(address);
  if (bits != 0 && slash == std::string_view::npos) return fmt::format("{}/{}", text, bits);
  const auto prefix = slash == std::string_view::npos ? std::nullopt : whole(text.substr(slash + 1));
  if (bits == 0 || !prefix || *prefix > bits) {
    return not_that("a list of networks", "CIDR blocks with commas such as 127.0.0.0/8,10.0.0.0/8,::1/128");
  }
  return std::string(text);
}

Result<std::string> read_name_server(std::string_view text) {
  const auto refused = [] {
    return not_that("a list of name servers",
                    "IP addresses with commas, with or without port, such as "
                    "9.9.9.9,127.0.0.1:5353,[::1]:53");
  };
  if (address_bits(text) == 32) return std::string(text);
  if (address_bits(text) == 128) return fmt::format("[{}]:53", text);
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || !is_port(text.substr(colon + 1))) return refused();
  const std::string_view host = text.substr(0, colon);
  const bool v6 = host.size() > 2 && host.front() == '[' && host.back() == ']' &&
                  address_bits(host.substr(1, host.size() - 2)) == 128;
  if (!v6 && address_bits(host) != 32) return refused();
  return std::string(text);
}

Result<std::string> read_origin(std::string_view text) {
  if (text == "*") return std::string(text);
  const auto rest = after_http_scheme(text);
  if (!rest || rest->empty() || has_space_or_control(text) ||
      rest->find_first_of("/?#@*") != std::string_view::npos) {
    return not_that("a list of origins",
                    "* alone, or origins with commas such as https://app.example, without path");
  }
  return lower(text);  // as browsers send them
}

Result<std::vector<std::string>> read_list(std::string_view text,
                                           Result<std::string> (*read_item)(std::string_view)) {
  std::vector<std::string> items;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    const std::string_view item = trimmed(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
    if (item.empty()) continue;
    auto read = read_item(item);
    if (!read) return read.error();
    items.push_back(*std::move(read));
  }
  return items;
}

}  // namespace recado
