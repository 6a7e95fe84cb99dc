// Connecting to whichever of several addresses answers first (RFC 8305, kept small). Private to the room.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "io/loop.hpp"
#include "io/stream.hpp"

namespace recado::net {

/// How long one address is tried alone before the next one joins.
inline constexpr Millis kNextAddressAfter{250};

struct RaceResult {
  std::unique_ptr<io::Stream> stream;  ///< null: no address connected
  std::string failure;                 ///< why not, address by address
};

/// IPv4 and IPv6 taken in turns, starting with the family that comes first.
std::vector<boost::asio::ip::address> interleave(const std::vector<boost::asio::ip::address>& addresses);

/// Tries `addresses` in order, the next one when the former failed or after kNextAddressAfter, until one
/// connects or `limit` has passed. TCP_NODELAY is set. The losers are closed.
io::Task<RaceResult> connect_first(io::Loop& loop, std::vector<boost::asio::ip::address> addresses,
                                   std::uint16_t port, Millis limit);

}  // namespace recado::net
