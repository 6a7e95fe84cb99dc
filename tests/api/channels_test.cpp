#include <gmock/gmock.h>

#include "api/served_api.hpp"

namespace recado::api::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class Channels : public ServedApi {
 protected:
  Channels() {
    Options options;
    options.evolution_api_base_url = "https://evolution.example";
    options.evolution_api_key = Secret("the-key");
    options.evolution_instance_name = "clinica";
    directory = std::move(messaging::ChannelDirectory::from_environment(options)).value();
    messaging::MessagingOptions with;
    with.channels = directory.get();
    people = std::make_unique<messaging::Messaging>(loop, nowhere, std::move(with));
    people->open_schedules(engine);
    serve_with(*people);
  }
  static constexpr const char* kBody =
      R"({"id":"m1","channel":"whatsapp","to":"(11) 98765-4321","text":"Oi"})";
  std::unique_ptr<messaging::ChannelDirectory> directory;
  std::unique_ptr<messaging::Messaging> people;
};

TEST_F(Channels, AreListedWithoutTheirSecrets) {
  const auto answer = call("GET", "/channels");
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(
      answer.body,
      HasSubstr(
          R"({"id":"evolution","uuid":null,"name":"evolution","provider":"evolution",)"
          R"("settings":{"baseUrl":"https://evolution.example","instanceName":"clinica"},)"
          R"("default":true,"kind":"whatsapp","readOnly":true,"status":"ready","detail":null,"callbackUrl":"/callbacks/evolution/evolution?)"));
  EXPECT_THAT(answer.body, Not(HasSubstr("the-key")));
  // By what proves a callback nobody who may only read can report anything.
  const auto read = call_with({{"authorization", "Bearer reader"}}, "GET", "/channels");
  EXPECT_THAT(read.body, HasSubstr(R"("callbackUrl":null)"));
}

TEST_F(Channels, ThatAreClosedSayWhyAndSoDoesHealth) {
  engine::ClosedChannel closed;
  closed.name = "evolution";
  closed.state.kind = engine::ChannelState::Kind::disconnected;
  closed.state.detail = "the session is down";
  engine.closed = {closed};
  EXPECT_THAT(call("GET", "/channels").body,
              HasSubstr(R"("status":"disconnected","detail":"the session is down")"));
  EXPECT_THAT(call("GET", "/health").body,
              HasSubstr("the channel evolution is disconnected and holds its messages: the session is down"));
}

TEST_F(Channels, AreTestedByNameOrKind) {
  engine.probed.kind = engine::ChannelState::Kind::stopped;
  engine.probed.detail = "no such key";
  EXPECT_THAT(call("POST", "/channels/evolution/test").body,
              HasSubstr(R"("status":"stopped","detail":"no such key")"));
  EXPECT_EQ(call("POST", "/channels/whatsapp/test").status, 200);
  EXPECT_EQ(call("POST", "/channels/evolution/test", R"({"to":"(11) 98765-4321"})").status, 200);
  EXPECT_THAT(field_errors(call("POST", "/channels/evolution/test", R"({"to":"ana"})")),
              ElementsAre(HasSubstr("to: ")));
  // Whether there is such a channel, only Redis knows.
  EXPECT_EQ(call("POST", "/channels/smtp/test").status, 503);
}

TEST_F(Channels, OfTheEnvironmentAreReadOnly) {
  EXPECT_EQ(call("GET", "/channels/evolution").status, 200);
  EXPECT_EQ(call("DELETE", "/channels/evolution").status, 409);
  EXPECT_EQ(call("PATCH", "/channels/whatsapp", R"({"default":true})").status, 409);
  EXPECT_THAT(call("PUT", "/evolution-configs/evolution",
                   R"({"name":"x","baseUrl":"https://e.example","apiKey":"k","instanceName":"i"})")
                  .body,
              HasSubstr("is one of the environment"));
  EXPECT_THAT(call("GET", "/evolution-configs").body,
              HasSubstr(R"([{"id":"evolution","uuid":null,"name":"evolution",)"
                        R"("baseUrl":"https://evolution.example","base_url":"https://evolution.example",)"
                        R"("instanceName":"clinica","instance_name":"clinica","readOnly":true,)"
                        R"("status":"ready","detail":null}])"));
}

TEST_F(Channels, TakeAMessageInsteadOfAWebhook) {
  EXPECT_EQ(call("POST", "/messages", kBody).status, 201);
  EXPECT_EQ(engine.at("m1").spec.channel, "evolution");
  EXPECT_EQ(engine.at("m1").spec.webhook_url, "");
  const auto got = call("GET", "/messages/m1");
  EXPECT_THAT(got.body,
              HasSubstr(R"("webhookUrl":null,"channel":"evolution","to":"+5511987654321","text":"Oi")"));
  EXPECT_THAT(got.body, Not(HasSubstr("payload")));
  EXPECT_EQ(call("PATCH", "/messages/m1", R"({"text":"Olá"})").status, 200);
  EXPECT_THAT(call("GET", "/messages/m1").body, HasSubstr(R"("text":"Olá")"));
  EXPECT_EQ(call("PATCH", "/messages/m1", R"({"webhookUrl":"https://e.com"})").status, 422);
  EXPECT_EQ(call("PATCH", "/messages/m1", R"({"channel":null})").status, 422);
}

TEST_F(Channels, MessagesOfUnknownOutcomeAreResolved) {
  call("POST", "/messages", kBody);
  EXPECT_EQ(call("POST", "/messages/m1/resolve", R"({"delivered":true})").status, 409);
  engine.at("m1").status = engine::Status::unknown;
  EXPECT_EQ(call("POST", "/messages/m1/resolve", R"({})").status, 422);
  const auto settled = call("POST", "/messages/m1/resolve", R"({"delivered":true})");
  EXPECT_EQ(settled.status, 200);
  EXPECT_THAT(settled.body, HasSubstr(R"("status":"delivered")"));
  EXPECT_EQ(call("POST", "/messages/none/resolve", R"({"delivered":true})").status, 404);
}

}  // namespace
}  // namespace recado::api::testing
