// When schedules come, with the clock turned by hand.
#include "messaging/schedules/plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace recado::messaging {
namespace {

using records::Document;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Instant at(const char* text) {
  return parse_time(text, std::nullopt)->at;
}

/// Judges fields as a new schedule's, or as a change of `before`.
struct Judged {
  explicit Judged(Document given, Instant now, const records::Record* before = nullptr)
      : draft(std::move(given), before, {}) {
    judge_plan(draft, "America/Sao_Paulo", now, problems);
  }
  std::string problem() const {
    return problems.empty() ? std::string() : problems.front().field + ": " + problems.front().message;
  }
  std::vector<std::string> next(int count) const {
    std::vector<std::string> out;
    const auto rule = rule_of(draft.fields);
    auto time = rule ? next_of(draft.fields, *rule) : std::nullopt;
    for (; time && count > 0; time = rule->next(*time), --count) out.push_back(format_time_z(*time));
    return out;
  }
  records::Record record() const {
    records::Record out;
    out.id = 1;
    out.fields = draft.fields;
    return out;
  }
  Draft draft;
  FieldProblems problems;
};

Document fields(std::string_view json) {
  return Document::parse(json).value();
}

const Instant kNow = at("2026-04-15T12:00:00Z");

TEST(SchedulePlan, OnceAtItsTimeInTheDefaultZone) {
  const Judged one(fields(R"({"frequency":"once","startAt":"2026-04-20T09:00:00"})"), kNow);
  EXPECT_EQ(one.problem(), "");
  EXPECT_THAT(one.next(3), ElementsAre("2026-04-20T12:00:00Z"));
  EXPECT_EQ(one.draft.fields.text("status"), "active");
  EXPECT_EQ(one.draft.fields.text("timezone"), "America/Sao_Paulo");
  EXPECT_TRUE(one.draft.fields.text("nextRunAt"));
}

TEST(SchedulePlan, OnceInThePastComesAtOnceAndRepeatedTimesDoNot) {
  const Judged once(fields(R"({"startAt":"2026-04-01T09:00:00"})"), kNow);
  EXPECT_THAT(once.next(2), ElementsAre("2026-04-01T12:00:00Z"));
  const Judged daily(fields(R"({"frequency":"daily","startAt":"2026-04-01T09:00:00"})"), kNow);
  EXPECT_THAT(daily.next(2), ElementsAre("2026-04-15T12:00:00Z", "2026-04-16T12:00:00Z"));
}

TEST(SchedulePlan, MonthlyOnThe31stIsTheLastDayOfShorterMonths) {
  const Judged monthly(fields(R"({"frequency":"monthly","startAt":"2026-05-31T09:00:00","count":3})"), kNow);
  EXPECT_THAT(monthly.next(5),
              ElementsAre("2026-05-31T12:00:00Z", "2026-06-30T12:00:00Z", "2026-07-31T12:00:00Z"));
}

TEST(SchedulePlan, TakesRulesAndLeavesDatesOut) {
  const Judged cron(
      fields(R"({"repeat":{"cron":"0 9 * * 1-5"},"timezone":"UTC","exceptDates":["2026-04-16"]})"), kNow);
  EXPECT_EQ(cron.problem(), "");
  EXPECT_THAT(cron.next(2), ElementsAre("2026-04-17T09:00:00Z", "2026-04-20T09:00:00Z"));
}

TEST(SchedulePlan, NamesTheFieldThatIsWrong) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"frequency":"hourly"})", "frequency: "},
      {R"({"frequency":"daily","repeat":{"cron":"0 9 * * *"}})", "repeat: contradicts"},
      {R"({"repeat":{"cron":"0 25 * * *"}})", "repeat.cron: "},
      {R"({"repeat":{"rrule":"FREQ=NEVER"}})", "repeat.rrule: "},
      {R"({"frequency":"daily","timezone":"Mars/Olympus"})", "timezone: "},
      {R"({"frequency":"daily","startAt":"yesterday"})", "startAt: "},
      {R"({"frequency":"daily","exceptDates":["x"]})", "exceptDates[0]: "},
      {R"({"frequency":"daily","startAt":"2026-01-01T09:00:00","endAt":"2026-02-01T09:00:00"})",
       "frequency: its last time"},
      {R"({"frequency":"daily","misfire":"never"})", "misfire: "},
      {R"({"frequency":"daily","quietHours":{"from":"25:00","to":"08:00"}})", "quietHours.from: "},
      {R"({"frequency":"daily","quietHours":{"from":"21:00"}})", "quietHours.to: "},
      {R"({"frequency":"daily","quietHours":{"from":"21:00","to":"08:00","policy":"never"}})",
       "quietHours.policy: "},
      {R"({"repeat":{"cron":"0 * * * *"},"quietHours":{"from":"21:00","to":"08:00","policy":"earlier"}})",
       "quietHours.policy: earlier needs"},
  };
  for (const auto& [given, expected] : cases) {
    const Judged one(fields(given), kNow);
    EXPECT_THAT(one.problem(), ::testing::StartsWith(expected)) << given;
  }
}

