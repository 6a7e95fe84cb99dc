// When: scheduleTo, timezone, delay, expiresAt.
#include "api/message_time.hpp"

#include "api/served_api.hpp"

namespace recado::api::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class MessageTimes : public ServedApi {
 protected:
  std::string scheduled_for(const std::string& more) {
    const auto body = expect(201, call("POST", "/messages", message_body(more)));
    return body.has("scheduledFor") ? body["scheduledFor"].text() : "";
  }
  const engine::MessageSpec& stored(const std::string& more) {
    expect(201, call("POST", "/messages", message_body(R"("id":"a",)" + more)));
    return engine.at("a").spec;
  }
};

TEST_F(MessageTimes, UnderstandsEveryWayOfSayingWhen) {
  EXPECT_EQ(scheduled_for(R"("scheduleTo":"2026-12-01T09:00:00-03:00")"), "2026-12-01T12:00:00+00:00");
  EXPECT_EQ(scheduled_for(R"("scheduleTo":"2026-12-01T09:00:00.1204Z")"), "2026-12-01T09:00:00.121+00:00");
  EXPECT_EQ(scheduled_for(R"("scheduleTo":"2026-12-01T09:00","timezone":"America/Sao_Paulo")"),
            "2026-12-01T12:00:00+00:00");
  EXPECT_EQ(scheduled_for(R"("scheduleTo":"2026-12-01T09:00-03:00","timezone":"America/Sao_Paulo")"),
            "2026-12-01T12:00:00+00:00");
  EXPECT_EQ(scheduled_for(R"("delay":"1d10h30m")"), "2026-04-16T13:11:45+00:00");
  EXPECT_EQ(scheduled_for(R"("delay":90)"), "2026-04-15T02:43:15+00:00");
  EXPECT_EQ(scheduled_for(R"("delay":1.5)"), "2026-04-15T02:41:46.500+00:00");
  EXPECT_EQ(scheduled_for(R"("delay":9e1)"), "2026-04-15T02:43:15+00:00");
  EXPECT_EQ(scheduled_for(R"("delay":"90")"), "2026-04-15T02:43:15+00:00");
  EXPECT_EQ(scheduled_for(R"("delay":0)"), "2026-04-15T02:41:45+00:00");
  EXPECT_EQ(scheduled_for(""), "2026-04-15T02:41:45+00:00");
  EXPECT_EQ(scheduled_for(R"("scheduleTo":"2020-01-01T00:00:00Z")"), "2020-01-01T00:00:00+00:00");
}

TEST_F(MessageTimes, KeepsTheLocalTimeAndZoneAsWritten) {
  const auto& spec = stored(R"("scheduleTo":"2026-12-01T09:00","timezone":"America/Sao_Paulo")");
  EXPECT_EQ(spec.local_time, "2026-12-01T09:00");
  EXPECT_EQ(spec.timezone, "America/Sao_Paulo");
}

TEST_F(MessageTimes, RefusesWhatContradictsItselfOrSaysTooLittle) {
  const std::pair<const char*, const char*> cases[] = {
      {R"("scheduleTo":"2026-12-01T09:00:00Z","delay":5)",
       "delay: scheduleTo and delay contradict each other"},
      {R"("timezone":"America/Sao_Paulo")", "timezone: is only accepted together with scheduleTo"},
      {R"("delay":5,"timezone":"America/Sao_Paulo")", "timezone: is only accepted together with scheduleTo"},
      {R"("scheduleTo":"2026-12-01T09:00:00")", "scheduleTo: "},
      {R"("scheduleTo":"amanhã")", "scheduleTo: \"amanh"},
      {R"("scheduleTo":1776220905)", "scheduleTo: 1776220905 is a number: expected a string"},
      {R"("scheduleTo":"2026-02-30T00:00:00Z")", "scheduleTo: "},
      {R"("scheduleTo":"10000-01-01T00:00:00Z")", "scheduleTo: "},
      {R"("scheduleTo":"1969-12-31T23:59:59Z")", "scheduleTo: "},
      {R"("scheduleTo":"2026-12-01T09:00","timezone":"Brasilia")",
       "timezone: \"Brasilia\" is not a known zone"},
      {R"("scheduleTo":"2026-12-01T09:00+05:00","timezone":"America/Sao_Paulo")", "scheduleTo: "},
      {R"("delay":-1)", "delay: \"-1\" is negative"},
      {R"("delay":"soon")", "delay: \"soon\" is not a duration"},
      {R"("delay":1e300)", "delay: 1e300 is out of range"},
      {R"("delay":1e999999999999)", "delay: 1e999999999999 is out of range"},
      {R"("delay":"101000d")", "is out of range: accepted is 0s to 36525d"},
      {R"("delay":true)", "delay: true is a boolean: expected seconds as a number, or text such as"},
      {R"("expiresAt":"2026-04-15T02:41:45Z")",
       "expiresAt: 2026-04-15T02:41:45+00:00 is not after the time it is due"},
      {R"("delay":"2h","expiresAt":"2026-04-15T03:00:00Z")", "expiresAt: "},
      {R"("expiresAt":"tomorrow")", "expiresAt: \"tomorrow\""},
  };
  for (const auto& [more, expected] : cases) {
    EXPECT_THAT(field_errors(call("POST", "/messages", message_body(more))), ElementsAre(HasSubstr(expected)))
        << more;
  }
  EXPECT_TRUE(engine.messages.empty());
}

