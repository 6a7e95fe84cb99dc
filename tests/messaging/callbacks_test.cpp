#include "messaging/channels/callbacks.hpp"

#include <gtest/gtest.h>

#include "base/crypto.hpp"

namespace recado::messaging {
namespace {

constexpr Instant kNow{Millis{1'776'220'905'000}};  // 2026-04-15T02:41:45Z

FormFields twilio_status(const char* status) {
  return {{"MessageSid", "SM1"}, {"MessageStatus", status}, {"To", "whatsapp:+5511987654321"}};
}

// The example of Twilio's documentation (Security, "Validating Signatures from Twilio").
TEST(TwilioCallback, HasTheSignatureOfTheDocumentation) {
  const FormFields fields = {{"CallSid", "CA1234567890ABCDE"},
                             {"Caller", "+12349013030"},
                             {"Digits", "1234"},
                             {"From", "+12349013030"},
                             {"To", "+18005551212"}};
  const Secret token("12345");
  const auto url = "https://mycompany.com/myapp.php?foo=1&bar=2";
  EXPECT_TRUE(signed_by_twilio(token, url, fields, "0/KCTR6DLpKmkAf8muzZqo1nDgQ="));
  EXPECT_FALSE(
      signed_by_twilio(token, "https://mycompany.com/myapp.php", fields, "0/KCTR6DLpKmkAf8muzZqo1nDgQ="));
  EXPECT_FALSE(signed_by_twilio(Secret("12346"), url, fields, "0/KCTR6DLpKmkAf8muzZqo1nDgQ="));
  EXPECT_FALSE(signed_by_twilio(token, url, fields, ""));
}

TEST(TwilioCallback, TellsWhatBecameOfAMessage) {
  const auto told = read_twilio_callback(twilio_status("delivered"), "m-1", kNow);
  ASSERT_EQ(told.receipts.size(), 1U);
  EXPECT_EQ(told.receipts[0].kind, Receipt::Kind::delivered);
  EXPECT_EQ(told.receipts[0].provider_id, "SM1");
  EXPECT_EQ(told.receipts[0].message, "m-1");
  EXPECT_EQ(told.receipts[0].at, kNow);
  for (const char* not_yet : {"queued", "sending", "accepted", "scheduled"})
    EXPECT_TRUE(read_twilio_callback(twilio_status(not_yet), "", kNow).receipts.empty()) << not_yet;
}

TEST(TwilioCallback, SaysWhyAMessageFailed) {
  auto fields = twilio_status("undelivered");
  fields.emplace_back("ErrorCode", "63016");
  const auto told = read_twilio_callback(fields, "", kNow);
  ASSERT_EQ(told.receipts.size(), 1U);
  EXPECT_EQ(told.receipts[0].kind, Receipt::Kind::failed);
  EXPECT_EQ(told.receipts[0].code, 63016);
  EXPECT_NE(told.receipts[0].detail.find("63016"), std::string::npos);
}

TEST(TwilioCallback, BringsAReply) {
  const FormFields fields = {{"SmsMessageSid", "SM2"},
                             {"MessageSid", "SM2"},
                             {"SmsStatus", "received"},
                             {"Body", "Sair "},
                             {"From", "whatsapp:+5511987654321"},
                             {"To", "whatsapp:+14155238886"}};
  const auto told = read_twilio_callback(fields, "", kNow);
  ASSERT_EQ(told.replies.size(), 1U);
  EXPECT_EQ(told.replies[0].from, "+5511987654321");
  EXPECT_EQ(told.replies[0].text, "Sair ");
  EXPECT_EQ(told.replies[0].provider_id, "SM2");
  EXPECT_TRUE(told.receipts.empty());
}

TEST(CloudApiCallback, IsSignedOverItsBytes) {
  const Secret secret("app secret");
  const std::string body = R"({"entry":[]})";
  const auto signature = "sha256=" + hex(HmacSha256("app secret").sign({body}));
  EXPECT_TRUE(signed_by_meta(secret, body, signature));
  EXPECT_FALSE(signed_by_meta(secret, body + " ", signature));
  EXPECT_FALSE(signed_by_meta(secret, body, signature.substr(7)));
  EXPECT_FALSE(signed_by_meta(Secret("another"), body, signature));
}

TEST(CloudApiCallback, TellsStatusesAndReplies) {
  const auto told =
      read_cloud_api_callback(R"({"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{
    "field":"messages","value":{"messaging_product":"whatsapp",
    "statuses":[
      {"id":"wamid.A","status":"read","timestamp":"1776220900","recipient_id":"5511987654321","biz_opaque_callback_data":"m-1"},
      {"id":"wamid.B","status":"failed","timestamp":"1776220900","errors":[{"code":131026,"title":"Message undeliverable","error_data":{"details":"Not on WhatsApp"}}]},
      {"id":"wamid.C","status":"warned"}],
    "messages":[{"from":"5511987654321","id":"wamid.D","timestamp":"1776220901","type":"text","text":{"body":"PARAR"}},
      {"from":"5511987654321","id":"wamid.E","timestamp":"1776220901","type":"button","button":{"text":"Confirmo"}}]}},
    {"field":"account_update","value":{"statuses":[{"id":"wamid.X","status":"read"}]}}]}]})",
                              kNow);
  ASSERT_TRUE(told.ok());
  ASSERT_EQ(told->receipts.size(), 2U);
  EXPECT_EQ(told->receipts[0].kind, Receipt::Kind::read);
  EXPECT_EQ(told->receipts[0].message, "m-1");
  EXPECT_EQ(told->receipts[0].at, Instant(Millis{1'776'220'900'000}));
  EXPECT_EQ(told->receipts[1].kind, Receipt::Kind::failed);
  EXPECT_EQ(told->receipts[1].code, 131026);
  EXPECT_NE(told->receipts[1].detail.find("Not on WhatsApp"), std::string::npos);
  ASSERT_EQ(told->replies.size(), 2U);
  EXPECT_EQ(told->replies[0].from, "+5511987654321");
  EXPECT_EQ(told->replies[0].text, "PARAR");
  EXPECT_EQ(told->replies[1].text, "Confirmo");
}

