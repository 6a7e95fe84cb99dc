// `/agendamentos` and `/mensagem`, over a real redis-server and an engine of a map.
#include "api/served_records.hpp"

namespace recado::api::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

class Agendamentos : public ServedChannels {
 protected:
  Agendamentos()
      : ServedChannels([](ApiContext& context) { context.default_timezone = "America/Sao_Paulo"; }) {}
  http::Response make(const std::string& time, const std::string& more = {}) {
    return call("POST", "/agendamentos/",
                R"({"canal":"email","destinatario":"cliente@empresa.com","assunto":"Oi","conteudo":"Olá",)"
                R"("data_agendamento":")" +
                    time + "\"" + more + "}");
  }
  Tree get(int id) { return expect(200, call("GET", "/agendamentos/" + std::to_string(id))); }
  std::vector<std::string> ids(const std::string& target) {
    std::vector<std::string> found;
    for (const auto& item : expect(200, call("GET", target)).items) found.push_back(item["id"].source);
    return found;
  }
  /// What the engine makes of the only message that it has, or the latest.
  engine::Message& message() { return engine.messages.rbegin()->second; }
  void finish(engine::Status status, const std::string& detail = {}) {
    message().status = status;
    message().finished_at = clock.now();
    if (detail.empty()) return;
    message().attempts.emplace_back();
    message().attempts.back().detail = detail;
  }

  const std::string later = "2027-11-03T09:00:00";
};

TEST_F(Agendamentos, AreMessagesAtATimeInTheDefaultZone) {
  const auto response = make(later);
  EXPECT_EQ(header(response, "Location"), "/agendamentos/1");
  const auto made = expect(201, response);
  EXPECT_EQ(made["id"].source, "1");
  EXPECT_EQ(made["status"].text(), "AGENDADO");
  EXPECT_EQ(made["data_agendamento"].text(), "2027-11-03T12:00:00+00:00");
  EXPECT_EQ(made["criado_em"].text(), "2026-04-15T02:41:45+00:00");
  EXPECT_EQ(made["enviado_em"].source, "null");
  EXPECT_EQ(made["erro_mensagem"].source, "null");
  EXPECT_EQ(message().spec.channel, "smtp");
  EXPECT_EQ(message().spec.due, from_ms(1'825'243'200'000));
  EXPECT_THAT(message().spec.payload, HasSubstr("cliente@empresa.com"));
  EXPECT_EQ(expect(201, make("2027-11-03T09:00:00-02:00"))["data_agendamento"].text(),
            "2027-11-03T11:00:00+00:00");
}

TEST_F(Agendamentos, SayWhatBecameOfThem) {
  expect(201, make(later));
  finish(engine::Status::delivered);
  EXPECT_EQ(get(1)["status"].text(), "ENVIADO");
  EXPECT_EQ(get(1)["enviado_em"].text(), "2026-04-15T02:41:45+00:00");
  engine.messages.clear();  // forgotten by the engine
  EXPECT_EQ(get(1)["status"].text(), "ENVIADO");
  expect(201, make(later));
  finish(engine::Status::failed, "550 no such user");
  EXPECT_EQ(get(2)["status"].text(), "ERRO");
  EXPECT_EQ(get(2)["erro_mensagem"].text(), "550 no such user");
  expect(201, make(later));
  finish(engine::Status::unknown);
  EXPECT_EQ(get(3)["status"].text(), "ERRO");
  EXPECT_THAT(get(3)["erro_mensagem"].text(), HasSubstr("may have been sent"));
}

