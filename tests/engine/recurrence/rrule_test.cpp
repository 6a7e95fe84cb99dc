// The examples of RFC 5545, section 3.8.5.3, as they stand there (one UNTIL as its erratum 3883 has it).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/recurrence/fire_times.hpp"

namespace recado::engine {
namespace {

constexpr const char* kZone = "America/New_York";

struct Example {
  const char* start;
  const char* rule;
  std::size_t first;  ///< how many are compared
  const char* dates;  ///< `year month day day, month day; year …`
  bool ends = false;  ///< there are no more
  friend void PrintTo(const Example& one, std::ostream* out) { *out << one.rule << " from " << one.start; }
};

/// `1997 9 2 3 4, 10 1` → 1997-09-02 … at 09:00.
std::vector<std::string> dates(const std::string& text) {
  std::vector<std::string> out;
  std::string year, month;
  std::istringstream words(text);
  std::string word;
  bool month_next = false;
  const auto two = [](std::string n) { return n.size() < 2 ? "0" + n : n; };
  while (words >> word) {
    const bool ends_month = word.ends_with(',');
    if (ends_month) word.pop_back();
    if (word.size() == 4) {
      year = word, month_next = true;
    } else if (month_next) {
      month = word, month_next = false;
    } else {
      out.push_back(year + "-" + two(month) + "-" + two(word));
    }
    if (ends_month) month_next = true;
  }
  return out;
}

class RfcExample : public ::testing::TestWithParam<Example> {};

TEST_P(RfcExample, FiresAsTheRfcSays) {
  const auto& example = GetParam();
  RepeatSpec spec;
  spec.rrule = example.rule;
  spec.timezone = kZone;
  spec.start_at = std::string(example.start) + "T09:00:00";
  const auto rule = made(spec);
  const auto expected = dates(example.dates);
  ASSERT_EQ(expected.size(), example.first);
  auto found = fire_times(rule, from_ms(0), example.first + (example.ends ? 1 : 0), kZone);
  for (auto& time : found) {
    EXPECT_EQ(time.substr(10, 6), " 09:00") << time;
    time.resize(10);
  }
  EXPECT_EQ(found, expected);
}

INSTANTIATE_TEST_SUITE_P(
    Section3853, RfcExample,
    ::testing::Values(
        Example{"1997-09-02", "FREQ=DAILY;COUNT=10", 10, "1997 9 2 3 4 5 6 7 8 9 10 11", true},
        Example{"1997-09-02", "FREQ=DAILY;INTERVAL=2", 5, "1997 9 2 4 6 8 10"},
        Example{"1997-09-02", "FREQ=DAILY;INTERVAL=10;COUNT=5", 5, "1997 9 2 12 22, 10 2 12", true},
        Example{"1997-09-02", "FREQ=WEEKLY;COUNT=10", 10, "1997 9 2 9 16 23 30, 10 7 14 21 28, 11 4", true},
        Example{"1997-09-02", "FREQ=WEEKLY;UNTIL=19971224T000000Z", 17,
                "1997 9 2 9 16 23 30, 10 7 14 21 28, 11 4 11 18 25, 12 2 9 16 23", true},
        Example{"1997-09-02", "FREQ=WEEKLY;INTERVAL=2;WKST=SU", 13,
                "1997 9 2 16 30, 10 14 28, 11 11 25, 12 9 23, 1998 1 6 20, 2 3 17"},
        Example{"1997-09-02", "FREQ=WEEKLY;UNTIL=19971007T000000Z;WKST=SU;BYDAY=TU,TH", 10,
                "1997 9 2 4 9 11 16 18 23 25 30, 10 2", true},
        Example{"1997-09-02", "FREQ=WEEKLY;COUNT=10;WKST=SU;BYDAY=TU,TH", 10,
                "1997 9 2 4 9 11 16 18 23 25 30, 10 2", true},
        Example{"1997-09-01", "FREQ=WEEKLY;INTERVAL=2;UNTIL=19971224T000000Z;WKST=SU;BYDAY=MO,WE,FR", 25,
                "1997 9 1 3 5 15 17 19 29, 10 1 3 13 15 17 27 29 31, 11 10 12 14 24 26 28, 12 8 10 12 22",
                true},
        Example{"1997-09-02", "FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH", 8,
                "1997 9 2 4 16 18 30, 10 2 14 16", true},
        Example{"1997-09-05", "FREQ=MONTHLY;COUNT=10;BYDAY=1FR", 10,
                "1997 9 5, 10 3, 11 7, 12 5, 1998 1 2, 2 6, 3 6, 4 3, 5 1, 6 5", true},
        Example{"1997-09-05", "FREQ=MONTHLY;UNTIL=19971224T000000Z;BYDAY=1FR", 4,
                "1997 9 5, 10 3, 11 7, 12 5", true},
        Example{"1997-09-07", "FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU", 10,
                "1997 9 7 28, 11 2 30, 1998 1 4 25, 3 1 29, 5 3 31", true},
        Example{"1997-09-22", "FREQ=MONTHLY;COUNT=6;BYDAY=-2MO", 6,
                "1997 9 22, 10 20, 11 17, 12 22, 1998 1 19, 2 16", true},
        Example{"1997-09-28", "FREQ=MONTHLY;BYMONTHDAY=-3", 6,
                "1997 9 28, 10 29, 11 28, 12 29, 1998 1 29, 2 26"},
        Example{"1997-09-02", "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=2,15", 10,
                "1997 9 2 15, 10 2 15, 11 2 15, 12 2 15, 1998 1 2 15", true},
        Example{"1997-09-30", "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=1,-1", 10,
                "1997 9 30, 10 1 31, 11 1 30, 12 1 31, 1998 1 1 31, 2 1", true},
        Example{"1997-09-10", "FREQ=MONTHLY;INTERVAL=18;COUNT=10;BYMONTHDAY=10,11,12,13,14,15", 10,
                "1997 9 10 11 12 13 14 15, 1999 3 10 11 12 13", true},
        Example{"1997-09-02", "FREQ=MONTHLY;INTERVAL=2;BYDAY=TU", 18,
                "1997 9 2 9 16 23 30, 11 4 11 18 25, 1998 1 6 13 20 27, 3 3 10 17 24 31"},
        Example{"1997-06-10", "FREQ=YEARLY;COUNT=10;BYMONTH=6,7", 10,
                "1997 6 10, 7 10, 1998 6 10, 7 10, 1999 6 10, 7 10, 2000 6 10, 7 10, 2001 6 10, 7 10", true},
        Example{"1997-03-10", "FREQ=YEARLY;INTERVAL=2;COUNT=10;BYMONTH=1,2,3", 10,
                "1997 3 10, 1999 1 10, 2 10, 3 10, 2001 1 10, 2 10, 3 10, 2003 1 10, 2 10, 3 10", true},
        Example{"1997-01-01", "FREQ=YEARLY;INTERVAL=3;COUNT=10;BYYEARDAY=1,100,200", 10,
                "1997 1 1, 4 10, 7 19, 2000 1 1, 4 9, 7 18, 2003 1 1, 4 10, 7 19, 2006 1 1", true},
        Example{"1997-05-19", "FREQ=YEARLY;BYDAY=20MO", 3, "1997 5 19, 1998 5 18, 1999 5 17"},
        Example{"1997-05-12", "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO", 3, "1997 5 12, 1998 5 11, 1999 5 17"},
        Example{"1997-03-13", "FREQ=YEARLY;BYMONTH=3;BYDAY=TH", 11,
                "1997 3 13 20 27, 1998 3 5 12 19 26, 1999 3 4 11 18 25"},
        Example{"1997-06-05", "FREQ=YEARLY;BYDAY=TH;BYMONTH=6,7,8", 15,
                "1997 6 5 12 19 26, 7 3 10 17 24 31, 8 7 14 21 28, 1998 6 4 11"},
        Example{"1997-09-02", "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13", 5,
                "1998 2 13, 3 13, 11 13, 1999 8 13, 2000 10 13"},
        Example{"1997-09-13", "FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13", 10,
                "1997 9 13, 10 11, 11 8, 12 13, 1998 1 10, 2 7, 3 7, 4 11, 5 9, 6 13"},
        Example{"1996-11-05", "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8", 3,
                "1996 11 5, 2000 11 7, 2004 11 2"},
        Example{"1997-09-04", "FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3", 3, "1997 9 4, 10 7, 11 6",
                true},
        Example{"1997-09-29", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2", 7,
                "1997 9 29, 10 30, 11 27, 12 30, 1998 1 29, 2 26, 3 30"},
        Example{"1997-08-05", "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO", 4, "1997 8 5 10 19 24",
                true},
        Example{"1997-08-05", "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU", 4, "1997 8 5 17 19 31",
                true},
        Example{"2007-01-15", "FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5", 5, "2007 1 15 30, 2 15, 3 15 30",
                true}));

std::vector<std::string> times(const std::string& start, const std::string& rrule, std::size_t most,
                               const std::string& zone = kZone) {
  RepeatSpec spec;
  spec.rrule = rrule;
  spec.timezone = zone;
  spec.start_at = start;
  return fire_times(made(spec), from_ms(0), most, zone);
}

using ::testing::ElementsAre;

TEST(Rrule, RunsDailyUntilChristmasEveThroughTheEndOfDaylightSaving) {
  const auto found = times("1997-09-02T09:00:00", "FREQ=DAILY;UNTIL=19971224T000000Z", 1000);
  ASSERT_EQ(found.size(), 113u);
  EXPECT_EQ(found[53], "1997-10-25 09:00 -04:00");
  EXPECT_EQ(found[54], "1997-10-26 09:00 -05:00");
  EXPECT_EQ(found.back(), "1997-12-23 09:00 -05:00");
}

TEST(Rrule, RunsEveryDayOfJanuaryWrittenEitherWay) {
  const auto daily = times("1998-01-01T09:00:00", "FREQ=DAILY;UNTIL=20000131T140000Z;BYMONTH=1", 1000);
  EXPECT_EQ(daily.size(), 93u);
  EXPECT_EQ(daily, times("1998-01-01T09:00:00",
                         "FREQ=YEARLY;UNTIL=20000131T140000Z;BYMONTH=1;BYDAY=SU,MO,TU,WE,TH,FR,SA", 1000));
}

TEST(Rrule, RunsEveryThreeHours) {
  EXPECT_THAT(times("1997-09-02T09:00:00", "FREQ=HOURLY;INTERVAL=3;UNTIL=19970902T210000Z", 9),
              ElementsAre("1997-09-02 09:00 -04:00", "1997-09-02 12:00 -04:00", "1997-09-02 15:00 -04:00"));
}

TEST(Rrule, RunsEveryFifteenAndEveryNinetyMinutes) {
  EXPECT_THAT(times("1997-09-02T09:00:00", "FREQ=MINUTELY;INTERVAL=15;COUNT=6", 9),
              ElementsAre("1997-09-02 09:00 -04:00", "1997-09-02 09:15 -04:00", "1997-09-02 09:30 -04:00",
                          "1997-09-02 09:45 -04:00", "1997-09-02 10:00 -04:00", "1997-09-02 10:15 -04:00"));
  EXPECT_THAT(times("1997-09-02T09:00:00", "FREQ=MINUTELY;INTERVAL=90;COUNT=4", 9),
              ElementsAre("1997-09-02 09:00 -04:00", "1997-09-02 10:30 -04:00", "1997-09-02 12:00 -04:00",
                          "1997-09-02 13:30 -04:00"));
}

TEST(Rrule, RunsEveryTwentyMinutesOfTheWorkingDayWrittenEitherWay) {
  const auto daily =
      times("1997-09-02T09:00:00", "FREQ=DAILY;BYHOUR=9,10,11,12,13,14,15,16;BYMINUTE=0,20,40", 100);
  EXPECT_EQ(daily[0], "1997-09-02 09:00 -04:00");
  EXPECT_EQ(daily[23], "1997-09-02 16:40 -04:00");
  EXPECT_EQ(daily[24], "1997-09-03 09:00 -04:00");
  EXPECT_EQ(daily,
            times("1997-09-02T09:00:00", "FREQ=MINUTELY;INTERVAL=20;BYHOUR=9,10,11,12,13,14,15,16", 100));
}

TEST(Rrule, SkipsMonthsThatAreTooShort) {
  EXPECT_THAT(times("2026-01-31T08:00:00", "FREQ=MONTHLY", 3, "UTC"),
              ElementsAre("2026-01-31 08:00 +00:00", "2026-03-31 08:00 +00:00", "2026-05-31 08:00 +00:00"));
  EXPECT_THAT(times("2024-02-29T08:00:00", "FREQ=YEARLY", 3, "UTC"),
              ElementsAre("2024-02-29 08:00 +00:00", "2028-02-29 08:00 +00:00", "2032-02-29 08:00 +00:00"));
}

TEST(Rrule, ChoosesPositionsAmongDaysAndTimes) {
  EXPECT_THAT(times("2026-01-01T00:00:00",
                    "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYHOUR=9,17;BYMINUTE=0;BYSETPOS=1,-1", 4, "UTC"),
              ElementsAre("2026-01-01 09:00 +00:00", "2026-01-30 17:00 +00:00", "2026-02-02 09:00 +00:00",
                          "2026-02-27 17:00 +00:00"));
  EXPECT_THAT(times("2026-01-01T00:00:00", "FREQ=WEEKLY;BYDAY=MO,WE,FR;BYSETPOS=2;INTERVAL=2", 3, "UTC"),
              ElementsAre("2026-01-14 00:00 +00:00", "2026-01-28 00:00 +00:00", "2026-02-11 00:00 +00:00"));
  EXPECT_THAT(times("2026-01-01T00:00:00", "FREQ=HOURLY;BYMINUTE=5,10,50;BYSETPOS=-1", 2, "UTC"),
              ElementsAre("2026-01-01 00:50 +00:00", "2026-01-01 01:50 +00:00"));
  EXPECT_THAT(times("2026-01-01T00:00:00", "FREQ=DAILY;BYHOUR=1,2,3;BYSETPOS=2", 2, "UTC"),
              ElementsAre("2026-01-01 02:00 +00:00", "2026-01-02 02:00 +00:00"));
  EXPECT_THAT(times("2026-01-01T00:00:00", "FREQ=YEARLY;BYDAY=MO;BYSETPOS=-1", 2, "UTC"),
              ElementsAre("2026-12-28 00:00 +00:00", "2027-12-27 00:00 +00:00"));
}

TEST(Rrule, CountsWeeksAsIso8601DoesAcrossTheYearsEnd) {
  // 2026 has 53 weeks; week 1 of 2025 begins in 2024.
  EXPECT_THAT(times("2020-01-01T00:00:00", "FREQ=YEARLY;BYWEEKNO=53;BYDAY=MO,SU", 4, "UTC"),
              ElementsAre("2020-12-28 00:00 +00:00", "2021-01-03 00:00 +00:00", "2026-12-28 00:00 +00:00",
                          "2027-01-03 00:00 +00:00"));
  EXPECT_THAT(times("2024-06-05T00:00:00", "FREQ=YEARLY;BYWEEKNO=1;BYDAY=MO", 2, "UTC"),
              ElementsAre("2024-12-30 00:00 +00:00", "2025-12-29 00:00 +00:00"));
  // Without BYDAY it is the start's weekday.
  EXPECT_THAT(times("2024-06-05T00:00:00", "FREQ=YEARLY;BYWEEKNO=-1", 2, "UTC"),
              ElementsAre("2024-12-25 00:00 +00:00", "2025-12-24 00:00 +00:00"));
}

TEST(Rrule, CountsDaysOfTheYearFromItsEnd) {
  EXPECT_THAT(times("2023-06-01T00:00:00", "FREQ=YEARLY;BYYEARDAY=-1,60,366", 5, "UTC"),
              ElementsAre("2023-12-31 00:00 +00:00", "2024-02-29 00:00 +00:00", "2024-12-31 00:00 +00:00",
                          "2025-03-01 00:00 +00:00", "2025-12-31 00:00 +00:00"));
}

TEST(Rrule, RunsEverySecondWithIntervals) {
  EXPECT_THAT(
      times("2026-01-01T00:00:00", "FREQ=SECONDLY;INTERVAL=45", 3, "UTC"),
      ElementsAre("2026-01-01 00:00 +00:00", "2026-01-01 00:00:45 +00:00", "2026-01-01 00:01:30 +00:00"));
}

TEST(Rrule, GoesOnEveryHourWhereDaylightSavingShiftsByHalfAnHour) {
  // Lord Howe goes from 02:00 +10:30 to 02:30 +11:00 on 2026-10-04.
  EXPECT_THAT(times("2026-10-04T01:00:00", "FREQ=HOURLY", 4, "Australia/Lord_Howe"),
              ElementsAre("2026-10-04 01:00 +10:30", "2026-10-04 02:30 +11:00", "2026-10-04 03:30 +11:00",
                          "2026-10-04 04:30 +11:00"));
}

TEST(Rrule, KeepsTheWallTimeOfAStartInAGap) {
  EXPECT_THAT(times("2026-03-29T02:30:00", "FREQ=DAILY", 3, "Europe/Berlin"),
              ElementsAre("2026-03-29 03:30 +02:00", "2026-03-30 02:30 +02:00", "2026-03-31 02:30 +02:00"));
}

TEST(Rrule, TakesHoursFromTheRuleAtTheFullHourWhenNobodyNamedAStart) {
  RepeatSpec spec;
  spec.rrule = "FREQ=DAILY;BYHOUR=9";
  spec.timezone = "UTC";
  EXPECT_THAT(fire_times(made(spec, at("2026-01-01T08:23:46Z")), from_ms(0), 2, "UTC"),
              ElementsAre("2026-01-01 09:00 +00:00", "2026-01-02 09:00 +00:00"));
  spec.rrule = "FREQ=DAILY";
  EXPECT_THAT(fire_times(made(spec, at("2026-01-01T08:23:45.100Z")), from_ms(0), 2, "UTC"),
              ElementsAre("2026-01-01 08:23:46 +00:00", "2026-01-02 08:23:46 +00:00"));
}

TEST(Rrule, TakesUntilInItsThreeForms) {
  const std::string start = "2026-01-01T09:00:00";
  EXPECT_EQ(times(start, "FREQ=DAILY;UNTIL=20260103", 9).size(), 3u);
  EXPECT_EQ(times(start, "FREQ=DAILY;UNTIL=20260103T090000", 9).size(), 3u);
  EXPECT_EQ(times(start, "FREQ=DAILY;UNTIL=20260103T135959Z", 9).size(), 2u);
  EXPECT_EQ(times(start, "rrule:freq=daily;until=20260103t140000z;", 9).size(), 3u);
}

struct Refused {
  const char* rule;
  const char* why;
  friend void PrintTo(const Refused& one, std::ostream* out) { *out << one.rule; }
};
class RruleRefused : public ::testing::TestWithParam<Refused> {};

TEST_P(RruleRefused, NamesThePartAndWhatIsAccepted) {
  RepeatSpec spec;
  spec.rrule = GetParam().rule;
  spec.timezone = "UTC";
  EXPECT_THAT(refusal(spec), ::testing::HasSubstr(GetParam().why)) << GetParam().rule;
}

INSTANTIATE_TEST_SUITE_P(
    Table, RruleRefused,
    ::testing::Values(Refused{"INTERVAL=2", "rrule: rrule has no FREQ"},
                      Refused{"FREQ=FORTNIGHTLY", "rrule FREQ \"FORTNIGHTLY\": accepted is YEARLY"},
                      Refused{"FREQ=DAILY;INTERVAL=0", "rrule INTERVAL \"0\": accepted is 1 to 100000"},
                      Refused{"FREQ=DAILY;COUNT=-1", "rrule COUNT \"-1\""},
                      Refused{"FREQ=DAILY;COUNT=10001", "a count of 1 to 10000 is accepted"},
                      Refused{"FREQ=DAILY;UNTIL=tomorrow",
                              "rrule UNTIL \"TOMORROW\": accepted is a date (20261224)"},
                      Refused{"FREQ=DAILY;UNTIL=20260231", "has day 31: accepted is 1 to 28"},
                      Refused{"FREQ=DAILY;COUNT=2;UNTIL=20270101", "COUNT and UNTIL"},
                      Refused{"FREQ=DAILY;FREQ=DAILY", "names FREQ twice"},
                      Refused{"FREQ=DAILY;BYHOUR=24", "rrule BYHOUR \"24\": accepted is 0 to 23"},
                      Refused{"FREQ=DAILY;BYSECOND=60", "rrule BYSECOND \"60\": accepted is 0 to 59"},
                      Refused{"FREQ=MONTHLY;BYMONTHDAY=0", "rrule BYMONTHDAY \"0\": accepted is 1 to 31"},
                      Refused{"FREQ=MONTHLY;BYMONTHDAY=1,", "rrule BYMONTHDAY \"\""},
                      Refused{"FREQ=WEEKLY;BYMONTHDAY=1", "BYMONTHDAY: not accepted with FREQ=WEEKLY"},
                      Refused{"FREQ=WEEKLY;BYDAY=1MO", "accepted only with FREQ=MONTHLY"},
                      Refused{"FREQ=YEARLY;BYWEEKNO=3;BYDAY=1MO", "without BYWEEKNO"},
                      Refused{"FREQ=MONTHLY;BYDAY=0MO", "rrule BYDAY \"0MO\""},
                      Refused{"FREQ=MONTHLY;BYDAY=X", "rrule BYDAY \"X\""},
                      Refused{"FREQ=MONTHLY;BYWEEKNO=3", "BYWEEKNO: accepted only with FREQ=YEARLY"},
                      Refused{"FREQ=DAILY;BYYEARDAY=3", "BYYEARDAY: not accepted"},
                      Refused{"FREQ=DAILY;BYSETPOS=1", "BYSETPOS: accepted only with another BY part"},
                      Refused{"FREQ=DAILY;BYEASTER=1", "rrule part \"BYEASTER\": accepted is FREQ"},
                      Refused{"FREQ=DAILY;;", "rrule part \"\""},
                      Refused{"DAILY", "rrule part \"DAILY\": accepted is NAME=VALUE"},
                      Refused{"FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "rrule: this rule never fires"},
                      Refused{"FREQ=DAILY;UNTIL=20200101", "rrule: the end lies before the start"}));

}  // namespace
}  // namespace recado::engine
