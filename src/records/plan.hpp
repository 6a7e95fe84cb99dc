// How a query is answered. For list.cpp and combined.cpp only.
#pragma once

#include <numeric>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "records/keys.hpp"
#include "records/store.hpp"

namespace recado::records {

inline constexpr std::size_t kMaxPart =
    1'000;  ///< records that one call reads: bounds how long it keeps Redis

/// Along the entries of one condition, the others judged by each record's own entries; or, when they are few,
/// by the entries of all conditions put together.
struct Store::Plan {
  explicit Plan(Keys k) : keys(std::move(k)), walked(keys.index) {}
  Keys keys;
  std::vector<Range> conditions;
  std::vector<std::uint64_t> counts;  ///< of each condition alone, exact
  std::size_t smallest = 0;
  std::size_t along = 0;
  std::string walked;   ///< the key of the sorted set that is walked along
  bool indexed = true;  ///< every condition is a range of `walked`

  /// Reading all their entries costs less than the records of the smallest.
  bool few(const Limits& limits) const {
    return indexed && conditions.size() > 1 &&
           std::accumulate(counts.begin(), counts.end(), std::uint64_t{0}) <= limits.together;
  }
};

/// What of a member of an index or of links is in front of the id.
inline std::string_view entry_of(std::string_view member) noexcept {
  return member.substr(0, member.size() - kIdBytes);
}

/// A record that cannot be read is told of and left out: the others must not be lost with it.
std::optional<Record> readable(std::string_view key, std::int64_t id, std::string_view stored);

}  // namespace recado::records