TEST_F(Agendamentos, KnowFromTheLogWhatTheEngineHasForgotten) {
  for (int i = 0; i < 3; ++i) expect(201, make("2026-04-15T03:00:00Z"));
  expect(201, make(later));
  const auto log = [this](int id, const std::string& status, const std::string& detail) {
    const auto record =
        await(kept.store().find("main", messaging::scheduled_message_type(), std::to_string(id)));
    records::Document row;
    row.set_text("key", "row " + std::to_string(id));
    row.set_text("message", "agendamento-" + (*record)->uid.uuid());
    row.set_text("direction", "out");
    row.set_text("status", status);
    row.set_text("at", "2026-04-15T03:00:01+00:00");
    row.set_number("newest", 1);
    if (!detail.empty()) row.set_text("detail", detail);
    await(kept.store().create("main", messaging::log_type(), std::move(row)));
  };
  log(1, "read", "");
  log(2, "failed", "550 no such user");
  engine.messages.clear();
  clock.advance(Millis{24 * 3'600'000});
  EXPECT_EQ(get(1)["status"].text(), "ENVIADO");
  EXPECT_EQ(get(1)["enviado_em"].text(), "2026-04-15T03:00:01+00:00");
  EXPECT_EQ(get(2)["erro_mensagem"].text(), "550 no such user");
  EXPECT_EQ(get(3)["status"].text(), "CANCELADO");  // as a message, by its id
  EXPECT_EQ(get(4)["status"].text(), "CANCELADO");
}

TEST_F(Agendamentos, AreListedByStatus) {
  for (int i = 0; i < 4; ++i) expect(201, make("2026-04-15T03:00:00Z"));
  engine.messages.begin()->second.status = engine::Status::delivered;
  EXPECT_EQ(call("DELETE", "/agendamentos/4").status, 200);
  clock.advance(Millis{3'600'000});
  EXPECT_EQ(ids("/agendamentos/").size(), 4u);
  EXPECT_EQ(ids("/agendamentos/?status=ENVIADO").size(), 1u);
  EXPECT_EQ(ids("/agendamentos/?status=AGENDADO").size(), 2u);
  EXPECT_EQ(ids("/agendamentos/ativos/listar").size(), 2u);
  EXPECT_THAT(ids("/agendamentos/?status=CANCELADO"), ElementsAre("4"));
  EXPECT_THAT(ids("/agendamentos/?status=ERRO"), IsEmpty());
  EXPECT_THAT(field_errors(call("GET", "/agendamentos?status=agendados")), ElementsAre(StartsWith("status")));
}

TEST_F(Agendamentos, AreChangedInPart) {
  expect(201, make(later));
  const auto changed =
      expect(200, call("PUT", "/agendamentos/1",
                       R"({"data_agendamento":"2027-11-04T09:00:00","assunto":null,"status":"AGENDADO"})"));
  EXPECT_EQ(changed["data_agendamento"].text(), "2027-11-04T12:00:00+00:00");
  EXPECT_EQ(changed["assunto"].source, "null");
  EXPECT_EQ(changed["conteudo"].text(), "Olá");
  EXPECT_EQ(message().spec.due, from_ms(1'825'329'600'000));
  EXPECT_THAT(field_errors(call("PUT", "/agendamentos/1", R"({"canal":"whatsapp"})")),
              ElementsAre(StartsWith("destinatario: ")));
  expect(200, call("PUT", "/agendamentos/1", R"({"canal":"whatsapp","destinatario":"11999998888"})"));
  EXPECT_EQ(message().spec.channel, "twilio");
  finish(engine::Status::delivered);
  EXPECT_EQ(call("PUT", "/agendamentos/1", R"({"conteudo":"x"})").status, 409);
  EXPECT_EQ(call("PUT", "/agendamentos/9", R"({"conteudo":"x"})").status, 404);
}

TEST_F(Agendamentos, AreCancelledAndStay) {
  expect(201, make(later));
  EXPECT_EQ(expect(200, call("DELETE", "/agendamentos/1")).source, R"({"status":"cancelado","id":1})");
  EXPECT_TRUE(engine.messages.empty());
  EXPECT_EQ(get(1)["status"].text(), "CANCELADO");
  EXPECT_EQ(call("DELETE", "/agendamentos/1").status, 200);
  EXPECT_EQ(call("PUT", "/agendamentos/1", R"({"conteudo":"x"})").status, 409);
  EXPECT_EQ(call("DELETE", "/agendamentos/9").status, 404);
  expect(201, make(later));
  finish(engine::Status::delivered);
  EXPECT_EQ(call("DELETE", "/agendamentos/2").status, 409);
}

