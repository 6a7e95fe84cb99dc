#include "redis/encoder.hpp"

#include <gtest/gtest.h>

#include "base/sha1.hpp"
#include "redis/backoff.hpp"
#include "redis/client.hpp"

namespace recado::redis {
namespace {

TEST(Encoder, WritesAnArrayOfBulkStrings) {
  const std::vector<std::string> command{"SET", "key", "a value"};
  std::string out = "before";
  append_command(out, command);
  EXPECT_EQ(out, "before*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$7\r\na value\r\n");
}

TEST(Encoder, KeepsEveryByteAndEmptyArguments) {
  const std::vector<std::string> command{std::string("\0\r\n\xff", 4), ""};
  std::string out;
  append_command(out, command);
  EXPECT_EQ(out, std::string("*2\r\n$4\r\n\0\r\n\xff\r\n$0\r\n\r\n", 20));
}

TEST(Script, IsNamedByItsSha1) {
  EXPECT_EQ(sha1_hex("abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(sha1_hex(""), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
  EXPECT_EQ(Script("one", "return 1").sha1(), sha1_hex("return 1"));
}

TEST(Backoff, RetriesAtOnceThenDoublesUpToUnderASecond) {
  Backoff backoff;
  std::vector<std::int64_t> waits;
  for (int i = 0; i < 8; ++i) waits.push_back(backoff.next(0).count());
  EXPECT_EQ(waits, (std::vector<std::int64_t>{0, 50, 100, 200, 400, 800, 800, 800}));
  EXPECT_EQ(backoff.next(0.5).count(), 720);
  backoff.reset();
  EXPECT_EQ(backoff.next(0.9).count(), 0);
}

TEST(ErrorReply, IsToldApartByItsPrefix) {
  EXPECT_EQ(classify("NOSCRIPT No matching script."), RedisErrorKind::noscript);
  EXPECT_EQ(classify("LOADING Redis is loading the dataset in memory"), RedisErrorKind::loading);
  EXPECT_EQ(classify("WRONGPASS invalid username-password pair"), RedisErrorKind::noauth);
  EXPECT_EQ(classify("BUSYGROUP Consumer Group name already exists"), RedisErrorKind::other);
  EXPECT_EQ(classify("ERR unknown command"), RedisErrorKind::other);
  EXPECT_EQ(classify("OOM"), RedisErrorKind::oom);
  EXPECT_EQ(classify(""), RedisErrorKind::other);
}

}  // namespace
}  // namespace recado::redis
