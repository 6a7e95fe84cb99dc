// The former WhatsApp scheduler's API as its document has it: a user, a token, and every endpoint of its
// table under /api/…/, with trailing slashes and `Authorization: Token`.
#include <gmock/gmock.h>

#include "end_to_end/harness.hpp"

namespace recado::e2e {
namespace {

using ::testing::HasSubstr;

/// Its `.env`, with what Recado ignores beside what it reads.
Environment its_settings(const Sink& evolution) {
  const std::string url = evolution.url("");
  return {{"SECRET_KEY", "sua-chave-secreta-aqui"},
          {"DEBUG", "True"},
          {"EVOLUTION_API_BASE_URL", url},
          {"EVOLUTION_API_KEY", "sua-api-key"},
          {"EVOLUTION_INSTANCE_NAME", "sua-instancia"},
          {"CELERY_BROKER_URL", "redis://redis:6379/0"}};
}

struct Seed002 : ::testing::Test {
  Sink evolution{[](const Arrival& arrival) {
    return arrival.request.method == "GET"
               ? Sink::Reply{200, "", R"({"instance":{"state":"open"}})"}
               : Sink::Reply{201, "", R"({"key":{"id":"B1"},"status":"PENDING"})"};
  }};
  Recado recado{its_settings(evolution)};
  std::string token;

