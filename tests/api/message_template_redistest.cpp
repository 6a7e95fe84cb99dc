// `template` and `variables` of messages, over a real redis-server.
#include "api/served_records.hpp"

namespace recado::api::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class MessageTemplates : public ServedChannels {
 protected:
  MessageTemplates() {
    expect(201, call("POST", "/contacts",
                     R"({"name":"Ana","phone":"11999998888","email":"ana@x.com","custom":{"plan":"gold"}})"));
    expect(201, call("POST", "/templates",
                     R"({"name":"Lembrete","subject":"Oi {{name}}","body":"{{name}}, {{plan}}: {{day}}"})"));
  }
  Tree sent(const std::string& body) {
    const auto id = expect(201, call("POST", "/messages", body))["messageId"].text();
    return expect(200, call("GET", "/messages/" + id));
  }
};

TEST_F(MessageTemplates, AreFilledForTheContactAtTheAddress) {
  const auto whatsapp = sent(
      R"({"channel":"whatsapp","to":"(11) 99999-8888","template":"lembrete","variables":{"day":"amanhã"}})");
  EXPECT_EQ(whatsapp["text"].text(), "Ana, gold: amanhã");
  EXPECT_FALSE(whatsapp.has("subject"));
  const auto email =
      sent(R"({"channel":"email","to":"Ana@X.com","template":1,"variables":{"day":3,"plan":"silver"}})");
  EXPECT_EQ(email["subject"].text(), "Oi Ana");
  EXPECT_EQ(email["text"].text(), "Ana, silver: 3");
}

TEST_F(MessageTemplates, ArePlannedWithoutBeingRegistered) {
  const auto plan = expect(
      200,
      call("POST", "/messages/plan",
           R"({"channel":"whatsapp","to":"(11) 99999-8888","template":"lembrete","variables":{"day":"x"}})"));
  EXPECT_EQ(plan["content"].source, R"({"channel":"twilio","to":"+5511999998888","text":"Ana, gold: x"})");
  EXPECT_EQ(plan["request"].source, "null");
  EXPECT_EQ(plan["address"].source, "null");
  EXPECT_THAT(field_errors(call("POST", "/messages/plan",
                                R"({"channel":"whatsapp","to":"11999998888","template":"lembrete"})")),
              ElementsAre(StartsWith("variables.day: is missing")));
  EXPECT_EQ(engine.asked, 0u);
}

TEST_F(MessageTemplates, AreFilledForAnybodyFromVariables) {
  const auto message = sent(
      R"({"channel":"email","to":"eva@x.com","template":"1","variables":{"name":"Eva","plan":"-","day":"x"}})");
  EXPECT_EQ(message["text"].text(), "Eva, -: x");
}

TEST_F(MessageTemplates, MayBeTheProviders) {
  expect(201, call("POST", "/templates",
                   R"({"name":"hx","providerTemplate":{"contentSid":"HX1","variables":{"1":"{{name}}"}}})"));
  const auto message = sent(R"({"channel":"whatsapp","to":"11999998888","template":"hx"})");
  EXPECT_EQ(message["providerTemplate"].source, R"({"contentSid":"HX1","parameters":["Ana"]})");
  EXPECT_THAT(
      field_errors(call("POST", "/messages", R"({"channel":"email","to":"ana@x.com","template":"hx"})")),
      ElementsAre(StartsWith("template: ")));
}

TEST_F(MessageTemplates, NameWhatIsMissing) {
  const auto refused = [this](const std::string& members) {
    return field_errors(call("POST", "/messages", "{" + members + "}"));
  };
  EXPECT_THAT(refused(R"("channel":"email","to":"ana@x.com","template":"lembrete")"),
              ElementsAre(StartsWith("variables.day: is missing")));
  EXPECT_THAT(refused(R"("channel":"email","to":"ana@x.com","template":"other")"),
              ElementsAre(StartsWith("template: \"other\"")));
  EXPECT_THAT(refused(R"("channel":"email","to":"ana@x.com","template":7.5)"),
              ElementsAre(StartsWith("template: ")));
  EXPECT_THAT(refused(R"("channel":"email","to":"ana@x.com","template":1,"text":"x","variables":{"day":1})"),
              ElementsAre(StartsWith("text: stands beside template")));
  EXPECT_THAT(refused(R"("channel":"email","to":"ana@x.com","text":"x","variables":{"day":1})"),
              ElementsAre(StartsWith("variables: ")));
  EXPECT_THAT(refused(R"("webhookUrl":"https://example.com/","template":1)"),
              ElementsAre(StartsWith("template: ")));
}

TEST_F(MessageTemplates, AreTakenInBatchesAndByPut) {
  const std::string good = R"({"channel":"email","to":"ana@x.com","template":1,"variables":{"day":"x"}})";
  const std::string bad = R"({"channel":"email","to":"ana@x.com","template":1})";
  const auto results =
      expect(207, call("POST", "/messages/batch", "[" + good + "," + bad + "]"))["results"].items;
  EXPECT_EQ(results[0]["status"].source, "201");
  EXPECT_EQ(results[1]["status"].source, "422");
  EXPECT_THAT(results[1]["detail"].text(), HasSubstr("variables.day"));
  expect(201, call("PUT", "/messages/x", good));
  EXPECT_EQ(expect(200, call("GET", "/messages/x"))["text"].text(), "Ana, gold: x");
  EXPECT_THAT(field_errors(call("PATCH", "/messages/x", R"({"template":1})")),
              ElementsAre(StartsWith("template: cannot be changed")));
}

}  // namespace
}  // namespace recado::api::testing
