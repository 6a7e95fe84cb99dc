// `repeat`: series over the API.
#include "api/served_api.hpp"

namespace recado::api::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class Repeat : public ServedApi {
 protected:
  // The clock stands at 2026-04-15T02:41:45Z, a Wednesday.
  static std::string series(const std::string& repeat, const std::string& more = {}) {
    return message_body(R"("id":"s","repeat":)" + repeat + more);
  }
  std::vector<std::string> refused(const std::string& body) {
    return field_errors(call("POST", "/messages", body));
  }
  Tree plan(const std::string& body) { return expect(200, call("POST", "/messages/plan", body)); }
};

TEST_F(Repeat, SchedulesTheFirstTimeOfTheRule) {
  const auto body = expect(
      201, call("POST", "/messages", series(R"({"cron":"0 9 * * 1-5","timezone":"America/Sao_Paulo"})")));
  EXPECT_EQ(body["messageId"].text(), "s");
  EXPECT_EQ(body["scheduledFor"].text(), "2026-04-15T12:00:00+00:00");
  const auto got = expect(200, call("GET", "/messages/s"));
  EXPECT_EQ(got["repeat"].source,
            R"({"cron":"0 9 * * 1-5","timezone":"America/Sao_Paulo","startAt":"2026-04-15T02:41:45+00:00"})");
  EXPECT_EQ(got["occurrence"].source, R"({"series":"s","number":1,"at":"2026-04-15T12:00:00+00:00"})");
  EXPECT_EQ(got["nextRun"].text(), "2026-04-15T12:00:00+00:00");
}

TEST_F(Repeat, TakesRrulesWithStartEndCountAndExceptions) {
  const auto body = expect(
      201,
      call("POST", "/messages",
           series(R"({"rrule":"FREQ=MONTHLY;BYDAY=-1FR","timezone":"UTC","startAt":"2026-04-01T09:00:00",)"
                  R"("endAt":"2026-12-31T00:00:00Z","count":5,"exceptDates":["2026-04-24"]})")));
  EXPECT_EQ(body["scheduledFor"].text(), "2026-05-29T09:00:00+00:00");
}

TEST_F(Repeat, UsesTheDefaultZone) {
  serve([](ApiContext& context) { context.default_timezone = "Europe/Berlin"; });
  const auto body = expect(201, call("POST", "/messages", series(R"({"cron":"@daily"})")));
  EXPECT_EQ(body["scheduledFor"].text(), "2026-04-15T22:00:00+00:00");
  EXPECT_EQ(expect(200, call("GET", "/messages/s"))["repeat"]["timezone"].text(), "Europe/Berlin");
}

TEST_F(Repeat, IsAPlainMessageWithoutIt) {
  expect(201, call("POST", "/messages", message_body(R"("id":"m","repeat":null)")));
  const auto got = expect(200, call("GET", "/messages/m"));
  EXPECT_EQ(got["repeat"].source, "null");
  EXPECT_EQ(got["occurrence"].source, "null");
}

TEST_F(Repeat, RefusesWithTheMembersName) {
  EXPECT_THAT(refused(series(R"({"cron":"0 9 * *"})")),
              ElementsAre(StartsWith("repeat.cron: cron \"0 9 * *\": accepted is five fields")));
  EXPECT_THAT(refused(series(R"({"cron":"0 0 30 2 *"})")), ElementsAre(HasSubstr("never fires")));
  EXPECT_THAT(refused(series(R"({"rrule":"FREQ=DAILY;BYHOUR=25"})")),
              ElementsAre(StartsWith("repeat.rrule: rrule BYHOUR \"25\"")));
  EXPECT_THAT(refused(series(R"({})")), ElementsAre(StartsWith("repeat: exactly one of cron, rrule")));
  EXPECT_THAT(refused(series(R"({"cron":"@daily","rrule":"FREQ=DAILY"})")),
              ElementsAre(StartsWith("repeat: exactly one of")));
  EXPECT_THAT(refused(series(R"({"cron":"@daily","timezone":"Brasilia"})")),
              ElementsAre(StartsWith("repeat.timezone: \"Brasilia\" is not a known time zone")));
  EXPECT_THAT(refused(series(R"({"cron":"@daily","exceptDates":["soon"]})")),
              ElementsAre(StartsWith("repeat.exceptDates[0]: \"soon\" is not a time")));
  EXPECT_THAT(refused(series(R"({"cron":"@daily","count":0})")), ElementsAre(StartsWith("repeat.count: ")));
  EXPECT_THAT(refused(series(R"({"cron":"@daily","every":"day"})")),
              ElementsAre(StartsWith("repeat.every: ")));
  EXPECT_THAT(refused(series(R"("daily")")), ElementsAre(StartsWith("repeat: ")));
  EXPECT_THAT(
      refused(series(R"({"cron":"@daily","startAt":"2020-01-01T00:00:00Z","endAt":"2021-01-01T00:00:00Z"})")),
      ElementsAre("repeat: its last time, 2021-01-01T00:00:00+00:00, has passed"));
}

