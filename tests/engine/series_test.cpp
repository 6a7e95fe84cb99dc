#include "engine/series.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/records/messages.hpp"
#include "engine/recurrence/fire_times.hpp"

namespace recado::engine {
namespace {

using ::testing::HasSubstr;

Message series(std::string id, RepeatSpec rule, Instant now = at("2026-04-15T00:00:00Z")) {
  Message out = records::plain_message();
  out.spec.id = std::move(id);
  const auto made_rule = made(rule, now);
  out.spec.repeat = std::make_shared<Repeat>(Repeat{std::move(rule), made_rule.bounds()});
  out.spec.due = out.next_run = *made_rule.next(now - Millis{1});
  out.occurrence = 1;
  return out;
}

RepeatSpec every_minute() {
  RepeatSpec rule;
  rule.cron = "* * * * *";
  rule.timezone = "UTC";
  return rule;
}

TEST(Occurrence, IsItsSeriesAndItsInstant) {
  const Message s = series("s", every_minute());
  const Message one = occurrence_of(s);
  EXPECT_EQ(one.id(), "s@2026-04-15T00:00:00Z");
  EXPECT_EQ(one.series, "s");
  EXPECT_EQ(one.occurrence, 1u);
  EXPECT_FALSE(one.spec.repeat);
  EXPECT_EQ(one.spec.payload, s.spec.payload);
  // Whoever sends it again after a crash says the same webhook-id, and another time or series another.
  EXPECT_EQ(one.webhook_id(), occurrence_of(s).webhook_id());
  EXPECT_NE(one.webhook_id(), occurrence_of(**after_occurrence(s, s.next_run)).webhook_id());
  Message other = s;
  other.spec.id = "t";
  EXPECT_NE(one.webhook_id(), occurrence_of(other).webhook_id());
}

TEST(Occurrence, IsToldFromOtherIds) {
  EXPECT_EQ(series_in(occurrence_id("s", at("2026-04-15T00:00:00Z"))), "s");
  EXPECT_EQ(series_in(occurrence_id("a@b", from_ms(1'776'220'905'120))), "a@b");
  for (const char* id : {"", "s", "@2026-04-15T00:00:00Z", "s@2026-04-15", "s@2026-04-15T00:00:00+00:00"})
    EXPECT_FALSE(series_in(id)) << id;
}

TEST(Occurrence, LiesOnTheShardOfItsSeries) {
  const Instant when = at("2026-04-15T00:00:00Z");
  std::vector<std::string> ids = {
      "s", "{appt-17}daily", "a}b{", "{}", "0f8fad5b-d9cb-469f-a165-70867728950e", records::kUid.uuid()};
  for (int i = 0; i < 50; ++i) ids.push_back("series-" + std::to_string(i));
  for (const std::string account : {"main", "acme"}) {
    for (const auto& id : ids)
      EXPECT_EQ(shard_of(message_key(account, id)), shard_of(message_key(account, occurrence_id(id, when))))
          << id;
  }
}

TEST(SeriesState, GoesOnWithTheNextTimeAndNothingOfTheLastOne) {
  Message s = series("s", every_minute());
  s.deferral.count = 3;
  s.taken_over.count = 1;
  const auto next = after_occurrence(s, s.next_run + Millis{5});
  ASSERT_TRUE(next.ok() && *next);
  EXPECT_EQ((*next)->next_run, s.next_run + Millis{60'000});
  EXPECT_EQ((*next)->spec.due, (*next)->next_run);
  EXPECT_EQ((*next)->occurrence, 2u);
  EXPECT_EQ((*next)->deferral.count + (*next)->taken_over.count, 0u);
  EXPECT_NE((*next)->generation, s.generation);
  EXPECT_EQ((*next)->uid, s.uid);
}

TEST(SeriesState, CoalescesWhatPassedWhileNobodyWasThere) {
  const Message s = series("s", every_minute());
  const auto next = after_occurrence(s, s.next_run + std::chrono::hours{12});
  EXPECT_EQ((*next)->next_run, s.next_run + std::chrono::hours{12} + std::chrono::minutes{1});
  EXPECT_EQ((*next)->occurrence, 2u);
}

TEST(SeriesState, EndsWithItsLastTime) {
  auto rule = every_minute();
  rule.count = 2;
  const Message s = series("s", rule);
  const auto second = after_occurrence(s, s.next_run);
  ASSERT_TRUE(second.ok() && *second);
  const auto third = after_occurrence(**second, (*second)->next_run);
  ASSERT_TRUE(third.ok());
  EXPECT_FALSE(*third);
}

TEST(SeriesState, SaysThatItsRuleCannotBeReadAnyMore) {
  Message s = series("s", every_minute());
  Repeat broken = *s.spec.repeat;
  broken.rule.timezone = "Mars/Phobos";
  s.spec.repeat = std::make_shared<Repeat>(broken);
  const auto next = after_occurrence(s, s.next_run);
  ASSERT_FALSE(next.ok());
  EXPECT_THAT(next.error().detail(), HasSubstr("Mars/Phobos"));
}

TEST(SeriesRecord, KeepsRuleAndOccurrence) {
  RepeatSpec rule;
  rule.rrule = "FREQ=DAILY;BYHOUR=9";
  rule.timezone = "America/Sao_Paulo";
  rule.start_at = "2026-04-15T09:00:00";
  rule.end_at = "2027-01-01T00:00:00Z";
  rule.count = 300;
  rule.except_dates = {"2026-12-25", "2026-12-31T09:00:00"};
  Message s = series("s", rule);
  s.occurrence = 7;
  Message read = records::decoded(s, s.next_run);
  ASSERT_TRUE(read.spec.repeat);
  EXPECT_EQ(*read.spec.repeat, *s.spec.repeat);
  EXPECT_EQ(read.occurrence, 7u);
  const Message one = occurrence_of(s);
  read = records::decoded(one, one.next_run);
  EXPECT_EQ(read.series, "s");
  EXPECT_EQ(read.occurrence, 7u);
  EXPECT_EQ(read.uid, one.uid);
  EXPECT_FALSE(read.spec.repeat);
}

}  // namespace
}  // namespace recado::engine
