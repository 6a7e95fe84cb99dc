// Contacts from a CSV file that arrives in pieces, in constant memory.
//
// A row that cannot be used is told of and left out; the others are stored, Store::kMaxBatch at a time.
// Nothing is taken back: an import that ended early is repeated with Mode::upsert.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/csv.hpp"
#include "messaging/contact_columns.hpp"
#include "messaging/contacts.hpp"

namespace recado::messaging {

struct RowError {
  std::size_t line = 0;  ///< the physical line on which the row starts
  std::string field;     ///< empty: the row itself
  std::string message;
};

struct ImportReport {
  std::uint64_t imported = 0, updated = 0, refused = 0;  ///< rows; of a dry run: what they would be
  std::vector<RowError> errors;
  std::uint64_t errors_left_out = 0;  ///< beyond kMaxRowErrors
};

/// So that a file in which nothing is right does not grow without bound in memory.
inline constexpr std::size_t kMaxRowErrors = 100'000;

struct ImportOptions {
  ImportOptions() = default;
  std::string account;
  /// Rows change the contact of the same external code, or else of the same phone, where there is one; empty
  /// cells leave what is there. Otherwise each row is a new contact.
  bool upsert = false;
  bool dry_run = false;  ///< everything is judged and nothing is stored
  /// Judges the types and sizes of a row's fields, as of any other contact.
  std::function<void(const records::Document&, FieldProblems&)> check_types;
};

class ContactImport {
 public:
  /// `contacts` must outlive it.
  ContactImport(Contacts& contacts, ImportOptions options);

  /// More of the file. Errors: invalid_argument (this is no CSV of contacts at all), unavailable and
  /// outcome_unknown (Redis: what came before is stored); then it takes no more.
  io::Task<Result<void>> feed(std::string bytes);
  /// That was all of it. Errors: as feed().
  io::Task<Result<void>> finish();
  const ImportReport& report() const noexcept { return report_; }

 private:
  struct Row {
    std::size_t line = 0;
    records::Document given;
    int tries = 0;
  };

  io::Task<Result<void>> take_rows();
  /// nullopt: the row is refused, or says nothing.
  std::optional<Row> read_row(CsvRow row);
  bool clashes(const Row& row) const;
  io::Task<Result<void>> store_rows();
  /// The contacts that each row may change, by its place.
  using Found = std::vector<std::vector<records::Record>>;
  io::Task<Result<Found>> find_existing();
  std::optional<records::Write> judge(const Row& row, std::vector<records::Record> existing);
  void count_unstored(const records::Write& write, const Row& row);
  void refuse(std::size_t line, std::string field, std::string message);
  void refuse(std::size_t line, const FieldProblems& problems);
  void tell_progress();
  void tell(std::string_view event) const;

  Contacts& contacts_;
  ImportOptions options_;
  CsvReader reader_;
  std::vector<ContactColumn> columns_;
  std::vector<Row> rows_;                       ///< that wait to be stored; no two have the same key
  std::unordered_set<std::size_t> seen_codes_;  ///< hashes, of a dry run
  ImportReport report_;
  std::uint64_t seen_ = 0;
  std::uint64_t told_ = 0;
};

}  // namespace recado::messaging
