#include "base/id.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace recado {
namespace {

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::toupper(c); });
  return text;
}

std::string twelve_bytes() {
  return *rc::gen::container<std::string>(Uid::kSize, rc::gen::arbitrary<char>());
}

TEST(Uid, WritesAVersion7UuidAndAWebhookIdWithoutDots) {
  const auto uid = Uid::from_bytes(std::string_view("\x01\x97\x8e\x3c\x01\x02\xa1\xb2\xc3\xd4\xe5\xf6", 12));
  // 48 bits of time, 7, a1b, 10 and 2c3d4e5f6 with the filler.
  EXPECT_EQ(uid.uuid().substr(0, 18), "01978e3c-0102-7a1b");
  EXPECT_EQ(uid.uuid().size(), 36U);
  EXPECT_NE(std::string("89ab").find(uid.uuid()[19]), std::string::npos);
  auto compact = uid.uuid();
  std::erase(compact, '-');
  EXPECT_EQ(uid.webhook_id(), "msg_" + compact);
  EXPECT_EQ(to_ms(uid.created_at()), 0x01978e3c0102);
}

TEST(Uid, KeepsTheUuidOfStoredBytesForEver) {
  // A stored id must give the same webhook-id in every later version.
  const auto uid = Uid::from_bytes(std::string_view("\x01\x97\x8e\x3c\x01\x02\xa1\xb2\xc3\xd4\xe5\xf6", 12));
  EXPECT_EQ(uid.uuid(), "01978e3c-0102-7a1b-8b0f-5397da0894a7");
}

TEST(Uid, ComesBackFromItsUuidInAnyLetterCase) {
  EXPECT_TRUE(rc::check([] {
    const auto uid = Uid::from_bytes(twelve_bytes());
    RC_ASSERT(Uid::from_uuid(uid.uuid()) == uid);
    RC_ASSERT(Uid::from_uuid(upper(uid.uuid())) == uid);
  }));
}

TEST(Uid, IsNotReadFromAUuidWithAnyOtherBit) {
  EXPECT_TRUE(rc::check([] {
    const auto uid = Uid::from_bytes(twelve_bytes());
    auto text = uid.uuid();
    const auto at = *rc::gen::inRange<std::size_t>(14, text.size());
    const auto digit = *rc::gen::elementOf(std::string("0123456789abcdef"));
    RC_PRE(text[at] != '-' && text[at] != digit);
    text[at] = digit;
    // 26 bits of filler: one alteration in 67 million would pass.
    RC_ASSERT(!Uid::from_uuid(text));
  }));
}

TEST(Uid, IsNotReadFromOtherTexts) {
  const auto good = Uid::generate(from_ms(1)).uuid();
  for (const std::string& text :
       {std::string{}, std::string{"my-own-id"}, good + " ", " " + good, good.substr(1), "{" + good + "}",
        std::string(36, '-'), std::string(36, '0'), std::string{"00000000-0000-0000-0000-000000000000"},
        std::string{"f47ac10b-58cc-4372-a567-0e02b2c3d479"}, good.substr(0, 35) + "g"}) {
    EXPECT_FALSE(Uid::from_uuid(text)) << text;
  }
  auto hyphens = good;
  hyphens[8] = '_';
  EXPECT_FALSE(Uid::from_uuid(hyphens));
}

TEST(Uid, SortsByTimeAsUuidAndAsBytes) {
  EXPECT_TRUE(rc::check([] {
    const auto a = *rc::gen::inRange<std::int64_t>(0, std::int64_t{1} << 47);
    const auto b = a + *rc::gen::inRange<std::int64_t>(0, 3);
    const auto first = Uid::generate(from_ms(a));
    const auto second = Uid::generate(from_ms(b));
    RC_ASSERT(first.uuid() < second.uuid());
    RC_ASSERT(first.bytes() < second.bytes());
    RC_ASSERT(first.created_at() == from_ms(a));
  }));
}

TEST(Uid, AscendsWithinAMillisecond) {
  auto last = Uid::generate(from_ms(1'776'220'905'000));
  for (int i = 0; i < 200'000; ++i) {
    const auto next = Uid::generate(from_ms(1'776'220'905'000));
    ASSERT_LT(last.bytes(), next.bytes());
    last = next;
  }
  for (unsigned i = 0; i < 1'000; ++i) {
    const auto next = Uid::generate(from_ms(1'776'220'905'000), 7 * i % 16);
    ASSERT_LT(last.bytes(), next.bytes()) << "whatever its last bits are";
    last = next;
  }
}

TEST(Uid, IsUniqueWhenTheClockStepsBackAndInManyThreads) {
  std::vector<std::vector<std::string>> made(4);
  {
    std::vector<std::jthread> threads;
    for (auto& mine : made) {
      threads.emplace_back([&mine] {
        for (int i = 0; i < 5000; ++i) mine.emplace_back(Uid::generate(from_ms(1000 - i % 3)).bytes());
      });
    }
  }
  std::set<std::string> all;
  for (const auto& mine : made) all.insert(mine.begin(), mine.end());
  EXPECT_EQ(all.size(), 20'000U);
}

TEST(Uid, HoldsTheTimesThatFitItsBytes) {
  EXPECT_EQ(Uid::generate(from_ms(-5)).created_at(), from_ms(0));
  EXPECT_EQ(Uid::generate(from_ms(253'402'300'799'999)).created_at(), from_ms(253'402'300'799'999));
  EXPECT_THROW(Uid::from_bytes("short"), std::length_error);
}

TEST(Uuid, IsReadInAnyCaseAndWrittenInLowerCase) {
  const auto bits = parse_uuid("C56a4180-65AA-42ec-a945-5fd21dec0538");
  ASSERT_TRUE(bits.has_value());
  EXPECT_EQ(bits->high, 0xc56a418065aa42ecU);
  EXPECT_EQ(bits->low, 0xa9455fd21dec0538U);
  EXPECT_EQ(uuid_text(*bits), "c56a4180-65aa-42ec-a945-5fd21dec0538");
  for (const char* other : {"", "c56a4180-65aa-42ec-a945-5fd21dec053", "c56a4180065aa-42ec-a945-5fd21dec0538",
                            "c56a4180-65aa-42ec-a945-5fd21dec053g"}) {
    EXPECT_FALSE(parse_uuid(other).has_value()) << other;
  }
}

}  // namespace
}  // namespace recado
