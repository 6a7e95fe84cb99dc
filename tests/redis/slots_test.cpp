#include "redis/slots.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fake_server.hpp"

namespace recado::redis {
namespace {

using testing::array;
using testing::bulk;
using testing::integer;
using testing::reply;

TEST(Slots, AreTheCrc16OfTheKeyAsTheSpecificationHasIt) {
  EXPECT_EQ(slot_of("123456789"), 0x31c3);
  EXPECT_EQ(slot_of("foo"), 12182);
  EXPECT_EQ(slot_of(""), 0);
  EXPECT_EQ(slot_of(std::string("\xff\x00\x80", 3)), slot_of(std::string("\xff\x00\x80", 3)));
}

TEST(Slots, AreDecidedByTheHashTag) {
  EXPECT_EQ(hash_part("{user1000}.following"), "user1000");
  EXPECT_EQ(hash_part("foo{}{bar}"), "foo{}{bar}");
  EXPECT_EQ(hash_part("foo{{bar}}zap"), "{bar");
  EXPECT_EQ(hash_part("foo{bar}{zap}"), "bar");
  EXPECT_EQ(hash_part("foo{bar"), "foo{bar");
  EXPECT_EQ(hash_part("}foo{"), "}foo{");
  EXPECT_EQ(slot_of("{user1000}.following"), slot_of("{user1000}.followers"));
}

TEST(Slots, FindACommandsFirstKey) {
  using Command = std::vector<std::string>;
  EXPECT_EQ(key_place(Command{"GET", "k"}), 1u);
  EXPECT_EQ(key_place(Command{"zadd", "k", "1", "m"}), 1u);
  EXPECT_EQ(key_place(Command{"EVALSHA", "sha", "2", "a", "b"}), 3u);
  EXPECT_EQ(key_place(Command{"eval", "return 1", "0"}), std::nullopt);
  EXPECT_EQ(key_place(Command{"PING"}), std::nullopt);
  EXPECT_EQ(key_place(Command{"ping", "hello"}), std::nullopt);
  EXPECT_EQ(key_place(Command{"SCAN", "0"}), std::nullopt);
  EXPECT_EQ(key_place(Command{}), std::nullopt);
}

TEST(Slots, ReadRedirections) {
  const auto moved = parse_redirection("MOVED 3999 127.0.0.1:6381");
  ASSERT_TRUE(moved);
  EXPECT_EQ(moved->slot, 3999);
  EXPECT_EQ(moved->host, "127.0.0.1");
  EXPECT_EQ(moved->port, 6381);
  EXPECT_EQ(parse_redirection("ASK 0 redis-1.example.com:7000")->host, "redis-1.example.com");
  EXPECT_EQ(parse_redirection("MOVED 16383 2001:db8::1:6379")->host, "2001:db8::1");
  EXPECT_EQ(parse_redirection("MOVED 1 :6379")->host, "");   // the one that answers
  EXPECT_EQ(parse_redirection("MOVED 1 ?:6379")->host, "");  // it does not know the name
  for (const char* text :
       {"", "MOVED", "MOVED 1", "MOVED 1 ", "MOVED 1 h", "MOVED 16384 h:1", "MOVED -1 h:1", "MOVED x h:1",
        "MOVED 1 h:0", "MOVED 1 h:65536", "MOVED 1 h:", "ERR 1 h:1", "MOVEDX 1 h:1"}) {
    EXPECT_FALSE(parse_redirection(text)) << text;
  }
}

TEST(Slots, ReadTheMap) {
  const std::string replica = array({bulk("10.0.0.2"), integer(7001), bulk("id"), array({})});
  const auto ranges = parse_slots(reply(array(
      {array({integer(0), integer(5460), array({bulk("10.0.0.1"), integer(7000), bulk("id")}), replica}),
       array({integer(5461), integer(16383), array({testing::kNil, integer(7002), bulk("id")})})})));
  ASSERT_TRUE(ranges.ok());
  ASSERT_EQ(ranges->size(), 2u);
  EXPECT_EQ((*ranges)[0].last, 5460);
  EXPECT_EQ((*ranges)[0].host, "10.0.0.1");
  EXPECT_EQ((*ranges)[0].port, 7000);
  EXPECT_EQ((*ranges)[1].first, 5461);
  EXPECT_EQ((*ranges)[1].host, "");  // the one that was asked
  EXPECT_TRUE(parse_slots(reply("*0\r\n")).ok());
}

TEST(Slots, RefuseAMapThatCannotBe) {
  const std::string node = array({bulk("h"), integer(1), bulk("id")});
  for (const std::string& wire :
       {bulk("text"), integer(1), array({integer(1)}), array({array({integer(0), integer(1)})}),
        array({array({integer(2), integer(1), node})}), array({array({integer(0), integer(16384), node})}),
        array({array({integer(0), integer(1), array({bulk("h"), integer(0)})})}),
        array({array({integer(0), integer(1), bulk("h")})})}) {
    const auto ranges = parse_slots(reply(wire));
    ASSERT_FALSE(ranges.ok()) << wire;
    EXPECT_EQ(ranges.error().code(), ErrorCode::protocol);
  }
}

TEST(Slots, AreDescribedAsStretches) {
  std::vector<bool> chosen(kSlots);
  EXPECT_EQ(describe_slots(chosen), "");
  chosen[0] = chosen[1] = chosen[2] = chosen[100] = chosen[16382] = chosen[16383] = true;
  EXPECT_EQ(describe_slots(chosen), "0-2, 100, 16382-16383");
}

}  // namespace
}  // namespace recado::redis
