// The stored record: a compact opaque blob behind a fixed header. Pure.
//
//   byte 0      format version (kRecordVersion)
//   bytes 1-4   generation, big-endian: a random token, new at each write
//   then        fields: tag (1 byte), length (LEB128 varint), bytes
//   last        the field `end`: without it the blob was cut short
//
// Unknown tags are skipped, defaults are left out.
//
// Order of the fields: uid (only under a client's own id: an id that we made is its own uid), url (with its
// scheme folded into the tag; of a message on a channel `channel:NAME`, of a handler's `handler:NAME`), small
// fields, then the tail (tags from 0x80): payload, headers, attempts. So a prefix of the blob is enough for a
// list. Numbers are varints; instants six bytes of milliseconds, big-endian; both below 2^48 ms (the year
// 10889).
//
// The due time is not in the blob while it equals the score in the due set. What is told by where a message
// is kept (held by a gate, child) is not in it either.
//
// CHANGING THE FORMAT: add a tag (old readers skip it), never reuse one; a change that old readers would get
// wrong takes a new version byte, a decoder for each older version that may be stored, and a fixture in
// tests/engine/records/.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "engine/message.hpp"

namespace recado::engine {

inline constexpr char kRecordVersion = 1;
inline constexpr std::size_t kRecordHeaderBytes = 5;
/// How much of a blob a list reads; longer heads are fetched whole.
inline constexpr std::size_t kRecordHeadBytes = 2048;

/// The key under which a message is stored, in the hash and in every set.
///   12 bytes                 account `main`, an id that we made (Uid)
///   'c' + id                 account `main`, the client's own id
///   'u' + 16 bytes           the same, a UUID in lower case: 20 bytes less in each set that it is in
///   'k' + shard + 12 bytes   a child (callback), on its parent's shard
///   'h' + length + account + id   a message to a handler (engine/handler.hpp): no client's id is its
///   'a' + length + account + ('g' + 12 bytes | 'c' + id | 'u' + 16 bytes)   every other account
/// (A Uid starts with the high byte of a millisecond clock: below 0x40 until the year 4199.)
/// `id` is not empty. A UUID of our form is our id, whoever sends it (any letter case).
std::string message_key(std::string_view account, std::string_view id);
std::string message_key(const Message& message);
/// The Uid behind an id of ours; nullopt for every other text. A message whose id a client gave in this form
/// has no `spec.id` but this `uid`.
std::optional<Uid> made_uid(std::string_view id);
std::string child_key(unsigned shard, const Uid& uid);
/// `id` is not empty and no UUID of ours.
std::string handled_key(std::string_view account, std::string_view id);

struct KeyParts {
  std::string account = "main";
  std::string id;     ///< the client's own, or the UUID text of ours
  bool made = false;  ///< the id is ours
  bool child = false;
  bool handled = false;  ///< of a message to a handler
  Uid uid;               ///< when made or child
  unsigned shard = 0;    ///< when child: its parent's
};
/// Errors: internal for bytes that are no key.
Result<KeyParts> parse_key(std::string_view key);

/// The shard (0-15) of a key: of a client's id by account and id, or by the part in braces alone when there
/// is one (`{appt-17}reminder`); of an occurrence (engine/series.hpp) its series'; of one that we made the
/// last 4 bits of its Uid; a child's is in its key.
unsigned shard_of(std::string_view key);

/// The whole record; of the attempts the last kMaxAttemptsKept. `drop_payload`: history of delivered ones.
/// Not finished: the score it is stored with must be `message.next_run`.
std::string encode_record(const Message& message, bool drop_payload = false);

/// How much of a record was there.
enum class Extent {
  part_of_head,  ///< cut among the small fields: fetch it whole
  head,          ///< all that a list shows; payload, headers or attempts are cut
  whole,
};

/// `score`: the due time as the due set (or claim set) has it; of history the finish time. A blob cut short
/// (a list's prefix) decodes as far as it goes; `*complete` then is false, `*extent` says how far it went.
/// Who asks for neither expects the whole: a cut blob then is damaged. Errors: protocol for a version this
/// program does not know or a damaged blob; internal for bytes that are no key.
Result<Message> decode_record(std::string_view key, std::string_view blob, Instant score,
                              bool* complete = nullptr, Extent* extent = nullptr);

/// Only the destination of a blob (first field), for the origin's gate: its URL, `channel:NAME` or
/// `handler:NAME`; empty
/// when there is none.
std::string record_url(std::string_view key, std::string_view blob);

std::uint32_t record_generation(std::string_view blob) noexcept;

}  // namespace recado::engine
