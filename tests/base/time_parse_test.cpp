#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <tuple>
#include <vector>

#include "base/time.hpp"

namespace recado {
namespace {

using testing::HasSubstr;

std::string understood(std::string_view text, std::optional<std::string_view> zone = {}) {
  const auto parsed = parse_time(text, zone);
  return parsed ? format_time(parsed->at) : parsed.error().detail();
}

std::string note(std::string_view text, std::string_view zone) {
  const auto parsed = parse_time(text, zone);
  return parsed ? parsed->note.value_or("") : parsed.error().detail();
}

TEST(ParseTime, ReadsRfc3339WithOffset) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"2026-04-15T02:41:45+00:00", "2026-04-15T02:41:45+00:00"},
      {"2026-04-15T02:41:45Z", "2026-04-15T02:41:45+00:00"},
      {"2026-04-15t02:41:45z", "2026-04-15T02:41:45+00:00"},
      {"2026-04-15 02:41:45-03:00", "2026-04-15T05:41:45+00:00"},
      {"2026-04-15T02:41:45-00:00", "2026-04-15T02:41:45+00:00"},
      {"2026-04-15T02:41+05:45", "2026-04-14T20:56:00+00:00"},
      {"2026-04-15T02:41Z", "2026-04-15T02:41:00+00:00"},
      {"2026-04-15T02:41:45+23:59", "2026-04-14T02:42:45+00:00"},
      {"2026-04-15T02:41:45-23:59", "2026-04-16T02:40:45+00:00"},
      {"2024-02-29T12:00:00Z", "2024-02-29T12:00:00+00:00"},
      {"2000-02-29T12:00:00Z", "2000-02-29T12:00:00+00:00"},
      {"1970-01-01T00:00:00Z", "1970-01-01T00:00:00+00:00"},
      {"9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999+00:00"},
      {"2038-01-19T03:14:08Z", "2038-01-19T03:14:08+00:00"},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(understood(text), expected) << text;
}

TEST(ParseTime, RoundsFractionsOfAnyLengthUpToTheMillisecond) {
  EXPECT_EQ(understood("2026-04-15T02:41:45.1Z"), "2026-04-15T02:41:45.100+00:00");
  EXPECT_EQ(understood("2026-04-15T02:41:45.120000000000000000000000Z"), "2026-04-15T02:41:45.120+00:00");
  EXPECT_EQ(understood("2026-04-15T02:41:45.1200000000000000000000001Z"), "2026-04-15T02:41:45.121+00:00");
  EXPECT_EQ(understood("2026-04-15T02:41:45.0001Z"), "2026-04-15T02:41:45.001+00:00");
  EXPECT_EQ(understood("2026-12-31T23:59:59.9999999Z"), "2027-01-01T00:00:00+00:00");
  EXPECT_EQ(understood("2026-04-15T02:41:45." + std::string(10000, '9') + "Z"), "2026-04-15T02:41:46+00:00");
}

TEST(ParseTime, RoundsUpTheInstantAndNotTheLocalTimeBesideAGapOrAnOverlap) {
  const auto gap = parse_time("2026-03-29T01:59:59.9999", "Europe/Berlin");
  EXPECT_EQ(format_time(gap->at), "2026-03-29T01:00:00+00:00");
  EXPECT_EQ(gap->note, std::nullopt);
  EXPECT_EQ(understood("2026-10-25T02:59:59.9999", "Europe/Berlin"), "2026-10-25T01:00:00+00:00");
}

TEST(ParseTime, TakesSecondSixtyAsTheStartOfTheNextMinute) {
  EXPECT_EQ(understood("2016-12-31T23:59:60Z"), "2017-01-01T00:00:00+00:00");
  EXPECT_EQ(understood("2016-12-31T20:59:60", "America/Sao_Paulo"),
            understood("2016-12-31T21:00:00", "America/Sao_Paulo"));
  EXPECT_EQ(note("2026-03-29T01:59:60", "Europe/Berlin"), "");
  EXPECT_THAT(understood("2016-12-31T23:59:61Z"), HasSubstr("second 61: accepted is 0 to 60"));
}

