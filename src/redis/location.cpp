// REDIS_URL with several servers.
#include <algorithm>

#include "redis/endpoint.hpp"
#include "redis/url_parts.hpp"

namespace recado::redis {

namespace {

constexpr std::uint16_t kSentinelPort = 26379;

/// `host[:port],host[:port],…`, each like `model` otherwise.
Result<std::vector<Endpoint>> read_hosts(const Endpoint& model, std::string_view text) {
  std::vector<Endpoint> entries;
  while (true) {
    const auto rest = cut(text, ',');
    Endpoint entry = model;
    if (const auto read = read_host(entry, text); !read) return read.error();
    const bool named_before = std::any_of(entries.begin(), entries.end(), [&entry](const Endpoint& one) {
      return one.address() == entry.address();
    });
    if (!named_before) entries.push_back(std::move(entry));
    if (!rest) return entries;
    text = *rest;
  }
}

Result<void> read_sentinel_path(Location& location, std::string_view path) {
  std::string_view name = path.empty() ? path : path.substr(1);
  const auto database = cut(name, '/');
  const auto decoded = percent_decode(name);
  if (!decoded || decoded->empty()) {
    return refuse_url("after the sentinels the master's name is missing, as in /mymaster");
  }
  location.master_name = *decoded;
  if (!database || database->empty()) return {};
  return read_database(location.server, *database);
}

Result<void> read_options(Location& location, Endpoint& entry, std::string_view query) {
  const bool sentinel = location.kind == Location::Kind::sentinel;
  while (!query.empty()) {
    const auto option = next_option(query);
    if (!option) return option.error();
    if (option->name == "ca_file" && entry.transport == Endpoint::Transport::tls) {
      location.server.ca_file = entry.ca_file = option->value;
    } else if (sentinel && option->name == "db") {
      if (const auto read = read_database(location.server, option->value); !read) return read;
    } else if (sentinel && option->name == "sentinel_user") {
      entry.user = option->value;
    } else if (sentinel && option->name == "sentinel_password") {
      entry.password = Secret(option->value);
    } else if (option->name == "db") {
      return refuse_url("a cluster has database 0 only");
    } else {
      return refuse_url(sentinel ? "after ? only db, sentinel_user, sentinel_password and, with "
                                   "rediss+sentinel://, ca_file are known here"
                                 : "after ? only ca_file, with rediss+cluster://, is known here");
    }
  }
  if (!entry.user.empty() && entry.password.empty()) {
    return refuse_url("sentinel_user is set without sentinel_password");
  }
  return {};
}

}  // namespace

Location::Location(Endpoint one) : server(std::move(one)) {}

Result<Location> Location::parse(std::string_view url) {
  const auto parts = split_url(url);
  if (!parts) return parts.error();
  std::string_view scheme = parts->scheme;
  const auto kind = cut(scheme, '+');
  if (!kind) {
    auto one = Endpoint::parse(url);
    if (!one) return one.error();
    return Location(std::move(*one));
  }

  Location location;
  if (*kind == "sentinel") {
    location.kind = Kind::sentinel;
  } else if (*kind == "cluster") {
    location.kind = Kind::cluster;
  } else {
    return refuse_url("its scheme is not known");
  }
  if (scheme != "redis" && scheme != "rediss") return refuse_url("its scheme is not known");
  if (scheme == "rediss") location.server.transport = Endpoint::Transport::tls;

  Endpoint entry = location.server;
  if (parts->has_credentials) {
    if (const auto read = read_credentials(location.server, parts->credentials); !read) return read.error();
  }
  if (location.kind == Kind::sentinel) {
    entry.port = kSentinelPort;
    if (const auto read = read_sentinel_path(location, parts->path); !read) return read.error();
    if (const auto read = read_options(location, entry, parts->query); !read) return read.error();
  } else {
    if (parts->path.size() > 1 && parts->path != "/0") return refuse_url("a cluster has database 0 only");
    if (const auto read = read_options(location, entry, parts->query); !read) return read.error();
    entry = location.server;
  }
  auto entries = read_hosts(entry, parts->authority);
  if (!entries) return entries.error();
  location.entries = std::move(*entries);
  return location;
}

std::string Location::describe() const {
  if (kind == Kind::server) return server.describe();
  std::string text = server.transport == Endpoint::Transport::tls ? "rediss" : "redis";
  text += kind == Kind::sentinel ? "+sentinel://" : "+cluster://";
  if (!server.user.empty()) text += server.user + "@";
  for (std::size_t i = 0; i < entries.size(); ++i) text += (i > 0 ? "," : "") + entries[i].address();
  if (kind == Kind::sentinel) text += "/" + master_name + "/" + std::to_string(server.database);
  return text;
}

}  // namespace recado::redis
