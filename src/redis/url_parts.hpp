// The parts of a REDIS_URL, read one by one. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "redis/endpoint.hpp"

namespace recado::redis {

/// Errors name REDIS_URL and end with what is accepted; they never show a password.
Error refuse_url(std::string_view what);

/// nullopt when an escape is malformed or stands for NUL.
std::optional<std::string> percent_decode(std::string_view text);

/// Cuts `text` at the first `mark`: the part before stays, the part after is returned; nullopt without one.
std::optional<std::string_view> cut(std::string_view& text, char mark);

/// A URL cut at its marks, nothing decoded.
struct UrlParts {
  std::string scheme;  ///< in lower case
  std::string_view credentials;
  bool has_credentials = false;
  std::string_view authority;  ///< without credentials
  std::string_view path;       ///< from its slash on
  std::string_view query;      ///< without its question mark
};
Result<UrlParts> split_url(std::string_view url);

Result<void> read_database(Endpoint& endpoint, std::string_view text);
/// `user:password`, `:password`.
Result<void> read_credentials(Endpoint& endpoint, std::string_view text);
/// `host`, `host:port`, `[::1]:port`; without a port the endpoint's stays.
Result<void> read_host(Endpoint& endpoint, std::string_view text);

/// One `name=value` of a query, decoded; cuts it off `query`. Errors: no value, or a malformed escape.
struct UrlOption {
  std::string_view name;
  std::string value;
};
Result<UrlOption> next_option(std::string_view& query);

}  // namespace recado::redis
