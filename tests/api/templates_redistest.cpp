// `/templates` over a real redis-server.
#include "api/served_records.hpp"

namespace recado::api::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

class Templates : public ServedRecords {
 protected:
  http::Response make(const std::string& members) {
    return call("POST", "/api/templates/", R"({"name":"lembrete",)" + members + "}");
  }
  http::Response preview(const std::string& body) { return call("POST", "/templates/1/preview", body); }
};

TEST_F(Templates, AreKeptAsTheyWereWritten) {
  const auto made = expect(201, make(R"("channel":"email","subject":"Oi {{name}}","body":"Dia {{day}}",)"
                                     R"("html":"<b>{{day}}</b>","defaults":{"day":"amanhã"})"));
  EXPECT_EQ(made["body"].text(), "Dia {{day}}");
  EXPECT_EQ(made["defaults"].source, R"({"day":"amanhã"})");
  EXPECT_EQ(made["providerTemplate"].source, "null");
  EXPECT_EQ(expect(200, call("GET", "/templates/1")).source, made.source);
  expect(200, call("PATCH", "/templates/1", R"({"html":null})"));
  EXPECT_EQ(expect(200, call("GET", "/templates/1"))["html"].source, "null");
  expect(200, call("PUT", "/templates/1", R"({"name":"outro","body":"x"})"));
  EXPECT_EQ(expect(200, call("GET", "/templates/1"))["subject"].source, "null");
  EXPECT_EQ(call("DELETE", "/templates/1").status, 204);
  EXPECT_EQ(call("GET", "/templates/1").status, 404);
}

TEST_F(Templates, HaveANameOfTheirOwn) {
  expect(201, make(R"("body":"x")"));
  EXPECT_EQ(call("POST", "/templates", R"({"name":"LEMBRETE","body":"y"})").status, 409);
  expect(201, call("POST", "/templates", R"({"name":"outro","channel":"whatsapp","body":"y"})"));
  EXPECT_EQ(call("PATCH", "/templates/2", R"({"name":"Lembrete"})").status, 409);
  EXPECT_EQ(expect(200, call("GET", "/templates?channel=whatsapp")).items.size(), 1u);
  EXPECT_EQ(expect(200, call("GET", "/templates?search=lemb")).items.size(), 1u);
  EXPECT_EQ(total(call("GET", "/templates?limit=1")), "2");
}

TEST_F(Templates, AreReadWhenTheyAreMade) {
  EXPECT_THAT(field_errors(make(R"("body":"um\n{{#a}}dois{{/b}}")")),
              ElementsAre(::testing::AllOf(StartsWith("body: "), HasSubstr("line 2"))));
  EXPECT_THAT(field_errors(make(R"("body":"{{name","subject":"{{}}")")),
              ElementsAre(StartsWith("subject: "), StartsWith("body: ")));
  EXPECT_THAT(field_errors(make(R"("channel":"whatsapp","body":"x","html":"x")")),
              ElementsAre(StartsWith("html: ")));
  EXPECT_THAT(field_errors(make(R"("channel":"sms","body":"x")")), ElementsAre(StartsWith("channel: ")));
  EXPECT_THAT(field_errors(make(R"("channel":null)")), ElementsAre(StartsWith("body: ")));
  expect(201, make(R"("body":"x")"));
  EXPECT_THAT(field_errors(call("PATCH", "/templates/1", R"({"body":"{{#a}}"})")),
              ElementsAre(StartsWith("body: ")));
  EXPECT_EQ(expect(200, call("GET", "/templates/1"))["body"].text(), "x");
}

TEST_F(Templates, MayBeTheProviders) {
  expect(201,
         make(R"("providerTemplate":{"name":"lembrete_1","language":"pt_BR","parameters":["{{name}}"]})"));
  expect(
      201,
      call("POST", "/templates",
           R"({"name":"t","providerTemplate":{"contentSid":"HX1","variables":{"2":"b","1":"{{name}}"}}})"));
  const auto filled = expect(200, preview(R"({"variables":{"name":"Ana"}})"));
  EXPECT_EQ(filled["text"].source, "null");
  EXPECT_EQ(filled["providerTemplate"].source,
            R"({"name":"lembrete_1","language":"pt_BR","parameters":["Ana"]})");
  const auto twilio = expect(200, call("POST", "/templates/2/preview", R"({"variables":{"name":"Ana"}})"));
  EXPECT_EQ(twilio["providerTemplate"].source, R"({"contentSid":"HX1","parameters":["Ana","b"]})");
  const auto refused = [&](const std::string& provider) {
    return field_errors(call("POST", "/templates", R"({"name":"x","providerTemplate":)" + provider + "}"));
  };
  EXPECT_THAT(refused(R"({"name":"a"})"), ElementsAre(StartsWith("providerTemplate.language: ")));
  EXPECT_THAT(refused(R"({"contentSid":"HX1","variables":{"nome":"x"}})"),
              ElementsAre(StartsWith("providerTemplate.variables: ")));
  EXPECT_THAT(refused(R"({"contentSid":"HX1","variables":{"1":"x","3":"y"}})"),
              ElementsAre(StartsWith("providerTemplate.variables: ")));
  EXPECT_THAT(refused(R"({"contentSid":"HX1","parameters":["{{"]})"),
              ElementsAre(StartsWith("providerTemplate.parameters[0]: ")));
  EXPECT_THAT(refused("{}"), ::testing::Not(IsEmpty()));
}

TEST_F(Templates, ShowWhatTheyWouldSayToAContact) {
  expect(201, call("POST", "/contacts",
                   R"({"name":"Ana & Cia","phone":"11999998888","custom":{"plan":"gold","name":"x"}})"));
  expect(201, make(R"("subject":"Para {{name}}","body":"{{phone}} {{plan}} {{custom.plan}} {{day}}",)"
                   R"("html":"<p>{{name}}</p>")"));
  const auto filled = expect(200, preview(R"({"contact":1,"variables":{"day":3,"plan":"silver"}})"));
  EXPECT_EQ(filled["subject"].text(), "Para Ana & Cia");
  EXPECT_EQ(filled["text"].text(), "+5511999998888 silver gold 3");
  EXPECT_EQ(filled["html"].text(), "<p>Ana &amp; Cia</p>");
  EXPECT_THAT(field_errors(preview(R"({"contact":"1","variables":{"plan":null}})")),
              ElementsAre(StartsWith("variables.day: is missing")));
  EXPECT_THAT(field_errors(preview("{}")),
              ElementsAre(StartsWith("variables.name: "), StartsWith("variables.phone: "),
                          StartsWith("variables.plan: "), StartsWith("variables.custom.plan: "),
                          StartsWith("variables.day: ")));
  EXPECT_THAT(field_errors(preview(R"({"contact":9})")), ElementsAre(StartsWith("contact: ")));
  EXPECT_EQ(call("POST", "/templates/7/preview", "{}").status, 404);
}

}  // namespace
}  // namespace recado::api::testing
