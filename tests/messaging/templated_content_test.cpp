#include "messaging/templated_content.hpp"

#include <gmock/gmock.h>

namespace recado::messaging {
namespace {

using ::testing::HasSubstr;

TemplatedContent lembrete() {
  TemplatedContent content;
  content.to = "ana@example.com";
  content.contact = 7;
  content.schedule = "s1";
  content.source.subject = "Oi {{name}}";
  content.source.body = "Dia {{day}}";
  content.source.html = "<p>{{name}}</p>";
  content.source.defaults = R"({"day":"amanhã"})";
  content.variables = R"({"name":"Ana & Cia"})";
  return content;
}

TEST(TemplatedContent, IsFilledWhenItIsRead) {
  const auto content = content_of_payload(encode_templated_content(lembrete()));
  ASSERT_TRUE(content.ok()) << content.error().detail();
  EXPECT_EQ(content->to, "ana@example.com");
  EXPECT_EQ(content->contact, 7);
  EXPECT_EQ(content->schedule, "s1");
  EXPECT_EQ(content->subject, "Oi Ana & Cia");
  EXPECT_EQ(content->text, "Dia amanhã");
  EXPECT_EQ(content->html, "<p>Ana &amp; Cia</p>");
}

TEST(TemplatedContent, KnowsItsRecipientUnfilled) {
  const auto plain = decode_content(encode_templated_content(lembrete()));
  ASSERT_TRUE(plain.ok());
  EXPECT_EQ(plain->to, "ana@example.com");
  EXPECT_EQ(plain->contact, 7);
  EXPECT_EQ(plain->schedule, "s1");
}

TEST(TemplatedContent, NamesTheVariableThatIsMissing) {
  auto content = lembrete();
  content.variables.clear();
  const auto missing = content_of_payload(encode_templated_content(content));
  EXPECT_EQ(missing.error().code(), ErrorCode::invalid_argument);
  EXPECT_THAT(missing.error().detail(), HasSubstr("template: variable `name` is missing"));
  content.variables = R"({"name":""})";
  EXPECT_THAT(content_of_payload(encode_templated_content(content)).error().detail(),
              HasSubstr("`name` is missing"));
}

TEST(TemplatedContent, MayBeTheProviders) {
  TemplatedContent content;
  content.to = "+5511999998888";
  content.source.provider_template = ProviderTemplate{"lembrete", "pt_BR", "", {"{{name}}", "x"}};
  content.variables = R"({"name":"Ana"})";
  const auto read = content_of_payload(encode_templated_content(content));
  ASSERT_TRUE(read.ok()) << read.error().detail();
  EXPECT_EQ(read->provider_template, (ProviderTemplate{"lembrete", "pt_BR", "", {"Ana", "x"}}));
}

TEST(TemplatedContent, LeavesOtherPayloadsAlone) {
  Content plain;
  plain.to = "+5511999998888";
  plain.text = "{{name}}";
  EXPECT_EQ(*content_of_payload(encode_content(plain)), plain);
  for (const char* damaged : {"", "[]", "{\"to\":7}", R"({"to":"a","template":7})"})
    EXPECT_FALSE(content_of_payload(damaged).ok()) << damaged;
}

}  // namespace
}  // namespace recado::messaging
