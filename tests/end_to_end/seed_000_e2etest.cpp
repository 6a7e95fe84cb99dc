// Seed 000's examples as written, with a token and the years moved: its curl commands and the steps of its
// Python script, against a real mail server and a Twilio that the test plays.
#include <gmock/gmock.h>

#include "end_to_end/harness.hpp"
#include "support/smtp_server.hpp"

namespace recado::e2e {
namespace {

using test::SmtpServer;
using ::testing::HasSubstr;

struct Seed000 : ::testing::Test {
  SmtpServer mail;
  Sink twilio{[](const Arrival&) { return Sink::Reply{201, "", R"({"sid":"SM1","status":"queued"})"}; }};
  Recado recado{Environment{{"API_TOKEN", "seu-token"},
                            {"DEFAULT_TIMEZONE", "America/Sao_Paulo"},
                            {"SMTP_SERVER", "127.0.0.1"},
                            {"SMTP_PORT", std::to_string(mail.port())},
                            {"SMTP_TLS", "none"},
                            {"FROM_EMAIL", "seu_email@gmail.com"},
                            {"TWILIO_ACCOUNT_SID", "AC00000000000000000000000000000001"},
                            {"TWILIO_AUTH_TOKEN", "twilio-token"},
                            {"TWILIO_WHATSAPP_NUMBER", "whatsapp:+14155238886"},
                            {"TWILIO_BASE_URL", twilio.url("")}}};

