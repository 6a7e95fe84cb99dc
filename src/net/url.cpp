#include "net/url.hpp"

#include <array>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <cstdio>

namespace recado::net {
namespace {

constexpr std::size_t kMaxUrl = 8 * 1024;
constexpr std::size_t kMaxHost = 253;
constexpr std::size_t kKnown = 256;
constexpr std::size_t kMaxKnown = 512;  ///< longer ones are not kept
constexpr std::size_t kMaxLabel = 63;

Error bad_url(std::string why) {
  return Error(ErrorCode::invalid_argument, std::move(why));
}

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string to_lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = lower(c);
  return out;
}

std::string percent(char c) {
  char text[8];
  std::snprintf(text, sizeof text, "%%%02X", static_cast<unsigned>(static_cast<unsigned char>(c)));
  return text;
}

/// What RFC 3986 allows somewhere in a URI; brackets only around an IPv6 host.
bool is_uri_character(char c) {
  if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) return true;
  return c != '\0' && std::string_view("-._~:/?#@!$&'()*+,;=%").find(c) != std::string_view::npos;
}

/// Names the first character that may not stand in the path, query or fragment.
Result<void> check_characters(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f)
      return bad_url("URL contains a control character; percent-encode it (" + percent(c) + ")");
    if (c == ' ') return bad_url("URL contains a space; percent-encode it (%20)");
    if (byte >= 0x80)
      return bad_url("URL contains a non-ASCII character; percent-encode its UTF-8 bytes (" + percent(c) +
                     "…)");
    if (!is_uri_character(c)) {
      return bad_url(std::string("URL contains `") + c + "`; percent-encode it (" + percent(c) + ")");
    }
    if (c == '%' && (i + 2 >= text.size() || !is_hex(text[i + 1]) || !is_hex(text[i + 2]))) {
      return bad_url(
          "URL contains a `%` that is not followed by two hexadecimal digits; write %25 for `%` itself");
    }
  }
  return {};
}

Result<void> check_dns_name(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  if (host.size() > kMaxHost) return bad_url("host name is longer than 253 characters");
  for (std::string_view rest = host;;) {
    const auto dot = rest.find('.');
    const auto label = rest.substr(0, dot);
    if (label.empty())
      return bad_url("host `" + std::string(host) + "` has an empty label (two dots, or one at the start)");
    if (label.size() > kMaxLabel) return bad_url("host name has a label longer than 63 characters");
    if (dot == std::string_view::npos) return {};
    rest.remove_prefix(dot + 1);
  }
}

/// The authority without port, judged by characters, so that the sentence can say what to write instead.
Result<void> check_host_characters(std::string_view host) {
  for (const char c : host) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80) return bad_url("host contains a non-ASCII character; write the name in its xn-- form");
    if (c == '%') return bad_url("host contains a percent-encoded character; write host names plainly");
    if (byte <= 0x20 || byte == 0x7f) return bad_url("host contains a space or control character");
    const bool ok = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                    c == '.' || c == '_';
    if (!ok)
      return bad_url(std::string("host contains `") + c +
                     "`; letters, digits, `-`, `_` and `.` are accepted");
  }
  return {};
}

/// Lower case, literals in their canonical spelling, without brackets.
Result<std::string> read_host(std::string_view host) {
  if (host.empty()) return bad_url("URL has no host; write https://host/path");
  if (!host.starts_with('[')) {
    if (auto ok = check_host_characters(host); !ok) return ok.error();
    if (auto ok = check_dns_name(host); !ok) return ok.error();
  }
  auto literal = parse_address_literal(host);
  if (!literal) return literal.error();
  if (literal->has_value()) return literal->value().to_string();
  return to_lower(host);
}

