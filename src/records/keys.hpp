// Every Redis key of this room. Prefix `recado:1:` (layout version), then the account in a hash tag: all of
// an account is in one slot, so that scripts can change it whole; accounts are spread over a cluster.
//
// | key              | type   | what                                                               |
// |------------------|--------|--------------------------------------------------------------------|
// | <type>:records   | hash   | id (6 bytes, big-endian) → stored record (record.hpp)              |
// | <type>:index     | zset   | entries followed by the id, all with score 0 (entries.hpp)         |
// | <type>:unique    | hash   | code and value → id; `\x01` and the uid → id                       |
// | <type>:last      | string | the last id given out                                              |
// | links:<relation> | zset   | `f`, from, to and `b`, to, from (ids), all with score 0: each link twice |
#pragma once

#include <string>
#include <string_view>

namespace recado::records {

/// The keys of one account's records of one type.
struct Keys {
  Keys(std::string_view account, std::string_view type);
  std::string records, index, unique, last;
};

/// Like the keys of every account's records of one type, for a scan; and the account of such a key.
std::string records_pattern(std::string_view type);
std::string account_of(std::string_view key);

/// Of one account's links.
std::string links_key(std::string_view account, std::string_view relation);

}  // namespace recado::records
