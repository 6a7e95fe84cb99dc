#include "messaging/channels/twilio.hpp"

#include <gmock/gmock.h>

#include <fstream>
#include <regex>
#include <sstream>

#include "base/crypto.hpp"
#include "messaging/answers.hpp"

namespace recado::messaging {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using namespace recado::messaging::testing;

TwilioSettings settings() {
  TwilioSettings made;
  made.account_sid = "AC00000000000000000000000000000001";
  made.auth_token = Secret("the token");
  made.from = "whatsapp:+14155238886";
  return made;
}

std::unique_ptr<Provider> twilio(TwilioSettings given = settings()) {
  auto made = Twilio::create(std::move(given));
  EXPECT_TRUE(made.ok());
  return std::move(made).value();
}

Content template_content() {
  Content content;
  content.to = "+5511987654321";
  content.provider_template =
      ProviderTemplate{"", "", "HX00000000000000000000000000000001", {"Ana \"A\"", "9h"}};
  return content;
}

TEST(Twilio, SendsTextAsAForm) {
  auto given = settings();
  given.status_callback = "https://recado.example/callbacks/twilio/1";
  const auto request = twilio(given)->request(text_content("Olá + 100% & \"Ana\"\n")).value();
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.url.host, "api.twilio.com");
  EXPECT_TRUE(request.url.tls);
  EXPECT_EQ(request.url.target, "/2010-04-01/Accounts/AC00000000000000000000000000000001/Messages.json");
  EXPECT_EQ(header(request, "Authorization"),
            "Basic " + base64_encode("AC00000000000000000000000000000001:the token"));
  EXPECT_EQ(header(request, "Content-Type"), "application/x-www-form-urlencoded");
  EXPECT_THAT(request.body, HasSubstr("To=whatsapp%3A%2B5511987654321"));
  EXPECT_THAT(form_fields(request.body),
              ElementsAre(Pair("To", "whatsapp:+5511987654321"), Pair("From", "whatsapp:+14155238886"),
                          Pair("Body", "Olá + 100% & \"Ana\"\n"),
                          Pair("StatusCallback", "https://recado.example/callbacks/twilio/1")));
}

