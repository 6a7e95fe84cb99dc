// `/schedules` over a real redis-server, and an engine that keeps what it is asked.
#include "api/served_records.hpp"

namespace recado::api::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

class Schedules : public ServedRecords {
 protected:
  Schedules() {
    expect(201, call("POST", "/contacts", R"({"name":"Ana","phone":"11987654321"})"));
    expect(201, call("POST", "/groups", R"({"name":"G","contacts":[1]})"));
  }
  static std::string weekly(const std::string& more = "") {
    return R"({"name":"Lembrete","channel":"whatsapp","text":"Oi","group":1,"frequency":"weekly",)"
           R"("startAt":"2026-04-20T09:00:00","timezone":"America/Sao_Paulo")" +
           more + "}";
  }
  /// Messages to the handler of schedules.
  std::size_t plans() const {
    std::size_t count = 0;
    for (const auto& [id, message] : engine.messages) count += message.spec.handler.empty() ? 0 : 1;
    return count;
  }
};

TEST_F(Schedules, ComeBackAsTheyWereGivenWithTheirNextTime) {
  const auto made = call("POST", "/api/schedules/", weekly());
  const auto schedule = expect(201, made);
  EXPECT_EQ(header(made, "Location"), "/schedules/1");
  EXPECT_EQ(schedule["frequency"].source, R"("weekly")");
  EXPECT_EQ(schedule["status"].source, R"("active")");
  EXPECT_EQ(schedule["misfire"].source, R"("once")");
  EXPECT_EQ(schedule["nextRunAt"].source, R"("2026-04-20T12:00:00+00:00")");
  EXPECT_EQ(schedule["lastRun"].source, "null");
  EXPECT_EQ(schedule["repeat"].source, "null");
  EXPECT_EQ(plans(), 1u);  // it is waited for
  EXPECT_EQ(expect(200, call("GET", "/schedules/1/next?count=2")).source,
            R"({"next":["2026-04-20T12:00:00+00:00","2026-04-27T12:00:00+00:00"]})");
  EXPECT_EQ(call("GET", "/schedules/1/next?count=0").status, 422);
  EXPECT_EQ(call("GET", "/schedules/7/next").status, 404);
}

TEST_F(Schedules, AreChangedPausedResumedAndRemoved) {
  expect(201, call("POST", "/schedules", weekly()));
  auto schedule =
      expect(200, call("PATCH", "/schedules/1", R"({"startAt":"2026-04-21T09:00:00","text":"Ei"})"));
  EXPECT_EQ(schedule["nextRunAt"].source, R"("2026-04-21T12:00:00+00:00")");
  EXPECT_EQ(schedule["text"].source, R"("Ei")");
  EXPECT_EQ(plans(), 1u);  // in place of the former
  schedule = expect(200, call("POST", "/schedules/1/pause"));
  EXPECT_EQ(schedule["status"].source, R"("paused")");
  EXPECT_EQ(schedule["nextRunAt"].source, "null");
  EXPECT_EQ(plans(), 0u);
  EXPECT_EQ(expect(200, call("GET", "/schedules?status=paused")).items.size(), 1u);
  EXPECT_EQ(expect(200, call("GET", "/schedules?status=active")).items.size(), 0u);
  // What is ours to say is not changed by a body that was read before.
  schedule = expect(200, call("PUT", "/schedules/1", weekly(R"(,"status":"active","nextRunAt":null)")));
  EXPECT_EQ(schedule["status"].source, R"("paused")");
  schedule = expect(200, call("POST", "/api/schedules/1/resume/"));
  EXPECT_EQ(schedule["status"].source, R"("active")");
  EXPECT_EQ(schedule["nextRunAt"].source, R"("2026-04-20T12:00:00+00:00")");
  EXPECT_EQ(call("DELETE", "/schedules/1").status, 204);
  EXPECT_EQ(call("DELETE", "/schedules/1").status, 404);
  EXPECT_EQ(call("POST", "/schedules/1/pause").status, 404);
  EXPECT_EQ(call("POST", "/schedules/1/resume").status, 404);
  EXPECT_EQ(call("POST", "/schedules/1/send").status, 404);
}

