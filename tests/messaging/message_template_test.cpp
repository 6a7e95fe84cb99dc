#include "messaging/templates/message_template.hpp"

#include <gmock/gmock.h>

#include "messaging/values.hpp"

namespace recado::messaging {
namespace {

using ::testing::_;
using ::testing::ElementsAre;
using ::testing::FieldsAre;
using ::testing::IsEmpty;
using testing::value;

FieldProblems problems_of(const TemplateSource& source) {
  FieldProblems problems;
  EXPECT_FALSE(MessageTemplate::parse(source, problems).has_value());
  return problems;
}

MessageTemplate parsed(const TemplateSource& source) {
  FieldProblems problems;
  auto made = MessageTemplate::parse(source, problems);
  EXPECT_THAT(problems, IsEmpty());
  return made.value();
}

TEST(MessageTemplate, FillsSubjectTextAndHtml) {
  TemplateSource source;
  source.subject = "Consulta de {{name}}";
  source.body = "Oi {{name}}, {{#items}}{{.}} {{/items}}";
  source.html = "<p>Oi {{name}}</p>";
  source.defaults = R"({"items":["exame"]})";
  const auto filled = parsed(source).fill(value(R"({"name":"Ana\r\n& Cia"})"));
  EXPECT_THAT(filled.problems, IsEmpty());
  EXPECT_EQ(filled.content.subject, "Consulta de Ana  & Cia");
  EXPECT_EQ(filled.content.text, "Oi Ana\r\n& Cia, exame ");
  EXPECT_EQ(filled.content.html, "<p>Oi Ana\r\n&amp; Cia</p>");
}

TEST(MessageTemplate, NamesWhatIsMissingInAnyPartOnce) {
  TemplateSource source;
  source.subject = "{{name}}";
  source.body = "{{name}} {{day}}";
  const auto filled = parsed(source).fill(value("{}"));
  ASSERT_EQ(filled.problems.size(), 2U);
  EXPECT_EQ(filled.problems[0].name, "name");
  EXPECT_EQ(filled.problems[1].name, "day");
}

TEST(MessageTemplate, AProvidersTemplateIsAKindOfItsOwn) {
  TemplateSource source;
  source.provider_template = ProviderTemplate{"lembrete", "pt_BR", "", {"{{name}}", "dia {{day}}"}};
  const auto filled = parsed(source).fill(value(R"({"name":"Ana","day":3})"));
  EXPECT_THAT(filled.problems, IsEmpty());
  EXPECT_EQ(filled.content.provider_template, (ProviderTemplate{"lembrete", "pt_BR", "", {"Ana", "dia 3"}}));
  EXPECT_EQ(parsed(source).fill(value("{}")).problems.size(), 2U);
}

TEST(MessageTemplate, SaysWhichFieldIsWrong) {
  TemplateSource none;
  EXPECT_THAT(problems_of(none), ElementsAre(FieldsAre("body", _)));
  TemplateSource broken;
  broken.subject = "{{a";
  broken.body = "{{#b}}";
  broken.html = "{{/c}}";
  broken.defaults = "[1]";
  EXPECT_THAT(problems_of(broken), ElementsAre(FieldsAre("defaults", _), FieldsAre("subject", _),
                                               FieldsAre("body", _), FieldsAre("html", _)));
  TemplateSource lines;
  lines.subject = "a\nb";
  lines.body = "x";
  EXPECT_THAT(problems_of(lines), ElementsAre(FieldsAre("subject", _)));
  TemplateSource both;
  both.body = "x";
  both.provider_template = ProviderTemplate{"lembrete", "", "", {"{{x"}};
  EXPECT_THAT(problems_of(both),
              ElementsAre(FieldsAre("providerTemplate", _), FieldsAre("providerTemplate.language", _),
                          FieldsAre("providerTemplate.parameters[0]", _)));
  TemplateSource nameless;
  nameless.provider_template = ProviderTemplate{};
  EXPECT_THAT(problems_of(nameless), ElementsAre(FieldsAre("providerTemplate", _)));
}

TEST(Content, IsReadAsItWasWritten) {
  Content content;
  content.to = "ana@example.com";
  content.text = "Olá \"Ana\"\n";
  content.subject = "é";
  content.html = "<p>";
  EXPECT_EQ(decode_content(encode_content(content)).value(), content);
  Content provided;
  provided.to = "+5511987654321";
  provided.provider_template = ProviderTemplate{"n", "pt_BR", "HX1", {"a", ""}};
  EXPECT_EQ(decode_content(encode_content(provided)).value(), provided);
}

TEST(Content, OfDamagedBytesIsAnError) {
  for (const char* bytes : {"", "[]", "{\"to\":1}", "{\"providerTemplate\":{\"parameters\":[1]}}", "{"}) {
    EXPECT_FALSE(decode_content(bytes).ok()) << bytes;
  }
}

}  // namespace
}  // namespace recado::messaging