TEST(ParseTime, RefusesWhatIsNoTimeAndSaysWhatIsAccepted) {
  for (const std::string text : {"",
                                 " ",
                                 "now",
                                 "2026-04-15",
                                 "2026-04-15T",
                                 "2026-04-15T02",
                                 "2026-04-15T02:41:",
                                 "2026-04-15T02:41:45.",
                                 "2026-04-15T02:41:45.Z",
                                 "2026-04-15T02:41:45,5Z",
                                 "2026-04-15T02:41:45+03",
                                 "2026-04-15T02:41:45+0300",
                                 "2026-04-15T02:41:45+3:00",
                                 "2026-04-15T02:41:45 +03:00",
                                 "2026-04-15T02:41:45Z ",
                                 " 2026-04-15T02:41:45Z",
                                 "2026-04-15T02:41:45ZZ",
                                 "2026-4-15T02:41:45Z",
                                 "26-04-15T02:41:45Z",
                                 "12026-04-15T02:41:45Z",
                                 "-2026-04-15T02:41:45Z",
                                 "2026-04-15T2:41:45Z",
                                 "20260415T024145Z",
                                 "2026-W16-3T02:41:45Z",
                                 "1776220905",
                                 "2026-04-15T02:41:45[America/Sao_Paulo]",
                                 "２026-04-15T02:41:45Z",
                                 "2026-04-15_02:41:45Z"}) {
    const auto parsed = parse_time(text, std::nullopt);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code(), ErrorCode::invalid_argument);
    EXPECT_THAT(parsed.error().detail(), HasSubstr("accepted is RFC 3339 such as 2026-04-15T02:41:45-03:00"))
        << text;
  }
  EXPECT_FALSE(parse_time(std::string_view("2026-04-15T02:41:45Z\0", 21), std::nullopt));
}

TEST(ParseTime, NamesTheFieldThatIsOutOfRange) {
  EXPECT_THAT(understood("2026-02-30T10:00:00Z"), HasSubstr("day 30: accepted is 1 to 28"));
  EXPECT_THAT(understood("2100-02-29T10:00:00Z"), HasSubstr("day 29: accepted is 1 to 28"));
  EXPECT_THAT(understood("2026-04-31T10:00:00Z"), HasSubstr("day 31: accepted is 1 to 30"));
  EXPECT_THAT(understood("2026-04-00T10:00:00Z"), HasSubstr("day 0"));
  EXPECT_THAT(understood("2026-13-01T10:00:00Z"), HasSubstr("month 13: accepted is 1 to 12"));
  EXPECT_THAT(understood("2026-00-01T10:00:00Z"), HasSubstr("month 0"));
  EXPECT_THAT(understood("2026-04-15T24:00:00Z"), HasSubstr("hour 24: accepted is 0 to 23"));
  EXPECT_THAT(understood("2026-04-15T10:60:00Z"), HasSubstr("minute 60"));
  EXPECT_THAT(understood("2026-04-15T10:00:00+24:00"), HasSubstr("offset hour 24"));
  EXPECT_THAT(understood("2026-04-15T10:00:00+10:60"), HasSubstr("offset minute 60"));
  EXPECT_THAT(understood("1969-12-31T23:59:59Z"), HasSubstr("year 1969: accepted is 1970 to 9999"));
  EXPECT_THAT(understood("0000-01-01T00:00:00Z"), HasSubstr("year 0"));
}

TEST(ParseTime, JudgesTheYearOfTheInstantToo) {
  EXPECT_THAT(understood("1970-01-01T00:00:00+00:01"), HasSubstr("years 1970 to 9999"));
  EXPECT_THAT(understood("9999-12-31T23:59:59-00:01"), HasSubstr("years 1970 to 9999"));
  EXPECT_THAT(understood("9999-12-31T23:59:59.9991Z"), HasSubstr("years 1970 to 9999"));
  EXPECT_THAT(understood("9999-12-31T23:59:60Z"), HasSubstr("years 1970 to 9999"));
  EXPECT_THAT(understood("1970-01-01T00:00:00", "Asia/Tokyo"), HasSubstr("years 1970 to 9999"));
  EXPECT_THAT(understood("9999-12-31T23:00:00", "America/Sao_Paulo"), HasSubstr("years 1970 to 9999"));
  EXPECT_EQ(understood("9999-07-01T00:00:00", "Europe/Berlin"), "9999-06-30T22:00:00+00:00");
}

