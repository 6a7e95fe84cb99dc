// Writing to people, against providers that a test plays on loopback and a real mail server.
#include <gmock/gmock.h>
#include <unistd.h>

#include <atomic>
#include <fstream>

#include "end_to_end/providers.hpp"
#include "support/certificates.hpp"
#include "support/smtp_server.hpp"

namespace recado::e2e {
namespace {

using test::SmtpServer;
using ::testing::HasSubstr;
using ::testing::Not;

Environment with_smtp(const SmtpServer& server) {
  return {{"SMTP_SERVER", "127.0.0.1"},
          {"SMTP_PORT", std::to_string(server.port())},
          {"SMTP_TLS", "none"},
          {"FROM_EMAIL", "Clínica <contato@clinica.example>"}};
}

const char* const kWhatsApp =
    R"({"id":"m1","channel":"whatsapp","to":"(11) 98765-4321","text":"Oi, Ana & cia"})";
TEST(Channels, TwilioSendsOverATrustedBaseUrl) {
  Sink twilio([](const Arrival&) { return Sink::Reply{201, "", R"({"sid":"SM1","status":"queued"})"}; });
  Recado recado(with(with_twilio(twilio), {{"WEBHOOK_ALLOW_NETWORKS", ""}}));
  ASSERT_EQ(recado.post("/messages", kWhatsApp).status, 201);
  ASSERT_TRUE(recado.wait_status("m1", "delivered"));
  const auto arrivals = twilio.wait(1);
  EXPECT_EQ(arrivals[0].request.target,
            "/2010-04-01/Accounts/AC00000000000000000000000000000001/Messages.json");
  EXPECT_EQ(arrivals[0].request.body,
            "To=whatsapp%3A%2B5511987654321&From=whatsapp%3A%2B14155238886&Body=Oi%2C%20Ana%20%26%20cia");
  const Answer got = recado.get("/messages/m1");
  EXPECT_EQ(member(got.body, "channel"), "twilio");
  EXPECT_EQ(member(got.body, "webhookUrl"), "null");
  EXPECT_THAT(member(got.body, "attempts.0.response"), HasSubstr("SM1"));
  // Webhooks to the same server are still refused: only the channel is trusted.
  EXPECT_EQ(recado.post("/messages", R"({"webhookUrl":")" + twilio.url() + R"("})").status, 422);
}

TEST(Channels, MetaTakesJsonAndARefusedRecipientFailsAtOnce) {
  Sink meta([](const Arrival& arrival) {
    const bool refused = arrival.request.body.find("5511912345678") != std::string::npos;
    return refused ? Sink::Reply{400, "", R"({"error":{"code":131026,"message":"undeliverable"}})"}
                   : Sink::Reply{200, "", kAccepted};
  });
  Recado recado(with_cloud(meta));
  ASSERT_EQ(recado.post("/messages", kWhatsApp).status, 201);
  ASSERT_TRUE(recado.wait_status("m1", "delivered"));
  EXPECT_EQ(meta.wait(1)[0].request.target, "/v23.0/1065/messages");
  EXPECT_EQ(meta.wait(1)[0].header("authorization"), "Bearer meta-token");
  ASSERT_EQ(recado.post("/messages", R"({"id":"m2","channel":"cloud","to":"11912345678","text":"x"})").status,
            201);
  ASSERT_TRUE(recado.wait_status("m2", "failed"));
  const Answer got = recado.get("/messages/m2");
  EXPECT_EQ(member(got.body, "attemptCount"), "1");
  EXPECT_THAT(member(got.body, "attempts.0.detail"), HasSubstr("131026"));
  EXPECT_EQ(member(got.body, "to"), "+5511912345678");
}

TEST(Channels, AStoppedChannelHoldsItsMessagesAndResumes) {
  std::atomic<bool> good{false};
  Sink meta([&good](const Arrival&) {
    return good ? Sink::Reply{200, "", kAccepted}
                : Sink::Reply{401, "", R"({"error":{"code":190,"message":"token expired"}})"};
  });
  Recado recado(with_cloud(meta));
  ASSERT_EQ(recado.post("/messages", kWhatsApp).status, 201);
  ASSERT_TRUE(
      eventually([&] { return member(recado.get("/messages/m1").body, "heldBy") == "channel:cloud"; }));
  ASSERT_EQ(
      recado.post("/messages", R"({"id":"m2","channel":"whatsapp","to":"11912345678","text":"x"})").status,
      201);
  const Answer channels = recado.get("/channels");
  EXPECT_EQ(member(channels.body, "0.status"), "stopped");
  EXPECT_THAT(member(channels.body, "0.detail"), HasSubstr("token expired"));
  EXPECT_EQ(channels.body.find("meta-token"), std::string::npos);
  EXPECT_THAT(recado.get("/health").body, HasSubstr("the channel cloud is stopped and holds its messages"));
  EXPECT_EQ(member(recado.get("/messages/m1").body, "attemptCount"), "0");
  EXPECT_EQ(member(recado.post("/channels/whatsapp/test").body, "status"), "stopped");
  good = true;
  EXPECT_TRUE(recado.wait_status("m1", "delivered"));
  EXPECT_TRUE(recado.wait_status("m2", "delivered"));
  EXPECT_EQ(member(recado.get("/channels").body, "0.status"), "ready");
  EXPECT_EQ(member(recado.get("/messages/m1").body, "attemptCount"), "1");
}

TEST(Channels, ASessionThatIsDownIsProbedByAQuestion) {
  std::atomic<bool> open{false};
  Sink evolution([&open](const Arrival& arrival) {
    if (arrival.request.method == "GET") {
      return Sink::Reply{200, "",
                         open ? R"({"instance":{"state":"open"}})" : R"({"instance":{"state":"close"}})"};
    }
    return open ? Sink::Reply{201, "", R"({"key":{"id":"B1"},"status":"PENDING"})"}
                : Sink::Reply{500, "", R"({"response":{"message":"Connection Closed"}})"};
  });
  Recado recado(with_evolution(evolution));
  ASSERT_EQ(recado.post("/messages", kWhatsApp).status, 201);
  evolution.wait_at("/instance/connectionState/clinica", 2);
  EXPECT_EQ(evolution.wait_at("/message/sendText/clinica", 1).size(), 1U);  // no message was a probe
  EXPECT_EQ(member(recado.get("/channels").body, "0.status"), "disconnected");
  open = true;
  EXPECT_TRUE(recado.wait_status("m1", "delivered"));
  EXPECT_EQ(evolution.wait_at("/message/sendText/clinica", 2).size(), 2U);
}

TEST(Channels, WhatMayHaveBeenSentIsNotRepeatedAndIsResolved) {
  std::atomic<bool> ended{false};
  Sink meta([&ended](const Arrival&) {
    eventually([&ended] { return ended.load(); });
    return Sink::Reply{200, "", kAccepted};
  });
  Recado recado(with_cloud(meta));
  for (const char* id : {"m1", "m2"}) {
    ASSERT_EQ(
        recado
            .post("/messages", std::string(R"({"id":")") + id +
                                   R"(","channel":"whatsapp","to":"11987654321","text":"x","timeout":1})")
            .status,
        201);
    ASSERT_TRUE(recado.wait_status(id, "unknown"));
  }
  EXPECT_EQ(meta.count(), 2U);
  EXPECT_EQ(member(recado.get("/messages?status=unknown").body, "count"), "2");
  EXPECT_EQ(recado.post("/messages/m1/resolve", R"({"delivered":true})").status, 200);
  EXPECT_EQ(recado.status_of("m1"), "delivered");
  EXPECT_EQ(recado.post("/messages/m2/resolve", R"({"delivered":false})").status, 200);
  EXPECT_EQ(recado.status_of("m2"), "failed");
  EXPECT_TRUE(eventually([&] {
    return member(recado.get("/logs?message=m1").body, "0.status") == "sent" &&
           member(recado.get("/logs?message=m2").body, "0.status") == "failed";
  }));
  EXPECT_EQ(member(recado.get("/messages?status=unknown").body, "total"), "0");
  EXPECT_EQ(member(recado.get("/messages?status=delivered").body, "total"), "1");
  EXPECT_EQ(recado.post("/messages/m1/resolve", R"({"delivered":true})").status, 409);
  EXPECT_EQ(recado.post("/messages/none/resolve", R"({"delivered":true})").status, 404);
  EXPECT_EQ(recado.post("/messages/m1/resolve", R"({})").status, 422);
  ended = true;
}

TEST(Channels, WithoutTheMailLibraryMailWaitsUntilItIsInstalled) {
  SmtpServer server;
  const TempDir libraries;
  const std::string library = libraries.path() + "/libcurl.so.4";
  const std::ofstream nothing(library);  // found first, and no library
  Recado recado(with(with_smtp(server), {{"LD_LIBRARY_PATH", libraries.path()}}));
  ASSERT_EQ(
      recado.post("/messages", R"({"id":"m1","channel":"email","to":"ana@example.com","text":"Oi"})").status,
      201);
  const char* const why =
      "the channel smtp is disconnected and holds its messages: "
      "mail needs libcurl (Debian's package libcurl4)";
  ASSERT_TRUE(eventually([&] { return recado.get("/health").body.find(why) != std::string::npos; }));
  EXPECT_EQ(recado.status_of("m1"), "scheduled");
  ASSERT_EQ(::unlink(library.c_str()), 0);
  EXPECT_TRUE(recado.wait_status("m1", "delivered"));
}

TEST(Channels, MailGoesToARealServer) {
  SmtpServer server;
  Recado recado(with_smtp(server));
  EXPECT_THAT(memory_maps(recado.child().pid()), Not(HasSubstr("/libcurl.")));  // nobody writes a mail yet
  ASSERT_EQ(
      recado
          .post("/messages", R"({"id":"m1","channel":"email","to":"ana@example.com","subject":"Olá, Ana",)"
                             R"("text":"Oi","html":"<p>Oi</p>"})")
          .status,
      201);
  ASSERT_TRUE(recado.wait_status("m1", "delivered"));
  const std::string mail = server.next_mail();
  EXPECT_EQ(member(mail, "to"), "ana@example.com");
  EXPECT_EQ(member(mail, "headers.subject"), "Olá, Ana");
  EXPECT_EQ(member(mail, "headers.message-id"),
            "<" + member(recado.get("/messages/m1").body, "webhookId") + "@clinica.example>");
  EXPECT_EQ(member(mail, "type"), "multipart/alternative");
  ASSERT_EQ(recado.post("/messages", R"({"id":"m2","channel":"email","to":"refused@example.com","text":"x"})")
                .status,
            201);
  EXPECT_TRUE(recado.wait_status("m2", "failed"));
  ASSERT_EQ(recado
                .post("/messages",
                      R"({"id":"m3","channel":"email","to":"silent@example.com","text":"x","timeout":1})")
                .status,
            201);
  EXPECT_TRUE(recado.wait_status("m3", "unknown"));
  EXPECT_EQ(member(recado.post("/channels/email/test").body, "status"), "ready");
}

TEST(Channels, AMessageIsChangedOnItsChannel) {
  Sink meta([](const Arrival&) { return Sink::Reply{200, "", kAccepted}; });
  Recado recado(with_cloud(meta));
  ASSERT_EQ(
      recado
          .post("/messages", R"({"id":"m1","delay":"1h","channel":"whatsapp","to":"11987654321","text":"x"})")
          .status,
      201);
  const Answer changed = recado.ask("PATCH", "/messages/m1", R"({"text":"novo"})");
  EXPECT_EQ(changed.status, 200);
  EXPECT_EQ(member(changed.body, "text"), "novo");
  EXPECT_EQ(member(changed.body, "to"), "+5511987654321");
  EXPECT_EQ(recado.ask("PATCH", "/messages/m1", R"({"payload":{}})").status, 422);
  EXPECT_EQ(recado.ask("PATCH", "/messages/m1", R"({"subject":"x"})").status, 422);
  EXPECT_EQ(recado.post("/messages/m1/send").status, 202);
  ASSERT_TRUE(recado.wait_status("m1", "delivered"));
  EXPECT_THAT(meta.wait(1)[0].request.body, HasSubstr(R"("body":"novo")"));
}

TEST(Channels, SaysWhichFieldIsWrong) {
  Sink meta;
  Recado recado(with_cloud(meta));
  const std::pair<const char*, const char*> cases[] = {
      {R"({"channel":"whatsapp","to":"11987654321","text":"x","webhookUrl":"https://e.com"})", "webhookUrl"},
      {R"({"channel":"whatsapp","text":"x"})", "to"},
      {R"({"channel":"whatsapp","to":"12","text":"x"})", "to"},
      {R"({"channel":"whatsapp","to":"ana@example.com","text":"x"})", "to"},
      {R"({"channel":"whatsapp","to":"11987654321"})", "text"},
      {R"({"channel":"whatsapp","to":"11987654321","text":"x","subject":"y"})", "subject"},
      {R"({"channel":"whatsapp","to":"11987654321","text":"x","payload":{}})", "payload"},
      {R"({"channel":"email","to":"ana@example.com","text":"x"})", "channel"},
      {R"({"channel":"twilio","to":"11987654321","text":"x"})", "channel"},
      {R"({"to":"11987654321","text":"x","webhookUrl":"https://e.com"})", "to"},
      {R"({})", "webhookUrl"},
  };
  for (const auto& [body, field] : cases) {
    const Answer answer = recado.post("/messages", body);
    EXPECT_EQ(answer.status, 422) << body;
    EXPECT_EQ(member(answer.body, "errors.0.field"), field) << body << answer.body;
  }
  EXPECT_EQ(recado.post("/channels/none/test").status, 404);
  EXPECT_EQ(meta.count(), 0U);
}

TEST(Channels, HalfAConfigurationStopsTheStart) {
  const TempDir directory;
  const auto finished = run_recado({"serve"}, {{"TWILIO_ACCOUNT_SID", "AC1"}}, directory.path());
  EXPECT_EQ(finished.status, 78);
  EXPECT_THAT(finished.output, HasSubstr("TWILIO_ACCOUNT_SID is set, but TWILIO_AUTH_TOKEN is not"));
}

/// Over the API, in a network that is allowed here.
std::string evolution_channel(const Sink& sink, const char* more = "") {
  return R"({"name":"zap","provider":"evolution","settings":{"baseUrl":")" + sink.url("") +
         R"(","instanceName":"vendas")" + more + R"(},"secrets":{"apiKey":"the-secret-key"}})";
}

