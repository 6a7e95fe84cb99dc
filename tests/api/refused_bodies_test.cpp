// What is wrong with a body: everything at once, each field named, nothing stored.
#include "api/served_api.hpp"
#include "api/suggest.hpp"

namespace recado::api::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class RefusedBodies : public ServedApi {};

TEST_F(RefusedBodies, NamesLineAndColumnOfWhatIsNoJson) {
  const auto body = expect(400, call("POST", "/messages", "{\n  \"id\": tru\n}"));
  EXPECT_THAT(body["detail"].text(), StartsWith("the body is not valid JSON at line 2, column"));
  EXPECT_EQ(body["title"].text(), "Bad Request");
  EXPECT_THAT(expect(400, call("POST", "/messages", ""))["detail"].text(),
              "the body is empty: expected a JSON object");
  EXPECT_THAT(expect(400, call("POST", "/messages/batch", " \n"))["detail"].text(),
              "the body is empty: expected a JSON array");
}

TEST_F(RefusedBodies, NamesTheFirstFiftyOfManyThings) {
  std::string unknown, twice, headers, tags;
  for (int i = 0; i < 1'000; ++i) {
    const auto name = "k" + std::to_string(i);
    unknown += "," + json::quote(name) + ":1";
    twice += "," + json::quote(name) + ":1," + json::quote(name) + ":1";
    headers += (i == 0 ? "" : ",") + json::quote(name) + ":1";
    tags += i == 0 ? "1" : ",1";
  }
  const std::string valid = R"({"webhookUrl":"https://example.com/")";
  for (const std::string& body :
       {unknown, twice, R"(,"headers":{)" + headers + "}", R"(,"tags":[)" + tags + "]"}) {
    const auto errors = field_errors(call("POST", "/messages", valid + body + "}"));
    EXPECT_GE(errors.size(), 1u) << body.substr(0, 40);
    EXPECT_LE(errors.size(), 50u) << body.substr(0, 40);
  }
  EXPECT_EQ(field_errors(call("POST", "/messages", valid + unknown + "}")).size(), 50u);
}

TEST_F(RefusedBodies, RefusesJsonOfAnotherKind) {
  for (const char* text : {"[]", "1", "\"x\"", "null", "true"}) {
    EXPECT_THAT(field_errors(call("POST", "/messages", text)), ElementsAre(HasSubstr("expected an object")))
        << text;
  }
  EXPECT_THAT(field_errors(call("POST", "/messages/batch", "{}")),
              ElementsAre(HasSubstr("expected an array")));
}

TEST_F(RefusedBodies, CollectsEverythingThatIsWrong) {
  const auto errors =
      field_errors(call("POST", "/messages", R"({"id":"","scheduleTo":5,"webhookUrl":"ftp://x",
    "retry":{"maxAttempts":0,"tries":3,"backoff":"linear"},"headers":{"Host":"x","A b":"1","C":"a\r\nb","D":5},
    "timeout":0.5,"queue":"*","tags":["ok","",7],"method":"post","color":"red","webhookUrl":"y"})"));
  EXPECT_THAT(
      errors,
      ::testing::UnorderedElementsAre(
          StartsWith("id: must not be empty"), StartsWith("scheduleTo: 5 is a number: expected a string"),
          "webhookUrl: is given more than once: give it once",
          StartsWith("retry.maxAttempts: 0 is not accepted: expected a whole number, 1 to 100"),
          StartsWith("retry.tries: is not a known field: Accepted are maxAttempts, backoff, initial, max"),
          StartsWith(R"(retry.backoff: "linear" is not accepted: use one of exponential, fixed)"),
          StartsWith("headers.D: 5 is a number: expected a string"),
          StartsWith("timeout: 0.5 is out of range: accepted is 1s to 5m"),
          StartsWith(R"(queue: "*" stands for all queues)"), StartsWith("tags[1]: must not be empty"),
          StartsWith("tags[2]: 7 is a number: expected a string"),
          StartsWith(R"(method: "post" is not accepted: use one of POST, PUT, PATCH, GET, DELETE)"),
          StartsWith("color: is not a known field:")));
  EXPECT_TRUE(engine.messages.empty());
  EXPECT_EQ(engine.asked, 0u);
}

