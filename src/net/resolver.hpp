// Name resolution off the loop: getaddrinfo on a few helper threads, or DNS_SERVERS asked directly over UDP
// and TCP.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <memory>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "io/loop.hpp"

namespace recado::net {

class Resolver {
 public:
  /// `servers`: `9.9.9.9`, `127.0.0.1:5353`, `[::1]:53`; empty: the system's (getaddrinfo, which also reads
  /// /etc/hosts).
  static Result<std::unique_ptr<Resolver>> create(io::Loop& loop, std::vector<std::string> servers);
  virtual ~Resolver() = default;
  /// All addresses of `host`, at least one. Errors: not_found (the name does not exist), timeout, io.
  /// Concurrent questions for one name share one lookup; answers are kept for a few seconds (at most their
  /// TTL).
  virtual io::Task<Result<std::vector<boost::asio::ip::address>>> resolve(std::string host, Millis limit) = 0;
};

}  // namespace recado::net