TEST(Channels, MadeOverTheApiSendAndOutliveARestart) {
  Sink evolution([](const Arrival& arrival) {
    const bool asks = arrival.request.target.find("connectionState") != std::string::npos;
    return asks ? Sink::Reply{200, "", R"({"instance":{"state":"open"}})"}
                : Sink::Reply{201, "", R"({"key":{"id":"1"}})"};
  });
  Recado recado;
  const Answer made = recado.post("/channels", evolution_channel(evolution));
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(member(made.body, "status"), "ready");
  EXPECT_EQ(member(recado.post("/channels/zap/test", "").body, "status"), "ready");
  ASSERT_EQ(recado.post("/messages", kWhatsApp).status, 201);
  ASSERT_TRUE(recado.wait_status("m1", "delivered"));
  recado.kill();
  recado.start();
  ASSERT_EQ(
      recado.post("/messages", R"({"id":"m2","channel":"zap","to":"+5511987654321","text":"Oi"})").status,
      201);
  ASSERT_TRUE(recado.wait_status("m2", "delivered"));
  const auto arrivals = evolution.wait_at("/message/sendText/vendas", 2);
  EXPECT_EQ(arrivals.at(1).header("apikey"), "the-secret-key");
  EXPECT_EQ(member(recado.get("/messages/m2").body, "channel"), "zap");
  EXPECT_THAT(recado.get("/channels").body, Not(HasSubstr("the-secret-key")));
  EXPECT_THAT(recado.child().output(), Not(HasSubstr("the-secret-key")));
  // Gone, it holds what is still to go over it, and says so.
  ASSERT_EQ(recado.ask("DELETE", "/channels/zap").status, 204);
  EXPECT_EQ(recado.post("/messages", R"({"channel":"zap","to":"+5511987654321","text":"Oi"})").status, 422);
}

