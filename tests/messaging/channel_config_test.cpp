#include "messaging/channel_config.hpp"

#include <gmock/gmock.h>

#include "messaging/channels/callbacks.hpp"

namespace recado::messaging {
namespace {

using ::testing::_;
using ::testing::ElementsAre;
using ::testing::FieldsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

ChannelConfig config(ProviderName provider, const char* settings, const char* secret = "secret") {
  ChannelConfig out;
  out.provider = provider;
  out.settings = records::Document::parse(settings).value();
  out.set_secret(secret_names(provider).front().c_str(), Secret(secret));
  return out;
}

FieldProblems problems_of(ChannelConfig given, ChannelSurroundings around = {}) {
  FieldProblems problems;
  judge(given, around, problems);
  return problems;
}

TEST(ChannelConfig, NeedsWhatItsProviderNeeds) {
  EXPECT_THAT(
      problems_of(config(ProviderName::evolution, R"({"baseUrl":"https://e.example","instanceName":"i"})")),
      IsEmpty());
  EXPECT_THAT(problems_of(config(ProviderName::cloud, R"({"phoneNumberId":"1"})")), IsEmpty());
  EXPECT_THAT(problems_of(config(ProviderName::smtp, R"({"server":"mx.example","from":"a@e.com"})", "")),
              IsEmpty());
  EXPECT_THAT(problems_of(config(ProviderName::twilio, R"({"from":"+14155238886"})", "")),
              ElementsAre(FieldsAre("settings.accountSid", "is required"),
                          FieldsAre("secrets.authToken", "is required")));
  EXPECT_THAT(
      problems_of(config(ProviderName::cloud, R"({"phoneNumberId":"1","server":"x"})")),
      ElementsAre(FieldsAre("settings.server", HasSubstr("there are phoneNumberId, baseUrl, dailyLimit"))));
  EXPECT_THAT(problems_of(config(ProviderName::smtp, R"({"server":"mx.example","from":"a@e.com"})")),
              ElementsAre(FieldsAre("settings.username", _)));
}

TEST(ChannelConfig, AsksTheAddressPolicyAboutWhatTheApiGives) {
  ChannelSurroundings around;
  std::vector<std::string> asked;
  around.check_url = [&](const std::string& url) -> Result<void> {
    asked.push_back(url);
    return Error(ErrorCode::refused, "may not be reached");
  };
  const auto given =
      config(ProviderName::evolution, R"({"baseUrl":"http://10.0.0.1:8080","instanceName":"i"})");
  EXPECT_THAT(problems_of(given, around), ElementsAre(FieldsAre("settings.baseUrl", "may not be reached")));
  const auto mail = config(ProviderName::smtp, R"({"server":"::1","from":"a@e.com"})", "");
  EXPECT_THAT(problems_of(mail, around), ElementsAre(FieldsAre("settings.server", "may not be reached")));
  EXPECT_THAT(asked, ElementsAre("http://10.0.0.1:8080", "http://[::1]/"));
  auto trusted = given;
  trusted.trusted = true;
  EXPECT_THAT(problems_of(trusted, around), IsEmpty());
  for (const bool trust : {false, true}) {
    trusted.trusted = trust;
    const auto made = make_channel("key", trusted, around);
    ASSERT_TRUE(made.ok());
    EXPECT_EQ(std::get<net::HttpRequest>((*made)->probe()).trusted, trust);
  }
}

TEST(ChannelConfig, SaysWhereItsProviderReports) {
  ChannelSurroundings around;
  const auto twilio = config(ProviderName::twilio, R"({"accountSid":"AC1","from":"+14155238886"})");
  EXPECT_EQ(callback_url("k", twilio, around), "/callbacks/twilio/k");
  around.public_url = "https://recado.example";
  EXPECT_EQ(callback_url("k", twilio, around), "https://recado.example/callbacks/twilio/k");
  const auto cloud = config(ProviderName::cloud, R"({"phoneNumberId":"1"})");
  EXPECT_EQ(callback_url("k", cloud, around), "https://recado.example/callbacks/whatsapp/k");
  const auto evolution =
      config(ProviderName::evolution, R"({"baseUrl":"https://e.example","instanceName":"i"})", "the key");
  EXPECT_EQ(callback_url("k", evolution, around),
            "https://recado.example/callbacks/evolution/k?token=" + callback_token(Secret("the key")));
  EXPECT_EQ(callback_url("k", config(ProviderName::smtp, "{}"), around), "");
}

TEST(ChannelConfig, KeepsTheSenderAsANumber) {
  auto given = config(ProviderName::twilio, R"({"accountSid":"AC1","from":"(11) 98765-4321"})");
  FieldProblems problems;
  judge(given, ChannelSurroundings(), problems);
  EXPECT_THAT(problems, IsEmpty());
  EXPECT_EQ(given.settings.text("from"), "+5511987654321");
}

TEST(DailyCap, BeginsItsDayInItsZone) {
  DailyCap cap;
  cap.most = 200;
  cap.timezone = "America/Sao_Paulo";
  const auto at = parse_time("2026-04-15T02:41:45Z", std::nullopt)->at;
  EXPECT_EQ(cap.at(at).most, 200U);
  EXPECT_EQ(cap.at(at).day, "2026-04-14");
  EXPECT_EQ(format_time_z(cap.at(at).next), "2026-04-15T03:00:00Z");
  EXPECT_EQ(cap.at(cap.at(at).next).day, "2026-04-15");
  // A day of 23 hours.
  cap.timezone = "Europe/Berlin";
  const auto spring = parse_time("2026-03-29T00:30:00Z", std::nullopt)->at;
  EXPECT_EQ(cap.at(spring).day, "2026-03-29");
  EXPECT_EQ(format_time_z(cap.at(spring).next), "2026-03-29T22:00:00Z");
  EXPECT_EQ(DailyCap().at(at).most, 0U);
}

}  // namespace
}  // namespace recado::messaging
