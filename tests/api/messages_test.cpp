// One message at a time: create, put, patch, read, delete, send.
#include "api/served_api.hpp"

namespace recado::api::testing {
namespace {

using engine::Refusal;
using engine::Status;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Messages : public ServedApi {
 protected:
  engine::Message& stored(const std::string& id, const std::string& more = R"("delay":"1h")") {
    EXPECT_EQ(call("PUT", "/messages/" + http::percent_encode(id), message_body(more)).status, 201);
    return engine.at(id);
  }
};

TEST_F(Messages, ServesTheSeedsExample) {
  const auto response = call("POST", "/messages", R"({
    "id": "msg-unique-id-123",
    "scheduleTo": "2026-04-15T02:41:45.000Z",
    "payload": {
      "message": "Sua mensagem aqui",
      "data": {
        "customField": "valor"
      }
    },
    "webhookUrl": "https://seu-webhook.com/endpoint"
  })");
  EXPECT_EQ(response.status, 201);
  EXPECT_EQ(response.body,
            R"({"status":"scheduled","messageId":"msg-unique-id-123","id":"msg-unique-id-123",)"
            R"("scheduledFor":"2026-04-15T02:41:45+00:00"})");
  EXPECT_EQ(header(response, "Location"), "/messages/msg-unique-id-123");
  EXPECT_EQ(header(response, "Content-Type"), "application/json");
}

TEST_F(Messages, KeepsThePayloadByteForByte) {
  for (const std::string payload :
       {R"({ "b" : 1.10e+2,  "a":"\u00e9\/", "a":2 })", R"("\ud800")", "123456789012345678901234567890.10",
        "null", "[ 1 ,2 ]", R"("ção")", "-0.0", "1e999"}) {
    const auto body =
        expect(201, call("POST", "/messages", message_body("\"payload\": \n" + payload + "\t")));
    const auto& message = engine.at(body["messageId"].text());
    EXPECT_EQ(message.spec.payload, payload);
    EXPECT_TRUE(message.spec.has_payload);
    EXPECT_EQ(expect(200, call("GET", "/messages/" + message.id()))["payload"].source, payload);
  }
}

TEST_F(Messages, GivesEveryFieldItsDefault) {
  const auto id = expect(201, call("POST", "/messages", message_body()))["messageId"].text();
  const auto& spec = engine.at(id).spec;
  EXPECT_EQ(spec.account, "main");
  EXPECT_EQ(spec.due, clock.now());
  EXPECT_FALSE(spec.has_payload);
  EXPECT_EQ(spec.method, "POST");
  EXPECT_EQ(spec.retry, engine::RetryPolicy());
  EXPECT_EQ(spec.timeout, Millis(30'000));
  EXPECT_EQ(spec.queue, "default");
  EXPECT_FALSE(spec.expires_at);
  EXPECT_TRUE(Uid::from_uuid(id)) << id;
}

TEST_F(Messages, TakesEveryField) {
  const auto more =
      R"("id":"a","delay":90,"method":"PUT","headers":{"X-Clinic":"centro","Content-Type":"text/plain"},
    "retry":{"maxAttempts":3,"backoff":"fixed","initial":2,"max":"1m"},"timeout":"5s",
    "expiresAt":"2026-04-16T00:00:00Z","callbackUrl":"https://example.com/out","queue":"reminders",
    "tags":["x","y","x"],"payload":{"a":1})";
  expect(201, call("POST", "/messages", message_body(more)));
  const auto& spec = engine.at("a").spec;
  EXPECT_EQ(spec.due, clock.now() + Millis(90'000));
  EXPECT_EQ(spec.method, "PUT");
  EXPECT_THAT(spec.headers, ElementsAre(std::pair<std::string, std::string>("X-Clinic", "centro"),
                                        std::pair<std::string, std::string>("Content-Type", "text/plain")));
  EXPECT_EQ(spec.retry.max_attempts, 3);
  EXPECT_EQ(spec.retry.backoff, engine::Backoff::fixed);
  EXPECT_EQ(spec.retry.initial, Millis(2000));
  EXPECT_EQ(spec.retry.max, Millis(60'000));
  EXPECT_EQ(spec.timeout, Millis(5000));
  EXPECT_EQ(format_time(*spec.expires_at), "2026-04-16T00:00:00+00:00");
  EXPECT_EQ(spec.callback_url, "https://example.com/out");
  EXPECT_EQ(spec.queue, "reminders");
  EXPECT_THAT(spec.tags, ElementsAre("x", "y"));
}

TEST_F(Messages, TakesNullForAnOptionalFieldAsAbsent) {
  const auto response =
      call("POST", "/messages",
           message_body(R"("id":null,"scheduleTo":null,"timezone":null,"delay":null,"method":null,
    "headers":null,"retry":{"maxAttempts":null,"backoff":null,"initial":null,"max":null},"timeout":null,"expiresAt":null,
    "callbackUrl":null,"queue":null,"tags":null)"));
  const auto id = expect(201, response)["messageId"].text();
  EXPECT_EQ(engine.at(id).spec.retry, engine::RetryPolicy());
  EXPECT_EQ(engine.at(id).spec.queue, "default");
}

TEST_F(Messages, RaisesTheLongestWaitToALongInitialOne) {
  const auto body = expect(201, call("POST", "/messages", message_body(R"("retry":{"initial":"12h"})")));
  EXPECT_EQ(engine.at(body["messageId"].text()).spec.retry.max, Millis(12 * 3600 * 1000));
}

TEST_F(Messages, AnswersAConflictWithTheMessageInTheWay) {
  stored("a", R"("scheduleTo":"2026-05-01T00:00:00Z")");
  const auto body = expect(409, call("POST", "/messages", message_body(R"("id":"a")")));
  EXPECT_EQ(body["status"].number(), 409);
  EXPECT_EQ(body["messageId"].text(), "a");
  EXPECT_EQ(body["scheduledFor"].text(), "2026-05-01T00:00:00+00:00");
  EXPECT_EQ(body["existing"].source,
            R"({"messageId":"a","status":"scheduled","scheduledFor":"2026-05-01T00:00:00+00:00"})");
}

TEST_F(Messages, PercentEncodesTheIdInLocation) {
  for (const std::string id : {"a b/c?d", "ção", "{appt-17}reminder", "100%", "batch", "plan", "retry"}) {
    const auto response = call("POST", "/messages", message_body("\"id\":" + json::quote(id)));
    EXPECT_EQ(response.status, 201);
    const auto location = header(response, "Location").value();
    EXPECT_EQ(expect(200, call("GET", location))["messageId"].text(), id);
    EXPECT_EQ(expect(200, call("PATCH", location, R"({"queue":"q"})"))["queue"].text(), "q");
    EXPECT_EQ(expect(202, call("POST", location + "/send"))["messageId"].text(), id);
    EXPECT_EQ(expect(200, call("DELETE", location))["messageId"].text(), id);
  }
}

TEST_F(Messages, PutCreatesThenReplacesWhole) {
  const auto created = call("PUT", "/messages/a", message_body(R"("queue":"q","delay":60)"));
  EXPECT_EQ(created.status, 201);
  const auto replaced = call("PUT", "/messages/a", message_body(R"("id":"a","delay":60)"));
  EXPECT_EQ(replaced.status, 200);
  EXPECT_EQ(header(replaced, "Location"), "/messages/a");
  EXPECT_EQ(engine.at("a").spec.queue, "default");
  EXPECT_THAT(field_errors(call("PUT", "/messages/a", message_body(R"("id":"b")"))),
              ElementsAre(HasSubstr(R"(id: "b" is not the id in the path)")));
  EXPECT_THAT(field_errors(call("PUT", "/messages/" + std::string(256, 'x'), message_body())),
              ElementsAre(HasSubstr("has 256 bytes: accepted are 1 to 255")));
  EXPECT_THAT(field_errors(call("PUT", "/messages/%2E%2E", message_body())),
              ElementsAre(HasSubstr("cannot stand")));
}

TEST_F(Messages, PatchReplacesOnlyTheFieldsItNames) {
  stored(
      "a",
      R"("delay":"1h","queue":"q","tags":["t"],"headers":{"A":"1"},"payload":{"x":1},"retry":{"maxAttempts":2})");
  const auto body = expect(200, call("PATCH", "/messages/a", R"({"tags":["u"],"timeout":10})"));
  EXPECT_EQ(body["messageId"].text(), "a");
  const auto& spec = engine.at("a").spec;
  EXPECT_THAT(spec.tags, ElementsAre("u"));
  EXPECT_EQ(spec.timeout, Millis(10'000));
  EXPECT_EQ(spec.queue, "q");
  EXPECT_EQ(spec.payload, R"({"x":1})");
  EXPECT_EQ(spec.retry.max_attempts, 2);
  EXPECT_EQ(spec.due, clock.now() + Millis(3'600'000));
  EXPECT_EQ(spec.headers.size(), 1u);
}

TEST_F(Messages, PatchSetsANullBackToItsDefault) {
  stored("a",
         R"("delay":"1h","queue":"q","tags":["t"],"headers":{"A":"1"},"retry":{"maxAttempts":2},"timeout":5,
    "method":"PUT","expiresAt":"2027-01-01T00:00:00Z","callbackUrl":"https://example.com/c","payload":1)");
  expect(200,
         call("PATCH", "/messages/a", R"({"queue":null,"tags":null,"headers":null,"retry":null,"timeout":null,
    "method":null,"expiresAt":null,"callbackUrl":null,"payload":null,"id":null,"delay":null,"timezone":null})"));
  const auto& spec = engine.at("a").spec;
  EXPECT_EQ(spec.queue, "default");
  EXPECT_TRUE(spec.tags.empty());
  EXPECT_TRUE(spec.headers.empty());
  EXPECT_EQ(spec.retry, engine::RetryPolicy());
  EXPECT_EQ(spec.timeout, Millis(30'000));
  EXPECT_EQ(spec.method, "POST");
  EXPECT_FALSE(spec.expires_at);
  EXPECT_EQ(spec.callback_url, "");
  EXPECT_EQ(spec.payload, "null");
  EXPECT_EQ(spec.due, clock.now() + Millis(3'600'000));
}

TEST_F(Messages, PatchAppliesTheRulesToTheMergedMessage) {
  stored("a", R"("delay":"1h","expiresAt":"2026-04-15T05:00:00Z")");
  EXPECT_THAT(field_errors(call("PATCH", "/messages/a", R"({"delay":"3h"})")),
              ElementsAre(HasSubstr("expiresAt: 2026-04-15T05:00:00+00:00 is not after the time it is due")));
  EXPECT_THAT(field_errors(call("PATCH", "/messages/a", R"({"scheduleTo":null})")),
              ElementsAre(HasSubstr("scheduleTo: null would send it now")));
  EXPECT_THAT(field_errors(call("PATCH", "/messages/a", R"({"webhookUrl":null})")),
              ElementsAre("webhookUrl: null: expected a string"));
  EXPECT_THAT(field_errors(call("PATCH", "/messages/a", R"({"id":"b"})")),
              ElementsAre(HasSubstr("id: \"b\" is not")));
  EXPECT_EQ(engine.at("a").spec.due, clock.now() + Millis(3'600'000));
}

TEST_F(Messages, PatchFindsWhatIsWrongAnewWhenTheMessageChangedMeanwhile) {
  stored("a", R"("delay":"1h")");
  engine.edits = 3;
  EXPECT_THAT(field_errors(call("PATCH", "/messages/a", R"({"expiresAt":"2020-01-01T00:00:00Z"})")),
              ElementsAre(HasSubstr("expiresAt:")));
  expect(200, call("PATCH", "/messages/a", R"({"queue":"q"})"));
}

TEST_F(Messages, PatchOfAnIdThatWeMadeMayRepeatIt) {
  const auto id = expect(201, call("POST", "/messages", message_body()))["messageId"].text();
  expect(200, call("PATCH", "/messages/" + id, R"({"id":")" + id + R"(","queue":"q"})"));
  EXPECT_EQ(engine.at(id).spec.id, "");
}

TEST_F(Messages, ShowsEverythingAboutAMessage) {
  auto& message = stored("a", R"("scheduleTo":"2026-04-15T09:00","timezone":"America/Sao_Paulo","payload":[1],
    "headers":{"X-A":"b"},"tags":["t"],"expiresAt":"2026-04-16T00:00:00Z")");
  message.status = Status::failed;
  message.attempt_count = 2;
  message.failure = engine::Failure::status;
  message.finished_at = clock.now();
  message.held_by = "queue:default";
  engine::Attempt first;
  first.at = clock.now();
  first.failure = engine::Failure::connect;
  first.detail = "connection refused";
  engine::Attempt second;
  second.at = clock.now() + Millis(5250);
  second.status = 503;
  second.latency = Millis(12);
  second.failure = engine::Failure::status;
  second.response = "busy\xff";
  message.attempts = {first, second};

  const auto body = expect(200, call("GET", "/messages/a"));
  EXPECT_EQ(body["status"].text(), "failed");
  EXPECT_EQ(body["scheduledFor"].text(), "2026-04-15T12:00:00+00:00");
  EXPECT_TRUE(body["nextRun"].is_null());
  EXPECT_EQ(body["timezone"].text(), "America/Sao_Paulo");
  EXPECT_EQ(body["scheduleTo"].text(), "2026-04-15T09:00");
  EXPECT_EQ(body["payload"].source, "[1]");
  EXPECT_EQ(body["headers"].source, R"({"X-A":"b"})");
  EXPECT_EQ(body["retry"].source, R"({"maxAttempts":15,"backoff":"exponential","initial":"5s","max":"10h"})");
  EXPECT_EQ(body["timeout"].text(), "30s");
  EXPECT_EQ(body["expiresAt"].text(), "2026-04-16T00:00:00+00:00");
  EXPECT_TRUE(body["callbackUrl"].is_null());
  EXPECT_EQ(body["error"].text(), "status");
  EXPECT_EQ(body["heldBy"].text(), "queue:default");
  EXPECT_EQ(body["finishedAt"].text(), "2026-04-15T02:41:45+00:00");
  EXPECT_EQ(body["webhookId"].text(), message.webhook_id());
  EXPECT_EQ(body["attempts"][0].source,
            R"({"at":"2026-04-15T02:41:45+00:00","status":null,"latencyMs":0,"error":"connect",)"
            R"("detail":"connection refused","response":null})");
  EXPECT_EQ(
      body["attempts"][1].source,
      R"({"at":"2026-04-15T02:41:50.250+00:00","status":503,"latencyMs":12,"error":"status","detail":null,)"
      "\"response\":\"busy\xEF\xBF\xBD\"}");
}

TEST_F(Messages, LeavesOutAPayloadThatIsNoLongerKept) {
  stored("a", R"("payload":{"x":1})").spec.payload.clear();
  EXPECT_FALSE(expect(200, call("GET", "/messages/a")).has("payload"));
}

TEST_F(Messages, AnswersWhatIsNotThereWith404) {
  for (const auto& [method, path] : {std::pair{"GET", "/messages/x"},
                                     {"DELETE", "/messages/x"},
                                     {"PATCH", "/messages/x"},
                                     {"POST", "/messages/x/send"},
                                     {"POST", "/messages/x/retry"}}) {
    const auto body = expect(404, call(method, path, "{}"));
    EXPECT_THAT(body["detail"].text(), HasSubstr(R"(there is no message "x")")) << method;
  }
  expect(404, call("GET", "/messages/%FF"));
  expect(404, call("GET", "/messages/" + std::string(256, 'x')));
  expect(404, call("DELETE", "/messages/a%00b"));
  stored("child").child = true;
  expect(404, call("GET", "/messages/child"));
  EXPECT_EQ(engine.asked, 7u);
}

TEST_F(Messages, DeletesWhatWaitsOnly) {
  stored("a");
  EXPECT_EQ(call("DELETE", "/messages/a").body, R"({"status":"deleted","messageId":"a"})");
  expect(404, call("DELETE", "/messages/a"));
  stored("b").status = Status::unknown;
  EXPECT_THAT(expect(404, call("DELETE", "/messages/b"))["detail"].text(), HasSubstr("is finished"));
}

TEST_F(Messages, SendsNow) {
  stored("a");
  for (const char* path : {"/messages/a/send", "/messages/a/retry"}) {
    EXPECT_EQ(call("POST", path).body, R"({"status":"scheduled","messageId":"a","id":"a",)"
                                       R"("scheduledFor":"2026-04-15T02:41:45+00:00"})");
  }
  EXPECT_EQ(call("POST", "/messages/a/send").status, 202);
}

TEST_F(Messages, AnswersEachRefusalOfTheEngine) {
  const struct {
    Refusal refusal;
    int status;
    const char* detail;
  } cases[] = {{Refusal::finished, 409, "is finished"},
               {Refusal::being_sent, 409, "is being sent right now"},
               {Refusal::claimed_elsewhere, 409, "about to be sent by another node"},
               {Refusal::unavailable, 503, "Redis cannot be reached"},
               {Refusal::outcome_unknown, 503, "may have been done"}};
  for (const auto& c : cases) {
    engine.refuse.emplace();
    engine.refuse->refusal = c.refusal;
    engine.refuse->id = "made-id";
    for (const auto& [method, path] : {std::pair{"PUT", "/messages/a"},
                                       {"PATCH", "/messages/a"},
                                       {"DELETE", "/messages/a"},
                                       {"POST", "/messages/a/send"}}) {
      const bool gone = c.refusal == Refusal::finished && std::string_view{method} == "DELETE";
      const auto response = call(method, path, method[1] == 'U' ? message_body() : "{}");
      const auto body = expect(gone ? 404 : c.status, response);
      EXPECT_THAT(body["detail"].text(), HasSubstr(c.detail)) << method;
      EXPECT_EQ(header(response, "Retry-After").has_value(), c.status == 503);
      EXPECT_EQ(body.has("messageId"), c.refusal == Refusal::outcome_unknown);
    }
  }
}

TEST_F(Messages, NamesTheMessageThatMayExistAfterALostAnswer) {
  engine.refuse.emplace();
  engine.refuse->refusal = Refusal::outcome_unknown;
  engine.refuse->id = "0197-made";
  engine.refuse->detail = "the answer was lost";
  const auto response = call("POST", "/messages", message_body());
  const auto body = expect(503, response);
  EXPECT_EQ(body["messageId"].text(), "0197-made");
  EXPECT_EQ(body["detail"].text(), "the answer was lost");
  EXPECT_EQ(header(response, "Retry-After"), "1");
}

TEST_F(Messages, AnswersAFailedReadByItsKind) {
  engine.fail.emplace(ErrorCode::unavailable, "Redis is away");
  const auto response = call("GET", "/messages/a");
  EXPECT_EQ(expect(503, response)["detail"].text(), "Redis is away");
  EXPECT_EQ(header(response, "Retry-After"), "1");
}

}  // namespace
}  // namespace recado::api::testing