TEST(Channels, OverTheirDailyLimitWaitForTheNextDay) {
  Sink evolution([](const Arrival&) { return Sink::Reply{201, "", R"({"key":{"id":"1"}})"}; });
  Recado recado;
  ASSERT_EQ(recado.post("/channels", evolution_channel(evolution, R"(,"dailyLimit":1)")).status, 201);
  for (const char* to : {"+5511987654321", "+5511987654322"}) {
    ASSERT_EQ(recado
                  .post("/messages", std::string(R"({"id":")") + to + R"(","channel":"zap","to":")" + to +
                                         R"(","text":"Oi"})")
                  .status,
              201);
  }
  const auto held = [&] {
    return eventually([&] {
      for (const char* id : {"%2B5511987654321", "%2B5511987654322"}) {
        if (member(recado.get(std::string("/messages/") + id).body, "heldBy").starts_with("day:channel:"))
          return true;
      }
      return false;
    });
  };
  EXPECT_TRUE(held());
  EXPECT_EQ(evolution.count(), 1U);
  EXPECT_EQ(recado.ask("PATCH", "/channels/zap", R"({"settings":{"dailyLimit":null}})").status, 200);
  EXPECT_EQ(evolution.wait(2).size(), 2U);
}

TEST(Channels, MadeOverTheApiObeyTheAddressPolicy) {
  Sink evolution;
  Recado recado(Environment{{"WEBHOOK_ALLOW_NETWORKS", ""}});
  const Answer refused = recado.post("/channels", evolution_channel(evolution));
  EXPECT_EQ(refused.status, 422);
  EXPECT_THAT(refused.body, HasSubstr(R"("field":"settings.baseUrl")"));
  // A name that resolves to such an address is found out at the connection.
  const auto port = evolution.url("").substr(evolution.url("").rfind(':'));
  ASSERT_EQ(recado
                .post("/channels",
                      R"({"name":"zap","provider":"evolution","settings":{"baseUrl":"http://localhost)" +
                          port + R"(","instanceName":"i"},"secrets":{"apiKey":"k"}})")
                .status,
            201);
  EXPECT_NE(member(recado.post("/channels/zap/test", "{}").body, "status"), "ready");
  EXPECT_EQ(evolution.count(), 0U);
}

