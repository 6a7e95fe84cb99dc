// Mails through libcurl to a real SMTP server, read by Python's email package.
#include <gmock/gmock.h>

#include "messaging/answers.hpp"
#include "messaging/channels/mail.hpp"
#include "net/smtp_client.hpp"
#include "support/certificates.hpp"
#include "support/smtp_server.hpp"

namespace recado::messaging {
namespace {

using recado::messaging::testing::tree;
using test::SmtpServer;
using ::testing::HasSubstr;

class Smtp : public ::testing::Test {
 protected:
  void make_client(const std::vector<std::string>& allow, const std::string& ca_file = "") {
    policy_ = std::make_unique<net::AddressPolicy>(net::AddressPolicy::create(allow).value());
    resolver_ = std::move(net::Resolver::create(loop_, {})).value();
    client_ = net::SmtpClient::create(loop_, *policy_, *resolver_, ca_file);
  }

  net::MailResponse send(net::MailRequest request) {
    net::MailResponse out;
    io::TaskGroup tasks(loop_);
    tasks.spawn("send", send_one(std::move(request), out));
    loop_.context().restart();
    loop_.run();
    return out;
  }
  io::Task<> send_one(net::MailRequest request, net::MailResponse& out) {
    out = co_await client_->send(std::move(request));
    loop_.stop();
  }

  static Mail channel(std::uint16_t port, net::MailTls tls = net::MailTls::none, const std::string& user = "",
                      const std::string& password = "") {
    MailSettings settings;
    settings.server.host = "localhost";
    settings.server.port = port;
    settings.server.tls = tls;
    settings.server.username = user;
    settings.server.password = Secret(password);
    settings.server.trusted = true;
    settings.from = {"Clínica \"Centro\", São Paulo", "contato@clinica.example"};
    return Mail(settings);
  }
  static Content content(const std::string& to = "ana@example.com") {
    Content made;
    made.to = to;
    made.subject = "Olá, Ana: sua consulta é amanhã às 9h — não se esqueça de trazer os exames 🩺";
    made.text = "Olá, Ana!\n.\n..dois pontos\nFrom aqui\nfim de linha \numa linha bem longa: " +
                std::string(300, 'x') + " é o fim";
    made.html = "<p>Olá, <b>Ana</b>!</p>";
    return made;
  }
  static MailHead head() {
    MailHead made;
    made.message_id = "msg_abc@clinica.example";
    made.date = from_ms(1'447'890'101'000);
    made.unsubscribe = "https://recado.example/unsubscribe/abc";
    return made;
  }