TEST_F(MessageTimes, ReadsExpiresAtInTheZoneOfTheMessage) {
  const auto& spec = stored(
      R"("scheduleTo":"2026-12-01T09:00","timezone":"America/Sao_Paulo","expiresAt":"2026-12-01T10:00")");
  EXPECT_EQ(format_time(*spec.expires_at), "2026-12-01T13:00:00+00:00");
  call("DELETE", "/messages/a");
  const auto& with_offset = stored(
      R"("scheduleTo":"2026-12-01T09:00","timezone":"America/Sao_Paulo","expiresAt":"2026-12-01T13:30:00Z")");
  EXPECT_EQ(format_time(*with_offset.expires_at), "2026-12-01T13:30:00+00:00");
}

TEST_F(MessageTimes, PatchUnderstandsALocalTimeInTheStoredZone) {
  const auto& spec = stored(R"("scheduleTo":"2026-12-01T09:00","timezone":"America/Sao_Paulo")");
  expect(200, call("PATCH", "/messages/a", R"({"scheduleTo":"2026-12-02T10:00"})"));
  EXPECT_EQ(format_time(spec.due), "2026-12-02T13:00:00+00:00");
  expect(200, call("PATCH", "/messages/a", R"({"timezone":"UTC"})"));
  EXPECT_EQ(format_time(spec.due), "2026-12-02T10:00:00+00:00");
  EXPECT_EQ(spec.timezone, "UTC");
  EXPECT_THAT(field_errors(call("PATCH", "/messages/a", R"({"timezone":null})")),
              ElementsAre(HasSubstr("scheduleTo:")));
  expect(200, call("PATCH", "/messages/a", R"({"scheduleTo":"2026-12-03T00:00:00Z"})"));
  EXPECT_EQ(spec.timezone, "");
  EXPECT_EQ(spec.local_time, "");
  EXPECT_THAT(field_errors(call("PATCH", "/messages/a", R"({"timezone":"UTC"})")),
              ElementsAre(HasSubstr("was not given as local time")));
  expect(200, call("PATCH", "/messages/a", R"({"delay":"10m"})"));
  EXPECT_EQ(spec.due, clock.now() + Millis(600'000));
}

TEST(ReadInstant, PutsBackThePlusThatAQueryTurnedIntoASpace) {
  EXPECT_EQ(format_time(*read_instant("2026-04-15T02:41:45 02:00")), "2026-04-15T00:41:45+00:00");
  EXPECT_EQ(format_time(*read_instant("2026-04-15 02:41:45 02:00")), "2026-04-15T00:41:45+00:00");
  EXPECT_EQ(format_time(*read_instant("2026-04-15T02:41:45Z")), "2026-04-15T02:41:45+00:00");
  EXPECT_EQ(format_time(*read_instant("2026-04-15 02:41:45Z")), "2026-04-15T02:41:45+00:00");
  EXPECT_FALSE(read_instant("2026-04-15 02:41"));
  EXPECT_FALSE(read_instant("2026-04-15T02:41:45"));
  EXPECT_FALSE(read_instant(""));
}

}  // namespace
}  // namespace recado::api::testing
