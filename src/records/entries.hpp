// What a record is found by: its entries in the index, and the ranges of the index that a question is about.
// Pure.
//
// The index of a type is one sorted set in lexicographic order. An entry is followed there by the record's id
// (kIdBytes, big-endian), so that within equal entries records stand in the order of their ids:
//
//   \x01                            every record
//   \x02 word \0 shared             a word; `shared`: how many bytes it shares with the word before it among
//   the
//                                   record's own words in order (one byte)
//   \x03 start \0 place             the start that two neighbouring words of a record share, when there is
//   one;
//                                   `place`: which neighbours (one byte)
//   code value \0                   a lookup index's value
//   code 8 bytes | code text \0     a sorted index's value: a number (big-endian, the sign bit turned), a
//   text
//
// A record whose words in order are w1 ... wn has a run of them that begin with p, and between these one
// neighbour fewer whose shared start begins with p. So the number of records with a word like p* is the
// number of \x02 entries that begin with p minus that of \x03 entries that do: exact, without looking at any
// record. And an entry is its record's first one for p when it shares less than p with the word before it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "records/type.hpp"

namespace recado::records {

inline constexpr std::size_t kIdBytes = 6;
inline constexpr std::size_t kMaxWords = 64;  ///< of one record; further ones are not found

/// Big-endian.
std::string id_bytes(std::int64_t id);
/// Of the last kIdBytes of `text`; 0 when it is shorter.
std::int64_t id_at_end(std::string_view text) noexcept;

/// Everything that finds one record.
struct Entries {
  std::vector<std::string> unique;  ///< fields of the hash of unique values: code and value
  std::vector<std::string> index;   ///< as above, without the id; each once

  friend bool operator==(const Entries&, const Entries&) = default;
};

Entries entries_of(const Type& type, const Document& document);

/// A value as unique and lookup indexes hold it: itself, or when it is long or holds a NUL its first bytes
/// and a digest.
std::string index_value(const Field& field, std::string_view text);
std::string unique_entry(const Field& field, std::string_view text);

/// A part of an index: entries from `min` (inclusive) to `max` (exclusive).
struct Range {
  std::string min, max;
  std::string prefix;  ///< of words: what they begin with; else empty

  bool has(std::string_view entry) const noexcept { return entry >= min && entry < max; }
  bool matches(const Entries& entries) const noexcept;
  /// Whether `entry`, which lies in it, is the record's first one that does.
  bool is_first(std::string_view entry) const noexcept;
};

Range all_records();
Range with_value(const Field& field, std::string_view text);
Range with_word(std::string word);
/// The shared starts that are counted twice among with_word(word).
Range shared_starts(std::string_view word);
/// Of a relation's links: those of record `from`.
Range linked_with(std::int64_t from);
/// In the order of a sorted field: numbers from `from` to before `to`.
Range ordered_by(const Field& field, std::optional<std::int64_t> from = std::nullopt,
                 std::optional<std::int64_t> to = std::nullopt);

}  // namespace recado::records
