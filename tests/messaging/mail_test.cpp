#include "messaging/channels/mail.hpp"

#include <gmock/gmock.h>
#include <rapidcheck.h>

#include "base/crypto.hpp"
#include "messaging/channels/mail_text.hpp"

namespace recado::messaging {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

Content content() {
  Content made;
  made.to = "ana@example.com";
  made.subject = "Lembrete";
  made.text = "Oi\n.ponto\n";
  return made;
}

MailHead head() {
  MailHead made;
  made.message_id = "msg_1@clinica.example";
  made.date = from_ms(1'447'890'101'000);
  return made;
}

std::string mail(const Content& given, const MailHead& with = head(),
                 const Mailbox& from = {"", "c@clinica.example"}) {
  auto made = compose_mail(from, given, with);
  EXPECT_TRUE(made.ok()) << (made.ok() ? "" : made.error().detail());
  return made.ok() ? made.value() : std::string();
}

TEST(Mail, OfPlainTextIsOnePart) {
  EXPECT_EQ(mail(content()),
            "Date: Wed, 18 Nov 2015 23:41:41 +0000\r\nFrom: c@clinica.example\r\nTo: ana@example.com\r\n"
            "Subject: Lembrete\r\nMessage-ID: <msg_1@clinica.example>\r\nAuto-Submitted: auto-generated\r\n"
            "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
            "Content-Transfer-Encoding: quoted-printable\r\n\r\nOi\r\n=2Eponto\r\n\r\n");
}

TEST(Mail, IsTheSameOnEveryAttemptButForItsDate) {
  auto both = content();
  both.html = "<p>Oi</p>";
  auto later = head();
  later.date += Millis{60'000};
  const std::string first = mail(both);
  const std::string second = mail(both, later);
  EXPECT_EQ(first.substr(first.find('\n')), second.substr(second.find('\n')));
  EXPECT_THAT(first, HasSubstr("Content-Type: multipart/alternative;\r\n boundary=\"=_"));
}

TEST(Mail, RefusesALineBreakInAnyHeader) {
  for (const char* evil : {"a\r\nBcc: x@y.z", "a\nb", "a\rb"}) {
    auto given = content();
    given.subject = evil;
    EXPECT_FALSE(compose_mail({"", "c@clinica.example"}, given, head()).ok());
    given = content();
    given.to = evil;
    EXPECT_FALSE(compose_mail({"", "c@clinica.example"}, given, head()).ok());
    EXPECT_FALSE(compose_mail({evil, "c@clinica.example"}, content(), head()).ok());
    auto bad_head = head();
    bad_head.unsubscribe = evil;
    EXPECT_FALSE(compose_mail({"", "c@clinica.example"}, content(), bad_head).ok());
  }
}

TEST(Mail, RefusesWhatIsNoMail) {
  Content empty;
  empty.to = "ana@example.com";
  EXPECT_FALSE(compose_mail({"", "c@clinica.example"}, empty, head()).ok());
  auto provided = content();
  provided.provider_template = ProviderTemplate{};
  EXPECT_FALSE(compose_mail({"", "c@clinica.example"}, provided, head()).ok());
}

TEST(Mail, OffersToUnsubscribeWithOnePost) {
  auto given = head();
  EXPECT_THAT(mail(content()), Not(HasSubstr("List-Unsubscribe")));
  given.unsubscribe = "https://recado.example/unsubscribe/x";
  EXPECT_THAT(mail(content(), given), HasSubstr("List-Unsubscribe: <https://recado.example/unsubscribe/x>\r\n"
                                                "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"));
}

TEST(MailText, DatesAreWrittenAsRfc5322HasThem) {
  EXPECT_EQ(mail_date(from_ms(0)), "Thu, 01 Jan 1970 00:00:00 +0000");
  EXPECT_EQ(mail_date(from_ms(1'709'164'799'999)), "Wed, 28 Feb 2024 23:59:59 +0000");
}

TEST(MailText, HeaderTextIsPlainWhereItCan) {
  EXPECT_EQ(encode_header_text("Lembrete", 9), "Lembrete");
  EXPECT_EQ(encode_header_text("Olá", 9), "=?UTF-8?B?T2zDoQ==?=");
  EXPECT_THAT(encode_header_text("=?UTF-8?B?T2zDoQ==?=", 9), StartsWith("=?UTF-8?B?PT9"));
}

TEST(MailText, PropertyNoLineIsTooLongAndNothingIsLost) {
  rc::check([](const std::string& text) {
    const std::string encoded = quoted_printable(text);
    std::size_t column = 0;
    for (std::size_t i = 0; i < encoded.size(); ++i) {
      const auto byte = static_cast<unsigned char>(encoded[i]);
      RC_ASSERT(byte == '\r' || byte == '\n' || byte == '\t' || (byte >= 0x20 && byte < 0x7f));
      column = encoded[i] == '\n' ? 0 : column + 1;
      RC_ASSERT(column <= 77U);  // 76 and the CR
    }
  });
}

TEST(Addresses, AreTakenApart) {
  EXPECT_EQ(parse_address("ana.souza+x@mail.example.com.br").value(), "ana.souza+x@mail.example.com.br");
  EXPECT_TRUE(parse_address("root@localhost").ok());
  for (const char* text :
       {"", "ana", "ana@", "@example.com", "ana@example", "a b@example.com", "ana@exa mple.com",
        "ana..b@example.com", ".ana@example.com", "ana@-x.com", "ana@example..com",
        "ana@example.com\r\nBcc: x", "a@b@example.com", "\"ana\"@example.com", "ana@[127.0.0.1]",
        "ána@example.com", "ana@exámple.com", "<ana@example.com>"}) {
    EXPECT_FALSE(parse_address(text).ok()) << text;
  }
  EXPECT_FALSE(parse_address(std::string(65, 'a') + "@example.com").ok());
  const auto box = parse_mailbox("\"Clínica, Centro\" <c@clinica.example>").value();
  EXPECT_EQ(box.name, "Clínica, Centro");
  EXPECT_EQ(box.address, "c@clinica.example");
  EXPECT_EQ(parse_mailbox("c@clinica.example")->name, "");
  EXPECT_FALSE(parse_mailbox("x <c@clinica.example").ok());
  EXPECT_FALSE(parse_mailbox("a\nb <c@clinica.example>").ok());
}

TEST(MailReading, TellsRepliesApart) {
  struct Case {
    net::MailPhase phase;
    int code;
    Meaning meaning;
  };
  using net::MailPhase;
  const Case cases[] = {
      {MailPhase::content, 250, Meaning::accepted},
      {MailPhase::connect, 421, Meaning::try_again},
      {MailPhase::connect, 554, Meaning::stop_channel},
      {MailPhase::authenticate, 535, Meaning::stop_channel},
      {MailPhase::authenticate, 454, Meaning::try_again},
      {MailPhase::sender, 550, Meaning::stop_channel},
      {MailPhase::sender, 552, Meaning::request_wrong},
      {MailPhase::sender, 451, Meaning::try_again},
      {MailPhase::recipient, 550, Meaning::recipient_refused},
      {MailPhase::recipient, 553, Meaning::recipient_refused},
      {MailPhase::recipient, 450, Meaning::try_again},
      {MailPhase::content, 554, Meaning::request_wrong},
      {MailPhase::content, 451, Meaning::try_again},
  };
  const Mail channel{MailSettings{}};
  for (const auto& one : cases) {
    net::MailResponse response;
    response.phase = one.phase;
    response.code = one.code;
    response.text = "5.1.1 because";
    const auto reading = channel.read(response);
    EXPECT_EQ(reading.meaning, one.meaning) << one.code << " " << to_string(reading.meaning);
    if (reading.meaning != Meaning::accepted) {
      EXPECT_THAT(reading.detail, HasSubstr("because"));
    }
  }
  net::MailResponse lost;
  lost.error = net::SendError::timeout;
  EXPECT_EQ(channel.read(lost).meaning, Meaning::try_again);
  lost.written = true;
  EXPECT_EQ(channel.read(lost).meaning, Meaning::maybe_sent);
}

}  // namespace
}  // namespace recado::messaging
