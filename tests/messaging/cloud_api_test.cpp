#include "messaging/channels/cloud_api.hpp"

#include <gmock/gmock.h>

#include "messaging/answers.hpp"

namespace recado::messaging {
namespace {

using ::testing::HasSubstr;
using namespace recado::messaging::testing;

std::unique_ptr<Provider> cloud_api() {
  CloudApiSettings settings;
  settings.base_url = "https://graph.facebook.com/v23.0";
  settings.phone_number_id = "1065";
  settings.token = Secret("the token");
  return std::move(CloudApi::create(std::move(settings))).value();
}

std::string error_body(int code) {
  return R"({"error":{"message":"(#1) why","type":"OAuthException","code":)" + std::to_string(code) +
         R"(,"error_data":{"messaging_product":"whatsapp","details":"because"},"fbtrace_id":"A"}})";
}

TEST(CloudApi, SendsText) {
  const auto request = cloud_api()->request(text_content("Olá \"Ana\"\n")).value();
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.url.host, "graph.facebook.com");
  EXPECT_EQ(request.url.target, "/v23.0/1065/messages");
  EXPECT_EQ(header(request, "Authorization"), "Bearer the token");
  EXPECT_EQ(header(request, "Content-Type"), "application/json");
  EXPECT_FALSE(request.trusted);
  EXPECT_EQ(
      request.body,
      R"({"messaging_product":"whatsapp","recipient_type":"individual","to":"5511987654321","type":"text",)"
      R"("text":{"preview_url":false,"body":"Olá \"Ana\"\n"}})");
}

TEST(CloudApi, SendsATemplateByNameAndLanguage) {
  Content content;
  content.to = "+5511987654321";
  content.provider_template = ProviderTemplate{"lembrete", "pt_BR", "", {"Ana"}};
  EXPECT_EQ(cloud_api()->request(content)->body,
            R"({"messaging_product":"whatsapp","recipient_type":"individual","to":"5511987654321",)"
            R"("type":"template","template":{"name":"lembrete","language":{"code":"pt_BR"},)"
            R"("components":[{"type":"body","parameters":[{"type":"text","text":"Ana"}]}]}})");
  content.provider_template->parameters.clear();
  EXPECT_THAT(cloud_api()->request(content)->body,
              HasSubstr(R"("template":{"name":"lembrete","language":{"code":"pt_BR"}}})"));
  content.provider_template = ProviderTemplate{"", "", "HX1", {}};
  EXPECT_FALSE(cloud_api()->request(content).ok());
}

TEST(CloudApi, DecidesOnTheCodeWhateverTheStatus) {
  const std::pair<Meaning, std::vector<int>> cases[] = {
      {Meaning::try_again, {2, 4, 80007, 130429, 131000, 131016, 131056, 131057}},
      {Meaning::needs_template, {131047}},
      {Meaning::recipient_refused, {131021, 131026, 131030, 131050}},
      {Meaning::wait, {131049}},
      {Meaning::request_wrong,
       {100, 131008, 131009, 131051, 132000, 132001, 132005, 132007, 132012, 132015, 132016}},
      {Meaning::stop_channel, {0, 3, 10, 190, 200, 250, 299, 368, 131031, 131042, 131045, 131048}},
  };
  for (const auto& [meaning, codes] : cases) {
    for (const int code : codes) {
      for (const int status : {200, 400, 401, 403, 429, 500, 504}) {
        const auto reading = cloud_api()->read(answer(status, error_body(code)), Instant{});
        EXPECT_EQ(reading.meaning, meaning)
            << code << " with " << status << ": " << to_string(reading.meaning);
        EXPECT_EQ(reading.code, code);
        EXPECT_THAT(reading.detail, HasSubstr("(#1) why: because"));
      }
    }
  }
  EXPECT_EQ(cloud_api()->read(answer(400, error_body(131049)), Instant{}).wait, Millis{24 * 3600 * 1000});
}

TEST(CloudApi, ReadsCodesItDoesNotKnowByTheStatus) {
  EXPECT_EQ(cloud_api()->read(answer(400, error_body(999999)), Instant{}).meaning, Meaning::request_wrong);
  EXPECT_EQ(cloud_api()->read(answer(500, error_body(999999)), Instant{}).meaning, Meaning::try_again);
  EXPECT_EQ(cloud_api()->read(answer(401, error_body(999999)), Instant{}).meaning, Meaning::stop_channel);
  EXPECT_EQ(cloud_api()->read(answer(200, error_body(999999)), Instant{}).meaning, Meaning::request_wrong);
  EXPECT_EQ(cloud_api()->read(answer(504, "<html>"), Instant{}).meaning, Meaning::maybe_sent);
}

TEST(CloudApi, WaitsAsLongAsItIsAskedTo) {
  const auto reading = cloud_api()->read(answer(429, error_body(130429), {{"retry-after", "3"}}), Instant{});
  EXPECT_EQ(reading.meaning, Meaning::wait);
  EXPECT_EQ(reading.wait, Millis{3000});
}

TEST(CloudApi, TakesTheMessagesId) {
  const auto reading = cloud_api()->read(
      answer(200, R"({"messaging_product":"whatsapp","contacts":[{"input":"55","wa_id":"55"}],)"
                  R"("messages":[{"id":"wamid.HBg","message_status":"accepted"}]})"),
      Instant{});
  EXPECT_EQ(reading.meaning, Meaning::accepted);
  EXPECT_EQ(reading.provider_id, "wamid.HBg");
  EXPECT_EQ(cloud_api()->read(answer(200, "[]"), Instant{}).meaning, Meaning::accepted);
}

TEST(CloudApi, ProbesTheNumber) {
  const auto request = cloud_api()->probe();
  EXPECT_EQ(request.method, "GET");
  EXPECT_EQ(request.url.target, "/v23.0/1065?fields=id");
  using State = ProbeResult::State;
  EXPECT_EQ(cloud_api()->read_probe(answer(200, R"({"id":"1065"})")).state, State::ready);
  const auto expired = cloud_api()->read_probe(answer(401, error_body(190)));
  EXPECT_EQ(expired.state, State::stopped);
  EXPECT_THAT(expired.detail, HasSubstr("190"));
  EXPECT_EQ(cloud_api()->read_probe(answer(500, error_body(131016))).state, State::disconnected);
  EXPECT_EQ(cloud_api()->read_probe(no_answer(net::SendError::dns, false)).state, State::disconnected);
}

}  // namespace
}  // namespace recado::messaging
