// DNS messages (RFC 1035, RFC 3596): one question out, one answer in. Pure: bytes to values and back.
//
// The answer comes from whoever can send a datagram to us, so nothing in it is believed: lengths are checked,
// compression pointers may only go backwards, names and counts are bounded, and an answer that does not echo
// the identifier and the question is no answer at all.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace recado::net::dns {

enum class Type : std::uint16_t { a = 1, aaaa = 28 };

struct Question {
  std::uint16_t id = 0;
  std::string name;  ///< `example.com`, a trailing dot allowed
  Type type = Type::a;
};

/// The question as a datagram, recursion desired. Errors: invalid_argument for a name that DNS cannot carry
/// (empty label, label over 63 or name over 253 bytes).
Result<std::string> encode(const Question& question);

enum class Status {
  found,       ///< at least one address
  no_name,     ///< NXDOMAIN: the name does not exist
  no_address,  ///< the name exists, without an address of this type
  truncated,   ///< did not fit a datagram: ask again over TCP
  failed,  ///< the server could not or would not answer (SERVFAIL, REFUSED, …), or the answer is malformed
};

struct Answer {
  Answer() = default;
  explicit Answer(Status s) : status(s) {}
  Status status = Status::failed;
  std::vector<boost::asio::ip::address> addresses;
  std::uint32_t ttl_s = 0;  ///< the shortest of the records that led to the addresses
};

/// Reads `message` as the answer to `question`, following CNAMEs inside it. nullopt: not an answer to this
/// question (another id, another name, a query): go on waiting for the real one.
std::optional<Answer> parse_answer(std::string_view message, const Question& question);

}  // namespace recado::net::dns