TEST_F(Repeat, RefusesWhatContradictsIt) {
  const std::string daily = R"({"cron":"@daily","timezone":"UTC"})";
  EXPECT_THAT(refused(series(daily, R"(,"scheduleTo":"2026-12-01T09:00:00Z")")),
              ElementsAre("scheduleTo: contradicts repeat: give repeat.startAt"));
  EXPECT_THAT(refused(series(daily, R"(,"delay":5)")), ElementsAre(StartsWith("delay: contradicts repeat")));
  EXPECT_THAT(refused(series(daily, R"(,"expiresAt":"2026-12-01T09:00:00Z")")),
              ElementsAre(StartsWith("expiresAt: is one instant")));
  EXPECT_THAT(refused(message_body(R"("id":")" + std::string(221, 'x') + R"(","repeat":)" + daily)),
              ElementsAre(StartsWith("id: has 221 bytes")));
}

TEST_F(Repeat, IsReplacedKeptAndTakenAwayByPatch) {
  expect(201, call("POST", "/messages", series(R"({"cron":"@daily","timezone":"UTC"})")));
  auto got = expect(200, call("PATCH", "/messages/s", R"({"payload":{"n":2}})"));
  EXPECT_EQ(got["scheduledFor"].text(), "2026-04-16T00:00:00+00:00");
  EXPECT_EQ(got["repeat"]["cron"].text(), "@daily");
  got = expect(200, call("PATCH", "/messages/s", R"({"repeat":{"cron":"@hourly","timezone":"UTC"}})"));
  EXPECT_EQ(got["scheduledFor"].text(), "2026-04-15T03:00:00+00:00");
  EXPECT_THAT(field_errors(call("PATCH", "/messages/s", R"({"delay":5})")),
              ElementsAre(StartsWith("delay: contradicts repeat")));
  got = expect(200, call("PATCH", "/messages/s", R"({"repeat":null})"));
  EXPECT_EQ(got["repeat"].source, "null");
  EXPECT_EQ(got["scheduledFor"].text(), "2026-04-15T03:00:00+00:00");
}

TEST_F(Repeat, IsTakenInBatchesAndByPut) {
  const auto batch = expect(207, call("POST", "/messages/batch",
                                      "[" + series(R"({"cron":"@daily","timezone":"UTC"})") + "," +
                                          message_body(R"("id":"t","repeat":{"cron":"x"})") + "]"));
  EXPECT_EQ(batch["results"].items[0]["status"].source, "201");
  EXPECT_EQ(batch["results"].items[1]["status"].source, "422");
  const auto put = expect(
      200, call("PUT", "/messages/s", message_body(R"("repeat":{"cron":"@hourly","timezone":"UTC"})")));
  EXPECT_EQ(put["scheduledFor"].text(), "2026-04-15T03:00:00+00:00");
}

TEST_F(Repeat, IsPlannedWithItsNextTimes) {
  const auto body = plan(series(R"({"cron":"0 9 * * *","timezone":"America/Sao_Paulo"})", R"(,"count":2)"));
  EXPECT_THAT(body["next"].texts(), ElementsAre("2026-04-15T12:00:00+00:00", "2026-04-16T12:00:00+00:00"));
  EXPECT_EQ(body["scheduledFor"].text(), "2026-04-15T12:00:00+00:00");
  EXPECT_EQ(body["local"].text(), "2026-04-15T09:00:00-03:00[America/Sao_Paulo]");
  EXPECT_THAT(plan(series(R"({"cron":"0 9 * * *","timezone":"UTC"})"))["next"].items.size(), 5u);
  EXPECT_EQ(engine.asked, 0u);
}

TEST_F(Repeat, IsPlannedFromThePastWithNotesOnDaylightSaving) {
  const auto body = plan(series(R"({"cron":"30 2 * * *","timezone":"Europe/Berlin"})",
                                R"(,"from":"2026-03-28T01:30:00Z","count":2)"));
  EXPECT_THAT(body["next"].texts(), ElementsAre("2026-03-29T01:30:00+00:00", "2026-03-30T00:30:00+00:00"));
  EXPECT_THAT(body["notes"].texts(),
              ElementsAre(AllOf(StartsWith("2026-03-29T01:30:00+00:00: "), HasSubstr("moved forward"))));
}

TEST_F(Repeat, RefusesFromAndCountWithoutIt) {
  const auto errors = [this](const std::string& body) {
    return field_errors(call("POST", "/messages/plan", body));
  };
  EXPECT_THAT(errors(message_body(R"("from":"2026-03-28T00:00:00Z")")),
              ElementsAre("from: is only accepted together with repeat"));
  EXPECT_THAT(errors(message_body(R"("count":0)")), ElementsAre(StartsWith("count: ")));
  EXPECT_THAT(errors(series(R"({"cron":"@daily"})", R"(,"from":"soon")")), ElementsAre(StartsWith("from: ")));
}

}  // namespace
}  // namespace recado::api::testing
