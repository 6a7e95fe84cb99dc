// CSV (RFC 4180), read and written as a stream. Pure.
//
// Read: UTF-8 with or without byte order mark, and Windows-1252 (of a file without mark the first character
// beyond ASCII decides); separated by `,` or `;` (the first row decides, or a line `sep=;` before it); lines
// end with CR LF, LF or CR. A row that is broken is given with the reason and the next one is read on: where
// a quote is never closed, from the line after the one on which the row starts. A row costs at most
// kMaxCsvRowBytes of memory, whatever the file.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace recado {

inline constexpr std::size_t kMaxCsvRowBytes = 64 * 1024;

struct CsvRow {
  std::size_t line = 0;             ///< the physical line on which it starts, from 1
  std::vector<std::string> fields;  ///< UTF-8
  std::string problem;  ///< why it cannot be used; empty: it can. Then the fields are what could be read
};

class CsvReader {
 public:
  /// More of the file. Rows must be taken by next() before it is fed again, or memory grows.
  void feed(std::string_view bytes);
  /// That was all of it.
  void finish() { finished_ = true; }
  /// The next row; nullopt: more of the file is needed, or (after finish) there are no more. Empty lines are
  /// no rows.
  std::optional<CsvRow> next();
  /// Why this is no CSV at all; empty as long as it can be some. Nothing more is read then.
  const std::string& failure() const noexcept { return failure_; }
  /// Requires that a row was read.
  char separator() const noexcept { return separator_; }

 private:
  enum class Encoding { undecided, utf8, windows_1252 };
  enum class Scan { row, more, broken };

  bool begin();
  Scan scan(CsvRow& row, std::size_t& end, std::size_t& lines);
  void choose_separator(std::string_view text);
  std::size_t line_end(std::size_t from) const;
  void decode(CsvRow& row);

  std::string buffer_;  ///< from at_ on not yet read
  std::size_t at_ = 0;
  std::size_t line_ = 1;
  char separator_ = 0;
  Encoding encoding_ = Encoding::undecided;
  bool begun_ = false;
  bool finished_ = false;
  std::string failure_;
};

/// Appends one field to a row that is being written, with the separator before it unless it is the first.
void append_csv_field(std::string& row, std::string_view text, bool first, char separator = ',');

/// `text` with a `'` before it when a spreadsheet would take it for a formula: it begins with `=`, `+`, `-`,
/// `@`, tab or carriage return (or with such a guard already), and is no telephone number in E.164.
std::string guard_formula(std::string_view text);
/// What guard_formula() was given.
std::string_view unguard_formula(std::string_view text);

}  // namespace recado
