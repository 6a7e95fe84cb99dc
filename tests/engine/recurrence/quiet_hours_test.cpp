#include <gtest/gtest.h>

#include "engine/recurrence/fire_times.hpp"

namespace recado::engine {
namespace {

using std::chrono::minutes;

constexpr const char* kZone = "America/Sao_Paulo";

QuietHours quiet(const char* from, const char* to, QuietPolicy policy) {
  return {*parse_time_of_day(from), *parse_time_of_day(to), policy};
}

/// The local time at which what is planned for `planned` is sent; `not at all`.
std::string sent(QuietHours hours, const std::string& planned, const std::string& now = "1990-01-01T00:00:00",
                 const std::string& zone = kZone) {
  const auto out = outside_quiet_hours(hours, zone, at(planned, zone), at(now, zone));
  if (!*out) return "not at all";
  const auto text = reading(**out, zone);
  return text.substr(0, text.rfind(' '));
}

TEST(QuietHours, LeaveTheRestOfTheDayAlone) {
  const auto hours = quiet("21:00", "08:00", QuietPolicy::later);
  EXPECT_EQ(sent(hours, "2026-01-01T08:00:00"), "2026-01-01 08:00");
  EXPECT_EQ(sent(hours, "2026-01-01T20:59:00"), "2026-01-01 20:59");
}

TEST(QuietHours, SendLaterWhenTheyEnd) {
  const auto hours = quiet("21:00", "08:00", QuietPolicy::later);
  EXPECT_EQ(sent(hours, "2026-01-01T21:00:00"), "2026-01-02 08:00");
  EXPECT_EQ(sent(hours, "2026-01-02T07:59:00"), "2026-01-02 08:00");
  EXPECT_EQ(sent(quiet("12:00", "13:00", QuietPolicy::later), "2026-01-02T12:30:00"), "2026-01-02 13:00");
}

TEST(QuietHours, SendEarlierBeforeTheyBegin) {
  const auto hours = quiet("21:00", "08:00", QuietPolicy::earlier);
  EXPECT_EQ(sent(hours, "2026-01-01T22:00:00"), "2026-01-01 20:59");
  EXPECT_EQ(sent(hours, "2026-01-02T03:00:00"), "2026-01-01 20:59");
  // It is past that, but not quiet yet; then it is.
  EXPECT_EQ(sent(hours, "2026-01-01T22:00:00", "2026-01-01T20:59:30"), "2026-01-01 20:59:30");
  EXPECT_EQ(sent(hours, "2026-01-01T22:00:00", "2026-01-01T21:30:00"), "2026-01-02 08:00");
}

TEST(QuietHours, SkipWhatFallsIntoThem) {
  const auto hours = quiet("21:00", "08:00", QuietPolicy::skip);
  EXPECT_EQ(sent(hours, "2026-01-01T22:00:00"), "not at all");
  EXPECT_EQ(sent(hours, "2026-01-01T20:00:00"), "2026-01-01 20:00");
}

TEST(QuietHours, AreNoneWhenTheyEndWhereTheyBegin) {
  EXPECT_EQ(sent(quiet("00:00", "00:00", QuietPolicy::skip), "2026-01-01T00:00:00"), "2026-01-01 00:00");
}

TEST(QuietHours, EndAfterAGapWhenTheirEndIsSkipped) {
  EXPECT_EQ(sent(quiet("22:00", "02:30", QuietPolicy::later), "2026-03-29T01:00:00", "1990-01-01T00:00:00",
                 "Europe/Berlin"),
            "2026-03-29 03:30");
}

TEST(QuietHours, EndAgainWhenDaylightSavingRepeatsThem) {
  const auto out = outside_quiet_hours(quiet("22:00", "02:30", QuietPolicy::later), "Europe/Berlin",
                                       at("2026-10-25T02:10:00+01:00"), from_ms(0));
  EXPECT_EQ(reading(**out, "Europe/Berlin"), "2026-10-25 02:30 +01:00");
}

TEST(QuietHours, RefuseWhatIsNoTimeAndNoZone) {
  for (const char* text : {"", "8:00", "24:00", "12:60", "12:00:00", "aa:bb", "1200"})
    EXPECT_FALSE(parse_time_of_day(text).ok()) << text;
  EXPECT_EQ(*parse_time_of_day("23:59"), minutes{1439});
  EXPECT_FALSE(outside_quiet_hours({}, "Mars/Phobos", from_ms(0), from_ms(0)).ok());
}

}  // namespace
}  // namespace recado::engine
