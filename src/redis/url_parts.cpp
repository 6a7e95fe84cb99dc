#include "redis/url_parts.hpp"

#include <charconv>

namespace recado::redis {

namespace {

constexpr std::string_view kAccepted =
    "; accepted are redis://[user:password@]host[:port][/database], rediss://… (TLS, with ?ca_file=/path for "
    "an authority of your own), unix://[user:password@]/path[?db=database], "
    "redis+sentinel://[user:password@]host[:port],host[:port]/master-name[/database] (with "
    "?sentinel_password=) and redis+cluster://[user:password@]host[:port],host[:port]";

int digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

template <class Number>
std::optional<Number> number(std::string_view text, Number least, Number most) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  if (value < least || value > most) return std::nullopt;
  return value;
}

}  // namespace

Error refuse_url(std::string_view what) {
  return Error(ErrorCode::configuration, "REDIS_URL: " + std::string(what) + std::string(kAccepted));
}

std::optional<std::string> percent_decode(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\0') return std::nullopt;
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const int high = digit(text[i + 1]);
    const int low = digit(text[i + 2]);
    if (high < 0 || low < 0 || (high == 0 && low == 0)) return std::nullopt;
    decoded += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return decoded;
}

std::optional<std::string_view> cut(std::string_view& text, char mark) {
  const auto at = text.find(mark);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view rest = text.substr(at + 1);
  text = text.substr(0, at);
  return rest;
}

Result<UrlParts> split_url(std::string_view url) {
  UrlParts parts;
  const auto colon = url.find("://");
  if (colon == std::string_view::npos) return refuse_url("it has no scheme");
  parts.scheme = std::string(url.substr(0, colon));
  for (char& c : parts.scheme) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  std::string_view rest = url.substr(colon + 3);
  if (rest.find('#') != std::string_view::npos) return refuse_url("it has a #; in a password write %23");
  parts.query = cut(rest, '?').value_or(std::string_view());
  const auto slash = rest.find('/');
  parts.authority = rest.substr(0, slash);
  if (slash != std::string_view::npos) parts.path = rest.substr(slash);
  const bool slash_in_password = parts.scheme != "unix" && parts.path.find('@') != std::string_view::npos &&
                                 parts.authority.find('@') == std::string_view::npos;
  if (slash_in_password) return refuse_url("the password has a /; write %2F");
  if (const auto at = parts.authority.rfind('@'); at != std::string_view::npos) {
    parts.credentials = parts.authority.substr(0, at);
    parts.has_credentials = true;
    parts.authority.remove_prefix(at + 1);
  }
  return parts;
}

Result<void> read_database(Endpoint& endpoint, std::string_view text) {
  const auto database = number<int>(text, 0, 65535);
  if (!database) return refuse_url("the database must be a number from 0 on");
  endpoint.database = *database;
  return {};
}

Result<void> read_credentials(Endpoint& endpoint, std::string_view text) {
  const auto password = cut(text, ':');
  if (!password) {
    return refuse_url("the part before @ has a user and no password; for a password alone write :password@");
  }
  auto user = percent_decode(text);
  auto secret = percent_decode(*password);
  if (!user || !secret) return refuse_url("user or password has a % that starts no escape; write %25");
  if (!user->empty() && secret->empty()) return refuse_url("the password is empty");
  endpoint.user = std::move(*user);
  endpoint.password = Secret(std::move(*secret));
  return {};
}

Result<void> read_host(Endpoint& endpoint, std::string_view text) {
  std::optional<std::string_view> port;
  if (text.starts_with('[')) {
    auto after = cut(text, ']');
    if (!after) return refuse_url("the host has no closing bracket");
    text.remove_prefix(1);
    if (text.empty() || text.find_first_not_of("0123456789abcdefABCDEF:.") != std::string_view::npos) {
      return refuse_url("the brackets do not hold an IPv6 address");
    }
    if (!after->empty() && !after->starts_with(':')) {
      return refuse_url("after the bracket only :port may follow");
    }
    if (!after->empty()) port = after->substr(1);
  } else {
    port = cut(text, ':');
    if (port && port->find(':') != std::string_view::npos) {
      return refuse_url("an IPv6 address needs brackets, such as [::1]");
    }
  }
  if (text.empty()) return refuse_url("the host is missing");
  for (const char c : text) {
    const bool fits = digit(c) >= 0 || (c >= 'g' && c <= 'z') || (c >= 'G' && c <= 'Z') || c == '-' ||
                      c == '.' || c == '_' || c == ':';
    if (!fits) return refuse_url("the host has a character that no host name has");
  }
  endpoint.host = std::string(text);
  if (!port) return {};
  const auto parsed = number<std::uint16_t>(*port, 1, 65535);
  if (!parsed) return refuse_url("the port must be a number from 1 to 65535");
  endpoint.port = *parsed;
  return {};
}

Result<UrlOption> next_option(std::string_view& query) {
  UrlOption option;
  option.name = query;
  const auto rest = cut(option.name, '&');
  query = rest.value_or(std::string_view());
  const auto raw = cut(option.name, '=');
  auto value = percent_decode(raw.value_or(std::string_view()));
  if (!value || value->empty()) {
    return refuse_url("an option after ? has no value, or a % that starts no escape");
  }
  option.value = std::move(*value);
  return option;
}

}  // namespace recado::redis
