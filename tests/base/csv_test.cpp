#include "base/csv.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rapidcheck/gtest.h"

namespace recado {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Rows = std::vector<std::vector<std::string>>;

/// All rows of a file that comes in pieces of `step` bytes; broken ones as `line: problem`.
Rows read(std::string_view file, std::size_t step = 1'000'000, std::string* failure = nullptr) {
  CsvReader reader;
  Rows rows;
  const auto take = [&] {
    while (auto row = reader.next()) {
      if (row->problem.empty()) {
        rows.push_back(std::move(row->fields));
      } else {
        rows.push_back({"broken", std::to_string(row->line)});
      }
    }
  };
  for (std::size_t at = 0; at < file.size(); at += step) {
    reader.feed(file.substr(at, step));
    take();
  }
  reader.finish();
  take();
  if (failure != nullptr) *failure = reader.failure();
  return rows;
}

std::vector<std::size_t> lines(std::string_view file) {
  CsvReader reader;
  reader.feed(file);
  reader.finish();
  std::vector<std::size_t> all;
  while (const auto row = reader.next()) all.push_back(row->line);
  return all;
}

TEST(Csv, ReadsTheExamplesOfRfc4180) {
  const Rows plain = {{"aaa", "bbb", "ccc"}, {"zzz", "yyy", "xxx"}};
  EXPECT_EQ(read("aaa,bbb,ccc\r\nzzz,yyy,xxx\r\n"), plain);
  EXPECT_EQ(read("aaa,bbb,ccc\r\nzzz,yyy,xxx"), plain);
  EXPECT_EQ(read("\"aaa\",\"bbb\",\"ccc\"\r\nzzz,yyy,xxx"), plain);
  EXPECT_EQ(read("\"aaa\",\"b\r\nbb\",\"ccc\"\r\nzzz,yyy,xxx"),
            (Rows{{"aaa", "b\r\nbb", "ccc"}, {"zzz", "yyy", "xxx"}}));
  EXPECT_EQ(read("\"aaa\",\"b\"\"bb\",\"ccc\""), (Rows{{"aaa", "b\"bb", "ccc"}}));
  EXPECT_EQ(read("a b , c,\n,,"), (Rows{{"a b ", " c", ""}, {"", "", ""}}));
}

TEST(Csv, TakesTheSeparatorOfTheFirstRow) {
  EXPECT_EQ(read("a;b\n1,5;2"), (Rows{{"a", "b"}, {"1,5", "2"}}));
  EXPECT_EQ(read("\"a;b;c\",d\n1,2"), (Rows{{"a;b;c", "d"}, {"1", "2"}}));
  EXPECT_EQ(read("sep=;\r\na;b\r\n1;2\r\n"), (Rows{{"a", "b"}, {"1", "2"}}));
  EXPECT_EQ(read("name\nAna"), (Rows{{"name"}, {"Ana"}}));
}

TEST(Csv, EndsLinesInAnyWay) {
  const Rows rows = {{"a", "b"}, {"1", "2"}, {"3", "4"}};
  for (const char* file :
       {"a,b\n1,2\n3,4\n", "a,b\r\n1,2\r\n3,4", "a,b\r1,2\r3,4\r", "\n\na,b\r\n\r\n1,2\n\n3,4\n\n"})
    EXPECT_EQ(read(file), rows) << file;
}

TEST(Csv, ReadsUtf8AndWindows1252) {
  EXPECT_EQ(read("nome\nJo\xC3\xA3o"), (Rows{{"nome"}, {"João"}}));
  EXPECT_EQ(read("\xEF\xBB\xBFnome\nJo\xC3\xA3o"), (Rows{{"nome"}, {"João"}}));
  EXPECT_EQ(read("nome\nJo\xE3o \x80\x93x"), (Rows{{"nome"}, {"João €“x"}}));
  // What is no UTF-8 in the middle of it breaks its own row only.
  EXPECT_EQ(read("nome\nJo\xC3\xA3o\nJo\xE3o\nAna"), (Rows{{"nome"}, {"João"}, {"broken", "3"}, {"Ana"}}));
}

TEST(Csv, SaysOnWhichLineARowStarts) {
  EXPECT_THAT(lines("a\n\n\"x\ny\r\nz\"\nb\rc"), ElementsAre(1, 3, 6, 7));
  EXPECT_THAT(lines("sep=;\na\nb"), ElementsAre(2, 3));
}

TEST(Csv, GoesOnBehindABrokenRow) {
  EXPECT_EQ(read("a,b\n\"x\"y,1\n2,3"), (Rows{{"a", "b"}, {"broken", "2"}, {"2", "3"}}));
  EXPECT_EQ(read("a,b\n\"never closed,1\n2,3\n4,5"),
            (Rows{{"a", "b"}, {"broken", "2"}, {"2", "3"}, {"4", "5"}}));
  // A quote inside a field that does not begin with one is text.
  EXPECT_EQ(read("a\n5\" disk\nb"), (Rows{{"a"}, {"5\" disk"}, {"b"}}));
}

TEST(Csv, DoesNotKeepMoreThanARow) {
  std::string file = "a,b\n\"";
  file.append(3 * kMaxCsvRowBytes, 'x');
  file += "\n1,2\n";
  const auto rows = read(file, 4096);
  EXPECT_EQ(rows.front(), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(rows.at(1), (std::vector<std::string>{"broken", "2"}));
  EXPECT_EQ(rows.back(), (std::vector<std::string>{"1", "2"}));
}

TEST(Csv, RefusesWhatIsNone) {
  std::string failure;
  EXPECT_THAT(read(std::string_view("a,b\n\0,c", 7), 100, &failure), IsEmpty());
  EXPECT_THAT(failure, ::testing::HasSubstr("NUL"));
  read("\xFF\xFE\x41", 100, &failure);
  EXPECT_THAT(failure, ::testing::HasSubstr("UTF-16"));
}

TEST(Csv, GuardsWhatASpreadsheetWouldRun) {
  for (const char* formula : {"=1+1", "+cmd", "-2", "@x", "\t=1", "\rx", "'=1", "''=1"}) {
    EXPECT_EQ(guard_formula(formula), "'" + std::string(formula));
    EXPECT_EQ(unguard_formula("'" + std::string(formula)), formula);
  }
  for (const char* harmless : {"", "Ana", "+5511999998888", "'", "d'Ávila", "'quoted'", "1-2"}) {
    EXPECT_EQ(guard_formula(harmless), harmless);
    EXPECT_EQ(unguard_formula(harmless), harmless);
  }
}

RC_GTEST_PROP(CsvProperty, WhatIsWrittenReadsBackHoweverItIsCut, ()) {
  const auto character = rc::gen::elementOf(
      std::vector<std::string>{"a", "b", ",", ";", "\"", "\n", "\r", "\r\n", " ", "ã", "€", "'", "=", "+"});
  const auto field =
      rc::gen::map(rc::gen::container<std::vector<std::string>>(character), [](const auto& parts) {
        std::string text;
        for (const auto& part : parts) text += part;
        return text;
      });
  const auto columns = *rc::gen::inRange(1, 4);
  const auto rows = *rc::gen::nonEmpty(rc::gen::container<Rows>(
      rc::gen::container<std::vector<std::string>>(static_cast<std::size_t>(columns), field)));
  // The first row decides on the separator: here it has names, as a header does.
  std::string file;
  Rows all = {std::vector<std::string>(static_cast<std::size_t>(columns), "name")};
  all.insert(all.end(), rows.begin(), rows.end());
  for (const auto& row : all) {
    for (std::size_t i = 0; i < row.size(); ++i) append_csv_field(file, row[i], i == 0);
    file += "\r\n";
  }
  const auto step = static_cast<std::size_t>(*rc::gen::inRange(1, 9));
  RC_ASSERT(read(file, step) == all);
  for (const auto& row : rows) {
    for (const auto& one : row) RC_ASSERT(unguard_formula(guard_formula(one)) == one);
  }
}

RC_GTEST_PROP(CsvProperty, AnyBytesInAnyPiecesGiveTheSameRows, (const std::string& bytes)) {
  const auto step = static_cast<std::size_t>(*rc::gen::inRange(1, 9));
  if (bytes.find('\0') == std::string::npos) RC_ASSERT(read(bytes, step) == read(bytes));
}

}  // namespace
}  // namespace recado