  /// `manage.py createsuperuser` of its document.
  void SetUp() override {
    const auto added = run_recado({"user", "add", "admin", "--password", "senha segura"},
                                  recado.environment(), recado.directory());
    ASSERT_EQ(added.status, 0) << added.output;
    const auto got =
        recado.ask("POST", "/api-token-auth/", R"({"username":"admin","password":"senha segura"})",
                   "Authorization: none\r\nContent-Type: application/json\r\n");
    ASSERT_EQ(got.status, 200) << got.body;
    token = member(got.body, "token");
    ASSERT_FALSE(token.empty());
  }
  Answer ask(const char* method, const std::string& path, const std::string& body = {}) const {
    return recado.ask(method, path, body, "Authorization: Token " + token + "\r\n");
  }
  Answer make(const std::string& path, const std::string& body) const {
    auto made = ask("POST", path, body);
    EXPECT_EQ(made.status, 201) << path << ": " << made.body;
    return made;
  }
};

TEST_F(Seed002, GivesATokenForAFormToo) {
  const auto form = recado.ask("POST", "/api-token-auth/", "username=admin&password=senha+segura",
                               "Authorization: none\r\nContent-Type: application/x-www-form-urlencoded\r\n");
  EXPECT_EQ(form.status, 200) << form.body;
  const auto wrong = recado.ask("POST", "/api-token-auth/", "username=admin&password=senha",
                                "Authorization: none\r\nContent-Type: application/x-www-form-urlencoded\r\n");
  EXPECT_EQ(wrong.status, 400) << wrong.body;
  EXPECT_EQ(recado.ask("GET", "/api/contacts/", "", "Authorization: Token nobody\r\n").status, 401);
}

TEST_F(Seed002, HasEveryEndpointOfItsTable) {
  for (const char* path :
       {"/api/contacts/", "/api/groups/", "/api/templates/", "/api/schedules/", "/api/logs/"}) {
    const auto list = ask("GET", path);
    EXPECT_EQ(list.status, 200) << path;
    EXPECT_EQ(list.body, "[]") << path;
  }
  const auto configs = ask("GET", "/api/evolution-configs/");
  EXPECT_EQ(configs.status, 200);
  EXPECT_EQ(member(configs.body, "0.instanceName"), "sua-instancia");
  EXPECT_THAT(configs.body, ::testing::Not(HasSubstr("sua-api-key")));
  const auto stats = ask("GET", "/api/dashboard/stats/");
  for (const char* name : {"contacts", "groups", "templates", "schedules", "sent", "failed", "pending"})
    EXPECT_EQ(member(stats.body, name), "0") << stats.body;
}

TEST_F(Seed002, SendsATemplateToAGroupByASchedule) {
  make("/api/contacts/", R"({"name":"Ana","phone":"11987654321"})");
  make("/api/contacts/", R"({"name":"Bia","phone":"11987654322"})");
  make("/api/groups/", R"({"name":"Clientes","contacts":[1,2]})");
  make("/api/templates/", R"({"name":"lembrete","channel":"whatsapp","body":"Oi {{name}}, até amanhã."})");
  make("/api/schedules/",
       R"({"name":"Hoje","template":1,"channel":"whatsapp","group":1,"frequency":"once"})");
  evolution.wait_at("/message/sendText/sua-instancia", 2);
  EXPECT_TRUE(eventually([&] { return member(ask("GET", "/api/logs/?status=sent").body, "1.id") != ""; }));
  const auto logs = ask("GET", "/api/logs/").body;
  EXPECT_EQ(member(logs, "2.id"), "");
  EXPECT_NE(member(logs, "0.contact"), member(logs, "1.contact"));
  std::string bodies;
  for (const auto& arrival : evolution.wait_at("/message/sendText/sua-instancia", 2))
    bodies += arrival.request.body;
  EXPECT_THAT(bodies, HasSubstr("Oi Ana, até amanhã."));
  EXPECT_THAT(bodies, HasSubstr("Oi Bia, até amanhã."));
  const auto stats = ask("GET", "/api/dashboard/stats/").body;
  EXPECT_EQ(member(stats, "contacts"), "2");
  EXPECT_EQ(member(stats, "schedules"), "1");
  EXPECT_EQ(member(stats, "sent"), "2");
}

TEST_F(Seed002, SchedulesDailyWeeklyAndMonthly) {
  make("/api/contacts/", R"({"name":"Ana","phone":"11987654321"})");
  int id = 0;
  for (const char* frequency : {"daily", "weekly", "monthly"}) {
    make("/api/schedules/",
         std::string(R"({"name":"x","text":"Oi","channel":"whatsapp","contact":1,"frequency":")") +
             frequency + R"(","startAt":"2030-01-31T09:00:00","timezone":"America/Sao_Paulo"})");
    const auto path = "/api/schedules/" + std::to_string(++id) + "/";
    EXPECT_EQ(member(ask("GET", path).body, "status"), "active");
    EXPECT_EQ(member(ask("GET", path + "next/?count=2").body, "next.0"), "2030-01-31T12:00:00+00:00");
    EXPECT_EQ(member(ask("POST", path + "pause/").body, "status"), "paused");
    EXPECT_EQ(member(ask("POST", path + "resume/").body, "status"), "active");
  }
  EXPECT_EQ(member(ask("GET", "/api/schedules/3/next/?count=2").body, "next.1"), "2030-02-28T12:00:00+00:00");
  EXPECT_EQ(ask("PATCH", "/api/contacts/1/", R"({"name":"Ana Maria"})").status, 200);
  EXPECT_EQ(
      ask("PUT", "/api/schedules/1/",
          R"({"name":"y","text":"Olá","channel":"whatsapp","contact":1,"frequency":"daily","startAt":"2031-01-01T09:00:00Z"})")
          .status,
      200);
  EXPECT_EQ(ask("DELETE", "/api/schedules/1/").status, 204);
  EXPECT_EQ(ask("GET", "/api/schedules/1/").status, 404);
}

TEST_F(Seed002, KeepsEvolutionConfigurations) {
  const auto made = make(
      "/api/evolution-configs/",
      R"({"name":"Filial","baseUrl":"https://evolution.example","apiKey":"outra","instanceName":"filial"})");
  EXPECT_THAT(made.body, ::testing::Not(HasSubstr("outra")));
  const auto id = member(made.body, "id");
  EXPECT_EQ(member(ask("GET", "/api/evolution-configs/" + id + "/").body, "instanceName"), "filial");
  EXPECT_EQ(ask("DELETE", "/api/evolution-configs/" + id + "/").status, 204);
}

}  // namespace
}  // namespace recado::e2e