TEST_F(RefusedBodies, NamesEachHeaderThatCannotBeSet) {
  EXPECT_THAT(
      field_errors(
          call("POST", "/messages",
               message_body(R"("headers":{"host":"x","Content-Length":"1","Transfer-Encoding":"chunked",
      "webhook-id":"x","Recado-Attempt":"1","A b":"1","":"1","C":"a\r\nb","E":"nul\u0000","F":"1","f":"2"})"))),
      ElementsAre(StartsWith("headers.host: cannot be set"), StartsWith("headers.Content-Length: cannot"),
                  StartsWith("headers.Transfer-Encoding: cannot"), StartsWith("headers.webhook-id: cannot"),
                  StartsWith("headers.Recado-Attempt: cannot"),
                  StartsWith("headers.\"A b\": is not a header name"), StartsWith("headers.\"\": is not"),
                  StartsWith(R"(headers.C: "a??b" is not a header value)"), StartsWith("headers.E: "),
                  StartsWith("headers.f: is given more than once")));
}

TEST_F(RefusedBodies, JudgesDestinations) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"webhookUrl":"ftp://example.com"})", "webhookUrl: "},
      {R"({"webhookUrl":"example.com"})", "webhookUrl: "},
      {R"({"webhookUrl":"http://user:pw@example.com/"})", "webhookUrl: "},
      {R"({"webhookUrl":"http://10.0.0.1/"})", "add 10.0.0.0/8 to WEBHOOK_ALLOW_NETWORKS"},
      {R"({"webhookUrl":"http://0x0a000001/"})", "WEBHOOK_ALLOW_NETWORKS"},
      {R"({"webhookUrl":"http://169.254.169.254/latest"})", "webhookUrl: "},
      {R"({"webhookUrl":"http://[::1]/"})", "webhookUrl: "},
      {R"({"webhookUrl":"https://example.com","callbackUrl":"http://192.168.0.1/"})", "callbackUrl: "},
      {R"({"webhookUrl":""})", "webhookUrl: must not be empty"},
      {R"({})", "webhookUrl: is required, or channel and to instead"},
  };
  for (const auto& [body, expected] : cases) {
    EXPECT_THAT(field_errors(call("POST", "/messages", body)), ElementsAre(HasSubstr(expected))) << body;
  }
  expect(201, call("POST", "/messages", R"({"webhookUrl":"http://127.0.0.1:9000/hook"})"));
}

TEST_F(RefusedBodies, SaysThatTemplatesAreForPeople) {
  EXPECT_THAT(field_errors(call("POST", "/messages",
                                R"({"template":"lembrete","variables":{},"webhookUrl":"https://e.com"})")),
              ElementsAre(StartsWith("template: belongs to a message on a channel"),
                          StartsWith("variables: belongs to a message on a channel")));
}

TEST_F(RefusedBodies, GuessesWhatWasMeant) {
  EXPECT_THAT(field_errors(call("POST", "/messages", R"({"webhook_url":"https://e.com"})")),
              ElementsAre(HasSubstr("did you mean webhookUrl? Accepted are id, scheduleTo"),
                          "webhookUrl: is required, or channel and to instead"));
  EXPECT_THAT(field_errors(call("GET", "/messages?stauts=failed")),
              ElementsAre(HasSubstr("did you mean status?")));
}

TEST_F(RefusedBodies, RefusesIdsThatCannotBeNamed) {
  EXPECT_THAT(field_errors(call("POST", "/messages", message_body(R"("id":".")"))),
              ElementsAre(StartsWith("id: \".\"")));
  EXPECT_THAT(field_errors(call("POST", "/messages", message_body(R"("id":"..")"))),
              ElementsAre(StartsWith("id: ")));
  EXPECT_THAT(field_errors(call("POST", "/messages", message_body(R"("id":"a\nb")"))),
              ElementsAre(StartsWith(R"(id: "a?b" holds a control character)")));
  EXPECT_THAT(field_errors(call("POST", "/messages", message_body(R"("id":"\ud800")"))),
              ElementsAre(StartsWith("id: ")));
  EXPECT_THAT(
      field_errors(call("POST", "/messages", message_body("\"id\":\"" + std::string(256, 'x') + "\""))),
      ElementsAre(HasSubstr("…\" has 256 bytes: accepted are 1 to 255 bytes of UTF-8")));
  expect(201, call("POST", "/messages", message_body("\"id\":\"" + std::string(255, 'x') + "\"")));
}

TEST_F(RefusedBodies, RefusesALongestWaitBelowTheFirst) {
  EXPECT_THAT(field_errors(call("POST", "/messages", message_body(R"("retry":{"initial":"1m","max":"5s"})"))),
              ElementsAre("retry.max: 5s is less than initial, 1m: give at least that"));
}

TEST_F(RefusedBodies, RepeatsTheFirstErrorInTheDetail) {
  const auto body = expect(422, call("POST", "/messages", R"({"id":"","queue":""})"));
  EXPECT_THAT(body["detail"].text(),
              ::testing::AllOf(StartsWith("id: must not be empty"), HasSubstr("(and 2 more, see errors)")));
}

TEST_F(RefusedBodies, TakesNoQueryWhereNoneIsDeclared) {
  EXPECT_THAT(field_errors(call("POST", "/messages?dryRun=true", message_body())),
              ElementsAre(HasSubstr("none is accepted here")));
}

TEST(Closest, FindsAWordThatIsNear) {
  const std::vector<std::string> names{"webhookUrl", "scheduleTo", "id", "queue"};
  EXPECT_EQ(closest("webhook_url", names), "webhookUrl");
  EXPECT_EQ(closest("WEBHOOKURL", names), "webhookUrl");
  EXPECT_EQ(closest("sheduleTo", names), "scheduleTo");
  EXPECT_EQ(closest("queues", names), "queue");
  EXPECT_EQ(closest("xy", names), std::nullopt);
  EXPECT_EQ(closest("ix", names), std::nullopt);
  EXPECT_EQ(closest(std::string(100'000, 'x'), names), std::nullopt);
}

}  // namespace
}  // namespace recado::api::testing
