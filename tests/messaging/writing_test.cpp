#include "messaging/writing.hpp"

#include <gmock/gmock.h>

namespace recado::messaging {
namespace {

using ::testing::_;
using ::testing::ElementsAre;
using ::testing::FieldsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Options all_channels() {
  Options options;
  options.whatsapp_api_url = "https://graph.facebook.com/v23.0";
  options.whatsapp_api_token = Secret("t");
  options.whatsapp_phone_number_id = "1065";
  options.evolution_api_base_url = "https://evolution.example";
  options.evolution_api_key = Secret("k");
  options.evolution_instance_name = "clinica";
  options.twilio_account_sid = "AC1";
  options.twilio_auth_token = Secret("t");
  options.twilio_whatsapp_number = "whatsapp:+14155238886";
  options.email_user = "clinica@gmail.com";
  options.email_pass = Secret("p");
  return options;
}

std::string problem(const Options& options) {
  const auto made = ChannelDirectory::from_environment(options);
  return made.ok() ? "accepted" : made.error().detail();
}

FieldProblems problems_of(const Written& written, engine::MessageSpec spec = {}) {
  const auto channels = ChannelDirectory::from_environment(all_channels());
  FieldProblems problems;
  write_to(written, **channels, spec, problems);
  return problems;
}

Written written(std::string channel, std::string to, std::string text) {
  Written out;
  out.channel = std::move(channel);
  out.to = std::move(to);
  out.text = std::move(text);
  return out;
}

TEST(ChannelDirectory, HasADefaultOfEachKind) {
  const auto channels = std::move(ChannelDirectory::from_environment(all_channels())).value();
  std::vector<std::string> names;
  for (const auto& info : channels->list("main")) names.push_back(info.name);
  EXPECT_THAT(names, ElementsAre("cloud", "twilio", "evolution", "smtp"));
  EXPECT_EQ(channels->resolve("main", "whatsapp")->name, "cloud");
  EXPECT_EQ(channels->resolve("main", "email")->name, "smtp");
  EXPECT_EQ(channels->resolve("main", "evolution")->name, "evolution");
  EXPECT_EQ(channels->resolve("main", "sms"), nullptr);
  EXPECT_NE(channels->find("twilio"), nullptr);
  EXPECT_EQ(channels->find("whatsapp"), nullptr);  // messages keep the name
}

TEST(ChannelDirectory, GmailIsWhatEmailUserAloneMeans) {
  const auto channels = std::move(ChannelDirectory::from_environment(all_channels())).value();
  const auto info = *channels->resolve("main", "email");
  EXPECT_EQ(info.settings, R"({"server":"smtp.gmail.com","port":587,"tls":"starttls",)"
                           R"("username":"clinica@gmail.com","from":"clinica@gmail.com"})");
}

TEST(ChannelDirectory, NamesTheVariableThatIsMissingOrWrong) {
  EXPECT_EQ(problem(Options{}), "accepted");
  Options options = all_channels();
  options.whatsapp_api_token = Secret();
  EXPECT_EQ(problem(options),
            "WHATSAPP_API_URL is set, but WHATSAPP_API_TOKEN is not: the channel needs both");
  options = all_channels();
  options.evolution_api_base_url.clear();
  EXPECT_THAT(problem(options), HasSubstr("EVOLUTION_API_BASE_URL is not"));
  options = all_channels();
  options.twilio_whatsapp_number = "12";
  EXPECT_THAT(problem(options), HasSubstr("TWILIO_WHATSAPP_NUMBER: "));
  options = Options{};
  options.smtp_username = "ana";
  EXPECT_THAT(problem(options), HasSubstr("SMTP_SERVER is not"));
  options = Options{};
  options.smtp_server = "mail.example";
  EXPECT_THAT(problem(options), HasSubstr("FROM_EMAIL is not set"));
  options.from_email = "x";
  EXPECT_THAT(problem(options), HasSubstr("FROM_EMAIL is no e-mail address"));
}

TEST(Writing, KeepsTheChannelsNameAndTheNumberAsE164) {
  const auto channels = ChannelDirectory::from_environment(all_channels());
  engine::MessageSpec spec;
  FieldProblems problems;
  write_to(written("whatsapp", "(11) 8765-4321", "Oi"), **channels, spec, problems);
  EXPECT_THAT(problems, IsEmpty());
  EXPECT_EQ(spec.channel, "cloud");
  EXPECT_EQ(decode_content(spec.payload)->to, "+5511987654321");
  // What is not named stays; another channel may take it.
  Written other;
  other.channel = "twilio";
  other.text = "Olá";
  write_to(other, **channels, spec, problems);
  EXPECT_THAT(problems, IsEmpty());
  EXPECT_EQ(spec.channel, "twilio");
  EXPECT_EQ(decode_content(spec.payload)->to, "+5511987654321");
  EXPECT_EQ(decode_content(spec.payload)->text, "Olá");
}

TEST(Writing, SaysWhichFieldIsWrong) {
  EXPECT_THAT(problems_of(written("sms", "11987654321", "x")),
              ElementsAre(FieldsAre("channel", HasSubstr("evolution"))));
  EXPECT_THAT(problems_of(written("whatsapp", "", "x")), ElementsAre(FieldsAre("to", _)));
  EXPECT_THAT(problems_of(written("whatsapp", "ana@example.com", "x")), ElementsAre(FieldsAre("to", _)));
  EXPECT_THAT(problems_of(written("email", "11987654321", "x")), ElementsAre(FieldsAre("to", _)));
  EXPECT_THAT(problems_of(written("email", "ana@example.com", "")), ElementsAre(FieldsAre("text", _)));
  EXPECT_THAT(problems_of(written("whatsapp", "11987654321", "")), ElementsAre(FieldsAre("text", _)));
  EXPECT_THAT(problems_of(written("whatsapp", "11987654321", std::string(4097, 'x'))),
              ElementsAre(FieldsAre("text", _)));
  auto mail = written("email", "ana@example.com", "x");
  mail.subject = "a\nb";
  EXPECT_THAT(problems_of(mail), ElementsAre(FieldsAre("subject", _)));
  auto rich = written("whatsapp", "11987654321", "x");
  rich.subject = "s";
  rich.html = "<p>";
  EXPECT_THAT(problems_of(rich), ElementsAre(FieldsAre("subject", _), FieldsAre("html", _)));
}

TEST(Outcome, OfEveryMeaning) {
  using engine::ChannelState;
  using engine::Verdict;
  const auto of = [](Meaning meaning) {
    Reading reading;
    reading.meaning = meaning;
    reading.detail = "why";
    return outcome_of(reading);
  };
  EXPECT_EQ(of(Meaning::accepted).verdict, Verdict::delivered);
  for (const auto meaning : {Meaning::recipient_refused, Meaning::request_wrong, Meaning::needs_template}) {
    EXPECT_EQ(of(meaning).verdict, Verdict::give_up);
  }
  EXPECT_EQ(of(Meaning::try_again).verdict, Verdict::retry);
  EXPECT_EQ(of(Meaning::maybe_sent).verdict, Verdict::unknown);
  EXPECT_EQ(of(Meaning::stop_channel).verdict, Verdict::hold);
  EXPECT_EQ(of(Meaning::stop_channel).channel.kind, ChannelState::Kind::stopped);
  EXPECT_EQ(of(Meaning::session_down).channel.kind, ChannelState::Kind::disconnected);
  Reading wait;
  wait.meaning = Meaning::wait;
  wait.wait = Millis{7'000};
  EXPECT_EQ(outcome_of(wait).retry_after, Millis{7'000});
  Reading unreachable;
  unreachable.unreachable = true;
  EXPECT_EQ(outcome_of(unreachable).verdict, Verdict::hold);
  EXPECT_EQ(outcome_of(unreachable).channel.kind, ChannelState::Kind::disconnected);
}

TEST(Writing, TakesATemplateThatIsFilledWhenItIsSent) {
  const auto channels = std::move(ChannelDirectory::from_environment(all_channels())).value();
  TemplatedContent content;
  content.to = "(11) 99999-8888";
  content.source.subject = "not for WhatsApp";
  content.source.body = "Oi {{name}}";
  engine::Message message;
  FieldProblems problems;
  write_template_to("twilio", content, *channels, message.spec, problems);
  EXPECT_THAT(problems, IsEmpty());
  EXPECT_EQ(message.spec.channel, "twilio");
  const auto channel = channels->find("twilio");
  EXPECT_EQ(channel->recipient(message), "+5511999998888");
  const auto missing = channel->request(message, Instant{});
  EXPECT_THAT(missing.error().detail(), HasSubstr("template: variable `name` is missing"));

  content.variables = R"({"name":"Ana"})";
  write_template_to("whatsapp", content, *channels, message.spec, problems);
  const auto request = channels->find("cloud")->request(message, Instant{});
  ASSERT_TRUE(request.ok()) << request.error().detail();
  EXPECT_THAT(std::get<net::HttpRequest>(*request).body, HasSubstr("Oi Ana"));
}

TEST(Writing, RefusesATemplateThatCannotBeRead) {
  const auto channels = std::move(ChannelDirectory::from_environment(all_channels())).value();
  TemplatedContent content;
  content.to = "eva";
  content.source.body = "{{#a}}";
  engine::MessageSpec spec;
  FieldProblems problems;
  write_template_to("email", content, *channels, spec, problems);
  EXPECT_THAT(problems, ElementsAre(FieldsAre("to", _), FieldsAre("template.body", _)));
}

}  // namespace
}  // namespace recado::messaging
