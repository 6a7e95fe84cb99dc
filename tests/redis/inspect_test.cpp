#include "redis/inspect.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace recado::redis {
namespace {

const std::string kGood =
    "# Server\r\nredis_version:7.0.15\r\n# Memory\r\nmaxmemory:0\r\nmaxmemory_policy:noeviction\r\n"
    "# Persistence\r\naof_enabled:1\r\n# Replication\r\nrole:master\r\n";

std::string with(std::string info, const std::string& from, const std::string& to) {
  return info.replace(info.find(from), from.size(), to);
}

std::vector<std::string> codes(const std::string& info, const std::optional<std::string>& appendfsync) {
  std::vector<std::string> result;
  for (const auto& warning : judge_server(info, appendfsync)) {
    EXPECT_FALSE(warning.detail.empty());
    result.push_back(warning.code);
  }
  return result;
}

TEST(Inspection, FindsAFieldByItsWholeName) {
  EXPECT_EQ(info_field(kGood, "redis_version"), "7.0.15");
  EXPECT_EQ(info_field(kGood, "maxmemory"), "0");
  EXPECT_EQ(info_field(kGood, "role"), "master");
  EXPECT_EQ(info_field(kGood, "aof"), "");
}

TEST(Inspection, WarnsOfWhatCouldLoseMessages) {
  using testing::ElementsAre;
  using testing::IsEmpty;
  EXPECT_THAT(codes(kGood, "always"), IsEmpty());
  EXPECT_THAT(codes(kGood, std::nullopt), IsEmpty());
  EXPECT_THAT(codes(kGood, "everysec"), ElementsAre("everysec"));
  EXPECT_THAT(codes(kGood, "no"), ElementsAre("everysec"));
  EXPECT_THAT(codes(with(kGood, "aof_enabled:1", "aof_enabled:0"), "everysec"), ElementsAre("aof_off"));
  EXPECT_THAT(codes(with(kGood, "7.0.15", "6.2.0"), "always"), IsEmpty());
  EXPECT_THAT(codes(with(kGood, "7.0.15", "6.0.16"), "always"), ElementsAre("version"));
  EXPECT_THAT(codes(with(kGood, "7.0.15", "5.0.3"), "always"), ElementsAre("version"));
  EXPECT_THAT(codes(with(kGood, "noeviction", "allkeys-lru"), "always"), ElementsAre("eviction"));
  EXPECT_THAT(codes(with(kGood, "role:master", "role:slave\r\nslave_read_only:1"), "always"),
              ElementsAre("replica"));
  EXPECT_THAT(codes("", std::nullopt), IsEmpty());
}

TEST(Inspection, NamesTheRemedyWhenWritesAreRefused) {
  EXPECT_EQ(judge_write_error("READONLY You can't write against a read only replica.").code, "no_write");
  EXPECT_THAT(judge_write_error("OOM command not allowed when used memory > 'maxmemory'.").detail,
              testing::HasSubstr("maxmemory"));
  EXPECT_THAT(judge_write_error("NOPERM this user has no permissions").detail,
              testing::HasSubstr("~recado:*"));
  EXPECT_THAT(judge_write_error("MISCONF Redis is configured to save").detail, testing::HasSubstr("disk"));
  EXPECT_THAT(judge_write_error("ERR something").detail, testing::HasSubstr("ERR something"));
}

TEST(Inspection, TellsARefusalFromAServerThatIsNotThere) {
  for (const char* refusal : {"READONLY You can't", "OOM command not", "MISCONF Errors writing",
                              "NOREPLICAS Not", "NOPERM this user"}) {
    EXPECT_TRUE(refuses_writes(refusal)) << refusal;
  }
  for (const char* other : {"LOADING Redis is", "connection refused", "ERR something", ""}) {
    EXPECT_FALSE(refuses_writes(other)) << other;
  }
}

TEST(Inspection, WarnsOfClocksMoreThanAQuarterSecondApart) {
  EXPECT_FALSE(judge_clock(Millis{250}));
  EXPECT_FALSE(judge_clock(Millis{-250}));
  EXPECT_THAT(judge_clock(Millis{251})->detail, testing::HasSubstr("251 ms ahead of"));
  EXPECT_THAT(judge_clock(Millis{-3000})->detail, testing::HasSubstr("3000 ms behind"));
}

TEST(Inspection, TellsTheUsedShareOfMaxmemoryWhereThereIsOne) {
  EXPECT_DOUBLE_EQ(used_share("# Memory\r\nused_memory:950\r\nused_memory_human:950B\r\nmaxmemory:1000\r\n"),
                   0.95);
  EXPECT_DOUBLE_EQ(used_share("used_memory:950\r\nmaxmemory:0\r\n"), 0);
  EXPECT_DOUBLE_EQ(used_share(""), 0);
}

}  // namespace
}  // namespace recado::redis
