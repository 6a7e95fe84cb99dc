// Where Redis is: one server, sentinels that know it, or the nodes of a cluster.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/secret.hpp"

namespace recado::redis {

/// Where and how to connect to one server.
struct Endpoint {
  enum class Transport { tcp, tls, unix_socket };
  Transport transport = Transport::tcp;
  std::string host = "127.0.0.1";  ///< TCP and TLS; a name is resolved at every connect
  std::uint16_t port = 6379;
  std::string path;  ///< unix socket
  std::string user;  ///< empty: `default`
  Secret password;
  int database = 0;
  std::string ca_file;  ///< rediss: `?ca_file=`; empty: the system's store

  /// For logs: without the password, with the user.
  std::string describe() const;
  /// `host:port`, brackets around IPv6; the path of a unix socket.
  std::string address() const;
  /// `redis://[user:pass@]host[:port][/db]`, `rediss://…`, `unix://[user:pass@]/path[?db=n]`;
  /// percent-decoding in user, password and path. Errors: configuration, naming REDIS_URL and what is
  /// accepted, never the password.
  static Result<Endpoint> parse(std::string_view url);
};

/// What REDIS_URL can name.
struct Location {
  enum class Kind { server, sentinel, cluster };

  Location() = default;
  Location(Endpoint one);  // NOLINT: implicit on purpose, one server is a location

  Kind kind = Kind::server;
  /// server: that one. sentinel, cluster: how to connect to every data server; its host and port say nothing.
  Endpoint server;
  /// sentinel: the sentinels, with their credentials. cluster: some of its nodes, to ask for the others.
  std::vector<Endpoint> entries;
  std::string master_name;  ///< sentinel

  /// For logs, without passwords.
  std::string describe() const;
  /// What Endpoint::parse() takes, and
  /// `redis+sentinel://[user:pass@]host[:port],…/master[/db][?sentinel_user=…&sentinel_password=…]`,
  /// `redis+cluster://[user:pass@]host[:port],…`; `rediss+…` connects by TLS to all of them, with
  /// `?ca_file=`. Errors: as Endpoint::parse().
  static Result<Location> parse(std::string_view url);
};

}  // namespace recado::redis
