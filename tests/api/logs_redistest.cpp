// `/logs`, `/stats` and `/dashboard/stats` over a real redis-server.
#include "api/served_records.hpp"
#include "messaging/content.hpp"

namespace recado::api::testing {
namespace {

using engine::Failure;
using engine::Status;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class Logs : public ServedRecords {
 protected:
  Logs() { kept.logs().read_from(engine); }

  /// An outcome as the engine tells of it, `seconds` after now.
  void tell(std::string id, std::string to, Status status, int seconds = 0, std::string over = "whatsapp-1",
            std::string provider_id = {}, Failure failure = Failure::none, std::string detail = {}) {
    engine::StreamedOutcome one;
    one.cursor = std::to_string(++told_);
    one.provider_id = std::move(provider_id);
    auto& message = one.message;
    message.spec.id = std::move(id);
    message.spec.channel = std::move(over);
    messaging::Content content;
    content.to = std::move(to);
    content.text = "Oi";
    message.spec.payload = messaging::encode_content(content);
    message.status = status;
    message.failure = status == Status::failed ? failure : Failure::none;
    message.attempt_count = 1;
    engine::Attempt attempt;
    attempt.at = clock.now() + Millis{1'000 * seconds};
    attempt.failure = failure;
    attempt.detail = std::move(detail);
    attempt.latency = Millis{12};
    message.attempts.push_back(attempt);
    engine.stream.push_back(std::move(one));
  }
  io::Task<bool> forgotten() {
    for (bool more = true; more;) more = co_await kept.logs().forget_old("main");
    co_return true;
  }
  void catch_up() { ASSERT_TRUE(await(kept.logs().catch_up()).ok()); }
  Tree rows(const std::string& query = {}) { return expect(200, call("GET", "/logs" + query)); }
  static std::vector<std::string> messages(const Tree& rows) {
    std::vector<std::string> all;
    for (const auto& row : rows.items) all.push_back(row["message"].source);
    return all;
  }
  bool note(messaging::Receipt::Kind kind, std::string provider_id, std::string message = {}) {
    messaging::Receipt receipt;
    receipt.kind = kind;
    receipt.provider_id = std::move(provider_id);
    receipt.message = std::move(message);
    receipt.at = clock.now();
    const auto noted = await(kept.logs().note("main", std::move(receipt)));
    EXPECT_TRUE(noted.ok());
    return noted.ok() && *noted;
  }

 private:
  int told_ = 0;
};

TEST_F(Logs, HaveOneRowForEachAttemptNewestFirst) {
  expect(201, call("POST", "/contacts", R"({"name":"Ana","phone":"11987654321"})"));
  tell("a", "+5511987654321", Status::retrying, 0, "whatsapp-1", "", Failure::status, "busy");
  tell("a", "+5511987654321", Status::delivered, 5, "whatsapp-1", "SM1");
  tell("b", "x@example.com", Status::failed, 2, "email", "", Failure::content, "template: no name");
  catch_up();
  EXPECT_TRUE(engine.stream.empty());
  const auto all = rows();
  ASSERT_EQ(all.items.size(), 3u);
  EXPECT_THAT(messages(all), ElementsAre(R"("a")", R"("b")", R"("a")"));
  const auto& newest = all.items[0];
  EXPECT_EQ(newest["status"].source, R"("sent")");
  EXPECT_EQ(newest["contact"].source, "1");
  EXPECT_EQ(newest["recipient"].source, R"("+5511987654321")");
  EXPECT_EQ(newest["channel"].source, R"("whatsapp-1")");
  EXPECT_EQ(newest["providerId"].source, R"("SM1")");
  EXPECT_EQ(newest["error"].source, "null");
  EXPECT_EQ(newest["latencyMs"].source, "12");
  EXPECT_EQ(newest["at"].source, R"("2026-04-15T02:41:50+00:00")");
  EXPECT_EQ(all.items[1]["error"].source, R"("content")");
  EXPECT_EQ(all.items[1]["detail"].source, R"("template: no name")");
  EXPECT_EQ(all.items[1]["contact"].source, "null");
  EXPECT_EQ(all.items[2]["status"].source, R"("retrying")");
  EXPECT_EQ(expect(200, call("GET", "/logs/1"))["message"].source, R"("a")");
  EXPECT_EQ(call("GET", "/logs/9").status, 404);
  EXPECT_EQ(call("DELETE", "/logs/1").status, 405);
}

TEST_F(Logs, MakeARowOnceHoweverOftenTheyAreTold) {
  tell("a", "x@example.com", Status::delivered);
  const auto again = engine.stream;
  catch_up();
  engine.stream = again;
  catch_up();
  EXPECT_EQ(rows().items.size(), 1u);
}

TEST_F(Logs, KeepWhatRedisCouldNotTakeForLater) {
  tell("a", "x@example.com", Status::delivered);
  redis_server.kill(SIGKILL);
  EXPECT_FALSE(await(kept.logs().catch_up()).ok());
  EXPECT_EQ(engine.stream.size(), 1u);
}

TEST_F(Logs, AreFiltered) {
  tell("a", "+5511987654321", Status::delivered, 0);
  tell("b", "x@example.com", Status::failed, 10, "email", "", Failure::timeout, "no answer");
  tell("c", "+5511987654322", Status::delivered, 20);
  catch_up();
  const auto found = [this](const std::string& query) { return messages(rows("?" + query)); };
  EXPECT_THAT(found("status=sent"), ElementsAre(R"("c")", R"("a")"));
  EXPECT_THAT(found("channel=email"), ElementsAre(R"("b")"));
  EXPECT_THAT(found("recipient=(11)+98765-4321"), ElementsAre(R"("a")"));
  EXPECT_THAT(found("recipient=X@example.com"), ElementsAre(R"("b")"));
  EXPECT_THAT(found("error=timeout"), ElementsAre(R"("b")"));
  EXPECT_THAT(found("message=c"), ElementsAre(R"("c")"));
  EXPECT_THAT(found("after=2026-04-15T02:41:55Z"), ElementsAre(R"("c")", R"("b")"));
  EXPECT_THAT(found("before=2026-04-15T02:41:55Z"), ElementsAre(R"("a")"));
  EXPECT_THAT(found("after=2026-04-15T02:41:46Z&before=2026-04-15T02:42:00Z&status=failed"),
              ElementsAre(R"("b")"));
  EXPECT_THAT(field_errors(call("GET", "/logs?after=yesterday")), ElementsAre(HasSubstr("after: ")));
  EXPECT_THAT(field_errors(call("GET", "/logs?status=gone")), ElementsAre(HasSubstr("status: ")));
  const auto page = call("GET", "/logs?limit=2");
  EXPECT_EQ(total(page), "3");
  EXPECT_THAT(messages(expect(200, call("GET", next(page)))), ElementsAre(R"("a")"));
}

TEST_F(Logs, AreForgottenWhenTheyAreOlderThanTheyAreKept) {
  for (int i = 0; i < 40; ++i) tell("old" + std::to_string(i), "x@example.com", Status::delivered, i);
  tell("new", "x@example.com", Status::delivered, 24 * 3600);
  catch_up();
  clock.advance(Millis{90 * 24 * 3600 * 1000LL + 60'000});
  await(forgotten());
  EXPECT_THAT(messages(rows()), ElementsAre(R"("new")"));
}

TEST_F(Logs, AreExportedAsCsv) {
  tell("=1+1", "+5511987654321", Status::failed, 0, "whatsapp-1", "", Failure::status, "one, two");
  catch_up();
  const auto answer = call("GET", "/logs/export/csv?status=failed");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(header(answer, "Content-Disposition"), "attachment; filename=\"logs.csv\"");
  EXPECT_EQ(
      body_of(answer),
      "id,at,direction,channel,recipient,contact,message,attempt,status,error,detail,providerId,schedule,"
      "subject,text,latencyMs\r\n"
      "1,2026-04-15T02:41:45+00:00,out,whatsapp-1,+5511987654321,,'=1+1,1,failed,status,\"one, "
      "two\",,,,,12\r\n");
}

TEST_F(Logs, FollowTheProvidersReceipts) {
  using Kind = messaging::Receipt::Kind;
  tell("a", "+5511987654321", Status::delivered, 0, "whatsapp-1", "SM1");
  tell("b", "+5511987654322", Status::delivered, 1, "whatsapp-1", "SM2");
  catch_up();
  EXPECT_TRUE(note(Kind::delivered, "SM1"));
  EXPECT_TRUE(note(Kind::read, "SM1"));
  EXPECT_TRUE(note(Kind::delivered, "SM1"));  // late: it is no step back
  EXPECT_TRUE(note(Kind::failed, "SM2"));
  EXPECT_FALSE(note(Kind::read, "SM9"));
  const auto all = rows();
  EXPECT_EQ(all.items[1]["status"].source, R"("read")");
  EXPECT_EQ(all.items[1]["statusAt"].source, R"("2026-04-15T02:41:45+00:00")");
  EXPECT_EQ(all.items[0]["status"].source, R"("failed")");
  EXPECT_THAT(messages(rows("?status=read")), ElementsAre(R"("a")"));
}

TEST_F(Logs, SettleAMessageThatWasMaybeSentByItsReceipt) {
  expect(201, call("POST", "/messages", message_body(R"("id":"m")")));
  engine.at("m").status = Status::unknown;
  tell("m", "+5511987654321", Status::unknown, 0, "whatsapp-1", "", Failure::timeout);
  catch_up();
  EXPECT_TRUE(note(messaging::Receipt::Kind::delivered, "SM1", "m"));
  EXPECT_EQ(rows().items[0]["status"].source, R"("delivered")");
  EXPECT_EQ(rows().items[0]["providerId"].source, R"("SM1")");
  EXPECT_EQ(engine.at("m").status, Status::delivered);
}

TEST_F(Logs, LearnWhatBecameOfAMessageThatWasMaybeSent) {
  tell("m", "+5511987654321", Status::unknown, 0, "whatsapp-1", "", Failure::timeout);
  catch_up();
  EXPECT_EQ(rows().items[0]["status"].source, R"("unknown")");
  tell("m", "", Status::delivered);
  catch_up();
  const auto all = rows();
  ASSERT_EQ(all.items.size(), 1u);
  EXPECT_EQ(all.items[0]["status"].source, R"("sent")");
  EXPECT_EQ(all.items[0]["recipient"].source, R"("+5511987654321")");
}

TEST_F(Logs, KeepRepliesOnce) {
  expect(201, call("POST", "/contacts", R"({"name":"Ana","phone":"11987654321"})"));
  for (const bool first : {true, false}) {
    messaging::Reply reply;
    reply.from = "+5511987654321";
    reply.text = "Confirmo";
    reply.provider_id = "R1";
    reply.at = clock.now();
    const auto kept_it = await(kept.logs().keep("main", "whatsapp-1", std::move(reply)));
    ASSERT_TRUE(kept_it.ok());
    EXPECT_EQ(*kept_it, first);
  }
  const auto all = rows("?direction=in");
  ASSERT_EQ(all.items.size(), 1u);
  EXPECT_EQ(all.items[0]["text"].source, R"("Confirmo")");
  EXPECT_EQ(all.items[0]["status"].source, R"("received")");
  EXPECT_EQ(all.items[0]["contact"].source, "1");
}

TEST_F(Logs, AreCountedByDayChannelAndReason) {
  expect(201, call("POST", "/contacts", R"({"name":"Ana"})"));
  tell("a", "+5511987654321", Status::delivered, 0, "whatsapp-1", "SM1");
  tell("b", "x@example.com", Status::failed, 0, "email", "", Failure::timeout);
  tell("c", "y@example.com", Status::delivered, -24 * 3600, "email");
  catch_up();
  EXPECT_TRUE(note(messaging::Receipt::Kind::read, "SM1"));
  engine.page.total = 7;
  const auto stats = expect(200, call("GET", "/stats?days=2"));
  EXPECT_THAT(stats["totals"].source, HasSubstr(R"("contacts":1,"groups":0)"));
  EXPECT_THAT(stats["totals"].source, HasSubstr(R"("pending":7,"sent":2,"delivered":0,"read":1,"failed":1)"));
  ASSERT_EQ(stats["byDay"].items.size(), 2u);
  EXPECT_THAT(stats["byDay"].items[0].source, HasSubstr(R"("day":"2026-04-14","sent":1)"));
  EXPECT_THAT(stats["byDay"].items[1].source, HasSubstr(R"("day":"2026-04-15","sent":1)"));
  EXPECT_EQ(stats["byReason"].source, R"([{"reason":"timeout","count":1}])");
  ASSERT_EQ(stats["upcomingByHour"].items.size(), 24u);
  EXPECT_EQ(stats["upcomingByHour"].items[0].source, R"({"hour":"2026-04-15T02:00:00+00:00","count":7})");
  const auto dashboard = expect(200, call("GET", "/api/dashboard/stats/"));
  for (const char* name : {"contacts", "groups", "sent", "failed", "pending"})
    EXPECT_THAT(dashboard.source, HasSubstr('"' + std::string(name) + "\":"));
  EXPECT_THAT(field_errors(call("GET", "/stats?days=0")), ElementsAre(HasSubstr("days: ")));
}

TEST_F(Logs, RefuseToSendToWhoOptedOut) {
  expect(201, call("POST", "/contacts",
                   R"({"name":"Ana","phone":"11987654321","email":"Ana@example.com","optedOut":true})"));
  expect(201, call("POST", "/contacts", R"({"name":"Bia","phone":"11987654322"})"));
  const auto refused = [this](const char* to) {
    engine::Message message;
    messaging::Content content;
    content.to = to;
    message.spec.payload = messaging::encode_content(content);
    const auto answer = await(kept.admission().refuse(message));
    EXPECT_TRUE(answer.ok());
    return answer.ok() && *answer ? (*answer)->detail : std::string();
  };
  EXPECT_THAT(refused("+5511987654321"), HasSubstr("contact 1 has opted out on 2026-04-15"));
  EXPECT_THAT(refused("ana@example.com"), HasSubstr("has opted out"));
  EXPECT_EQ(refused("+5511987654322"), "");
  EXPECT_EQ(refused("+5511987654329"), "");
}

TEST_F(Logs, RememberWhoAskedForNoMoreWhoeverItIs) {
  expect(201, call("POST", "/contacts", R"({"name":"Ana","phone":"11987654321"})"));
  expect(201, call("POST", "/contacts", R"({"name":"Ana, a mãe","phone":"11987654321"})"));
  expect(201, call("POST", "/contacts", R"({"name":"Ana, a avó","phone":"11987654321"})"));
  ASSERT_TRUE(await(messaging::opt_out(kept.contacts(), "main", "+5511987654321", "reply")).ok());
  ASSERT_TRUE(await(messaging::opt_out(kept.contacts(), "main", "new@example.com", "unsubscribe")).ok());
  const auto out = expect(200, call("GET", "/contacts?optedOut=true"));
  ASSERT_EQ(out.items.size(), 4u);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(out.items[i]["optedOutSource"].source, R"("reply")");
  EXPECT_EQ(out.items[3]["email"].source, R"("new@example.com")");
  EXPECT_EQ(out.items[3]["optedOutAt"].source, R"("2026-04-15T02:41:45+00:00")");
}

TEST_F(Logs, FindTheOneOfManyAtAnAddressWhoOptedOut) {
  for (const char* more : {"", "", R"(,"optedOut":true)"})
    expect(201,
           call("POST", "/contacts", std::string(R"({"name":"Ana","phone":"11987654321")") + more + "}"));
  engine::Message message;
  messaging::Content content;
  content.to = "+5511987654321";
  message.spec.payload = messaging::encode_content(content);
  const auto answer = await(kept.admission().refuse(message));
  ASSERT_TRUE(answer.ok());
  ASSERT_TRUE(answer->has_value());
  EXPECT_THAT((*answer)->detail, HasSubstr("contact 3"));
}

}  // namespace
}  // namespace recado::api::testing
