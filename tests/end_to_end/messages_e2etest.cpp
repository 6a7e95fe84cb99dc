// Every route of the messages, from outside: change, cancel, send, retry, batch, bulk, lists, queues,
// callbacks, expiry.
#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>

#include "end_to_end/harness.hpp"

namespace recado::e2e {
namespace {

using ::testing::HasSubstr;

constexpr Millis kHour{3'600'000};

struct Messages : ::testing::Test {
  Sink sink;
  Recado recado;

  int create(const std::string& id, Instant due, const std::string& more = "") {
    return recado.post("/messages", message(id, due, sink.url(), more)).status;
  }
  std::string total(const std::string& query) {
    return member(recado.get("/messages" + query).body, "total");
  }
};

TEST_F(Messages, PatchReplacesOnlyWhatItNames) {
  ASSERT_EQ(create("p", now() + kHour, R"(,"tags":["a"],"queue":"q")"), 201);
  const Answer patched = recado.ask("PATCH", "/messages/p", R"({"payload":{"new":1.50},"delay":"0s"})");
  EXPECT_EQ(patched.status, 200) << patched.body;
  const auto arrivals = sink.wait(1);
  ASSERT_EQ(arrivals.size(), 1U);
  EXPECT_EQ(arrivals[0].request.body, R"({"new":1.50})");
  ASSERT_TRUE(recado.wait_status("p", "delivered"));
  const Answer got = recado.get("/messages/p");
  EXPECT_EQ(member(got.body, "queue"), "q");
  EXPECT_EQ(member(got.body, "tags.0"), "a");
  EXPECT_EQ(recado.ask("PATCH", "/messages/p", R"({"delay":"1s"})").status, 409);
  EXPECT_EQ(recado.ask("PATCH", "/messages/none", R"({"delay":"1s"})").status, 404);
  EXPECT_EQ(recado.ask("PATCH", "/messages/p", R"({"dely":"1s"})").status, 422);
}

TEST_F(Messages, PutCreatesReplacesAndRunsAFinishedOneAgain) {
  EXPECT_EQ(recado.ask("PUT", "/messages/w", message("w", now() + kHour, sink.url())).status, 201);
  EXPECT_EQ(recado.ask("PUT", "/messages/w", R"({"payload":1,"webhookUrl":")" + sink.url() + "\"}").status,
            200);
  ASSERT_EQ(sink.wait(1).size(), 1U);
  EXPECT_EQ(sink.arrivals()[0].request.body, "1");
  ASSERT_TRUE(recado.wait_status("w", "delivered"));
  EXPECT_EQ(recado.ask("PUT", "/messages/w", R"({"payload":2,"webhookUrl":")" + sink.url() + "\"}").status,
            201);
  ASSERT_EQ(sink.wait(2).size(), 2U);
  EXPECT_EQ(sink.arrivals()[1].request.body, "2");
  EXPECT_EQ(recado.ask("PUT", "/messages/w", R"({"id":"x","webhookUrl":"https://a.example/"})").status, 422);
}

TEST_F(Messages, DeleteCancels) {
  ASSERT_EQ(create("d", now() + Millis{1'500}), 201);
  ASSERT_EQ(create("after", now() + Millis{2'000}), 201);
  EXPECT_EQ(recado.ask("DELETE", "/messages/d").status, 200);
  EXPECT_EQ(recado.ask("DELETE", "/messages/d").status, 404);
  ASSERT_EQ(sink.wait(1).size(), 1U);
  EXPECT_EQ(sink.arrivals()[0].message_id(), "after");
  ASSERT_TRUE(recado.wait_status("after", "delivered"));
  EXPECT_EQ(recado.ask("DELETE", "/messages/after").status, 404);
}

TEST_F(Messages, SendFiresNowAndRetryStartsAFailedOneAnew) {
  std::atomic<bool> broken = true;
  Sink moody([&](const Arrival&) { return Sink::Reply{broken ? 400 : 200, "", ""}; });
  ASSERT_EQ(recado.post("/messages", message("s", now() + kHour, moody.url())).status, 201);
  EXPECT_EQ(recado.post("/messages/s/send").status, 202);
  ASSERT_TRUE(recado.wait_status("s", "failed"));
  broken = false;
  EXPECT_EQ(recado.post("/messages/s/retry").status, 202);
  ASSERT_TRUE(recado.wait_status("s", "delivered"));
  const auto arrivals = moody.arrivals();
  ASSERT_EQ(arrivals.size(), 2U);
  EXPECT_EQ(arrivals[0].header("webhook-id"), arrivals[1].header("webhook-id"));
  EXPECT_EQ(arrivals[0].request.body, arrivals[1].request.body);
  EXPECT_EQ(arrivals[1].header("recado-attempt"), "1");
  EXPECT_EQ(recado.post("/messages/none/send").status, 404);
  EXPECT_EQ(recado.post("/messages/none/retry").status, 404);
}

TEST_F(Messages, ABatchAnswersEachItem) {
  ASSERT_EQ(create("there", now() + kHour), 201);
  const std::string url = sink.url();
  const std::string body = "[" + message("b0", now() + kHour, url) + "," + message("there", now(), url) +
                           R"(,{"id":"bad"},7,)" + message("b1", now() + kHour, url) + "]";
  const Answer answer = recado.post("/messages/batch", body);
  EXPECT_EQ(answer.status, 207);
  const std::vector<std::string> statuses = {"201", "409", "422", "422", "201"};
  for (std::size_t i = 0; i < statuses.size(); ++i) {
    EXPECT_EQ(member(answer.body, "results." + std::to_string(i) + ".status"), statuses[i]) << answer.body;
  }
  EXPECT_EQ(member(answer.body, "results.0.messageId"), "b0");
  EXPECT_EQ(member(answer.body, "results.2.messageId"), "bad");
  EXPECT_EQ(member(recado.get("/messages").body, "total"), "3");
  EXPECT_EQ(recado.post("/messages/batch", "{}").status, 422);
}

TEST_F(Messages, ListsByTimeInPages) {
  const Instant due = now() + kHour;
  const auto each = [due](std::size_t i) { return due + Millis{static_cast<int>(i * 7 % 25) * 1'000}; };
  expect_all_created(recado.post("/messages/batch", batch("l-", 25, each, sink.url())), 25);
  std::vector<std::string> order;
  std::string cursor;
  std::set<std::string> ids;
  do {
    const Answer page = recado.get("/messages?limit=10" + (cursor.empty() ? "" : "&cursor=" + cursor));
    ASSERT_EQ(page.status, 200);
    EXPECT_EQ(member(page.body, "total"), "25");
    for (std::size_t i = 0; i < length_of(page.body, "scheduledJobs"); ++i) {
      const std::string at = "scheduledJobs." + std::to_string(i);
      order.push_back(member(page.body, at + ".nextRun"));
      ids.insert(member(page.body, at + ".messageId"));
    }
    cursor = member(page.body, "nextCursor");
  } while (cursor != "null" && !cursor.empty());
  EXPECT_EQ(ids.size(), 25U);
  EXPECT_EQ(order.size(), 25U);
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
  const std::string limit = utc(due + Millis{5'000});
  EXPECT_EQ(total("?before=" + limit), "5");
  EXPECT_EQ(total("?after=" + limit), "20");
  EXPECT_EQ(recado.get("/messages?cursor=nonsense").status, 422);
  EXPECT_EQ(recado.get("/messages?limit=0").status, 422);
  EXPECT_EQ(recado.get("/messages?status=lost").status, 422);
}

TEST_F(Messages, BulkOperationsFilterByTag) {
  const auto due = [](std::size_t) { return now() + kHour; };
  expect_all_created(recado.post("/messages/batch", batch("x-", 30, due, sink.url(), R"(,"tags":["x"])")),
                     30);
  expect_all_created(
      recado.post("/messages/batch", batch("y-", 10, due, sink.url(), R"(,"tags":["y"],"queue":"q")")), 10);
  EXPECT_EQ(total("?tag=x"), "30");
  EXPECT_EQ(total("?queue=q"), "10");
  EXPECT_EQ(total("?tag=y&queue=q"), "10");
  EXPECT_EQ(recado.ask("DELETE", "/messages").status, 422);
  EXPECT_EQ(recado.ask("DELETE", "/messages?tag=x").body, R"({"deleted":30,"beingDelivered":0})");
  EXPECT_EQ(total(""), "10");
  EXPECT_EQ(recado.ask("DELETE", "/messages?all=true").body, R"({"deleted":10,"beingDelivered":0})");
  EXPECT_EQ(total(""), "0");
  EXPECT_EQ(member(recado.get("/health").body, "scheduled_jobs"), "0");
}

TEST_F(Messages, RetryOfAllThatFailed) {
  std::atomic<bool> broken = true;
  Sink moody([&](const Arrival&) { return Sink::Reply{broken ? 400 : 200, "", ""}; });
  const auto due = [](std::size_t) { return now(); };
  expect_all_created(recado.post("/messages/batch", batch("r-", 20, due, moody.url(), R"(,"tags":["r"])")),
                     20);
  ASSERT_TRUE(eventually([&] { return total("?status=failed") == "20"; }));
  broken = false;
  EXPECT_EQ(recado.post("/messages/retry?status=failed&tag=r").status, 200);
  EXPECT_TRUE(eventually([&] { return total("?status=delivered") == "20"; }));
  EXPECT_EQ(total("?status=failed"), "0");
  EXPECT_EQ(moody.count(), 40U);
}

TEST_F(Messages, APausedQueueHoldsItsMessagesUntilResumed) {
  EXPECT_EQ(recado.post("/queues/slow/pause").status, 200);
  ASSERT_EQ(create("held", now(), R"(,"queue":"slow")"), 201);
  ASSERT_EQ(create("free", now() + Millis{300}), 201);
  ASSERT_EQ(sink.wait(1).size(), 1U);
  EXPECT_EQ(sink.arrivals()[0].message_id(), "free");
  ASSERT_TRUE(recado.wait_status("free", "delivered"));
  EXPECT_THAT(recado.get("/queues").body, HasSubstr(R"("name":"slow")"));
  EXPECT_EQ(sink.count(), 1U);
  EXPECT_EQ(recado.post("/queues/slow/resume").status, 200);
  ASSERT_EQ(sink.wait(2).size(), 2U);
  EXPECT_EQ(sink.arrivals()[1].message_id(), "held");
  EXPECT_TRUE(recado.wait_status("held", "delivered"));
}

TEST_F(Messages, ACallbackTellsTheOutcome) {
  Sink refusing([](const Arrival&) { return Sink::Reply{400, "", ""}; });
  const std::string more = R"(,"tags":["t"],"callbackUrl":")" + sink.url("/outcome") + "\"";
  ASSERT_EQ(create("good", now(), more), 201);
  ASSERT_EQ(recado.post("/messages", message("bad", now(), refusing.url(), more)).status, 201);
  const auto callbacks = sink.wait_at("/outcome", 2);
  ASSERT_EQ(callbacks.size(), 2U);
  for (const auto& callback : callbacks) {
    const std::string& body = callback.request.body;
    const bool good = member(body, "data.messageId") == "good";
    EXPECT_EQ(member(body, "type"), good ? "message.delivered" : "message.failed");
    EXPECT_NE(member(body, "timestamp"), "");
    EXPECT_EQ(member(body, "data.status"), good ? "delivered" : "failed");
    EXPECT_EQ(member(body, "data.attemptCount"), "1");
    EXPECT_EQ(member(body, "data.lastStatus"), good ? "200" : "400");
    EXPECT_EQ(member(body, "data.error"), good ? "null" : "status");
    EXPECT_EQ(member(body, "data.webhookUrl"), good ? sink.url() : refusing.url());
    EXPECT_EQ(member(body, "data.tags.0"), "t");
    EXPECT_NE(callback.header("webhook-signature"), "");
  }
  EXPECT_TRUE(eventually([&] { return member(recado.get("/health").body, "scheduled_jobs") == "0"; }));
  EXPECT_EQ(total("?status=delivered"), "1");
  EXPECT_EQ(total("?status=failed"), "1");
}

TEST_F(Messages, AnExpiredOneFailsInsteadOfBeingSent) {
  EXPECT_EQ(recado.post("/queues/slow/pause").status, 200);
  const std::string expires = R"(,"queue":"slow","expiresAt":")" + utc(now() + Millis{1'200}) + "\"";
  ASSERT_EQ(create("old", now() + Millis{200}, expires), 201);
  wait_until(now() + Millis{1'300});
  EXPECT_EQ(recado.post("/queues/slow/resume").status, 200);
  ASSERT_TRUE(recado.wait_status("old", "failed"));
  EXPECT_EQ(member(recado.get("/messages/old").body, "error"), "expired");
  EXPECT_EQ(sink.count(), 0U);
}

TEST_F(Messages, TimesAreUnderstoodInTheirZones) {
  const auto scheduled = [&](const std::string& fields) {
    return member(recado.post("/messages", R"({"webhookUrl":"https://a.example/",)" + fields + "}").body,
                  "scheduledFor");
  };
  EXPECT_EQ(scheduled(R"("scheduleTo":"2096-07-01T09:00:00","timezone":"America/Sao_Paulo")"),
            "2096-07-01T12:00:00+00:00");
  EXPECT_EQ(scheduled(R"("scheduleTo":"2040-07-01T09:00:00","timezone":"Europe/Berlin")"),
            "2040-07-01T07:00:00+00:00");
  EXPECT_EQ(scheduled(R"("scheduleTo":"2030-03-31T02:30:00","timezone":"Europe/Berlin")"),
            "2030-03-31T01:30:00+00:00");
  EXPECT_EQ(scheduled(R"("scheduleTo":"2030-10-27T02:30:00","timezone":"Europe/Berlin")"),
            "2030-10-27T00:30:00+00:00");
  EXPECT_EQ(scheduled(R"("scheduleTo":"2096-04-15T02:41:45.1201-03:00")"), "2096-04-15T05:41:45.121+00:00");
}

TEST_F(Messages, PlanTellsWithoutRegistering) {
  const Answer plan = recado.post("/messages/plan", message("p", from_ms(4'000'000'000'000), sink.url()));
  EXPECT_EQ(plan.status, 200) << plan.body;
  EXPECT_THAT(plan.body, HasSubstr("2096-10-02T07:06:40+00:00"));
  EXPECT_EQ(total(""), "0");
}

TEST_F(Messages, MeTellsWhoIsAsking) {
  EXPECT_EQ(member(recado.get("/me").body, "account"), "main");
}

TEST_F(Messages, HistoryOutlivesARestart) {
  ASSERT_EQ(create("done", now()), 201);
  ASSERT_TRUE(recado.wait_status("done", "delivered"));
  EXPECT_EQ(recado.terminate(), 0);
  recado.start();
  EXPECT_EQ(recado.status_of("done"), "delivered");
  EXPECT_EQ(total("?status=delivered"), "1");
}

}  // namespace
}  // namespace recado::e2e
