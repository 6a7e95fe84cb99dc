#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/recurrence/fire_times.hpp"

namespace recado::engine {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

RepeatSpec daily(const std::string& start = "2026-01-01T09:00:00") {
  RepeatSpec spec;
  spec.rrule = "FREQ=DAILY";
  spec.timezone = "America/Sao_Paulo";
  spec.start_at = start;
  return spec;
}

std::vector<std::string> days(const RepeatSpec& spec, std::size_t most = 10) {
  auto out = fire_times(made(spec), from_ms(0), most, spec.timezone);
  for (auto& time : out) time.resize(10);
  return out;
}

TEST(Recurrence, NeverFiresBeforeItsStart) {
  auto spec = daily();
  spec.rrule.clear();
  spec.cron = "0 9 * * *";
  spec.start_at = "2026-01-01T09:00:01";
  EXPECT_EQ(days(spec, 1).front(), "2026-01-02");
  spec.start_at = "2026-01-01T09:00:00";
  EXPECT_EQ(days(spec, 1).front(), "2026-01-01");
  spec.start_at = "2026-01-01T12:00:00Z";  // an offset of its own
  EXPECT_EQ(days(spec, 1).front(), "2026-01-01");
}

TEST(Recurrence, EndsWithItsEndIncluded) {
  auto spec = daily();
  spec.end_at = "2026-01-03T09:00:00";
  EXPECT_THAT(days(spec), ElementsAre("2026-01-01", "2026-01-02", "2026-01-03"));
  spec.end_at = "2026-01-03T08:59:59-03:00";
  EXPECT_THAT(days(spec), ElementsAre("2026-01-01", "2026-01-02"));
}

TEST(Recurrence, EndsAfterItsCount) {
  auto spec = daily();
  spec.count = 2;
  EXPECT_THAT(days(spec), ElementsAre("2026-01-01", "2026-01-02"));
  spec.end_at = "2026-01-01T23:00:00";
  EXPECT_THAT(days(spec), ElementsAre("2026-01-01"));
}

TEST(Recurrence, CountsExceptedOnesAsRfc5545Does) {
  auto spec = daily();
  spec.count = 4;
  spec.except_dates = {"2026-01-02", "2026-01-03T09:00:00"};
  EXPECT_THAT(days(spec), ElementsAre("2026-01-01", "2026-01-04"));
}

TEST(Recurrence, LeavesOutTheWholeLocalDayQuickly) {
  RepeatSpec spec;
  spec.rrule = "FREQ=SECONDLY";
  spec.timezone = "America/Sao_Paulo";
  spec.start_at = "2026-01-01T23:59:59";
  for (int month = 1; month <= 9; ++month) {
    for (int day = 1; day <= 28; ++day)
      spec.except_dates.push_back("2026-0" + std::to_string(month) + (day < 10 ? "-0" : "-") +
                                  std::to_string(day));
  }
  const auto rule = made(spec);
  EXPECT_EQ(reading(*rule.next(from_ms(0)), spec.timezone), "2026-01-29 00:00 -03:00");
}

TEST(Recurrence, ShortensMonthsForTheFrequencyMonthly) {
  RepeatSpec spec;
  spec.frequency = "monthly";
  spec.timezone = "America/Sao_Paulo";
  spec.start_at = "2026-01-31T09:00:00";
  EXPECT_THAT(days(spec, 5),
              ElementsAre("2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"));
  spec.start_at = "2024-01-30T09:00:00";
  EXPECT_THAT(days(spec, 3), ElementsAre("2024-01-30", "2024-02-29", "2024-03-30"));
}

TEST(Recurrence, KnowsTheOtherFrequencies) {
  RepeatSpec spec;
  spec.frequency = "weekly";
  spec.timezone = "UTC";
  spec.start_at = "2026-01-01T09:00:00";
  EXPECT_THAT(days(spec, 2), ElementsAre("2026-01-01", "2026-01-08"));
  spec.frequency = "daily";
  EXPECT_THAT(days(spec, 2), ElementsAre("2026-01-01", "2026-01-02"));
  spec.frequency = "once";
  EXPECT_THAT(days(spec, 2), ElementsAre("2026-01-01"));
  spec.frequency = "hourly";
  EXPECT_THAT(refusal(spec), HasSubstr("frequency: accepted are once, daily, weekly and monthly"));
}

TEST(Recurrence, RefusesWithTheFieldsName) {
  auto spec = daily();
  spec.timezone = "America/Sao_Paolo";
  EXPECT_THAT(refusal(spec), HasSubstr("timezone: \"America/Sao_Paolo\" is not a known time zone"));
  spec = daily("soon");
  EXPECT_THAT(refusal(spec), HasSubstr("startAt: \"soon\" is not a time"));
  spec = daily();
  spec.end_at = "2025-01-01T00:00:00";
  EXPECT_THAT(refusal(spec), HasSubstr("endAt: the end lies before the start"));
  spec = daily();
  spec.except_dates = {"2026-01-02", "2026-02-30"};
  EXPECT_THAT(refusal(spec), HasSubstr("exceptDates[1]: \"2026-02-30\" is not a date"));
  spec.except_dates.assign(kMostExceptDates + 1, "2026-01-02");
  EXPECT_THAT(refusal(spec), HasSubstr("exceptDates: at most 1000"));
  spec = daily();
  spec.count = kMostOccurrences + 1;
  EXPECT_THAT(refusal(spec), HasSubstr("count: a count of 1 to 10000"));
  spec = daily();
  spec.count = 1;
  spec.except_dates = {"2026-01-01"};
  EXPECT_THAT(refusal(spec), HasSubstr("it never fires"));
  spec = daily();
  spec.cron = "0 9 * * *";
  EXPECT_THAT(refusal(spec), HasSubstr("exactly one of cron, rrule and frequency"));
  spec = daily();
  spec.rrule = "FREQ=DAILY;COUNT=3";
  spec.count = 3;
  EXPECT_THAT(refusal(spec), HasSubstr("rrule: the rule has COUNT and count is given"));
}

TEST(Recurrence, IsTheSameAfterItWasStored) {
  auto spec = daily("");
  spec.count = 3;
  const auto first = made(spec, at("2026-05-01T10:11:12.130Z"));
  const auto again = Recurrence::restore(spec, first.bounds());
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(fire_times(*again, from_ms(0), 9, "UTC"), fire_times(first, from_ms(0), 9, "UTC"));
  EXPECT_THAT(
      fire_times(first, from_ms(0), 9, "UTC"),
      ElementsAre("2026-05-01 10:11:13 +00:00", "2026-05-02 10:11:13 +00:00", "2026-05-03 10:11:13 +00:00"));
}

TEST(Recurrence, EndsQuicklyWhereNothingEverMatches) {
  // An hour that the interval never meets, and seconds that the interval never meets.
  RepeatSpec spec;
  spec.timezone = "UTC";
  spec.start_at = "2026-01-01T09:00:00";
  for (const char* rule :
       {"FREQ=HOURLY;INTERVAL=24;BYHOUR=5", "FREQ=SECONDLY;INTERVAL=2;BYSECOND=1",
        "FREQ=MINUTELY;BYMONTH=2;BYMONTHDAY=30", "FREQ=WEEKLY;INTERVAL=3;BYDAY=MO;BYMONTH=2;BYSETPOS=2",
        "FREQ=DAILY;INTERVAL=7;BYDAY=MO", "FREQ=YEARLY;INTERVAL=2;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=YEARLY;INTERVAL=1000000;BYMONTH=2;BYMONTHDAY=30"}) {
    spec.rrule = rule;
    EXPECT_NE(refusal(spec), "accepted") << rule;
  }
}

TEST(Recurrence, EndsWithTheLastYear) {
  RepeatSpec spec;
  spec.timezone = "Europe/Berlin";
  spec.cron = "0 0 31 12 *";
  const auto rule = made(spec);
  EXPECT_EQ(reading(*rule.next(at("9999-06-01T00:00:00Z")), "UTC"), "9999-12-30 23:00 +00:00");
  EXPECT_FALSE(rule.next(at("9999-12-31T00:00:00Z")));
  EXPECT_FALSE(rule.next(Instant::max()));
}

TEST(Recurrence, SaysWhatDaylightSavingDid) {
  RepeatSpec spec;
  spec.timezone = "Europe/Berlin";
  spec.cron = "30 2 * * *";
  const auto rule = made(spec);
  EXPECT_THAT(rule.note(at("2026-03-29T01:30:00Z")), HasSubstr("moved forward"));
  EXPECT_THAT(rule.note(at("2026-10-25T00:30:00Z")), HasSubstr("twice"));
  EXPECT_EQ(rule.note(at("2026-03-28T01:30:00Z")), "");
}

TEST(Misfire, CoalescesWhatWasMissedIntoOne) {
  RepeatSpec spec;
  spec.timezone = "UTC";
  spec.cron = "* * * * *";
  const auto rule = made(spec);
  const Instant planned = at("2026-01-01T00:00:00Z");
  const Instant now = planned + std::chrono::hours{12};
  const auto late = fire_or_skip(rule, planned, now);
  EXPECT_EQ(late.now, planned);
  EXPECT_EQ(late.next, now + std::chrono::minutes{1});
  const auto in_time = fire_or_skip(rule, planned, planned + Millis{5});
  EXPECT_EQ(in_time.now, planned);
  EXPECT_EQ(in_time.next, planned + std::chrono::minutes{1});
}

TEST(Misfire, SkipsWhatIsLaterThanItsGrace) {
  RepeatSpec spec;
  spec.timezone = "UTC";
  spec.cron = "0 * * * *";
  const auto rule = made(spec);
  const Instant planned = at("2026-01-01T00:00:00Z");
  const MisfirePolicy policy{Misfire::skip, Millis{60'000}};
  EXPECT_TRUE(fire_or_skip(rule, planned, planned + Millis{60'000}, policy).now);
  const auto missed = fire_or_skip(rule, planned, planned + Millis{60'001}, policy);
  EXPECT_FALSE(missed.now);
  EXPECT_EQ(missed.next, planned + std::chrono::hours{1});
}

}  // namespace
}  // namespace recado::engine