TEST(Twilio, SendsATemplateBySidAndVariables) {
  const auto request = twilio()->request(template_content()).value();
  EXPECT_THAT(form_fields(request.body),
              ElementsAre(Pair("To", "whatsapp:+5511987654321"), Pair("From", "whatsapp:+14155238886"),
                          Pair("ContentSid", "HX00000000000000000000000000000001"),
                          Pair("ContentVariables", R"({"1":"Ana \"A\"","2":"9h"})")));
  Content metas = text_content("Olá + 100% & \"Ana\"\n");
  metas.provider_template = ProviderTemplate{"lembrete", "pt_BR", "", {}};
  EXPECT_FALSE(twilio()->request(metas).ok());
}

TEST(Twilio, OnlyTheOperatorsBaseUrlIsTrusted) {
  EXPECT_FALSE(twilio()->request(text_content("Olá + 100% & \"Ana\"\n"))->trusted);
  auto given = settings();
  given.base_url = "http://127.0.0.1:9/prefix/";
  given.trusted = true;
  const auto request = twilio(given)->request(text_content("Olá + 100% & \"Ana\"\n")).value();
  EXPECT_TRUE(request.trusted);
  EXPECT_EQ(request.url.target,
            "/prefix/2010-04-01/Accounts/AC00000000000000000000000000000001/Messages.json");
  given.base_url = "ftp://x";
  EXPECT_FALSE(Twilio::create(given).ok());
}

/// The schema of what a request's form may hold, from Twilio's own document.
Value published_form() {
  std::ifstream file(RECADO_TWILIO_OPENAPI);
  EXPECT_TRUE(file.good()) << RECADO_TWILIO_OPENAPI
                           << " is missing: third_party/install-api-documents.sh fetches it";
  std::stringstream text;
  text << file.rdbuf();
  Value found = tree(text.str());
  for (const char* step : {"paths", "/2010-04-01/Accounts/{AccountSid}/Messages.json", "post", "requestBody",
                           "content", "application/x-www-form-urlencoded", "schema"}) {
    const Value* next = found.find(step);
    if (next == nullptr) {
      ADD_FAILURE() << "the document has no " << step;
      return {};
    }
    found = Value(*next);
  }
  return found;
}

TEST(Twilio, RequestsFitThePublishedDocument) {
  const Value schema = published_form();
  const Value* properties = schema.find("properties");
  const Value* required = schema.find("required");
  ASSERT_TRUE(properties != nullptr && required != nullptr);
  auto given = settings();
  given.status_callback = "https://recado.example/callbacks/twilio/1";
  for (const auto& content : {text_content("Olá + 100% & \"Ana\"\n"), template_content()}) {
    const auto request = twilio(given)->request(content).value();
    const auto fields = form_fields(request.body);
    for (const auto& name : required->items) {
      EXPECT_TRUE(std::any_of(fields.begin(), fields.end(), [&](const auto& f) {
        return f.first == name.text;
      })) << name.text;
    }
    for (const auto& [name, value] : fields) {
      const Value* property = properties->find(name);
      ASSERT_NE(property, nullptr) << name << " is no field of Twilio's";
      EXPECT_EQ(property->find("type")->text, "string") << name;
      if (const Value* pattern = property->find("pattern")) {
        EXPECT_TRUE(std::regex_match(value, std::regex(pattern->text))) << name << "=" << value;
      }
    }
  }
}

struct ErrorCase {
  int status;
  int code;
  Meaning meaning;
};

TEST(Twilio, TellsErrorsApart) {
  const ErrorCase cases[] = {
      {400, 63016, Meaning::needs_template},
      {400, 21211, Meaning::recipient_refused},
      {400, 21610, Meaning::recipient_refused},
      {400, 21614, Meaning::recipient_refused},
      {400, 63003, Meaning::recipient_refused},
      {400, 63015, Meaning::recipient_refused},
      {400, 63024, Meaning::recipient_refused},
      {429, 20429, Meaning::wait},
      {400, 63018, Meaning::wait},
      {400, 63049, Meaning::wait},
      {429, 14107, Meaning::wait},
      {401, 20003, Meaning::stop_channel},
      {404, 20404, Meaning::stop_channel},
      {400, 63007, Meaning::stop_channel},
      {400, 21606, Meaning::stop_channel},
      {400, 21617, Meaning::request_wrong},
      {400, 21656, Meaning::request_wrong},
      {400, 63013, Meaning::request_wrong},
      {400, 63027, Meaning::request_wrong},
      {500, 20500, Meaning::try_again},
      {503, 20503, Meaning::try_again},
      {400, 99999, Meaning::request_wrong},
      {503, 99999, Meaning::try_again},
  };
  for (const auto& one : cases) {
    const auto reading = twilio()->read(
        answer(one.status, R"({"code":)" + std::to_string(one.code) + R"(,"message":"why","status":400})"),
        Instant{});
    EXPECT_EQ(reading.meaning, one.meaning) << one.code << " " << to_string(reading.meaning);
    EXPECT_EQ(reading.code, one.code);
    EXPECT_THAT(reading.detail, HasSubstr("(why)"));
  }
}

TEST(Twilio, ReadsWhatHasNoCodeByItsStatus) {
  const ErrorCase cases[] = {
      {201, 0, Meaning::accepted},      {200, 0, Meaning::accepted},     {301, 0, Meaning::stop_channel},
      {401, 0, Meaning::stop_channel},  {403, 0, Meaning::stop_channel}, {404, 0, Meaning::stop_channel},
      {400, 0, Meaning::request_wrong}, {408, 0, Meaning::try_again},    {429, 0, Meaning::wait},
      {500, 0, Meaning::try_again},     {502, 0, Meaning::try_again},    {503, 0, Meaning::try_again},
      {504, 0, Meaning::maybe_sent},
  };
  for (const auto& one : cases) {
    EXPECT_EQ(twilio()->read(answer(one.status, "<html>"), Instant{}).meaning, one.meaning) << one.status;
  }
  const auto wait = twilio()->read(answer(503, "", {{"retry-after", "7"}}), Instant{});
  EXPECT_EQ(wait.meaning, Meaning::wait);
  EXPECT_EQ(wait.wait, Millis{7000});
  EXPECT_EQ(twilio()->read(answer(201, R"({"sid":"SM1","status":"queued"})"), Instant{}).provider_id, "SM1");
}

TEST(Twilio, TellsNotSentFromMaybeSent) {
  for (const auto error : {net::SendError::dns, net::SendError::connect, net::SendError::tls,
                           net::SendError::timeout, net::SendError::closed}) {
    EXPECT_EQ(twilio()->read(no_answer(error, false), Instant{}).meaning, Meaning::try_again);
  }
  EXPECT_EQ(twilio()->read(no_answer(net::SendError::timeout, true), Instant{}).meaning, Meaning::maybe_sent);
  EXPECT_EQ(twilio()->read(no_answer(net::SendError::closed, true), Instant{}).meaning, Meaning::maybe_sent);
  EXPECT_TRUE(twilio()->read(no_answer(net::SendError::connect, false), Instant{}).unreachable);
  EXPECT_FALSE(twilio()->read(no_answer(net::SendError::closed, true), Instant{}).unreachable);
  EXPECT_EQ(twilio()->read(no_answer(net::SendError::address_refused, false), Instant{}).meaning,
            Meaning::stop_channel);
}

TEST(Twilio, ProbesTheAccount) {
  const auto request = twilio()->probe();
  EXPECT_EQ(request.method, "GET");
  EXPECT_EQ(request.url.target, "/2010-04-01/Accounts/AC00000000000000000000000000000001.json");
  EXPECT_TRUE(request.body.empty());
  using State = ProbeResult::State;
  EXPECT_EQ(twilio()->read_probe(answer(200, R"({"status":"active"})")).state, State::ready);
  EXPECT_EQ(twilio()->read_probe(answer(200, R"({"status":"suspended"})")).state, State::stopped);
  EXPECT_EQ(twilio()->read_probe(answer(401, R"({"code":20003})")).state, State::stopped);
  EXPECT_EQ(twilio()->read_probe(answer(503)).state, State::disconnected);
  EXPECT_EQ(twilio()->read_probe(no_answer(net::SendError::connect, false)).state, State::disconnected);
}

TEST(Reading, ShowsTheProvidersWordsOnOneLine) {
  EXPECT_EQ(sentence("it failed", "a\r\nb\xff"), "it failed (a  b )");
  EXPECT_EQ(sentence("it failed", ""), "it failed");
  EXPECT_LE(sentence("", std::string(1000, 'x')).size(), 304U);
}

}  // namespace
}  // namespace recado::messaging
