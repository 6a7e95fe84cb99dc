// Channels that accounts make: kept in Redis, their secrets sealed, known to every node.
#include <gmock/gmock.h>

#include "api/served_records.hpp"

namespace recado::api::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr const char* kBody =
    R"({"name":"zap-vendas","provider":"evolution","settings":{"baseUrl":"https://evolution.example",)"
    R"("instanceName":"vendas"},"secrets":{"apiKey":"the-secret-key"}})";
constexpr const char* kMessage = R"({"id":"m1","channel":"zap-vendas","to":"(11) 98765-4321","text":"Oi"})";

class KeptChannels : public ServedRecords {
 protected:
  KeptChannels() {
    access.add(Secret{"clinic"}, auth::Identity{"clinic", "clinic", auth::Scopes::all()});
    people = node("a SECRETS_KEY");
    serve_with(*people);
  }

  /// What another node of the same Redis would be.
  std::unique_ptr<messaging::Messaging> node(const char* key) {
    messaging::MessagingOptions options;
    options.secrets_key = Secret(key);
    options.check_url = [this](const std::string& url) { return destinations.check(url); };
    auto made = std::make_unique<messaging::Messaging>(loop, client, std::move(options));
    made->open_schedules(engine);
    return made;
  }
  bool refresh(messaging::Messaging& other) { return await(other.channel_watch().refresh()); }
  /// Everything that Redis has, as bytes.
  std::string everything() {
    std::string out;
    std::vector<std::string> ask = {"KEYS", "*"};
    const auto keys = await(client.command(std::move(ask)));
    for (std::size_t i = 0; i < keys->size(); ++i) {
      std::vector<std::string> dump = {"DUMP", std::string((*keys)[i].text())};
      const auto value = await(client.command(std::move(dump)));
      out += value->text();
    }
    return out;
  }

  std::unique_ptr<messaging::Messaging> people;
};