TEST_F(Agendamentos, PayTheirDebtsWhenTheyAreReadAgain) {
  engine::Change away;
  away.refusal = engine::Refusal::unavailable;
  engine.refuse = away;
  EXPECT_EQ(make(later).status, 503);
  EXPECT_TRUE(engine.messages.empty());
  engine.refuse.reset();
  EXPECT_EQ(get(1)["status"].text(), "AGENDADO");
  EXPECT_EQ(engine.messages.size(), 1u);
  engine.refuse = away;
  EXPECT_EQ(call("DELETE", "/agendamentos/1").status, 503);
  engine.refuse.reset();
  EXPECT_EQ(get(1)["status"].text(), "CANCELADO");
  EXPECT_TRUE(engine.messages.empty());
}

TEST_F(Agendamentos, AreSentWhenSomebodyAsksForIt) {
  expect(201, make("2026-04-15T03:00:00Z"));
  expect(201, make(later));
  EXPECT_EQ(expect(200, call("POST", "/agendamentos/processar/manual")).source,
            R"({"mensagens_processadas":0})");
  clock.advance(Millis{3'600'000});
  EXPECT_EQ(expect(200, call("POST", "/agendamentos/processar/manual")).source,
            R"({"mensagens_processadas":1})");
}

TEST_F(Agendamentos, NameWhatIsWrong) {
  EXPECT_THAT(field_errors(call("POST", "/agendamentos", R"({"canal":"email"})")).size(), 3u);
  EXPECT_THAT(field_errors(make("amanhã")), ElementsAre(StartsWith("data_agendamento: ")));
  EXPECT_THAT(field_errors(make(later, R"(,"canal_":"x")")), ElementsAre(HasSubstr("canal_")));
  EXPECT_THAT(field_errors(call("POST", "/agendamentos",
                                R"({"canal":"sms","destinatario":"x","conteudo":"x","data_agendamento":")" +
                                    later + "\"}")),
              ElementsAre(StartsWith("canal: ")));
}

TEST_F(Agendamentos, HaveMessagesInMinutesBesideThem) {
  const Headers form = {{"authorization", "Bearer secret"},
                        {"content-type", "application/x-www-form-urlencoded"}};
  const auto planned = expect(200, call_with(form, "POST", "/mensagem/agendar/",
                                             "canal=whatsapp&destinatario=11999998888&conteudo=Ol%C3%A1&"
                                             "assunto=ignored&minutos=10"));
  EXPECT_EQ(planned["status"].text(), "agendado");
  EXPECT_EQ(message().spec.due, clock.now() + Millis{600'000});
  expect(200, call("POST", "/mensagem/agendar?canal=email&destinatario=a%40b.c&conteudo=x&minutos=0"));
  expect(200, call("POST", "/mensagem/agendar?minutos=5",
                   R"({"canal":"email","destinatario":"a@b.c","conteudo":"x","minutos":1})"));
  EXPECT_THAT(field_errors(call("POST", "/mensagem/agendar?minutos=x",
                                R"({"canal":"email","destinatario":"a@b.c","conteudo":"x"})")),
              ElementsAre(StartsWith("minutos: ")));
  EXPECT_THAT(field_errors(call("POST", "/mensagem/enviar?canal=email&destinatario=x&conteudo=x")),
              ElementsAre(StartsWith("destinatario: ")));
  EXPECT_THAT(field_errors(call("POST", "/mensagem/enviar?quando=x")).size(), 4u);
}

}  // namespace
}  // namespace recado::api::testing
