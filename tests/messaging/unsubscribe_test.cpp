#include "messaging/unsubscribe.hpp"

#include <gmock/gmock.h>

#include "messaging/channels/mail.hpp"
#include "messaging/configured_channel.hpp"

namespace recado::messaging {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::string token_of(const std::string& url) {
  return url.substr(url.rfind('/') + 1);
}

TEST(UnsubscribeLinks, SayWhomAndNobodyElse) {
  UnsubscribeLinks links("https://recado.example/");
  links.set_key("a key");
  const auto url = links.url("main", "ana+1@example.com");
  EXPECT_THAT(url, StartsWith("https://recado.example/unsubscribe/"));
  EXPECT_EQ(url.find_first_of("+=&?"), std::string::npos);
  const auto whom = links.read(token_of(url));
  ASSERT_TRUE(whom);
  EXPECT_EQ(whom->account, "main");
  EXPECT_EQ(whom->address, "ana+1@example.com");
  auto token = token_of(url);
  for (std::size_t i = 0; i < token.size(); ++i) {
    auto other = token;
    other[i] = other[i] == 'A' ? 'Q' : 'A';
    const auto read = links.read(other);
    // The last character of a part may hold unused bits; then it is the same link.
    EXPECT_TRUE(!read || (read->account == "main" && read->address == "ana+1@example.com")) << i;
  }
  EXPECT_FALSE(links.read(token.substr(0, token.size() - 1)));
  EXPECT_FALSE(links.read(""));
  EXPECT_FALSE(links.read("."));
  UnsubscribeLinks stranger("https://recado.example");
  EXPECT_FALSE(stranger.read(token));
  stranger.set_key("another key");
  EXPECT_FALSE(stranger.read(token));
}

TEST(UnsubscribeLinks, AreThereOnlyWithAPublicUrlAndAKey) {
  UnsubscribeLinks nowhere("");
  nowhere.set_key("a key");
  EXPECT_EQ(nowhere.url("main", "ana@example.com"), "");
  EXPECT_EQ(UnsubscribeLinks("https://recado.example").url("main", "ana@example.com"), "");
}

std::string mail_with(std::shared_ptr<const UnsubscribeLinks> links) {
  MailSettings settings;
  settings.server.host = "mx.example";
  settings.from = parse_mailbox("Clínica <contato@clinica.example>").value();
  const EmailChannel channel(Mail(std::move(settings)), {}, std::move(links));
  engine::Message message;
  message.spec.account = "main";
  message.spec.channel = "smtp";
  Content content;
  content.to = "ana@example.com";
  content.text = "Oi";
  message.spec.payload = encode_content(content);
  message.spec.has_payload = true;
  const auto request = channel.request(message, from_ms(1'776'220'905'000));
  return std::get<net::MailRequest>(*request).message;
}

TEST(UnsubscribeLinks, StandInEveryMail) {
  const auto links = std::make_shared<UnsubscribeLinks>("https://recado.example");
  EXPECT_THAT(mail_with(links), Not(HasSubstr("List-Unsubscribe")));
  links->set_key("a key");
  const auto mail = mail_with(links);
  EXPECT_THAT(mail, HasSubstr("\r\nList-Unsubscribe: <" + links->url("main", "ana@example.com") + ">\r\n"));
  EXPECT_THAT(mail, HasSubstr("\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"));
  EXPECT_THAT(mail_with(nullptr), Not(HasSubstr("List-Unsubscribe")));
}

}  // namespace
}  // namespace recado::messaging
