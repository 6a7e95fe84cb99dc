#include "messaging/channels/evolution.hpp"

#include <gmock/gmock.h>

#include "messaging/answers.hpp"

namespace recado::messaging {
namespace {

using ::testing::HasSubstr;
using namespace recado::messaging::testing;

std::unique_ptr<Provider> evolution() {
  EvolutionSettings settings;
  settings.base_url = "https://evolution.example/";
  settings.api_key = Secret("the key");
  settings.instance = "minha instância";
  return std::move(Evolution::create(std::move(settings))).value();
}

TEST(Evolution, OneBodySatisfiesBothVersions) {
  const auto request = evolution()->request(text_content("Olá")).value();
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.url.host, "evolution.example");
  EXPECT_EQ(request.url.target, "/message/sendText/minha%20inst%C3%A2ncia");
  EXPECT_EQ(header(request, "apikey"), "the key");
  const Value body = tree(request.body);
  EXPECT_EQ(body.find("number")->text, "5511987654321");
  EXPECT_EQ(body.find("text")->text, "Olá");
  EXPECT_EQ(body.find("delay")->text, "1200");
  EXPECT_EQ(body.find("textMessage")->find("text")->text, "Olá");
  EXPECT_EQ(body.find("options")->find("delay")->text, "1200");
  Content provided = text_content("Olá");
  provided.provider_template = ProviderTemplate{"lembrete", "pt_BR", "", {}};
  EXPECT_FALSE(evolution()->request(provided).ok());
}

TEST(Evolution, AcceptedIsNotDelivered) {
  const auto reading = evolution()->read(
      answer(201,
             R"({"key":{"remoteJid":"5511@s.whatsapp.net","fromMe":true,"id":"BAE5"},"status":"PENDING"})"),
      Instant{});
  EXPECT_EQ(reading.meaning, Meaning::accepted);
  EXPECT_EQ(reading.provider_id, "BAE5");
}

TEST(Evolution, TellsErrorsApart) {
  struct Case {
    int status;
    const char* body;
    Meaning meaning;
  };
  const Case cases[] = {
      {400,
       R"({"status":400,"error":"Bad Request","response":{"message":[{"exists":false,"jid":"1@x","number":"1"}]}})",
       Meaning::recipient_refused},
      {400, R"({"exists":false,"number":"1"})", Meaning::recipient_refused},
      {500, R"({"status":500,"error":"Internal Server Error","response":{"message":"Connection Closed"}})",
       Meaning::session_down},
      {400, R"({"status":400,"error":"Bad Request","response":{"message":["Error: Connection Closed"]}})",
       Meaning::session_down},
      {400,
       R"({"status":400,"error":"Bad Request","response":{"message":[["instance requires property \"text\""]]}})",
       Meaning::request_wrong},
      {401, R"({"status":401,"error":"Unauthorized","response":{"message":"Unauthorized"}})",
       Meaning::stop_channel},
      {404,
       R"({"status":404,"error":"Not Found","response":{"message":["The \"x\" instance does not exist"]}})",
       Meaning::stop_channel},
      {500,
       R"({"status":500,"error":"Internal Server Error","response":{"message":"Cannot read properties"}})",
       Meaning::try_again},
      {502, "<html>", Meaning::try_again},
      {504, "<html>", Meaning::maybe_sent},
  };
  for (const auto& one : cases) {
    const auto reading = evolution()->read(answer(one.status, one.body), Instant{});
    EXPECT_EQ(reading.meaning, one.meaning) << one.body << ": " << to_string(reading.meaning);
    EXPECT_FALSE(reading.detail.empty());
  }
  EXPECT_EQ(evolution()->read(no_answer(net::SendError::timeout, true), Instant{}).meaning,
            Meaning::maybe_sent);
}

TEST(Evolution, ProbesThePhonesConnection) {
  const auto request = evolution()->probe();
  EXPECT_EQ(request.method, "GET");
  EXPECT_EQ(request.url.target, "/instance/connectionState/minha%20inst%C3%A2ncia");
  using State = ProbeResult::State;
  EXPECT_EQ(evolution()->read_probe(answer(200, R"({"instance":{"instanceName":"x","state":"open"}})")).state,
            State::ready);
  EXPECT_EQ(evolution()->read_probe(answer(200, R"({"state":"open"})")).state, State::ready);
  const auto closed = evolution()->read_probe(answer(200, R"({"instance":{"state":"close"}})"));
  EXPECT_EQ(closed.state, State::disconnected);
  EXPECT_THAT(closed.detail, HasSubstr("close"));
  EXPECT_EQ(evolution()->read_probe(answer(404, R"({"error":"Not Found"})")).state, State::stopped);
  EXPECT_EQ(evolution()->read_probe(answer(500)).state, State::disconnected);
}

}  // namespace
}  // namespace recado::messaging
