#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/recurrence/fire_times.hpp"

namespace recado::engine {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> times(const std::string& cron, const std::string& after, std::size_t most,
                               const std::string& zone = "UTC") {
  RepeatSpec spec;
  spec.cron = cron;
  spec.timezone = zone;
  spec.start_at = "1990-01-01T00:00:00";
  return fire_times(made(spec), at(after), most, zone);
}

struct Case {
  const char* cron;
  const char* after;
  std::vector<std::string> next;  ///< without the offset
  friend void PrintTo(const Case& one, std::ostream* out) { *out << one.cron << " after " << one.after; }
};
class Cron : public ::testing::TestWithParam<Case> {};

TEST_P(Cron, FiresStrictlyAfter) {
  auto found = times(GetParam().cron, GetParam().after, GetParam().next.size());
  for (auto& time : found) time.resize(16);
  EXPECT_EQ(found, GetParam().next) << GetParam().cron;
}

INSTANTIATE_TEST_SUITE_P(
    Table, Cron,
    ::testing::Values(
        Case{"* * * * *", "2026-01-01T00:00:00Z", {"2026-01-01 00:01", "2026-01-01 00:02"}},
        Case{"* * * * *", "2026-01-01T00:00:59.999Z", {"2026-01-01 00:01"}},
        Case{"0 9 * * 1-5", "2026-01-02T09:00:00Z", {"2026-01-05 09:00", "2026-01-06 09:00"}},
        Case{"0 9 * * MON-FRI", "2026-01-02T08:59:59.999Z", {"2026-01-02 09:00", "2026-01-05 09:00"}},
        Case{"*/15 * * * *", "2026-01-01T00:44:00Z", {"2026-01-01 00:45", "2026-01-01 01:00"}},
        Case{"5/20 * * * *",
             "2026-01-01T00:00:00Z",
             {"2026-01-01 00:05", "2026-01-01 00:25", "2026-01-01 00:45", "2026-01-01 01:05"}},
        Case{"10-20/5,50 3 * * *",
             "2026-01-01T00:00:00Z",
             {"2026-01-01 03:10", "2026-01-01 03:15", "2026-01-01 03:20", "2026-01-01 03:50",
              "2026-01-02 03:10"}},
        Case{"0 0 29 2 *", "2026-01-01T00:00:00Z", {"2028-02-29 00:00", "2032-02-29 00:00"}},
        Case{"0 0 29 2 *", "2096-03-01T00:00:00Z", {"2104-02-29 00:00"}},
        Case{"0 0 31 * *", "2026-01-31T00:00:00Z", {"2026-03-31 00:00", "2026-05-31 00:00"}},
        Case{"0 0 L * *", "2026-01-31T00:00:00Z", {"2026-02-28 00:00", "2026-03-31 00:00"}},
        Case{"0 0 L-2,1 * *",
             "2026-02-01T00:00:00Z",
             {"2026-02-26 00:00", "2026-03-01 00:00", "2026-03-29 00:00"}},
        Case{"0 0 * * 5L", "2026-01-01T00:00:00Z", {"2026-01-30 00:00", "2026-02-27 00:00"}},
        Case{"0 0 * * friL", "2026-01-30T00:00:00Z", {"2026-02-27 00:00"}},
        Case{"0 0 * * 1#2", "2026-01-01T00:00:00Z", {"2026-01-12 00:00", "2026-02-09 00:00"}},
        Case{"0 0 * * MON#5", "2026-01-01T00:00:00Z", {"2026-03-30 00:00", "2026-06-29 00:00"}},
        Case{"0 0 * * 7", "2026-01-01T00:00:00Z", {"2026-01-04 00:00", "2026-01-11 00:00"}},
        Case{"0 0 * * 5-7",
             "2026-01-01T00:00:00Z",
             {"2026-01-02 00:00", "2026-01-03 00:00", "2026-01-04 00:00", "2026-01-09 00:00"}},
        Case{"0 0 * * FRI-SUN", "2026-01-03T00:00:00Z", {"2026-01-04 00:00", "2026-01-09 00:00"}},
        // Both days restricted: either. With a star in one of them: both.
        Case{"0 0 13 * 5",
             "2026-01-01T00:00:00Z",
             {"2026-01-02 00:00", "2026-01-09 00:00", "2026-01-13 00:00", "2026-01-16 00:00"}},
        Case{"0 0 */10 * 5", "2026-01-01T00:00:00Z", {"2026-05-01 00:00", "2026-07-31 00:00"}},
        Case{"0 0 ? * 5", "2026-01-01T00:00:00Z", {"2026-01-02 00:00", "2026-01-09 00:00"}},
        Case{"0 12 1 jan,JUL *", "2026-01-01T12:00:00Z", {"2026-07-01 12:00", "2027-01-01 12:00"}},
        Case{"  30   4\t1 1   *  ", "2026-01-01T00:00:00Z", {"2026-01-01 04:30", "2027-01-01 04:30"}},
        Case{"@yearly", "2026-01-01T00:00:00Z", {"2027-01-01 00:00"}},
        Case{"@annually", "2026-01-01T00:00:00Z", {"2027-01-01 00:00"}},
        Case{"@monthly", "2026-01-01T00:00:00Z", {"2026-02-01 00:00"}},
        Case{"@weekly", "2026-01-01T00:00:00Z", {"2026-01-04 00:00"}},
        Case{"@daily", "2026-01-01T00:00:00Z", {"2026-01-02 00:00"}},
        Case{"@Midnight", "2026-01-01T00:00:00Z", {"2026-01-02 00:00"}},
        Case{"@hourly", "2026-01-01T00:00:00Z", {"2026-01-01 01:00"}}));

TEST(CronInDaylightSaving, MovesASkippedTimeForwardByTheGap) {
  EXPECT_THAT(times("30 2 * * *", "2026-03-28T12:00:00Z", 2, "Europe/Berlin"),
              ElementsAre("2026-03-29 03:30 +02:00", "2026-03-30 02:30 +02:00"));
  // What falls on one instant is one occurrence, and what is moved comes in its order.
  EXPECT_THAT(times("0,30 2,3 * * *", "2026-03-28T12:00:00Z", 3, "Europe/Berlin"),
              ElementsAre("2026-03-29 03:00 +02:00", "2026-03-29 03:30 +02:00", "2026-03-30 02:00 +02:00"));
}

TEST(CronInDaylightSaving, FiresAtTheFirstOfTwo) {
  EXPECT_THAT(times("30 2 * * *", "2026-10-24T12:00:00Z", 2, "Europe/Berlin"),
              ElementsAre("2026-10-25 02:30 +02:00", "2026-10-26 02:30 +01:00"));
  EXPECT_THAT(times("30 1 * * *", "2026-10-31T12:00:00Z", 2, "America/New_York"),
              ElementsAre("2026-11-01 01:30 -04:00", "2026-11-02 01:30 -05:00"));
}

TEST(CronInDaylightSaving, RunsFinerThanADayInRealTime) {
  EXPECT_THAT(times("*/30 * * * *", "2026-03-29T00:00:00Z", 3, "Europe/Berlin"),
              ElementsAre("2026-03-29 01:30 +01:00", "2026-03-29 03:00 +02:00", "2026-03-29 03:30 +02:00"));
  EXPECT_THAT(times("*/30 * * * *", "2026-10-24T23:30:00Z", 6, "Europe/Berlin"),
              ElementsAre("2026-10-25 02:00 +02:00", "2026-10-25 02:30 +02:00", "2026-10-25 02:00 +01:00",
                          "2026-10-25 02:30 +01:00", "2026-10-25 03:00 +01:00", "2026-10-25 03:30 +01:00"));
  EXPECT_THAT(times("0 * * * *", "2026-10-24T23:30:00Z", 3, "Europe/Berlin"),
              ElementsAre("2026-10-25 02:00 +02:00", "2026-10-25 02:00 +01:00", "2026-10-25 03:00 +01:00"));
}

TEST(CronInDaylightSaving, ReadsTheRepeatedHourAgainWhereTheRuleComesBackOnlyMuchLater) {
  EXPECT_THAT(times("*/30 2 25 10 *", "2026-10-25T00:00:00Z", 4, "Europe/Berlin"),
              ElementsAre("2026-10-25 02:30 +02:00", "2026-10-25 02:00 +01:00", "2026-10-25 02:30 +01:00",
                          "2027-10-25 02:00 +02:00"));
}

TEST(CronInDaylightSaving, MovesBrazilsMidnightToOneWhileItHadDaylightSaving) {
  EXPECT_THAT(times("0 0 * * *", "2018-11-03T12:00:00Z", 2, "America/Sao_Paulo"),
              ElementsAre("2018-11-04 01:00 -02:00", "2018-11-05 00:00 -02:00"));
  EXPECT_THAT(times("30 23 * * *", "2019-02-16T12:00:00Z", 2, "America/Sao_Paulo"),
              ElementsAre("2019-02-16 23:30 -02:00", "2019-02-17 23:30 -03:00"));
  EXPECT_THAT(times("0 0 * * *", "2026-11-01T12:00:00Z", 1, "America/Sao_Paulo"),
              ElementsAre("2026-11-02 00:00 -03:00"));
}

TEST(CronInDaylightSaving, FiresOnceWhereAWholeDayWasSkipped) {
  // Samoa had no 2011-12-30: its 09:00 is the 31st's.
  EXPECT_THAT(times("0 9 * * *", "2011-12-29T12:00:00Z", 3, "Pacific/Apia"),
              ElementsAre("2011-12-29 09:00 -10:00", "2011-12-31 09:00 +14:00", "2012-01-01 09:00 +14:00"));
}

struct Refused {
  const char* cron;
  const char* why;
  friend void PrintTo(const Refused& one, std::ostream* out) { *out << one.cron; }
};
class CronRefused : public ::testing::TestWithParam<Refused> {};

TEST_P(CronRefused, NamesTheFieldAndWhatIsAccepted) {
  RepeatSpec spec;
  spec.cron = GetParam().cron;
  spec.timezone = "UTC";
  EXPECT_THAT(refusal(spec), HasSubstr(GetParam().why)) << GetParam().cron;
}

INSTANTIATE_TEST_SUITE_P(
    Table, CronRefused,
    ::testing::Values(
        Refused{"0 9 * *", "cron: cron \"0 9 * *\": accepted is five fields"},
        Refused{"0 0 9 * * *", "five fields: minute, hour, day of month, month, day of week"},
        Refused{" ", "not 0"}, Refused{"60 * * * *", "cron minute \"60\": accepted is 0 to 59"},
        Refused{"* 24 * * *", "cron hour \"24\": accepted is 0 to 23"},
        Refused{"* * 0 * *", "cron day of month \"0\": accepted is 1 to 31"},
        Refused{"* * 15W * *", "cron day of month \"15W\""},
        Refused{"* * L-31 * *", "cron day of month \"L-31\""},
        Refused{"* * * 13 *", "cron month \"13\": accepted is 1 to 12"},
        Refused{"* * * JANUARY *", "cron month \"JANUARY\""},
        Refused{"* * * * 8", "cron day of week \"8\": accepted is 0 to 7"},
        Refused{"* * * * L", "cron day of week \"L\""}, Refused{"* * * * 1#6", "#1 to #5"},
        Refused{"* * * * #1", "#1 to #5"}, Refused{"*/0 * * * *", "a step of 1 or more"},
        Refused{"*/x * * * *", "a step of 1 or more"}, Refused{"1,,2 * * * *", "cron minute \"\""},
        Refused{"* 22-2 * * *", "a range that rises; one that goes round is two"},
        Refused{"1-2-3 * * * *", "cron minute \"1-2-3\""}, Refused{"-1 * * * *", "cron minute \"-1\""},
        Refused{"99999999999999999999 * * * *", "cron minute"},
        Refused{"@reboot", "cron \"@reboot\": accepted is @yearly"}, Refused{"@every 5m", "five fields"},
        Refused{"0 0 30 2 *", "cron: this rule never fires"}, Refused{"0 0 31 4,6,9,11 *", "never fires"}));

}  // namespace
}  // namespace recado::engine
