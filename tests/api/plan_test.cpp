// `POST /messages/plan`: what would happen.
#include "api/served_api.hpp"

namespace recado::api::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Plan : public ServedApi {
 protected:
  Tree plan(const std::string& body) { return expect(200, call("POST", "/messages/plan", body)); }
};

TEST_F(Plan, ShowsTheInstantTheRequestAndTheVerdictAndStoresNothing) {
  resolver.addresses = {"93.184.216.34"};
  serve([this](ApiContext& context) { context.destinations = &resolving; });
  const auto body = plan(message_body(
      R"("id":"a","scheduleTo":"2026-12-01T09:00","timezone":"America/Sao_Paulo","payload":{ "x":1 },"headers":{"X-A":"b"})"));
  EXPECT_EQ(body["messageId"].text(), "a");
  EXPECT_EQ(body["scheduledFor"].text(), "2026-12-01T12:00:00+00:00");
  EXPECT_EQ(body["local"].text(), "2026-12-01T09:00:00-03:00[America/Sao_Paulo]");
  EXPECT_TRUE(body["notes"].items.empty());
  EXPECT_EQ(
      body["request"].source,
      R"({"method":"POST","url":"https://example.com/hook","headers":{"Host":"example.com","Content-Length":"9",)"
      R"("X-A":"b","recado-attempt":"1","webhook-timestamp":"1796126400"},"body":"{ \"x\":1 }"})");
  EXPECT_EQ(body["address"].source,
            R"({"allowed":true,"detail":"the destination may be reached","addresses":["93.184.216.34"]})");
  EXPECT_EQ(engine.asked, 0u);
}

TEST_F(Plan, NotesWhatDaylightSavingDidAndThatATimeHasPassed) {
  EXPECT_EQ(plan(message_body(R"("scheduleTo":"2027-03-28T02:30","timezone":"Europe/Berlin")"))["notes"]
                .items.size(),
            1u);
  EXPECT_THAT(plan(message_body(R"("scheduleTo":"2020-01-01T00:00:00Z")"))["notes"].texts(),
              ElementsAre("The time has passed: it is sent at once."));
}

TEST_F(Plan, AnswersARefusedAddressWithTheVerdict) {
  for (const bool resolves : {false, true}) {
    serve([&](ApiContext& context) { context.destinations = resolves ? &resolving : &destinations; });
    const auto body = plan(R"({"webhookUrl":"http://10.0.0.1/x"})");
    EXPECT_FALSE(body["address"]["allowed"].truth());
    EXPECT_THAT(body["address"]["detail"].text(), HasSubstr("add 10.0.0.0/8 to WEBHOOK_ALLOW_NETWORKS"));
    EXPECT_TRUE(plan(R"({"webhookUrl":"http://127.0.0.1/x"})")["address"]["allowed"].truth());
  }
}

TEST_F(Plan, JudgesEveryAddressOfAName) {
  serve([this](ApiContext& context) { context.destinations = &resolving; });
  resolver.addresses = {"10.0.0.1", "192.168.0.1"};
  const auto refused = plan(message_body());
  EXPECT_FALSE(refused["address"]["allowed"].truth());
  EXPECT_THAT(refused["address"]["detail"].text(), HasSubstr("add 10.0.0.0/8 to WEBHOOK_ALLOW_NETWORKS"));
  EXPECT_EQ(refused["address"]["addresses"].items.size(), 2u);
  resolver.addresses = {"10.0.0.1", "93.184.216.34"};
  EXPECT_TRUE(plan(message_body())["address"]["allowed"].truth());
  resolver.addresses.clear();
  EXPECT_THAT(plan(message_body())["address"]["detail"].text(), HasSubstr("does not resolve now"));
}

TEST_F(Plan, RefusesWhatCreateRefuses) {
  EXPECT_THAT(field_errors(call("POST", "/messages/plan", R"({"webhookUrl":"x","delay":-1})")),
              ElementsAre(HasSubstr("delay: "), HasSubstr("webhookUrl: ")));
  EXPECT_THAT(
      field_errors(call("POST", "/messages/plan", message_body(R"("callbackUrl":"http://10.0.0.1/")"))),
      ElementsAre(HasSubstr("callbackUrl: ")));
}

TEST_F(Plan, AnswersWhileTheSigningSecretIsNotKnownYet) {
  channel.fail.emplace(ErrorCode::unavailable, "the signing secret is not known yet");
  expect(503, call("POST", "/messages/plan", message_body()));
}

}  // namespace
}  // namespace recado::api::testing