Result<std::uint16_t> read_port(std::string_view digits, bool tls) {
  if (digits.empty()) return static_cast<std::uint16_t>(tls ? 443 : 80);
  std::uint32_t port = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9' || (port = port * 10 + static_cast<std::uint32_t>(c - '0')) > 65535) port = 65536;
    if (port > 65535) break;
  }
  if (port == 0 || port > 65535) {
    return bad_url("port `" + std::string(digits.substr(0, 20)) +
                   "` is not accepted; a number from 1 to 65535 is");
  }
  return static_cast<std::uint16_t>(port);
}

struct Authority {
  std::string_view host;  ///< with brackets
  std::string_view port;
};

Result<Authority> split_authority(std::string_view text) {
  if (text.find('@') != std::string_view::npos) {
    return bad_url("URL carries user information (`user:password@`); send credentials in a header instead");
  }
  std::size_t colon = std::string_view::npos;
  if (text.starts_with('[')) {
    const auto bracket = text.find(']');
    if (bracket == std::string_view::npos) return bad_url("host lacks a closing bracket");
    if (bracket + 1 < text.size()) {
      if (text[bracket + 1] != ':') return bad_url("host has characters after its closing bracket");
      colon = bracket + 1;
    }
  } else {
    colon = text.find(':');
  }
  Authority out;
  out.host = text.substr(0, colon);
  if (colon != std::string_view::npos) out.port = text.substr(colon + 1);
  return out;
}

}  // namespace

std::string Url::host_header() const {
  std::string out = host.find(':') == std::string::npos ? host : "[" + host + "]";
  if (port != (tls ? 443 : 80)) out += ":" + std::to_string(port);
  return out;
}

std::string Url::origin() const {
  return (tls ? "https://" : "http://") + host_header();
}

namespace {

Result<Url> take_apart(std::string_view text) {
  if (text.empty()) return bad_url("URL is empty; write https://host/path");
  if (text.size() > kMaxUrl) return bad_url("URL is longer than 8192 bytes");

  const auto separator = text.find("://");
  const auto scheme =
      separator == std::string_view::npos ? std::string() : to_lower(text.substr(0, separator));
  if (scheme != "http" && scheme != "https") {
    return bad_url("URL does not start with http:// or https://");
  }
  Url url;
  url.tls = scheme == "https";

  const auto after_scheme = text.substr(separator + 3);
  const auto authority_end = after_scheme.find_first_of("/?#");
  auto authority = split_authority(after_scheme.substr(0, authority_end));
  if (!authority) return authority.error();
  auto host = read_host(authority->host);
  if (!host) return host.error();
  auto port = read_port(authority->port, url.tls);
  if (!port) return port.error();
  url.host = std::move(*host);
  url.port = *port;

  auto rest =
      authority_end == std::string_view::npos ? std::string_view() : after_scheme.substr(authority_end);
  if (auto ok = check_characters(rest); !ok) return ok.error();
  rest = rest.substr(0, rest.find('#'));
  url.target = rest.starts_with('/') ? std::string(rest) : "/" + std::string(rest);

  // The judgement above words the errors; the grammar itself has the last word.
  if (!boost::urls::parse_uri(url.origin() + url.target))
    return bad_url("URL is not one that RFC 3986 allows");
  return url;
}

struct Known {
  std::string text;
  Url url;
};

}  // namespace

Result<Url> parse_url(std::string_view text) {
  // Most messages go where others went, and each URL is asked for three times on its way: the last good ones
  // are kept, each at the place its hash gives.
  thread_local std::array<Known, kKnown> known;
  Known& place = known[std::hash<std::string_view>()(text) % kKnown];
  if (!text.empty() && place.text == text) return place.url;
  auto url = take_apart(text);
  if (url && text.size() <= kMaxKnown) {
    place.text = text;
    place.url = *url;
  }
  return url;
}

Result<Url> parse_destination(std::string_view text, const AddressPolicy& policy) {
  auto url = parse_url(text);
  if (!url) return url;
  auto literal = parse_address_literal(url->host);
  if (!literal) return literal.error();
  if (literal->has_value()) {
    if (auto ok = policy.check(literal->value()); !ok) return ok.error();
  }
  return url;
}

}  // namespace recado::net