TEST(CloudApiCallback, RefusesWhatIsNoJsonObjectAndSkipsWhatItDoesNotKnow) {
  EXPECT_FALSE(read_cloud_api_callback("[]", kNow).ok());
  EXPECT_FALSE(read_cloud_api_callback("{", kNow).ok());
  for (const char* odd : {"{}", R"({"entry":5})", R"({"entry":[{"changes":{"field":"messages","value":7}}]})",
                          R"({"entry":[{"changes":[{"field":"messages","value":{"statuses":[[]]}}]}]})"}) {
    const auto told = read_cloud_api_callback(odd, kNow);
    ASSERT_TRUE(told.ok()) << odd;
    EXPECT_TRUE(told->receipts.empty() && told->replies.empty()) << odd;
  }
}

TEST(EvolutionCallback, RepeatsTheKeyOfTheInstance) {
  const auto key = evolution_callback_key(R"({"event":"messages.update","apikey":"k-1","data":{}})");
  ASSERT_TRUE(key.ok());
  EXPECT_EQ(*key, "k-1");
  EXPECT_EQ(*evolution_callback_key("{}"), "");
  EXPECT_FALSE(evolution_callback_key("x").ok());
}

TEST(EvolutionCallback, TellsStatusesOfBothVersions) {
  for (
      const char* body :
      {R"({"event":"messages.update","data":{"keyId":"3EB0","remoteJid":"5511987654321@s.whatsapp.net","fromMe":true,"status":"DELIVERY_ACK"}})",
       R"({"event":"MESSAGES_UPDATE","data":[{"key":{"id":"3EB0","fromMe":true},"update":{"status":3}}]})",
       R"({"event":"messages-update","data":{"key":{"id":"3EB0","fromMe":true},"status":"delivery_ack"}})"}) {
    const auto told = read_evolution_callback(body, kNow);
    ASSERT_TRUE(told.ok()) << body;
    ASSERT_EQ(told->receipts.size(), 1U) << body;
    EXPECT_EQ(told->receipts[0].provider_id, "3EB0");
    EXPECT_EQ(told->receipts[0].kind, Receipt::Kind::delivered);
  }
}

TEST(EvolutionCallback, BringsRepliesOfPeopleOnly) {
  const auto told = read_evolution_callback(
      R"({"event":"messages.upsert","data":{"key":{"remoteJid":"5511987654321:7@s.whatsapp.net","fromMe":false,"id":"A1"},
          "message":{"extendedTextMessage":{"text":"stop!"}},"messageTimestamp":1776220901}})",
      kNow);
  ASSERT_TRUE(told.ok());
  ASSERT_EQ(told->replies.size(), 1U);
  EXPECT_EQ(told->replies[0].from, "+5511987654321");
  EXPECT_EQ(told->replies[0].text, "stop!");
  for (
      const char* other :
      {R"({"event":"messages.upsert","data":{"key":{"remoteJid":"5511987654321@s.whatsapp.net","fromMe":true,"id":"A"},"message":{"conversation":"x"}}})",
       R"({"event":"messages.upsert","data":{"key":{"remoteJid":"1203@g.us","fromMe":false,"id":"A"},"message":{"conversation":"x"}}})"}) {
    EXPECT_TRUE(read_evolution_callback(other, kNow)->replies.empty()) << other;
  }
}

TEST(EvolutionCallback, IsNotSpoiledByHalfAnEmojiInANameThatNobodyAsksFor) {
  const auto told = read_evolution_callback(
      R"({"event":"messages.upsert","data":{"pushName":"Ana \ud83d","key":{"remoteJid":"5511987654321@s.whatsapp.net",
          "fromMe":false,"id":"A1"},"message":{"conversation":"Sair"}}})",
      kNow);
  ASSERT_TRUE(told.ok());
  ASSERT_EQ(told->replies.size(), 1U);
  EXPECT_EQ(told->replies[0].text, "Sair");
}

TEST(AsksToStop, IsOneWordAlone) {
  for (const char* word : {"SAIR", "sair", " Parar. ", "STOP!", "\"stop\""})
    EXPECT_TRUE(asks_to_stop(word)) << word;
  for (const char* words : {"", "não quero sair", "stop it", "parare", "sairei"})
    EXPECT_FALSE(asks_to_stop(words)) << words;
}

}  // namespace
}  // namespace recado::messaging
