// Where a resolver's answers come from. Private to the room: users see resolver.hpp.
#pragma once

#include <atomic>
#include <boost/asio/ip/address.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "io/loop.hpp"

namespace recado::net {

using Addresses = std::vector<boost::asio::ip::address>;

/// What a lookup found and how long that may be kept.
struct Lookup {
  Lookup(Result<Addresses> a, Millis k) : addresses(std::move(a)), keep_for(k) {}
  /// Nobody waited when its turn came, so nobody was asked. Whoever has come since needs another one.
  static Lookup skipped() {
    Lookup lookup(Addresses(), Millis::zero());
    lookup.asked = false;
    return lookup;
  }
  Result<Addresses> addresses;
  Millis keep_for;
  bool asked = true;
};

class LookupSource {
 public:
  using Done = std::function<void(Lookup)>;
  /// How many still wait for the answer. Written by the loop thread, read by helper threads, which skip a
  /// lookup that nobody waits for.
  using Interest = std::shared_ptr<std::atomic<int>>;

  virtual ~LookupSource() = default;
  /// Looks `host` up once and calls `done` from the loop, in a later turn; after the source's destruction no
  /// more.
  virtual void start(std::string host, Interest interest, Done done) = 0;
};

class Resolver;
/// A resolver that keeps what `source` finds, and looks each name up once at a time.
std::unique_ptr<Resolver> make_caching_resolver(io::Loop& loop, std::unique_ptr<LookupSource> source);

/// getaddrinfo on helper threads.
std::unique_ptr<LookupSource> make_system_lookup(io::Loop& loop);

/// Asks `servers` (DNS_SERVERS texts) over UDP and TCP. Errors: configuration naming the text that is no
/// server.
Result<std::unique_ptr<LookupSource>> make_dns_lookup(io::Loop& loop,
                                                      const std::vector<std::string>& servers);

}  // namespace recado::net
