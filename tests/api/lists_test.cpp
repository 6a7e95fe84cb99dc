// `GET /messages`, bulk operations, batches.
#include "api/served_api.hpp"

namespace recado::api::testing {
namespace {

using engine::Refusal;
using engine::Status;
using engine::StatusFilter;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class Lists : public ServedApi {
 protected:
  engine::Message message(const std::string& id, Status status) {
    engine::Message made;
    made.uid = Uid::generate(clock.now());
    made.spec.id = id;
    made.spec.due = clock.now();
    made.spec.webhook_url = "https://seu-webhook.com/endpoint";
    made.status = status;
    made.next_run = clock.now() + Millis(250);
    made.attempt_count = 1;
    return made;
  }
};

TEST_F(Lists, AnswersTheSeedsEnvelopeExactly) {
  engine.page.messages = {message("msg-unique-id-123", Status::retrying)};
  engine.page.total = 7;
  engine.page.next_cursor = "c2";
  EXPECT_EQ(
      call("GET", "/messages").body,
      R"({"scheduledJobs":[{"messageId":"msg-unique-id-123","nextRun":"2026-04-15T02:41:45.250+00:00",)"
      R"("trigger":"date[2026-04-15 02:41:45 UTC]","webhookUrl":"https://seu-webhook.com/endpoint",)"
      R"("status":"retrying","attemptCount":1}],"count":1,"total":7,"timestamp":"2026-04-15T02:41:45Z",)"
      R"("nextCursor":"c2"})");
  EXPECT_EQ(engine.filter->status, StatusFilter::pending);
  EXPECT_EQ(engine.filter->account, "main");
  EXPECT_EQ(engine.limit, 1000u);
  EXPECT_EQ(engine.cursor, "");
}

TEST_F(Lists, NamesTheGateOfAHeldMessage) {
  engine.page.messages = {message("held", Status::scheduled)};
  engine.page.messages[0].held_by = "queue:main:reminders";
  EXPECT_THAT(call("GET", "/messages").body,
              HasSubstr(R"("attemptCount":1,"heldBy":"queue:main:reminders"})"));
}

TEST_F(Lists, SaysNullWhereNothingIsKnownOrLeft) {
  engine.page.messages = {message("a", Status::delivered)};
  const auto body = expect(200, call("GET", "/api/messages/?status=delivered"));
  EXPECT_TRUE(body["total"].is_null());
  EXPECT_TRUE(body["nextCursor"].is_null());
  EXPECT_TRUE(body["scheduledJobs"][0]["nextRun"].is_null());
}

TEST_F(Lists, PassesEveryFilterOn) {
  expect(200, call("GET",
                   "/messages?status=failed&tag=a%20b&queue=q&before=2026-05-01T00:00:00Z"
                   "&after=2026-04-01T00:00:00+02:00&limit=10000&cursor=xyz"));
  EXPECT_EQ(engine.filter->status, StatusFilter::failed);
  EXPECT_EQ(engine.filter->tag, "a b");
  EXPECT_EQ(engine.filter->queue, "q");
  EXPECT_EQ(format_time(*engine.filter->before), "2026-05-01T00:00:00+00:00");
  EXPECT_EQ(format_time(*engine.filter->after), "2026-03-31T22:00:00+00:00");
  EXPECT_EQ(engine.limit, 10'000u);
  EXPECT_EQ(engine.cursor, "xyz");
  expect(200, call("GET", "/messages?status=unknown"));
  EXPECT_EQ(engine.filter->status, StatusFilter::unknown);
}

TEST_F(Lists, RefusesWhatCannotBeAFilter) {
  EXPECT_THAT(
      field_errors(call("GET", "/messages?status=sent&limit=0&tag=&before=yesterday&x=1&limit=5")),
      ElementsAre(R"(status: "sent" is not accepted: use one of pending, delivered, failed, unknown)",
                  R"(limit: "0" is not accepted: expected a whole number, 1 to 10000)",
                  StartsWith("tag: must not be empty"),
                  StartsWith(R"("x": is not a known query parameter: Accepted are status, tag, queue)"),
                  "limit: is given more than once: give it once"));
  EXPECT_THAT(field_errors(call("GET", "/messages?before=yesterday&after=now")),
              ElementsAre(HasSubstr("before: \"yesterday\" is not an instant"), HasSubstr("after: \"now\"")));
  for (const char* limit : {"10001", "-1", "1e3", "5x", "%FF", "99999999999999999999"}) {
    EXPECT_EQ(call("GET", std::string("/messages?limit=") + limit).status, 422) << limit;
  }
  EXPECT_THAT(field_errors(call("GET", "/messages?tag=%FF")), ElementsAre(HasSubstr("is not UTF-8")));
  EXPECT_EQ(engine.asked, 0u);
}

TEST_F(Lists, NamesTheCursorThatIsNoneOfOurs) {
  engine.fail.emplace(ErrorCode::invalid_argument, "is not a cursor of ours");
  EXPECT_THAT(field_errors(call("GET", "/messages?cursor=x")),
              ElementsAre("cursor: is not a cursor of ours"));
  engine.fail.emplace(ErrorCode::unavailable, "Redis is away");
  expect(503, call("GET", "/messages"));
  engine.fail.emplace(ErrorCode::internal, "secret internals");
  const auto response = call("GET", "/messages");
  EXPECT_EQ(response.status, 500);
  EXPECT_THAT(response.body, ::testing::Not(HasSubstr("secret internals")));
}

TEST_F(Lists, CancelsByFilter) {
  engine.bulk.done = 3;
  engine.bulk.being_delivered = 1;
  EXPECT_EQ(call("DELETE", "/messages?tag=appointment-17").body, R"({"deleted":3,"beingDelivered":1})");
  EXPECT_EQ(engine.filter->tag, "appointment-17");
  EXPECT_EQ(engine.filter->status, StatusFilter::pending);
  expect(200, call("DELETE", "/messages?all=true&status=pending"));
  EXPECT_TRUE(engine.filter->matches_everything());
}

TEST_F(Lists, CancelsEverythingOnlyWhenThatWasSaid) {
  for (const char* target : {"/messages", "/messages?status=pending", "/messages?all=false"}) {
    EXPECT_THAT(field_errors(call("DELETE", target)), ElementsAre(HasSubstr("a filter is required")))
        << target;
  }
  EXPECT_THAT(field_errors(call("DELETE", "/messages?all=yes")),
              ElementsAre(HasSubstr("use one of true, false")));
  EXPECT_THAT(field_errors(call("DELETE", "/messages?all=true&tag=x")), ElementsAre(HasSubstr("contradict")));
  EXPECT_THAT(field_errors(call("DELETE", "/messages?tag=x&status=failed")),
              ElementsAre(HasSubstr("status: ")));
  EXPECT_THAT(field_errors(call("DELETE", "/messages?before=x")), ElementsAre(StartsWith("before: ")));
  EXPECT_EQ(engine.asked, 0u);
}

TEST_F(Lists, RetriesByFilter) {
  engine.bulk.done = 2;
  EXPECT_EQ(call("POST", "/messages/retry?status=unknown&tag=x").body, R"({"retried":2})");
  EXPECT_EQ(engine.filter->status, StatusFilter::unknown);
  expect(200, call("POST", "/messages/retry?all=true"));
  EXPECT_EQ(engine.filter->status, StatusFilter::failed);
  EXPECT_THAT(field_errors(call("POST", "/messages/retry?status=failed")),
              ElementsAre(HasSubstr("all=true")));
  EXPECT_THAT(field_errors(call("POST", "/messages/retry?status=pending&tag=x")),
              ElementsAre(StartsWith("status: ")));
  engine.fail.emplace(ErrorCode::timeout, "Redis did not answer");
  expect(503, call("POST", "/messages/retry?tag=x"));
  expect(503, call("DELETE", "/messages?tag=x"));
}

TEST_F(Lists, AnswersABatchElementByElement) {
  call("PUT", "/messages/taken", message_body(R"("scheduleTo":"2026-05-01T00:00:00Z")"));
  const auto body = expect(
      207, call("POST", "/messages/batch",
                "[" + message_body(R"("id":"a","delay":60)") + "," + message_body(R"("id":"taken")") + "," +
                    R"({"id":"b","webhookUrl":"nowhere"},5,)" + message_body(R"("id":"a")") + "]"));
  const auto& results = body["results"];
  ASSERT_EQ(results.items.size(), 5u);
  EXPECT_EQ(results[0].source,
            R"({"messageId":"a","status":201,"id":"a","scheduledFor":"2026-04-15T02:42:45+00:00"})");
  EXPECT_EQ(results[1]["messageId"].text(), "taken");
  EXPECT_EQ(results[1]["status"].number(), 409);
  EXPECT_EQ(results[1]["existing"]["scheduledFor"].text(), "2026-05-01T00:00:00+00:00");
  EXPECT_EQ(results[2]["messageId"].text(), "b");
  EXPECT_EQ(results[2]["status"].number(), 422);
  EXPECT_EQ(results[2]["errors"][0]["field"].text(), "webhookUrl");
  EXPECT_TRUE(results[3]["messageId"].is_null());
  EXPECT_THAT(results[3]["detail"].text(), HasSubstr("expected an object"));
  EXPECT_EQ(results[4]["status"].number(), 409);
}

TEST_F(Lists, TakesAnEmptyBatchAndRefusesALongOne) {
  EXPECT_EQ(call("POST", "/messages/batch", "[]").body, R"({"results":[]})");
  std::string many = "[" + message_body();
  for (int i = 1; i < 1000; ++i) many += "," + message_body();
  EXPECT_EQ(expect(207, call("POST", "/messages/batch", many + "]"))["results"].items.size(), 1000u);
  EXPECT_THAT(field_errors(call("POST", "/messages/batch", many + "," + message_body() + "]")),
              ElementsAre(HasSubstr("has 1001 items: accepted are at most 1000")));
}

TEST_F(Lists, BoundsEachPayloadOfABatchAsIfItCameAlone) {
  serve([](ApiContext& context) { context.max_body_bytes = 64; });
  const auto body =
      expect(207, call("POST", "/messages/batch",
                       "[" + message_body("\"payload\":\"" + std::string(63, 'x') + "\"") + "]"));
  EXPECT_THAT(body["results"][0]["detail"].text(),
              HasSubstr("payload: has 65 bytes: accepted are at most 64"));
  for (const auto& route : router->routes()) {
    if (route.name == "createMessages") {
      EXPECT_EQ(route.max_body_bytes, 16u * 64u);
    }
  }
}

TEST_F(Lists, AnswersABatchThatRedisNeverSawAsOne503) {
  engine.refuse.emplace();
  engine.refuse->refusal = Refusal::unavailable;
  const auto two = "[" + message_body(R"("id":"a")") + "," + message_body() + "]";
  const auto response = call("POST", "/messages/batch", two);
  expect(503, response);
  EXPECT_EQ(header(response, "Retry-After"), "1");
  engine.refuse->refusal = Refusal::outcome_unknown;
  engine.refuse->id = "made";
  const auto body = expect(207, call("POST", "/messages/batch", two));
  EXPECT_EQ(body["results"][0]["messageId"].text(), "a");
  EXPECT_EQ(body["results"][1]["messageId"].text(), "made");
  EXPECT_EQ(body["results"][1]["status"].number(), 503);
}

}  // namespace
}  // namespace recado::api::testing
