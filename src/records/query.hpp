// What is asked of a list of records. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "records/entries.hpp"
#include "records/record.hpp"

namespace recado::records {

/// Conditions that must all hold; none: every record.
class Query {
 public:
  /// Requires that the field has a lookup index.
  Query& where(const Field& field, std::string_view value);
  /// Each word of `text` must begin one of the record's words. Empty text asks for nothing; text without a
  /// letter or digit finds nothing.
  Query& search(std::string_view text);
  /// In the order of a sorted field (records without it are left out), numbers from `from` to before `to`.
  Query& order_by(const Field& field, std::optional<std::int64_t> from = std::nullopt,
                  std::optional<std::int64_t> to = std::nullopt);

  const std::vector<Range>& conditions() const noexcept { return conditions_; }
  /// It is clear already that nothing is found.
  bool finds_nothing() const noexcept { return nothing_; }
  /// The condition that gives the order; nullopt: whichever is quickest.
  std::optional<std::size_t> order() const noexcept { return order_; }

 private:
  std::vector<Range> conditions_;
  std::optional<std::size_t> order_;
  bool nothing_ = false;
};

/// These have constructors on purpose: g++ 12.2 miscompiles aggregate temporaries in expressions with
/// co_await.
struct PageRequest {
  PageRequest() = default;
  std::size_t limit = 100;
  std::string cursor;      ///< of the page before; empty: from the beginning
  std::uint64_t page = 1;  ///< from 1; only without a cursor
};

struct Page {
  Page() = default;
  std::vector<Record> records;
  /// nullopt: a combination of conditions with more candidates than Store::Limits.
  std::optional<std::uint64_t> total;
  std::string next_cursor;  ///< empty: no more. Opaque bytes; still right when records came and went.
};

}  // namespace recado::records
