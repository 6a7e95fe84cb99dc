#include <charconv>
#include <optional>

#include "redis/client.hpp"

namespace recado::redis {

namespace {

constexpr std::string_view kAccepted =
    "; accepted are redis://[user:password@]host[:port][/database], rediss://… (TLS, with ?ca_file=/path for "
    "an "
    "authority of your own) and unix://[user:password@]/path[?db=database]";

Error refuse(std::string_view what) {
  return Error(ErrorCode::configuration, "REDIS_URL: " + std::string(what) + std::string(kAccepted));
}

int digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// nullopt when an escape is malformed or stands for NUL.
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

template <class Number>
std::optional<Number> number(std::string_view text, Number least, Number most) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  if (value < least || value > most) return std::nullopt;
  return value;
}

/// Cuts `text` at the first `mark`: the part before stays, the part after is returned; nullopt without one.
std::optional<std::string_view> cut(std::string_view& text, char mark) {
  const auto at = text.find(mark);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view rest = text.substr(at + 1);
  text = text.substr(0, at);
  return rest;
}

Result<void> read_database(Endpoint& endpoint, std::string_view text) {
  const auto database = number<int>(text, 0, 65535);
  if (!database) return refuse("the database must be a number from 0 on");
  endpoint.database = *database;
  return {};
}

Result<void> read_credentials(Endpoint& endpoint, std::string_view text) {
  const auto password = cut(text, ':');
  if (!password) {
    return refuse("the part before @ has a user and no password; for a password alone write :password@");
  }
  auto user = percent_decode(text);
  auto secret = percent_decode(*password);
  if (!user || !secret) return refuse("user or password has a % that starts no escape; write %25");
  if (!user->empty() && secret->empty()) return refuse("the password is empty");
  endpoint.user = std::move(*user);
  endpoint.password = Secret(std::move(*secret));
  return {};
}

Result<void> read_host(Endpoint& endpoint, std::string_view text) {
  std::optional<std::string_view> port;
  if (text.starts_with('[')) {
    auto after = cut(text, ']');
    if (!after) return refuse("the host has no closing bracket");
    text.remove_prefix(1);
    if (text.empty() || text.find_first_not_of("0123456789abcdefABCDEF:.") != std::string_view::npos) {
      return refuse("the brackets do not hold an IPv6 address");
    }
    if (!after->empty() && !after->starts_with(':')) return refuse("after the bracket only :port may follow");
    if (!after->empty()) port = after->substr(1);
  } else {
    port = cut(text, ':');
    if (port && port->find(':') != std::string_view::npos) {
      return refuse("an IPv6 address needs brackets, such as [::1]");
    }
  }
  if (text.empty()) return refuse("the host is missing");
  for (const char c : text) {
    const bool fits = digit(c) >= 0 || (c >= 'g' && c <= 'z') || (c >= 'G' && c <= 'Z') || c == '-' ||
                      c == '.' || c == '_' || c == ':';
    if (!fits) return refuse("the host has a character that no host name has");
  }
  endpoint.host = std::string(text);
  if (!port) return {};
  const auto parsed = number<std::uint16_t>(*port, 1, 65535);
  if (!parsed) return refuse("the port must be a number from 1 to 65535");
  endpoint.port = *parsed;
  return {};
}

Result<void> read_query(Endpoint& endpoint, std::string_view query) {
  while (!query.empty()) {
    std::string_view pair = query;
    const auto rest = cut(pair, '&');
    query = rest.value_or(std::string_view());
    const auto raw = cut(pair, '=');
    const auto value = percent_decode(raw.value_or(std::string_view()));
    if (!value || value->empty())
      return refuse("an option after ? has no value, or a % that starts no escape");
    if (pair == "db") {
      if (const auto read = read_database(endpoint, *value); !read) return read;
    } else if (pair == "ca_file" && endpoint.transport == Endpoint::Transport::tls) {
      endpoint.ca_file = *value;
    } else {
      return refuse("after ? only db and, with rediss://, ca_file are known");
    }
  }
  return {};
}

}  // namespace

Result<Endpoint> Endpoint::parse(std::string_view url) {
  Endpoint endpoint;
  const auto colon = url.find("://");
  if (colon == std::string_view::npos) return refuse("it has no scheme");
  std::string scheme(url.substr(0, colon));
  for (char& c : scheme) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  if (scheme == "redis") {
    endpoint.transport = Transport::tcp;
  } else if (scheme == "rediss") {
    endpoint.transport = Transport::tls;
  } else if (scheme == "unix") {
    endpoint.transport = Transport::unix_socket;
  } else {
    return refuse("its scheme is not known");
  }
  std::string_view rest = url.substr(colon + 3);
  if (rest.find('#') != std::string_view::npos) return refuse("it has a #; in a password write %23");

  const auto query = cut(rest, '?');
  const auto slash = rest.find('/');
  std::string_view authority = rest.substr(0, slash);
  const std::string_view path = slash == std::string_view::npos ? std::string_view() : rest.substr(slash);
  if (path.find('@') != std::string_view::npos && authority.find('@') == std::string_view::npos &&
      endpoint.transport != Transport::unix_socket) {
    return refuse("the password has a /; write %2F");
  }
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
    if (const auto read = read_credentials(endpoint, authority.substr(0, at)); !read) return read.error();
    authority.remove_prefix(at + 1);
  }

  if (endpoint.transport == Transport::unix_socket) {
    if (!authority.empty())
      return refuse("the path of a unix socket starts with /, as in unix:///run/redis.sock");
    const auto decoded = percent_decode(path);
    if (!decoded) return refuse("the path has a % that starts no escape; write %25");
    if (decoded->size() < 2) return refuse("the path of the unix socket is missing");
    endpoint.path = *decoded;
  } else {
    if (const auto read = read_host(endpoint, authority); !read) return read.error();
    if (path.size() > 1) {
      if (const auto read = read_database(endpoint, path.substr(1)); !read) return read.error();
    }
  }
  if (query) {
    if (const auto read = read_query(endpoint, *query); !read) return read.error();
  }
  return endpoint;
}

std::string Endpoint::describe() const {
  const std::string who = user.empty() ? std::string() : user + "@";
  if (transport == Transport::unix_socket) {
    return "unix://" + who + path + (database == 0 ? std::string() : "?db=" + std::to_string(database));
  }
  const bool bracketed = host.find(':') != std::string::npos;
  return (transport == Transport::tls ? "rediss://" : "redis://") + who +
         (bracketed ? "[" + host + "]" : host) + ":" + std::to_string(port) + "/" + std::to_string(database);
}

}  // namespace recado::redis