TEST(ParseTime, RefusesATimeWithoutAnyZone) {
  EXPECT_EQ(understood("2026-04-15T02:41:45"),
            "\"2026-04-15T02:41:45\" has no zone: accepted is an offset such as -03:00 or Z, or the field "
            "timezone");
}

TEST(ParseTime, ReadsLocalTimeInAZone) {
  EXPECT_EQ(understood("2026-04-15T02:41:45", "America/Sao_Paulo"), "2026-04-15T05:41:45+00:00");
  EXPECT_EQ(understood("2026-04-15 02:41", "Asia/Kathmandu"), "2026-04-14T20:56:00+00:00");
  EXPECT_EQ(understood("2026-07-15T12:00:00", "UTC"), "2026-07-15T12:00:00+00:00");
  EXPECT_EQ(understood("2026-07-15T12:00:00", "Etc/GMT+3"), "2026-07-15T15:00:00+00:00");
  EXPECT_EQ(understood("2017-12-15T12:00:00", "America/Sao_Paulo"), "2017-12-15T14:00:00+00:00");
  EXPECT_EQ(understood("2038-07-01T12:00:00", "Europe/Berlin"), "2038-07-01T10:00:00+00:00");
  EXPECT_EQ(understood("2038-07-01T12:00:00", "America/New_York"), "2038-07-01T16:00:00+00:00");
}

TEST(ParseTime, MovesALocalTimeThatDoesNotExistForwardByTheGap) {
  const std::vector<std::tuple<std::string, std::string, std::string, std::string>> cases = {
      {"2026-03-29T02:30:00", "Europe/Berlin", "2026-03-29T01:30:00+00:00", "2026-03-29T03:30:00+02:00"},
      {"2026-03-29T02:00:00", "Europe/Berlin", "2026-03-29T01:00:00+00:00", "2026-03-29T03:00:00+02:00"},
      {"2026-03-29T02:59:59.999", "Europe/Berlin", "2026-03-29T01:59:59.999+00:00",
       "2026-03-29T03:59:59.999+02:00"},
      {"2050-03-27T02:30:00", "Europe/Berlin", "2050-03-27T01:30:00+00:00", "2050-03-27T03:30:00+02:00"},
      {"2026-03-08T02:30:00", "America/New_York", "2026-03-08T07:30:00+00:00", "2026-03-08T03:30:00-04:00"},
      {"2026-10-04T02:10:00", "Australia/Lord_Howe", "2026-10-03T15:40:00+00:00",
       "2026-10-04T02:40:00+11:00"},
      {"2018-11-04T00:30:00", "America/Sao_Paulo", "2018-11-04T03:30:00+00:00", "2018-11-04T01:30:00-02:00"},
      {"2011-12-30T10:00:00", "Pacific/Apia", "2011-12-30T20:00:00+00:00", "2011-12-31T10:00:00+14:00"},
  };
  for (const auto& [text, zone, instant, moved] : cases) {
    EXPECT_EQ(understood(text, zone), instant) << text;
    EXPECT_THAT(note(text, zone), HasSubstr("does not exist in " + zone)) << text;
    EXPECT_THAT(note(text, zone), HasSubstr("understood as " + moved)) << text;
  }
  EXPECT_EQ(
      note("2026-03-29T02:30:00", "Europe/Berlin"),
      "2026-03-29T02:30:00 does not exist in Europe/Berlin, where clocks go forward by 1h: understood as "
      "2026-03-29T03:30:00+02:00");
  EXPECT_THAT(note("2011-12-30T10:00:00", "Pacific/Apia"), HasSubstr("forward by 1d"));
  EXPECT_EQ(note("2026-03-29T01:59:59.999", "Europe/Berlin"), "");
  EXPECT_EQ(note("2026-03-29T03:00:00", "Europe/Berlin"), "");
}

