#include "redis/endpoint.hpp"

#include "redis/url_parts.hpp"

namespace recado::redis {

namespace {

Result<void> read_query(Endpoint& endpoint, std::string_view query) {
  while (!query.empty()) {
    const auto option = next_option(query);
    if (!option) return option.error();
    if (option->name == "db") {
      if (const auto read = read_database(endpoint, option->value); !read) return read;
    } else if (option->name == "ca_file" && endpoint.transport == Endpoint::Transport::tls) {
      endpoint.ca_file = option->value;
    } else {
      return refuse_url("after ? only db and, with rediss://, ca_file are known here");
    }
  }
  return {};
}

}  // namespace

Result<Endpoint> Endpoint::parse(std::string_view url) {
  const auto parts = split_url(url);
  if (!parts) return parts.error();
  Endpoint endpoint;
  if (parts->scheme == "redis") {
    endpoint.transport = Transport::tcp;
  } else if (parts->scheme == "rediss") {
    endpoint.transport = Transport::tls;
  } else if (parts->scheme == "unix") {
    endpoint.transport = Transport::unix_socket;
  } else {
    return refuse_url("its scheme is not known here");
  }
  if (parts->has_credentials) {
    if (const auto read = read_credentials(endpoint, parts->credentials); !read) return read.error();
  }
  if (endpoint.transport == Transport::unix_socket) {
    if (!parts->authority.empty()) {
      return refuse_url("the path of a unix socket starts with /, as in unix:///run/redis.sock");
    }
    const auto decoded = percent_decode(parts->path);
    if (!decoded) return refuse_url("the path has a % that starts no escape; write %25");
    if (decoded->size() < 2) return refuse_url("the path of the unix socket is missing");
    endpoint.path = *decoded;
  } else {
    if (const auto read = read_host(endpoint, parts->authority); !read) return read.error();
    if (parts->path.size() > 1) {
      if (const auto read = read_database(endpoint, parts->path.substr(1)); !read) return read.error();
    }
  }
  if (const auto read = read_query(endpoint, parts->query); !read) return read.error();
  return endpoint;
}

std::string Endpoint::address() const {
  if (transport == Transport::unix_socket) return path;
  const bool bracketed = host.find(':') != std::string::npos;
  return (bracketed ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

std::string Endpoint::describe() const {
  const std::string who = user.empty() ? std::string() : user + "@";
  if (transport == Transport::unix_socket) {
    return "unix://" + who + path + (database == 0 ? std::string() : "?db=" + std::to_string(database));
  }
  return (transport == Transport::tls ? "rediss://" : "redis://") + who + address() + "/" +
         std::to_string(database);
}

}  // namespace recado::redis