TEST_F(KeptChannels, AreMadeReadChangedAndRemoved) {
  const auto made = call("POST", "/channels", kBody);
  ASSERT_EQ(made.status, 201) << body_of(made);
  EXPECT_EQ(header(made, "Location"), "/channels/1");
  const auto tree = expect(201, made);
  EXPECT_EQ(tree["id"].source, "1");
  EXPECT_EQ(tree["status"].text(), "ready");
  EXPECT_EQ(tree["kind"].text(), "whatsapp");
  EXPECT_EQ(tree["readOnly"].source, "false");
  EXPECT_EQ(tree["default"].source, "true");  // the only one
  EXPECT_EQ(tree["settings"]["instanceName"].text(), "vendas");
  const std::string uuid = tree["uuid"].text();
  for (const std::string& path : {std::string("1"), uuid, std::string("ZAP-vendas"), std::string("whatsapp")})
    EXPECT_EQ(expect(200, call("GET", "/channels/" + path))["uuid"].text(), uuid);
  const auto patched =
      call("PATCH", "/channels/zap-vendas", R"({"name":"zap","settings":{"dailyLimit":200}})");
  const auto now = expect(200, patched);
  EXPECT_EQ(now["name"].text(), "zap");
  EXPECT_EQ(now["settings"].source,
            R"({"baseUrl":"https://evolution.example","instanceName":"vendas","dailyLimit":200})");
  // Whole, without the secret, which stays.
  const auto replaced = call(
      "PUT", "/channels/1",
      R"({"name":"zap","provider":"evolution","settings":{"baseUrl":"https://e2.example","instanceName":"v"}})");
  EXPECT_EQ(expect(200, replaced)["status"].text(), "ready");
  EXPECT_EQ(call("DELETE", "/channels/" + uuid).status, 204);
  EXPECT_EQ(call("GET", "/channels/1").status, 404);
  EXPECT_EQ(call("GET", "/channels").body, "[]");
}

TEST_F(KeptChannels, NeverShowTheirSecretsAndSealThem) {
  call("POST", "/channels", kBody);
  for (const auto& answer :
       {call("GET", "/channels"), call("GET", "/channels/1"), call("GET", "/evolution-configs"),
        call("PATCH", "/channels/1", R"({"secrets":{"apiKey":"another-secret"}})")}) {
    EXPECT_THAT(answer.body, Not(HasSubstr("secret")));
  }
  const auto bytes = everything();
  EXPECT_THAT(bytes, HasSubstr("zap-vendas"));
  EXPECT_THAT(bytes, Not(HasSubstr("the-secret-key")));
  EXPECT_THAT(bytes, Not(HasSubstr("another-secret")));
  const auto record = await(people->channels().find("main", "1"));
  const auto config = people->channels().config_of(**record);
  ASSERT_TRUE(config.ok());
  EXPECT_EQ(config->secret("apiKey").reveal(), "another-secret");
}

TEST_F(KeptChannels, NeedASecretsKeyAndTheSameOne) {
  call("POST", "/channels", kBody);
  const auto keyless = node("");
  serve_with(*keyless);
  EXPECT_THAT(
      field_errors(call("POST", "/channels",
                        R"({"name":"b","provider":"evolution","settings":{"baseUrl":"https://e.example",)"
                        R"("instanceName":"v"},"secrets":{"apiKey":"k"}})")),
      ElementsAre(StartsWith("secrets.apiKey: cannot be kept: SECRETS_KEY is not set")));
  const auto mail = R"({"name":"mail","provider":"smtp","settings":{"server":"smtp.example.com",)"
                    R"("from":"Ana <ana@example.com>"}})";
  EXPECT_EQ(call("POST", "/channels", mail).status, 201);  // it has no secret
  const auto other = node("another SECRETS_KEY");
  serve_with(*other);
  const auto listed = call("GET", "/channels/1");
  EXPECT_THAT(listed.body,
              HasSubstr(R"("status":"stopped","detail":"its secret was encrypted with another)"));
  EXPECT_EQ(call("PATCH", "/channels/1", R"({"secrets":{"apiKey":"given anew"}})").status, 200);
  EXPECT_EQ(expect(200, call("GET", "/channels/1"))["status"].text(), "ready");
}

TEST_F(KeptChannels, BelongToTheirAccount) {
  call("POST", "/channels", kBody);
  const Headers clinic = {{"authorization", "Bearer clinic"}};
  EXPECT_EQ(call_with(clinic, "GET", "/channels").body, "[]");
  EXPECT_EQ(call_with(clinic, "GET", "/channels/zap-vendas").status, 404);
  EXPECT_EQ(call_with(clinic, "DELETE", "/channels/1").status, 404);
  EXPECT_EQ(call_with(clinic, "POST", "/messages", kMessage).status, 422);
  EXPECT_EQ(call_with(clinic, "POST", "/channels", kBody).status, 201);  // the same name, another account
  EXPECT_EQ(call("GET", "/channels").body, call("GET", "/channels").body);
  EXPECT_EQ(total(call("GET", "/channels")), "1");
}

TEST_F(KeptChannels, AreKnownToOtherNodes) {
  const auto other = node("a SECRETS_KEY");
  ASSERT_TRUE(refresh(*other));
  const auto uuid = expect(201, call("POST", "/channels", kBody))["uuid"].text();
  EXPECT_EQ(other->channel_directory().find(uuid), nullptr);
  // A message for a channel that a node does not know makes it look.
  serve_with(*other);
  EXPECT_EQ(call("POST", "/messages", kMessage).status, 201);
  EXPECT_EQ(engine.at("m1").spec.channel, uuid);
  EXPECT_NE(other->channel_directory().find(uuid), nullptr);
  EXPECT_THAT(call("GET", "/messages/m1").body, HasSubstr(R"("channel":"zap-vendas")"));
  EXPECT_EQ(call("POST", "/messages/batch", R"([{"channel":"1","to":"11987654321","text":"Oi"}])").status,
            207);
  serve_with(*people);
  EXPECT_EQ(call("DELETE", "/channels/1").status, 204);
  ASSERT_TRUE(refresh(*other));
  EXPECT_EQ(other->channel_directory().find(uuid), nullptr);
  EXPECT_EQ(other->channel_directory().why_not(uuid), "there is no such channel (any more)");
}

TEST_F(KeptChannels, AreChosenAsTheDefaultOfTheirKind) {
  call("POST", "/channels", kBody);
  EXPECT_EQ(call("POST", "/channels",
                 R"({"name":"second","provider":"cloud","settings":{"phoneNumberId":"1065"},)"
                 R"("secrets":{"token":"t"}})")
                .status,
            201);
  const auto name = [this] { return expect(200, call("GET", "/channels/whatsapp"))["name"].text(); };
  EXPECT_EQ(name(), "zap-vendas");  // the oldest
  call("PATCH", "/channels/second", R"({"default":true})");
  EXPECT_EQ(name(), "second");
  clock.advance(Millis{1'000});
  call("PATCH", "/channels/zap-vendas", R"({"default":true})");
  EXPECT_EQ(name(), "zap-vendas");
  call("PATCH", "/channels/second", R"({"name":"renamed"})");
  EXPECT_EQ(name(), "zap-vendas");
  call("PATCH", "/channels/zap-vendas", R"({"default":false})");
  EXPECT_EQ(name(), "renamed");
}

TEST_F(KeptChannels, SayWhatIsWrong) {
  const auto errors = [this](const std::string& body) {
    return field_errors(call("POST", "/channels", body));
  };
  EXPECT_THAT(errors(R"({"name":"x","provider":"evolution"})"),
              ElementsAre("settings.baseUrl: is required", "settings.instanceName: is required",
                          "secrets.apiKey: is required"));
  EXPECT_THAT(
      errors(R"({"name":"x","provider":"smtp","settings":{"server":"10.0.0.1","from":"ana@example.com",)"
             R"("instanceName":"i"}})"),
      ElementsAre(StartsWith("settings.instanceName: is no setting of smtp: there are server"),
                  StartsWith("settings.server: ")));
  EXPECT_THAT(errors(R"({"name":"x","provider":"evolution","settings":{"baseUrl":"http://169.254.169.254/",)"
                     R"("instanceName":"i"},"secrets":{"apiKey":"k","token":"t"}})"),
              ElementsAre(StartsWith("settings.baseUrl: "),
                          StartsWith("secrets.token: is no secret of evolution: there is apiKey")));
  EXPECT_THAT(errors(R"({"name":"whatsapp","provider":"twilio","settings":{"accountSid":"AC1","from":"1"},)"
                     R"("secrets":{"authToken":"t"}})"),
              ElementsAre(StartsWith("name: stands for the default"), StartsWith("settings.from: ")));
  EXPECT_THAT(errors(R"({"name":"42","provider":"smtp","settings":{"server":"s.example","from":"a@e.com",)"
                     R"("username":"u"}})"),
              ElementsAre(StartsWith("name: could be an id"),
                          StartsWith("secrets.password: is required beside settings.username")));
  call("POST", "/channels", kBody);
  EXPECT_EQ(call("POST", "/channels", kBody).status, 409);
  EXPECT_EQ(total(call("GET", "/channels")), "1");
}

TEST_F(KeptChannels, AreEvolutionConfigsInTheSeedsSpelling) {
  const auto made = call("POST", "/evolution-configs",
                         R"({"name":"loja","base_url":"https://e.example","api_key":"the-secret-key",)"
                         R"("instance_name":"loja"})");
  EXPECT_EQ(header(made, "Location"), "/evolution-configs/1");
  const auto tree = expect(201, made);
  EXPECT_EQ(tree["baseUrl"].text(), "https://e.example");
  EXPECT_EQ(tree["base_url"].text(), "https://e.example");
  EXPECT_EQ(tree["instance_name"].text(), "loja");
  EXPECT_THAT(made.body, Not(HasSubstr("secret")));
  EXPECT_EQ(expect(200, call("GET", "/channels/1"))["provider"].text(), "evolution");
  EXPECT_EQ(expect(200, call("PATCH", "/evolution-configs/1", R"({"instanceName":"loja-2"})"))["instanceName"]
                .text(),
            "loja-2");
  EXPECT_EQ(
      expect(200, call("PUT", "/evolution-configs/1",
                       R"({"name":"loja","baseUrl":"https://e2.example","apiKey":"k","instanceName":"x"})"))
          ["base_url"]
              .text(),
      "https://e2.example");
  EXPECT_THAT(
      field_errors(call("POST", "/evolution-configs", R"({"name":"a","baseUrl":"https://e.example"})")),
      ElementsAre("instanceName: is required", "apiKey: is required"));
  const auto mail = R"({"name":"mail","provider":"smtp","settings":{"server":"smtp.example.com",)"
                    R"("from":"Ana <ana@example.com>"}})";
  EXPECT_EQ(call("POST", "/channels", mail).status, 201);
  EXPECT_EQ(call("GET", "/evolution-configs/mail").status, 404);
  EXPECT_EQ(total(call("GET", "/evolution-configs")), "1");
  EXPECT_EQ(call("DELETE", "/evolution-configs/1").status, 204);
  EXPECT_EQ(total(call("GET", "/channels")), "1");
}

}  // namespace
}  // namespace recado::api::testing