TEST(SchedulePlan, AChangeOfAnythingElseKeepsItsPlace) {
  Judged first(fields(R"({"startAt":"2026-04-15T09:00:00"})"), kNow);
  auto before = first.record();
  before.fields.set_number("fired", to_ms(at("2026-04-15T12:00:00Z")));
  before.fields.set_text("status", kDone);
  Document renamed = fields(R"({"startAt":"2026-04-15T09:00:00","name":"x"})");
  const Judged same(renamed, kNow + Millis{60'000}, &before);
  EXPECT_EQ(same.problem(), "");
  EXPECT_TRUE(same.next(1).empty());
  EXPECT_EQ(same.draft.fields.text("status"), kDone);
  // Another time is another plan.
  const Judged moved(fields(R"({"startAt":"2026-04-16T09:00:00"})"), kNow + Millis{60'000}, &before);
  EXPECT_THAT(moved.next(1), ElementsAre("2026-04-16T12:00:00Z"));
  EXPECT_EQ(moved.draft.fields.text("status"), kActive);
  // A paused one stays paused, whatever becomes of its times.
  before.fields.set_text("status", kPaused);
  const Judged paused(fields(R"({"startAt":"2026-04-16T09:00:00"})"), kNow, &before);
  EXPECT_EQ(paused.draft.fields.text("status"), kPaused);
  EXPECT_FALSE(paused.draft.fields.find("nextRunAt"));
}

TEST(SchedulePlan, AfterDowntimeOneRunAllOrNone) {
  const auto turn = [](const char* misfire, Millis late) {
    Document given = fields(R"({"frequency":"daily","timezone":"UTC","startAt":"2026-04-15T12:00:00"})");
    given.set_text("misfire", misfire);
    const Judged one(std::move(given), kNow);
    EXPECT_EQ(one.problem(), "");
    const auto rule = rule_of(one.draft.fields);
    return turn_of(one.draft.fields, *rule, kNow, kNow + late);
  };
  const Millis day{24 * 3600 * 1000};
  const Millis late = day * 3 + Millis{1'000};
  EXPECT_TRUE(turn("once", late).runs);
  EXPECT_EQ(turn("once", late).next, kNow + day * 4);
  EXPECT_TRUE(turn("all", late).runs);
  EXPECT_EQ(turn("all", late).next, kNow + day);
  EXPECT_FALSE(turn("skip", late).runs);
  EXPECT_EQ(turn("skip", late).next, kNow + day * 4);
  EXPECT_TRUE(turn("skip", Millis{30'000}).runs);
}

TEST(SchedulePlan, BeginsAsLongBeforeAsItsMessagesMayGoEarlier) {
  const auto lead = [](const char* policy) {
    Document given;
    given.set("quietHours", std::string(R"({"from":"21:00","to":"08:00","policy":")") + policy + "\"}");
    return lead_of(given);
  };
  EXPECT_EQ(lead("later"), Millis::zero());
  EXPECT_EQ(lead("skip"), Millis::zero());
  EXPECT_EQ(lead("earlier"), Millis{13 * 3600 * 1000});
}

}  // namespace
}  // namespace recado::messaging
