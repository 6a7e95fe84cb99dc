#include "base/words.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/utf8.hpp"
#include "rapidcheck/gtest.h"

namespace recado {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Words, FoldsAwayAccentsAndCase) {
  EXPECT_EQ(fold("João"), "joao");
  EXPECT_EQ(fold("JOA\xCC\x83O"), "joao");  // the tilde as a character of its own
  EXPECT_EQ(fold("ÇÀÉÎÕÜ"), "caeiou");
  EXPECT_EQ(fold("Straße"), "strasse");
  EXPECT_EQ(fold("ﬁm ①"), "fim 1");
  EXPECT_EQ(fold("Иван"), "иван");
  EXPECT_EQ(fold(""), "");
}

TEST(Words, AreRunsOfLettersAndDigits) {
  EXPECT_THAT(words_of("Ana-Maria D'Ávila, 2ª"), ElementsAre("ana", "maria", "d", "avila", "2a"));
  EXPECT_THAT(words_of("joao.silva@empresa.com"), ElementsAre("joao", "silva", "empresa", "com"));
  EXPECT_THAT(words_of("+55 11 99999-8888"), ElementsAre("55", "11", "99999", "8888"));
  EXPECT_THAT(words_of(" \xF0\x9F\x98\x80 - "), IsEmpty());
}

TEST(Words, AreCutBetweenCharacters) {
  const auto words = words_of(std::string(59, 'a') + "дд b");
  EXPECT_THAT(words, ElementsAre(std::string(59, 'a'), "b"));
}

RC_GTEST_PROP(WordsProperty, WhateverBytesComeFoldedTextIsValidAndFoldingAgainChangesNothing,
              (const std::string& bytes)) {
  const auto folded = fold(bytes);
  for (const char* p = folded.data(); p != folded.data() + folded.size();) {
    const auto step = utf8_step(p, folded.data() + folded.size());
    RC_ASSERT(step.valid);
    p += step.length;
  }
  for (const auto& word : words_of(bytes)) {
    RC_ASSERT(!word.empty());
    RC_ASSERT(word.size() <= kMaxWordBytes);
  }
}

}  // namespace
}  // namespace recado