TEST_F(Schedules, SayWordsOrATemplate) {
  expect(201, call("POST", "/templates", R"({"name":"oi","body":"Oi {{name}}"})"));
  expect(201, call("POST", "/schedules", weekly()));
  auto schedule = expect(200, call("PATCH", "/schedules/1", R"({"template":"oi","variables":{"a":1}})"));
  EXPECT_EQ(schedule["text"].source, "null");
  EXPECT_EQ(schedule["template"].source, R"("oi")");
  schedule = expect(200, call("PATCH", "/schedules/1", R"({"text":"Ei"})"));
  EXPECT_EQ(schedule["template"].source, "null");
  EXPECT_EQ(schedule["variables"].source, "null");
  EXPECT_THAT(field_errors(call("PATCH", "/schedules/1", R"({"template":7})")),
              ElementsAre("template: there is no template 7"));
  EXPECT_THAT(field_errors(call("PATCH", "/schedules/1", R"({"variables":{"a":1}})")),
              ElementsAre(StartsWith("variables: belongs to a template")));
}

TEST_F(Schedules, RunNow) {
  expect(201, call("POST", "/schedules", weekly()));
  const auto sent = expect(202, call("POST", "/schedules/1/send"));
  EXPECT_EQ(sent["status"].source, R"("sending")");
  EXPECT_EQ(sent["tag"].source, R"("schedule:1")");
  EXPECT_EQ(plans(), 2u);
}

TEST_F(Schedules, AreFoundByWhatTheyAre) {
  expect(201, call("POST", "/schedules", weekly()));
  expect(201, call("POST", "/schedules",
                   R"({"name":"Aviso","channel":"email","subject":"A","text":"B","recipients":["a@b.co"]})"));
  EXPECT_EQ(expect(200, call("GET", "/schedules")).items.size(), 2u);
  EXPECT_EQ(expect(200, call("GET", "/schedules?channel=email")).items.size(), 1u);
  EXPECT_EQ(expect(200, call("GET", "/schedules?group=1")).items.size(), 1u);
  EXPECT_EQ(expect(200, call("GET", "/schedules?search=avi")).items.size(), 1u);
}

TEST_F(Schedules, SayWhichFieldIsWrong) {
  const std::pair<std::string, const char*> cases[] = {
      {R"({"name":"x","channel":"whatsapp","text":"Oi","group":9})", "group: there is no group 9"},
      {R"({"name":"x","channel":"whatsapp","text":"Oi","contact":9})", "contact: there is no contact 9"},
      {R"({"name":"x","channel":"whatsapp","text":"Oi"})", "group: is missing"},
      {R"({"name":"x","channel":"whatsapp","group":1})", "text: is missing"},
      {R"({"name":"x","channel":"pigeon","text":"Oi","group":1})", "channel: "},
      {R"({"name":"x","channel":"whatsapp","text":"Oi","subject":"x","group":1})", "subject: "},
      {R"({"name":"x","channel":"whatsapp","text":"Oi","recipients":["123"]})", "recipients[0]: "},
      {R"({"name":"x","text":"Oi","group":1})", "channel: is required"},
      {weekly(R"(,"endAt":"2020-01-01T00:00:00")"), "endAt: "},
      {weekly(R"(,"repeat":{"cron":"0 9 * * *"})"), "repeat: contradicts frequency"},
      {weekly(R"(,"quietHours":{"from":"9","to":"08:00"})"), "quietHours.from: "},
      {weekly(R"(,"colour":"red")"), "colour: "},
  };
  for (const auto& [body, expected] : cases)
    EXPECT_THAT(field_errors(call("POST", "/schedules", body)), ElementsAre(StartsWith(expected))) << body;
  EXPECT_THAT(plans(), 0u);
  EXPECT_EQ(total(call("GET", "/schedules")), "0");
}

}  // namespace
}  // namespace recado::api::testing