  /// `curl ARGUMENTS`, with the server's address in the place of localhost:8000.
  std::string curl(std::string arguments) {
    const std::string place = "localhost:8000";
    arguments.replace(arguments.find(place), place.size(), "127.0.0.1:" + std::to_string(recado.port()));
    Child child({"/bin/sh", "-c", "exec curl -sS -H 'Authorization: Bearer seu-token' " + arguments}, {},
                recado.directory());
    EXPECT_EQ(child.wait(), 0) << arguments;
    return child.whole_standard_output();
  }
  std::string status_of(const std::string& id) {
    return member(recado.get("/agendamentos/" + id).body, "status");
  }
  std::string agendamento(const std::string& time) {
    return R"({"canal": "email", "destinatario": "teste@teste.com", "assunto": "Teste",)"
           R"( "conteudo": "Teste de agendamento", "data_agendamento": ")" +
           time + "\"}";
  }
};

TEST_F(Seed000, SchedulesListsAndCancels) {  // 8.1, 8.2, 8.3
  const auto made = curl(R"sh(-X POST "http://localhost:8000/agendamentos/" \
  -H "Content-Type: application/json" \
  -d '{
    "canal": "email",
    "destinatario": "cliente@empresa.com",
    "assunto": "Renovação de Contrato",
    "conteudo": "Seu contrato vence em 10 dias. Renove agora!",
    "data_agendamento": "2095-11-03T09:00:00"
  }')sh");
  EXPECT_EQ(member(made, "id"), "1");
  EXPECT_EQ(member(made, "status"), "AGENDADO");
  EXPECT_EQ(member(made, "assunto"), "Renovação de Contrato");
  EXPECT_EQ(member(made, "data_agendamento"), "2095-11-03T12:00:00+00:00");
  const auto listed = curl("http://localhost:8000/agendamentos/?status=AGENDADO");
  EXPECT_EQ(member(listed, "0.id"), "1") << listed;
  EXPECT_EQ(curl("-X DELETE http://localhost:8000/agendamentos/1"), R"({"status":"cancelado","id":1})");
  EXPECT_EQ(status_of("1"), "CANCELADO");
  EXPECT_EQ(curl("http://localhost:8000/agendamentos/?status=AGENDADO"), "[]");
}

TEST_F(Seed000, SendsAtOnce) {  // 8.4
  const auto sent = curl(R"sh(-X POST "http://localhost:8000/mensagem/enviar/" \
  -d "canal=email&destinatario=teste@teste.com&conteudo=Olá!&assunto=Teste")sh");
  EXPECT_EQ(member(sent, "status"), "enviado") << sent;
  const auto arrived = mail.next_mail();
  EXPECT_EQ(member(arrived, "to"), "teste@teste.com");
  EXPECT_EQ(member(arrived, "headers.subject"), "Teste");
  EXPECT_THAT(member(arrived, "text"), HasSubstr("Olá!"));
  const auto refused = curl(
      R"sh(-X POST "http://localhost:8000/mensagem/enviar/?canal=email&destinatario=refused@teste.com&conteudo=x")sh");
  EXPECT_EQ(member(refused, "status"), "erro") << refused;
  EXPECT_THAT(member(refused, "erro_mensagem"), HasSubstr("550"));
  const auto whatsapp = curl(
      R"sh(-X POST "http://localhost:8000/mensagem/enviar/" -H "Content-Type: application/json" \
  -d '{"canal": "whatsapp", "destinatario": "11999998888", "conteudo": "Olá!", "assunto": "Teste"}')sh");
  EXPECT_EQ(member(whatsapp, "status"), "enviado") << whatsapp;
  EXPECT_THAT(twilio.wait(1)[0].request.body, HasSubstr("To=whatsapp%3A%2B5511999998888"));
}

TEST_F(Seed000, KeepsContacts) {  // 8.5, 7.1
  const auto made = curl(R"sh(-X POST "http://localhost:8000/contacts/" \
  -H "Content-Type: application/json" \
  -d '{
    "name": "João Silva",
    "email": "joao@empresa.com",
    "phone": "11999998888",
    "canalPref": "email",
    "codExterno": "CLI001"
  }')sh");
  EXPECT_EQ(member(made, "codExterno"), "CLI001") << made;
  EXPECT_EQ(member(curl("http://localhost:8000/contacts/1"), "name"), "João Silva");
  EXPECT_THAT(curl("http://localhost:8000/contacts/export/csv"), HasSubstr("João Silva"));
}

TEST_F(Seed000, ProcessesByHand) {  // 9.3
  const auto made = curl(R"sh(-X POST "http://localhost:8000/agendamentos/" \
  -H "Content-Type: application/json" \
  -d '{
    "canal": "email",
    "destinatario": "teste@teste.com",
    "assunto": "Teste",
    "conteudo": "Teste de agendamento",
    "data_agendamento": "2025-10-24T16:30:00"
  }')sh");
  EXPECT_EQ(member(made, "id"), "1");
  EXPECT_EQ(
      member(curl("-X POST http://localhost:8000/agendamentos/processar/manual"), "mensagens_processadas"),
      "1");
  EXPECT_EQ(member(mail.next_mail(), "headers.subject"), "Teste");
  EXPECT_TRUE(eventually([&] { return status_of("1") == "ENVIADO"; }));
  EXPECT_NE(member(recado.get("/agendamentos/1").body, "enviado_em"), "null");
}

TEST_F(Seed000, GoesThroughTheStepsOfItsScript) {  // 9.1
  const auto made = recado.post("/agendamentos/", agendamento(utc(now() + Millis{120'000})));
  ASSERT_EQ(made.status, 201) << made.body;
  const auto id = member(made.body, "id");
  EXPECT_EQ(member(recado.get("/agendamentos/ativos/listar").body, "0.id"), id);
  EXPECT_EQ(member(recado.get("/agendamentos/" + id).body, "conteudo"), "Teste de agendamento");
  const auto changed =
      recado.ask("PUT", "/agendamentos/" + id,
                 R"({"conteudo": "Outro", "data_agendamento": ")" + utc(now() + Millis{60'000}) + "\"}");
  EXPECT_EQ(changed.status, 200) << changed.body;
  recado.kill();
  recado.start();
  EXPECT_EQ(recado.ask("PUT", "/agendamentos/" + id, R"({"data_agendamento": ")" + utc(now()) + "\"}").status,
            200);
  EXPECT_THAT(member(mail.next_mail(), "text"), HasSubstr("Outro"));
  EXPECT_TRUE(eventually([&] { return status_of(id) == "ENVIADO"; }));
}

TEST_F(Seed000, SendsInMinutesAndSaysHowItFailed) {  // 7.2
  const auto later = curl(R"sh(-X POST "http://localhost:8000/mensagem/agendar/" \
  -d "canal=email&destinatario=teste@teste.com&conteudo=Depois&assunto=Teste&minutos=1")sh");
  EXPECT_EQ(member(later, "status"), "agendado") << later;
  EXPECT_EQ(member(recado.get("/messages/" + member(later, "id")).body, "status"), "scheduled");
  auto body = agendamento("2025-10-24T16:30:00");
  body.replace(body.find("teste@"), 6, "refused@");
  ASSERT_EQ(recado.post("/agendamentos/", body).status, 201);
  EXPECT_TRUE(eventually([&] { return status_of("1") == "ERRO"; }));
  EXPECT_THAT(member(recado.get("/agendamentos/1").body, "erro_mensagem"), HasSubstr("550"));
  EXPECT_EQ(member(curl("http://localhost:8000/"), "status"), "ok");
}

}  // namespace
}  // namespace recado::e2e
