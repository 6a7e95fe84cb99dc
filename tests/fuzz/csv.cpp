// CSV files in pieces: rows of a bounded size whatever comes, the same rows however it is cut, and what is
// written reads back.
#include <string>
#include <vector>

#include "base/csv.hpp"
#include "fuzz/check.hpp"

namespace {

using namespace recado;
using fuzz::require;

std::vector<CsvRow> read(std::string_view file, std::size_t step) {
  CsvReader reader;
  std::vector<CsvRow> rows;
  const auto take = [&] {
    while (auto row = reader.next()) rows.push_back(std::move(*row));
  };
  for (std::size_t at = 0; at < file.size(); at += step) {
    reader.feed(file.substr(at, step));
    take();
  }
  reader.finish();
  take();
  return rows;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view file(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto rows = read(file, size);
  std::size_t line = 0;
  for (const auto& row : rows) {
    require(row.line > line, "rows start on lines that ascend");
    line = row.line;
  }
  if (file.find('\0') == std::string_view::npos) {
    const auto cut = read(file, 1 + data[0] % 16);
    require(cut.size() == rows.size(), "the cut changes no row");
    for (std::size_t i = 0; i < rows.size(); ++i) {
      require(
          cut[i].line == rows[i].line && cut[i].fields == rows[i].fields && cut[i].problem == rows[i].problem,
          "the cut changes nothing in a row");
    }
  }
  std::string written = "a,b\r\n";
  std::vector<std::vector<std::string>> expected = {{"a", "b"}};
  for (const auto& row : rows) {
    if (!row.problem.empty() || row.fields.empty()) continue;
    for (std::size_t i = 0; i < row.fields.size(); ++i) {
      const auto guarded = guard_formula(row.fields[i]);
      require(unguard_formula(guarded) == row.fields[i], "a guard comes off again");
      append_csv_field(written, row.fields[i], i == 0);
    }
    written += "\r\n";
    expected.push_back(row.fields);
  }
  const auto back = read(written, written.size());
  require(back.size() == expected.size(), "every row that was written reads back");
  for (std::size_t i = 0; i < back.size(); ++i) require(back[i].fields == expected[i], "as it was");
  return 0;
}
