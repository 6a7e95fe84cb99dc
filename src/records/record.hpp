// A record, and how it is stored. Pure.
//
// Stored form, version 1: version (1 byte), generation (4), the uid (12), when it was changed last (varint,
// ms), the number of unique entries and each with its length, the same for the index's entries (varints), and
// the document as JSON. The entries are what was entered when it was stored, not what today's declaration
// would enter: so they can be taken out again under any later one.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/id.hpp"
#include "base/time.hpp"
#include "records/entries.hpp"

namespace recado::records {

/// Of a generation as it is stored.
inline constexpr std::size_t kGenerationBytes = 4;

struct Record {
  Record() = default;   // no aggregate: g++ 12.2 miscompiles temporaries of those beside co_await
  std::int64_t id = 0;  ///< of the account and type, from 1; never given out twice
  Uid uid;
  Instant updated_at{};
  std::uint32_t generation = 0;  ///< another one with each change
  Document fields;
  Entries entries;

  Instant created_at() const noexcept { return uid.created_at(); }
};

std::string encode(const Record& record);
/// `id` is not in the stored form. Errors: protocol, when the bytes are damaged or of another version.
Result<Record> decode(std::int64_t id, std::string_view stored);
/// Whether the record has an entry in each of `conditions` but the one at `but`, without decoding it: a list
/// may have to ask that of thousands. False for damaged bytes.
bool has_entries(std::string_view stored, const std::vector<Range>& conditions, std::size_t but);

}  // namespace recado::records
