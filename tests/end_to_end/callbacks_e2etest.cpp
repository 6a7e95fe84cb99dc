// What providers tell of their own accord, with the real binary.
#include <gmock/gmock.h>

#include <atomic>

#include "base/crypto.hpp"
#include "base/text.hpp"
#include "end_to_end/providers.hpp"

namespace recado::e2e {
namespace {

using ::testing::HasSubstr;

constexpr const char* kPublic = "https://recado.example";

Environment with_public_twilio(const Sink& sink) {
  return with(with_twilio(sink), {{"PUBLIC_URL", kPublic}});
}

Environment with_public_cloud(const Sink& sink) {
  return with(with_cloud(sink), {{"META_APP_SECRET", "app-secret"}, {"META_VERIFY_TOKEN", "verify me"}});
}

/// As a provider calls: without our token.
Answer call(const Recado& recado, const std::string& target, const std::string& body,
            const std::string& headers) {
  return recado.ask("POST", target, body, "Authorization: none\r\n" + headers);
}

using Fields = std::vector<std::pair<std::string, std::string>>;

/// Signed as Twilio signs: fields come in the order of their names.
Answer call_as_twilio(const Recado& recado, const std::string& target, const Fields& fields,
                      const std::string& key = "twilio-token") {
  std::string signed_text = kPublic + target;
  std::string body;
  for (const auto& [name, value] : fields) {
    signed_text += name + value;
    body += (body.empty() ? "" : "&") + percent_encode(name) + "=" + percent_encode(value);
  }
  return call(recado, target, body,
              "Content-Type: application/x-www-form-urlencoded\r\nX-Twilio-Signature: " +
                  base64_encode(hmac_sha1(key, signed_text)) + "\r\n");
}

Answer call_as_meta(const Recado& recado, const std::string& body, const std::string& key = "app-secret") {
  return call(recado, "/callbacks/whatsapp/cloud", body,
              "Content-Type: application/json\r\nX-Hub-Signature-256: sha256=" +
                  hex(HmacSha256(key).sign({body})) + "\r\n");
}

bool logs_say(const Recado& recado, const std::string& id, const std::string& status) {
  return eventually([&] { return member(recado.get("/logs?message=" + id).body, "0.status") == status; });
}

TEST(Callbacks, TwilioTellsWhatBecameOfAMessage) {
  Sink twilio([](const Arrival&) { return Sink::Reply{201, "", R"({"sid":"SM1","status":"queued"})"}; });
  Recado recado(with_public_twilio(twilio));
  ASSERT_EQ(
      recado.post("/messages", R"({"id":"m 1","channel":"whatsapp","to":"11987654321","text":"Oi"})").status,
      201);
  ASSERT_TRUE(recado.wait_status("m%201", "delivered"));
  const std::string target = "/callbacks/twilio/twilio?message=m%201";
  EXPECT_THAT(twilio.wait(1)[0].request.body,
              HasSubstr("StatusCallback=" + percent_encode(kPublic + target)));
  const Fields delivered = {{"ErrorCode", ""}, {"MessageSid", "SM1"}, {"MessageStatus", "delivered"}};
  EXPECT_EQ(call_as_twilio(recado, target, delivered, "another token").status, 403);
  EXPECT_EQ(call_as_twilio(recado, "/callbacks/twilio/none", delivered).status, 404);
  EXPECT_EQ(member(recado.get("/messages/m%201").body, "deliveryStatus"), "sent");
  EXPECT_EQ(call_as_twilio(recado, target, delivered).status, 204);
  EXPECT_TRUE(logs_say(recado, "m%201", "delivered"));
  EXPECT_EQ(member(recado.get("/messages/m%201").body, "deliveryStatus"), "delivered");
  EXPECT_EQ(call_as_twilio(recado, target, {{"MessageSid", "SM1"}, {"MessageStatus", "read"}}).status, 204);
  EXPECT_EQ(member(recado.get("/logs?message=m%201").body, "0.status"), "read");
}

TEST(Callbacks, AReplyThatSaysSairOptsOut) {
  Sink twilio([](const Arrival&) { return Sink::Reply{201, "", R"({"sid":"SM1","status":"queued"})"}; });
  Recado recado(with_public_twilio(twilio));
  ASSERT_EQ(recado.post("/contacts", R"({"name":"Ana","phone":"11987654321"})").status, 201);
  const auto reply = [&](const char* sid, const char* text) {
    return call_as_twilio(recado, "/callbacks/twilio/twilio",
                          {{"Body", text},
                           {"From", "whatsapp:+5511987654321"},
                           {"MessageSid", sid},
                           {"SmsStatus", "received"}})
        .status;
  };
  EXPECT_EQ(reply("R1", "Confirmo"), 204);
  EXPECT_EQ(member(recado.get("/contacts/1").body, "optedOut"), "false");
  EXPECT_EQ(reply("R2", "Sair"), 204);
  const auto contact = recado.get("/contacts/1").body;
  EXPECT_EQ(member(contact, "optedOut"), "true");
  EXPECT_EQ(member(contact, "optedOutSource"), "reply");
  const auto replies = recado.get("/logs?direction=in").body;
  EXPECT_EQ(member(replies, "0.text"), "Sair");
  EXPECT_EQ(member(replies, "1.text"), "Confirmo");
  EXPECT_EQ(member(replies, "1.contact"), "1");
  ASSERT_EQ(
      recado.post("/messages", R"({"id":"m1","channel":"whatsapp","to":"11987654321","text":"Oi"})").status,
      201);
  EXPECT_TRUE(recado.wait_status("m1", "failed"));
  EXPECT_EQ(twilio.count(), 0U);
}

TEST(Callbacks, MetaConfirmsTheUrlAndSettlesWhatWasMaybeSent) {
  std::atomic<bool> ended{false};
  Sink meta([&ended](const Arrival&) {
    eventually([&ended] { return ended.load(); });
    return Sink::Reply{200, "", R"({"messages":[{"id":"wamid.1"}]})"};
  });
  Recado recado(with_public_cloud(meta));
  const auto confirm = [&](const std::string& token) {
    return recado.ask(
        "GET",
        "/callbacks/whatsapp/cloud?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=" +
            percent_encode(token),
        "", "Authorization: none\r\n");
  };
  EXPECT_EQ(confirm("verify me").body, "1158201444");
  EXPECT_EQ(confirm("verify").status, 403);
  ASSERT_EQ(
      recado
          .post("/messages", R"({"id":"m1","channel":"whatsapp","to":"11987654321","text":"Oi","timeout":1})")
          .status,
      201);
  ASSERT_TRUE(recado.wait_status("m1", "unknown"));
  EXPECT_THAT(meta.wait(1)[0].request.body, HasSubstr(R"("biz_opaque_callback_data":"m1")"));
  const std::string told =
      R"({"object":"whatsapp_business_account","entry":[{"changes":[{"field":"messages","value":{"statuses":[)"
      R"({"id":"wamid.1","status":"delivered","timestamp":"1776220900","biz_opaque_callback_data":"m1"}]}}]}]})";
  EXPECT_EQ(call_as_meta(recado, told, "another secret").status, 403);
  EXPECT_EQ(call_as_meta(recado, "{").status, 400);
  EXPECT_EQ(recado.status_of("m1"), "unknown");
  EXPECT_EQ(call_as_meta(recado, told).status, 204);
  EXPECT_TRUE(recado.wait_status("m1", "delivered"));
  EXPECT_TRUE(logs_say(recado, "m1", "delivered"));
  ended = true;
}

TEST(Callbacks, EvolutionProvesItselfByItsKey) {
  Sink evolution([](const Arrival& arrival) {
    return arrival.request.method == "GET"
               ? Sink::Reply{200, "", R"({"instance":{"state":"open"}})"}
               : Sink::Reply{201, "", R"({"key":{"id":"B1"},"status":"PENDING"})"};
  });
  Recado recado(with_evolution(evolution));
  ASSERT_EQ(
      recado.post("/messages", R"({"id":"m1","channel":"whatsapp","to":"11987654321","text":"Oi"})").status,
      201);
  ASSERT_TRUE(recado.wait_status("m1", "delivered"));
  const auto tell = [&](const char* key) {
    const auto body =
        std::string(R"({"event":"messages.update","data":{"keyId":"B1","status":"READ"},"apikey":")") + key +
        "\"}";
    return call(recado, "/callbacks/evolution/evolution", body, "Content-Type: application/json\r\n").status;
  };
  EXPECT_EQ(tell("guess"), 403);
  EXPECT_EQ(tell("evolution-key"), 204);
  EXPECT_TRUE(logs_say(recado, "m1", "read"));
}

}  // namespace
}  // namespace recado::e2e
