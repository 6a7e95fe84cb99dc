#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <cctype>
#include <initializer_list>
#include <set>
#include <string>

#include "engine/store/record.hpp"

namespace recado::engine {
namespace {

using std::string_view_literals::operator""sv;

const Uid kUid = Uid::from_bytes("\x01\x97\x8e\x3c\x5a\x10\x11\x22\x33\x44\x55\x66"sv);

TEST(MessageKey, OfAnIdOfOursIsItsTwelveBytes) {
  EXPECT_EQ(message_key("main", kUid.uuid()), kUid.bytes());
  std::string upper = kUid.uuid();
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  EXPECT_EQ(message_key("main", upper), kUid.bytes());
}

TEST(MessageKey, HasTheFormsOfTheTable) {
  EXPECT_EQ(message_key("main", "order-17"), "corder-17");
  EXPECT_EQ(message_key("acme", "order-17"),
            "a\x04"
            "acmecorder-17");
  EXPECT_EQ(message_key("acme", kUid.uuid()),
            "a\x04"
            "acmeg" +
                std::string(kUid.bytes()));
  EXPECT_EQ(child_key(9, kUid), "k\x09" + std::string(kUid.bytes()));
  EXPECT_EQ(handled_key("main", "plan:1"),
            "h\x04"
            "mainplan:1");
}

TEST(MessageKey, OfAHandlersMessageIsNoClients) {
  Message message;
  message.spec.account = "acme";
  message.spec.id = "plan:1";
  message.spec.handler = "schedules";
  EXPECT_EQ(message_key(message), handled_key("acme", "plan:1"));
  const auto parts = parse_key(message_key(message));
  ASSERT_TRUE(parts.ok());
  EXPECT_TRUE(parts->handled);
  EXPECT_EQ(parts->account, "acme");
  EXPECT_EQ(parts->id, "plan:1");
  EXPECT_FALSE(parse_key("h\x04main"sv).ok());
}

TEST(MessageKey, OfAMessageIsThatOfItsId) {
  Message message;
  message.uid = kUid;
  EXPECT_EQ(message_key(message), kUid.bytes());
  message.spec.account = "acme";
  EXPECT_EQ(message_key(message), message_key("acme", kUid.uuid()));
  message.spec.id = "order-17";
  EXPECT_EQ(message_key(message), message_key("acme", "order-17"));
  message.child = true;
  message.child_shard = 3;
  EXPECT_EQ(message_key(message), child_key(3, kUid));
}

TEST(MessageKey, OfAUuidThatIsNotOursIsAClients) {
  const char* foreign = "0197a5a0-0000-7000-8000-000000000000";
  const std::string key = message_key("main", foreign);
  EXPECT_EQ(key, "u\x01\x97\xa5\xa0\x00\x00\x70\x00\x80\x00\x00\x00\x00\x00\x00\x00"sv);
  ASSERT_TRUE(parse_key(key).ok());
  EXPECT_EQ(parse_key(key)->id, foreign);
  EXPECT_FALSE(parse_key(key)->made);
}

TEST(MessageKey, OfAUuidIsShortOnlyInItsUsualForm) {
  const std::string uuid = "c56a4180-65aa-42ec-a945-5fd21dec0538";
  EXPECT_EQ(message_key("main", uuid).size(), 17U);
  EXPECT_EQ(message_key("acme", uuid).size(), 1 + 1 + 4 + 17U);
  for (const char* other : {"C56a4180-65aa-42ec-a945-5fd21dec0538", "c56a4180-65aa-42ec-a945-5fd21dec053g",
                            "c56a4180-65aa-42ec-a945-5fd21dec053", "c56a4180-65aa-42ec-a945-5fd21dec05381",
                            "c56a418-065aa-42ec-a945-5fd21dec0538", "c56a4180065aa-42ec-a945-5fd21dec0538"}) {
    EXPECT_EQ(message_key("main", other), std::string("c") + other);
    EXPECT_EQ(parse_key(message_key("main", other))->id, other);
  }
  for (const char* account : {"main", "acme"}) {
    const std::string key = message_key(account, uuid);
    EXPECT_EQ(parse_key(key)->id, uuid);
    EXPECT_EQ(parse_key(key)->account, account);
  }
}

TEST(MessageKey, OfAUuidOfOurFormFromTheFarFutureCannotBeTakenForAnotherKey) {
  // Its twelve bytes read as the client's own id `lientorder1`.
  const Uid forged = Uid::from_bytes("clientorder1");
  ASSERT_TRUE(Uid::from_uuid(forged.uuid()).has_value());
  EXPECT_FALSE(made_uid(forged.uuid()).has_value());
  EXPECT_EQ(message_key("main", forged.uuid()).size(), 17U) << "a client's UUID";
}

TEST(ParseKey, TellsWhatAKeyIsOf) {
  auto ours = parse_key(kUid.bytes());
  ASSERT_TRUE(ours.ok());
  EXPECT_TRUE(ours->made);
  EXPECT_FALSE(ours->child);
  EXPECT_EQ(ours->account, "main");
  EXPECT_EQ(ours->id, kUid.uuid());
  EXPECT_EQ(ours->uid, kUid);

  auto clients = parse_key(message_key("acme", "order-17"));
  ASSERT_TRUE(clients.ok());
  EXPECT_FALSE(clients->made);
  EXPECT_EQ(clients->account, "acme");
  EXPECT_EQ(clients->id, "order-17");

  auto other = parse_key(message_key("acme", kUid.uuid()));
  ASSERT_TRUE(other.ok());
  EXPECT_TRUE(other->made);
  EXPECT_EQ(other->account, "acme");
  EXPECT_EQ(other->uid, kUid);

  auto child = parse_key(child_key(15, kUid));
  ASSERT_TRUE(child.ok());
  EXPECT_TRUE(child->child);
  EXPECT_FALSE(child->made);
  EXPECT_EQ(child->shard, 15U);
  EXPECT_EQ(child->uid, kUid);
  EXPECT_EQ(child->id, kUid.uuid());
}

TEST(ParseKey, RefusesBytesThatAreNoKey) {
  for (const std::string_view bytes :
       std::initializer_list<std::string_view>{""sv, "c"sv, "k"sv, "x12345678901"sv,
                                               "k\x10"
                                               "123456789012"sv,
                                               "k\x01"
                                               "12345678901"sv,
                                               "a"sv, "a\x04"sv, "a\x04main"sv, "a\x04mainc1"sv,
                                               "a\x04"
                                               "acme"sv,
                                               "a\x04"
                                               "acmec"sv,
                                               "a\x04"
                                               "acmeg12"sv,
                                               "a\0c1"sv,
                                               "a\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
                                               "c1"sv,
                                               "a\x80"sv}) {
    auto parts = parse_key(bytes);
    ASSERT_FALSE(parts.ok()) << bytes;
    EXPECT_EQ(parts.error().code(), ErrorCode::internal);
    EXPECT_LT(shard_of(bytes), 16U);
  }
}

RC_GTEST_PROP(KeyProperty, IsReadAsItWasMade, ()) {
  const std::string account = "a" + *rc::gen::arbitrary<std::string>();
  const std::string id = "i" + *rc::gen::arbitrary<std::string>();
  const std::string name = *rc::gen::element(std::string("main"), account);
  auto parts = parse_key(message_key(name, id));
  RC_ASSERT(parts.ok());
  RC_ASSERT(parts->account == name);
  RC_ASSERT(parts->id == id);
  RC_ASSERT(!parts->made && !parts->child);
}

RC_GTEST_PROP(KeyProperty, OfAnyBytesIsReadAndMadeAgainTheSameOrRefused, ()) {
  std::string bytes = *rc::gen::arbitrary<std::string>();
  if (*rc::gen::arbitrary<bool>()) bytes.insert(0, 1, *rc::gen::elementOf(std::string("ack")));
  const auto parts = parse_key(bytes);
  RC_ASSERT(shard_of(bytes) < 16U);
  if (!parts) return;
  const std::string again = parts->child     ? child_key(parts->shard, parts->uid)
                            : parts->handled ? handled_key(parts->account, parts->id)
                                             : message_key(parts->account, parts->id);
  RC_ASSERT(again == bytes);
}

TEST(Shard, OfAChildIsItsParents) {
  for (unsigned shard = 0; shard < 16; ++shard) EXPECT_EQ(shard_of(child_key(shard, kUid)), shard);
}

TEST(Shard, OfTheUuidTextIsThatOfTheKey) {
  EXPECT_EQ(shard_of(message_key("main", kUid.uuid())), shard_of(kUid.bytes()));
}

TEST(Shard, IsChosenByThePartInBracesOnly) {
  const auto shard = [](std::string_view id) { return shard_of(message_key("main", id)); };
  const unsigned expected = shard("appt-17");
  for (const char* id : {"{appt-17}", "{appt-17}reminder", "x{appt-17}", "x{appt-17}y{other}",
                         "{appt-17}{other}", "}{appt-17}"}) {
    EXPECT_EQ(shard(id), expected) << id;
  }
  // Nested: up to the next closing brace, as Redis Cluster does.
  EXPECT_EQ(shard("{{a}}"), shard("{a"));
}

TEST(Shard, IsChosenByTheWholeIdWithoutAPartInBraces) {
  const auto differs = [](const char* pattern) {
    std::set<unsigned> shards;
    for (int i = 0; i < 64; ++i) shards.insert(shard_of(message_key("main", pattern + std::to_string(i))));
    return shards.size() > 8;
  };
  EXPECT_TRUE(differs("{}"));
  EXPECT_TRUE(differs("{open"));
  EXPECT_TRUE(differs("close}"));
  EXPECT_TRUE(differs("}{"));
}

TEST(Shard, DependsOnTheAccount) {
  std::set<unsigned> shards;
  for (int i = 0; i < 64; ++i) shards.insert(shard_of(message_key("account" + std::to_string(i), "{same}")));
  EXPECT_GT(shards.size(), 8U);
}

TEST(Shard, NeverMovesBetweenVersions) {
  EXPECT_EQ(shard_of(kUid.bytes()), static_cast<unsigned char>(kUid.bytes().back()) & 15U);
  EXPECT_EQ(shard_of(message_key("main", "order-17")), 10U);
  EXPECT_EQ(shard_of(message_key("acme", "order-17")), 10U);
}

template <class Make>
void expect_even(const char* what, Make make) {
  constexpr int kIds = 65'536;
  std::array<int, 16> counts{};
  for (int i = 0; i < kIds; ++i) ++counts[shard_of(make(i))];
  for (const int count : counts) {
    EXPECT_NEAR(count, kIds / 16, kIds / 16 / 10) << what;
  }
}

TEST(Shard, OfAnIdThatIsMadeIsWhereItsMakerWantsIt) {
  for (unsigned shard = 0; shard < 16; ++shard) {
    const Uid uid = Uid::generate(from_ms(1'776'220'905'000), shard);
    EXPECT_EQ(shard_of(uid.bytes()), shard);
    EXPECT_EQ(shard_of(message_key("main", uid.uuid())), shard);
    EXPECT_EQ(shard_of(message_key("acme", uid.uuid())), shard);
  }
}

TEST(Shard, SpreadsIdsEvenly) {
  expect_even("our own", [](int) { return std::string(Uid::generate(from_ms(1'776'220'905'000)).bytes()); });
  expect_even("numbered", [](int i) { return message_key("main", std::to_string(i)); });
  expect_even("in braces",
              [](int i) { return message_key("main", "{appt-" + std::to_string(i) + "}reminder"); });
  expect_even("accounts", [](int i) { return message_key("user-" + std::to_string(i), "daily"); });
}

}  // namespace
}  // namespace recado::engine