TEST(Channels, MailsCarryALinkByWhichTheirRecipientLeaves) {
  SmtpServer server;
  Environment environment = with_smtp(server);
  environment["PUBLIC_URL"] = "https://recado.example";
  Recado recado(environment);
  ASSERT_EQ(
      recado.post("/messages", R"({"id":"m1","channel":"email","to":"ana@example.com","text":"Oi"})").status,
      201);
  const std::string mail = server.next_mail();
  EXPECT_EQ(member(mail, "headers.list-unsubscribe-post"), "List-Unsubscribe=One-Click");
  const std::string link = member(mail, "headers.list-unsubscribe");
  const std::string start = "<https://recado.example";
  ASSERT_TRUE(link.starts_with(start + "/unsubscribe/") && link.ends_with(">")) << link;
  const std::string path = link.substr(start.size(), link.size() - start.size() - 1);
  // Mail programs and people have no token of ours.
  const std::string none = "Authorization: \r\n";
  EXPECT_THAT(recado.ask("GET", path, "", none).body, HasSubstr("<form method=\"post\">"));
  const Answer left = recado.ask("POST", path, "List-Unsubscribe=One-Click",
                                 none + "Content-Type: application/x-www-form-urlencoded\r\n");
  EXPECT_EQ(left.status, 200) << left.body;
  EXPECT_THAT(recado.get("/contacts").body, HasSubstr(R"("optedOutSource":"unsubscribe")"));
  ASSERT_EQ(
      recado.post("/messages", R"({"id":"m2","channel":"email","to":"ana@example.com","text":"Oi"})").status,
      201);
  EXPECT_TRUE(recado.wait_status("m2", "failed"));
  // The link outlives a restart.
  recado.kill();
  recado.start();
  EXPECT_EQ(recado.ask("GET", path, "", none).status, 200);
}

}  // namespace
}  // namespace recado::e2e