  SystemClock clock_;
  io::Loop loop_{clock_};
  std::unique_ptr<net::AddressPolicy> policy_;
  std::unique_ptr<net::Resolver> resolver_;
  std::unique_ptr<net::SmtpClient> client_;
};

TEST_F(Smtp, DeliversWhatPythonReadsAsItWasMeant) {
  SmtpServer server;
  make_client({});
  const Mail mail = channel(server.port());
  const auto response = send(mail.request(content(), head()).value());
  EXPECT_EQ(mail.read(response).meaning, Meaning::accepted) << response.detail << response.text;
  EXPECT_TRUE(response.written);
  const Value got = tree(server.next_mail());
  const auto header = [&](const char* name) { return got.find("headers")->find(name)->text; };
  EXPECT_EQ(got.find("from")->text, "contato@clinica.example");
  EXPECT_EQ(got.find("to")->text, "ana@example.com");
  EXPECT_EQ(got.find("type")->text, "multipart/alternative");
  EXPECT_EQ(header("subject"), content().subject);
  EXPECT_EQ(header("from"), "\"Clínica \\\"Centro\\\", São Paulo\" <contato@clinica.example>");
  EXPECT_EQ(header("message-id"), "<msg_abc@clinica.example>");
  EXPECT_EQ(header("date"), "Wed, 18 Nov 2015 23:41:41 +0000");
  EXPECT_EQ(header("list-unsubscribe"), "<https://recado.example/unsubscribe/abc>");
  std::string text = got.find("text")->text;  // mail's line ends are CRLF
  std::erase(text, '\r');
  EXPECT_EQ(text, content().text);
  EXPECT_EQ(got.find("html")->text, content().html);
  EXPECT_TRUE(got.find("defects")->items.empty());
  EXPECT_LE(std::stoi(got.find("longest_line")->text), 78);
  EXPECT_EQ(got.find("bare_line_feeds")->text, "0");
  EXPECT_EQ(got.find("tls")->flag, false);
}

TEST_F(Smtp, SpeaksStartTlsAndAuthenticates) {
  const test::Certificates certificates;
  ASSERT_TRUE(certificates.made);
  SmtpServer server({"--tls", "starttls", "--cert", certificates.file("cert.pem"), "--key",
                     certificates.file("key.pem"), "--user", "ana", "--password", "se nha"});
  make_client({}, certificates.file("ca.pem"));
  const Mail mail = channel(server.port(), net::MailTls::starttls, "ana", "se nha");
  const auto response = send(mail.request(content(), head()).value());
  EXPECT_EQ(mail.read(response).meaning, Meaning::accepted) << response.detail << response.text;
  const Value first = tree(server.next_mail());
  EXPECT_TRUE(first.find("tls")->flag);
  EXPECT_EQ(first.find("user")->text, "ana");
  // The connection serves the next one too.
  EXPECT_EQ(mail.read(send(mail.request(content(), head()).value())).meaning, Meaning::accepted);
  EXPECT_EQ(tree(server.next_mail()).find("connection")->text, first.find("connection")->text);

  const Mail wrong = channel(server.port(), net::MailTls::starttls, "ana", "other");
  const auto refused = wrong.read(send(wrong.request(content(), head()).value()));
  EXPECT_EQ(refused.meaning, Meaning::stop_channel) << refused.detail;
  EXPECT_EQ(wrong.read_probe(send(wrong.probe())).state, ProbeResult::State::stopped);
  EXPECT_EQ(mail.read_probe(send(mail.probe())).state, ProbeResult::State::ready);
}

TEST_F(Smtp, SpeaksImplicitTlsAndBelievesOnlyItsAuthority) {
  const test::Certificates certificates;
  SmtpServer server(
      {"--tls", "implicit", "--cert", certificates.file("cert.pem"), "--key", certificates.file("key.pem")});
  make_client({}, certificates.file("ca.pem"));
  const Mail mail = channel(server.port(), net::MailTls::implicit);
  EXPECT_EQ(mail.read(send(mail.request(content(), head()).value())).meaning, Meaning::accepted);
  make_client({});
  const auto stranger = send(mail.request(content(), head()).value());
  EXPECT_EQ(stranger.error, net::SendError::tls) << stranger.detail;
  EXPECT_FALSE(stranger.written);
}

TEST_F(Smtp, SendsNothingOverAConnectionThatStaysPlain) {
  SmtpServer server;
  make_client({});
  const Mail mail = channel(server.port(), net::MailTls::starttls, "ana", "senha");
  const auto response = send(mail.request(content(), head()).value());
  EXPECT_EQ(response.error, net::SendError::tls) << response.detail;
  EXPECT_FALSE(response.written);
}

TEST_F(Smtp, TellsTheRefusalsApart) {
  SmtpServer server;
  make_client({});
  const Mail mail = channel(server.port());
  const std::pair<const char*, Meaning> cases[] = {{"refused@example.com", Meaning::recipient_refused},
                                                   {"later@example.com", Meaning::try_again},
                                                   {"spam@example.com", Meaning::request_wrong}};
  for (const auto& [to, meaning] : cases) {
    const auto reading = mail.read(send(mail.request(content(to), head()).value()));
    EXPECT_EQ(reading.meaning, meaning) << to << ": " << reading.detail;
  }
  EXPECT_EQ(mail.read(send(mail.request(content(), head()).value())).meaning, Meaning::accepted);
}

TEST_F(Smtp, MayHaveSentWhatIsNotAnsweredAfterTheText) {
  SmtpServer server;
  make_client({});
  const Mail mail = channel(server.port());
  auto request = mail.request(content("silent@example.com"), head()).value();
  request.timeout = Millis{300};
  const auto response = send(std::move(request));
  EXPECT_EQ(response.error, net::SendError::timeout) << response.detail;
  EXPECT_TRUE(response.written);
  EXPECT_EQ(mail.read(response).meaning, Meaning::maybe_sent);
  // The next one does not wait on that connection.
  EXPECT_EQ(mail.read(send(mail.request(content(), head()).value())).meaning, Meaning::accepted);
  EXPECT_EQ(mail.read_probe(send(mail.probe())).state, ProbeResult::State::ready);
}

TEST_F(Smtp, AServerThatFallsSilentDoesNotHoldUpTheEnd) {
  SmtpServer server;
  make_client({});
  const Mail mail = channel(server.port());
  ASSERT_EQ(mail.read(send(mail.request(content(), head()).value())).meaning, Meaning::accepted);
  server.freeze();  // the connection stays open, and nobody answers QUIT
  const SteadyPoint before = clock_.steady();
  client_.reset();
  EXPECT_LT(clock_.steady() - before, std::chrono::seconds(5));
}

TEST_F(Smtp, AServerThatIsAwayIsSurelyNotSentTo) {
  std::uint16_t port = 0;
  {
    SmtpServer server;
    port = server.port();
  }
  make_client({});
  const Mail mail = channel(port);
  const auto response = send(mail.request(content(), head()).value());
  EXPECT_EQ(response.error, net::SendError::connect) << response.detail;
  EXPECT_FALSE(response.written);
  EXPECT_EQ(mail.read_probe(send(mail.probe())).state, ProbeResult::State::disconnected);
}

TEST_F(Smtp, TheAddressPolicyAppliesToServersThatTheOperatorDidNotName) {
  SmtpServer server;
  make_client({});
  MailSettings settings;
  settings.server.host = "localhost";
  settings.server.port = server.port();
  settings.server.tls = net::MailTls::none;
  settings.from = {"", "c@clinica.example"};
  const Mail mail{settings};
  const auto response = send(mail.request(content(), head()).value());
  EXPECT_EQ(response.error, net::SendError::address_refused);
  EXPECT_THAT(response.detail, HasSubstr("WEBHOOK_ALLOW_NETWORKS"));
  EXPECT_EQ(mail.read(response).meaning, Meaning::stop_channel);
  make_client({"127.0.0.0/8"});
  EXPECT_EQ(mail.read(send(mail.request(content(), head()).value())).meaning, Meaning::accepted);
}

}  // namespace
}  // namespace recado::messaging
