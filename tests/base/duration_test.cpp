#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "base/time.hpp"

namespace recado {
namespace {

TEST(ParseDuration, ReadsSecondsAndUnits) {
  const std::vector<std::pair<std::string, std::int64_t>> cases = {
      {"0", 0},
      {"90", 90'000},
      {"1.5", 1500},
      {"1.50", 1500},
      {"0.0001", 1},
      {"1.0000", 1000},
      {"1.9999", 2000},
      {"0090", 90'000},
      {"90s", 90'000},
      {"10m", 600'000},
      {"2h", 7'200'000},
      {"3d", 259'200'000},
      {"250ms", 250},
      {"0s", 0},
      {"0ms", 0},
      {"1d10h30m", 124'200'000},
      {"1d2h3m4s5ms", 93'784'005},
      {"1h250ms", 3'600'250},
      {"90m", 5'400'000},
      {"109575d", 9'467'280'000'000},
      {"9467280000", 9'467'280'000'000},
  };
  for (const auto& [text, ms] : cases) {
    const auto parsed = parse_duration(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(parsed->count(), ms) << text;
  }
}

TEST(ParseDuration, RefusesEverythingElse) {
  for (const std::string text :
       {"",     " ",     "-1",   "-5s",   "+5",  "5 s",  " 5",    "5 ",   "s",   "ms", "1.5h", "1.5s",
        ".5",   "5.",    "1..5", "1.5.5", "1e3", "0x10", "5S",    "5min", "5w",  "5y", "1h1h", "30m1h",
        "1s1m", "1ms1s", "1h30", "1d,2h", "P1D", "PT5M", "1h-5m", "inf",  "nan", "٣s"}) {
    const auto parsed = parse_duration(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code(), ErrorCode::invalid_argument);
    EXPECT_THAT(parsed.error().detail(), testing::HasSubstr("accepted are seconds such as 90 or 1.5"))
        << text;
  }
  EXPECT_THAT(parse_duration("-5s").error().detail(), testing::HasSubstr("\"-5s\" is negative"));
}

TEST(ParseDuration, RefusesMoreThanThreeHundredYears) {
  for (const std::string text : {"999999999999d", "109576d", "109575d1ms", "9467280000.0001", "9467280001",
                                 "99999999999999999999999999999999", "18446744073709551616s",
                                 "9223372036854775807ms", "109575d9223372036854775807ms"}) {
    const auto parsed = parse_duration(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_THAT(parsed.error().detail(), testing::HasSubstr("longer than 300 years")) << text;
  }
}

TEST(FormatDuration, WritesEachUnitOnce) {
  EXPECT_EQ(format_duration(Millis{0}), "0s");
  EXPECT_EQ(format_duration(Millis{250}), "250ms");
  EXPECT_EQ(format_duration(Millis{5000}), "5s");
  EXPECT_EQ(format_duration(Millis{124'200'000}), "1d10h30m");
  EXPECT_EQ(format_duration(Millis{93'784'005}), "1d2h3m4s5ms");
  EXPECT_EQ(format_duration(Millis{-1500}), "-1s500ms");
  EXPECT_EQ(format_duration(Millis{INT64_MIN}), "-106751991167d7h12m55s808ms");
}

TEST(FormatUptime, AlwaysHasHoursMinutesAndSecondsAndDaysFromOneOn) {
  using std::chrono::seconds;
  EXPECT_EQ(format_uptime(seconds{7}), "0h 0m 7s");
  EXPECT_EQ(format_uptime(seconds{9252}), "2h 34m 12s");
  EXPECT_EQ(format_uptime(seconds{86'399}), "23h 59m 59s");
  EXPECT_EQ(format_uptime(seconds{86'407}), "1d 0h 0m 7s");
  EXPECT_EQ(format_uptime(seconds{-1}), "0h 0m 0s");
}

}  // namespace
}  // namespace recado