TEST(ParseTime, TakesTheFirstOfALocalTimeThatExistsTwice) {
  const std::vector<std::tuple<std::string, std::string, std::string>> cases = {
      {"2026-10-25T02:30:00", "Europe/Berlin", "2026-10-25T00:30:00+00:00"},
      {"2026-10-25T02:00:00", "Europe/Berlin", "2026-10-25T00:00:00+00:00"},
      {"2050-10-30T02:30:00", "Europe/Berlin", "2050-10-30T00:30:00+00:00"},
      {"2026-11-01T01:30:00", "America/New_York", "2026-11-01T05:30:00+00:00"},
      {"2026-04-05T01:40:00", "Australia/Lord_Howe", "2026-04-04T14:40:00+00:00"},
      {"2019-02-16T23:30:00", "America/Sao_Paulo", "2019-02-17T01:30:00+00:00"},
      {"2026-10-25T01:30:00", "Europe/Dublin", "2026-10-25T00:30:00+00:00"},
  };
  for (const auto& [text, zone, instant] : cases) {
    EXPECT_EQ(understood(text, zone), instant) << text;
    EXPECT_THAT(note(text, zone), HasSubstr("exists twice in " + zone)) << text;
  }
  EXPECT_EQ(note("2026-10-25T02:30:00", "Europe/Berlin"),
            "2026-10-25T02:30:00 exists twice in Europe/Berlin, where clocks go back by 1h: understood as "
            "the first, "
            "2026-10-25T02:30:00+02:00");
  EXPECT_EQ(note("2026-10-25T01:59:59.999", "Europe/Berlin"), "");
  EXPECT_EQ(note("2026-10-25T03:00:00", "Europe/Berlin"), "");
  EXPECT_EQ(understood("2026-10-25T03:00:00", "Europe/Berlin"), "2026-10-25T02:00:00+00:00");
}

TEST(ParseTime, AcceptsAnOffsetThatAgreesWithTheZone) {
  EXPECT_EQ(understood("2026-04-15T02:41:45-03:00", "America/Sao_Paulo"), "2026-04-15T05:41:45+00:00");
  EXPECT_EQ(understood("2026-04-15T02:41:45Z", "UTC"), "2026-04-15T02:41:45+00:00");
  EXPECT_EQ(understood("2026-10-25T02:30:00+02:00", "Europe/Berlin"), "2026-10-25T00:30:00+00:00");
  EXPECT_EQ(understood("2026-10-25T02:30:00+01:00", "Europe/Berlin"), "2026-10-25T01:30:00+00:00");
  EXPECT_THAT(note("2026-10-25T02:30:00+01:00", "Europe/Berlin"),
              HasSubstr("the second, 2026-10-25T02:30:00+01:00"));
}

TEST(ParseTime, RefusesAnOffsetThatDoesNotAgreeWithTheZone) {
  EXPECT_EQ(understood("2026-04-15T02:41:45+02:00", "America/Sao_Paulo"),
            "the offset of 2026-04-15T02:41:45+02:00 and the timezone America/Sao_Paulo do not agree: "
            "accepted there "
            "is 2026-04-15T02:41:45-03:00, or only one of offset and timezone");
  EXPECT_THAT(understood("2026-04-15T02:41:45Z", "Europe/Berlin"), HasSubstr("do not agree"));
  EXPECT_THAT(understood("2026-01-15T12:00:00+02:00", "Europe/Berlin"), HasSubstr("do not agree"));
  EXPECT_THAT(understood("2026-03-29T02:30:00+01:00", "Europe/Berlin"),
              HasSubstr("does not exist in Europe/Berlin"));
}

