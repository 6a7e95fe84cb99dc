#include "records/entries.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "people.hpp"
#include "rapidcheck/gtest.h"
#include "records/query.hpp"
#include "records/record.hpp"

namespace recado::records {
namespace {

using testing::people;
using testing::person;

TEST(Entries, AreFoundByWhatTheyWereMadeFrom) {
  const auto entries = entries_of(people(), person("Ana Maria", {"vip", "sp"}, 31));
  EXPECT_TRUE(all_records().matches(entries));
  EXPECT_TRUE(with_value(*people().find("tags"), "vip").matches(entries));
  EXPECT_TRUE(with_value(*people().find("age"), "31").matches(entries));
  EXPECT_TRUE(with_word("mar").matches(entries));
  EXPECT_TRUE(with_word("ana").matches(entries));
  EXPECT_TRUE(ordered_by(*people().find("age"), 31, 32).matches(entries));
  EXPECT_FALSE(with_value(*people().find("tags"), "vi").matches(entries));
  EXPECT_FALSE(with_value(*people().find("tags"), "vip2").matches(entries));
  EXPECT_FALSE(with_word("anab").matches(entries));
  EXPECT_FALSE(ordered_by(*people().find("age"), 32).matches(entries));
}

TEST(Entries, OfAUniqueFieldAreFoldedOnlyWhereItIsDeclared) {
  auto document = person("x");
  document.set_text("code", "CLI001");
  document.set_text("email", "Ana@Example.ORG");
  const auto entries = entries_of(people(), document);
  EXPECT_THAT(entries.unique, ::testing::UnorderedElementsAre("xCLI001", "mana@example.org"));
}

TEST(Entries, KeepLongAndStrangeValuesApart) {
  const auto& tags = *people().find("tags");
  const std::string lengthy(300, 'a');
  const std::string other = lengthy + "b";
  const std::string nul("a\0b", 3);
  EXPECT_NE(index_value(tags, lengthy), index_value(tags, other));
  EXPECT_LE(index_value(tags, lengthy).size(), 100u);
  const auto entries = entries_of(people(), person("x", {nul}, 1));
  EXPECT_TRUE(with_value(tags, nul).matches(entries));
  EXPECT_FALSE(with_value(tags, "a").matches(entries));
}

TEST(Entries, OrderNumbersAsNumbers) {
  const auto& age = *people().find("age");
  std::vector<std::string> bounds;
  for (const std::int64_t number :
       {INT64_MIN, INT64_C(-300), INT64_C(-1), INT64_C(0), INT64_C(7), INT64_C(256), INT64_MAX})
    bounds.push_back(ordered_by(age, number).min);
  EXPECT_TRUE(std::is_sorted(bounds.begin(), bounds.end()));
}

TEST(Entries, OfIdsReadBack) {
  for (const std::int64_t id : {INT64_C(1), INT64_C(255), INT64_C(65'536), (INT64_C(1) << 48) - 1})
    EXPECT_EQ(id_at_end("entry" + id_bytes(id)), id);
}

TEST(Types, RefuseACodeThatIsUsedTwice) {
  EXPECT_THROW(Type("t", {Field("a").lookup('a'), Field("b").sorted('a')}), std::invalid_argument);
  EXPECT_THROW(Type("t", {Field("a").unique('1')}), std::invalid_argument);
}

RC_GTEST_PROP(EntriesProperty, CountingBySharedStartsIsCountingRecords, ()) {
  const auto word = rc::gen::container<std::string>(rc::gen::element('a', 'b'));
  const auto texts = *rc::gen::container<std::vector<std::vector<std::string>>>(
      rc::gen::container<std::vector<std::string>>(word));
  auto wanted = *word;
  if (wanted.empty()) wanted = "a";
  const auto range = with_word(wanted);
  const auto shared = shared_starts(wanted);
  std::size_t records = 0, counted = 0, firsts = 0;
  for (const auto& words : texts) {
    std::string name;
    for (const auto& one : words) name += one + " ";
    const auto entries = entries_of(people(), person(name));
    if (range.matches(entries)) ++records;
    for (const auto& entry : entries.index) {
      if (range.has(entry)) ++counted;
      if (shared.has(entry)) --counted;
      if (range.has(entry) && range.is_first(entry)) ++firsts;
    }
  }
  RC_ASSERT(counted == records);
  RC_ASSERT(firsts == records);
}

RC_GTEST_PROP(RecordProperty, WhatIsStoredReadsBackAndCutBytesAreRefused,
              (const std::string& name, std::int64_t age, std::uint32_t generation)) {
  Record record;
  record.id = 7;
  record.uid = Uid::generate(from_ms(1'700'000'000'000));
  record.updated_at = from_ms(1'800'000'000'000);
  record.generation = generation;
  // What is no UTF-8 is written as U+FFFD, so the document is read back from what was written.
  record.fields = *Document::parse(person(name, {"a"}, age).json());
  record.entries = entries_of(people(), record.fields);
  const auto stored = encode(record);
  const auto back = decode(7, stored);
  RC_ASSERT(back.ok());
  RC_ASSERT(back->fields == record.fields);
  RC_ASSERT(back->entries == record.entries);
  RC_ASSERT(back->uid == record.uid);
  RC_ASSERT(back->generation == generation);
  RC_ASSERT(back->updated_at == record.updated_at);
  for (std::size_t bytes = 0; bytes < stored.size(); ++bytes) {
    RC_ASSERT(!decode(7, std::string_view(stored).substr(0, bytes)).ok());
  }
}

}  // namespace
}  // namespace recado::records