TEST(ParseTime, RefusesZonesThatDoNotExist) {
  for (const std::string zone : {"",
                                 " ",
                                 "Mars/Olympus",
                                 "America",
                                 "America/",
                                 "/etc/passwd",
                                 "../../etc/passwd",
                                 "America/../Europe/Berlin",
                                 "posix/Europe/Berlin",
                                 "right/UTC",
                                 "posixrules",
                                 "localtime",
                                 "zone.tab",
                                 "tzdata.zi",
                                 "europe/berlin",
                                 "EUROPE/BERLIN",
                                 "+03:00",
                                 "BRT3",
                                 "Europe/Berlin ",
                                 "Europe//Berlin",
                                 "./Europe/Berlin"}) {
    const auto parsed = parse_time("2026-04-15T02:41:45", zone);
    ASSERT_FALSE(parsed) << zone;
    EXPECT_EQ(parsed.error().code(), ErrorCode::invalid_argument);
    EXPECT_THAT(parsed.error().detail(), HasSubstr("is not a known time zone")) << zone;
    EXPECT_FALSE(parse_time("2026-04-15T02:41:45Z", zone)) << zone;
    EXPECT_FALSE(zone_exists(zone)) << zone;
  }
  EXPECT_FALSE(zone_exists(std::string(100'000, 'a')));
  EXPECT_FALSE(zone_exists(std::string_view("UTC\0", 4)));
  EXPECT_THAT(understood("2026-04-15T02:41:45", "america/sao_paulo"),
              HasSubstr("did you mean America/Sao_Paulo?"));
  EXPECT_THAT(understood("2026-04-15T02:41:45", "Brasil"), HasSubstr("accepted is an IANA name such as"));
}

TEST(ParseTime, ShowsOnlyTheBeginningOfALongText) {
  const auto parsed = parse_time(std::string(1'000'000, 'x') + "\n", std::nullopt);
  ASSERT_FALSE(parsed);
  EXPECT_LT(parsed.error().detail().size(), 300U);
}

TEST(FormatTime, WritesMillisecondsOnlyWhenTheyAreNotZero) {
  const auto t = from_ms(1'776'220'905'000);
  EXPECT_EQ(format_time(t), "2026-04-15T02:41:45+00:00");
  EXPECT_EQ(format_time_z(t), "2026-04-15T02:41:45Z");
  EXPECT_EQ(format_time_utc_words(t), "2026-04-15 02:41:45 UTC");
  EXPECT_EQ(format_time(t + Millis{7}), "2026-04-15T02:41:45.007+00:00");
  EXPECT_EQ(format_time_z(t + Millis{120}), "2026-04-15T02:41:45.120Z");
  EXPECT_EQ(format_time_utc_words(t + Millis{999}), "2026-04-15 02:41:45.999 UTC");
}

TEST(FormatTime, StaysWithinFourDigitsOfAYear) {
  EXPECT_EQ(format_time_z(from_ms(-1)), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(format_time_z(from_ms(INT64_MAX)), "9999-12-31T23:59:59.999Z");
  EXPECT_EQ(format_time_z(from_ms(INT64_MIN)), "0000-01-01T00:00:00Z");
}

TEST(FormatTime, ShowsTheWallClockOfAZone) {
  const auto t = from_ms(1'776'220'905'000);
  EXPECT_EQ(*format_time_in_zone(t, "America/Sao_Paulo"), "2026-04-14T23:41:45-03:00[America/Sao_Paulo]");
  EXPECT_EQ(*format_time_in_zone(t, "Asia/Kathmandu"), "2026-04-15T08:26:45+05:45[Asia/Kathmandu]");
  EXPECT_EQ(*format_time_in_zone(from_ms(0), "Africa/Monrovia"),
            "1969-12-31T23:15:30-00:44:30[Africa/Monrovia]");
  EXPECT_FALSE(format_time_in_zone(t, "Nowhere"));
  EXPECT_FALSE(!format_time_in_zone(from_ms(INT64_MAX), "Europe/Berlin"));
  EXPECT_FALSE(!format_time_in_zone(from_ms(INT64_MIN), "Europe/Berlin"));
}

}  // namespace
}  // namespace recado
