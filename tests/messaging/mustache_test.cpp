#include "messaging/templates/mustache.hpp"

#include <gmock/gmock.h>
#include <rapidcheck.h>

#include <string>

#include "messaging/values.hpp"

namespace recado::messaging {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::value;

Rendered render(const std::string& source, const std::string& values, Escape escape = Escape::none,
                const std::string& defaults = "{}") {
  const auto parsed = Mustache::parse(source);
  EXPECT_TRUE(parsed.ok()) << (parsed.ok() ? "" : parsed.error().detail());
  if (!parsed.ok()) return {};
  return parsed->render(value(values), value(defaults), escape);
}

std::string problem(const std::string& source) {
  const auto parsed = Mustache::parse(source);
  return parsed.ok() ? "accepted" : parsed.error().detail();
}

std::vector<std::string> names(const Rendered& rendered) {
  std::vector<std::string> out;
  for (const auto& one : rendered.problems) out.push_back(one.name);
  return out;
}

TEST(Mustache, NamesEveryVariableThatIsMissingOnce) {
  const auto rendered = render("Oi {{name}}, {{day}} {{client.phone}} {{name}} {{nothing}}{{empty}}",
                               R"({"day":"segunda","nothing":null,"empty":"","client":{}})");
  EXPECT_THAT(names(rendered), ElementsAre("name", "client.phone", "nothing", "empty"));
}

TEST(Mustache, DoesNotAskForWhatIsInASectionThatIsLeftOut) {
  const auto rendered = render("{{#late}}{{minutes}} min{{/late}}{{^late}}na hora{{/late}}", "{}");
  EXPECT_THAT(rendered.problems, IsEmpty());
  EXPECT_EQ(rendered.text, "na hora");
}

TEST(Mustache, TakesADefaultForWhatNobodyGave) {
  const std::string source = "Oi {{name}} da {{clinic.name}}";
  EXPECT_EQ(render(source, "{}", Escape::none, R"({"name":"cliente","clinic":{"name":"Centro"}})").text,
            "Oi cliente da Centro");
  EXPECT_EQ(render(source, R"({"name":"","clinic":{"name":null}})", Escape::none,
                   R"({"name":"cliente","clinic":{"name":"Centro"}})")
                .text,
            "Oi cliente da Centro");
  EXPECT_EQ(render(source, R"({"name":"Ana","clinic":{"name":"Sul"}})", Escape::none,
                   R"({"name":"cliente","clinic":{"name":"Centro"}})")
                .text,
            "Oi Ana da Sul");
}

TEST(Mustache, DoesNotWriteWhatIsNeitherTextNorNumber) {
  EXPECT_THAT(names(render("{{list}}{{object}}{{flag}}", R"({"list":[1],"object":{"a":1},"flag":true})")),
              ElementsAre("list", "object", "flag"));
}

TEST(Mustache, EscapesOnlyForHtml) {
  const std::string source = "{{x}} {{{x}}}";
  EXPECT_EQ(render(source, R"({"x":"<Ana & d'Arc>"})").text, "<Ana & d'Arc> <Ana & d'Arc>");
  EXPECT_EQ(render(source, R"({"x":"<Ana & d'Arc>"})", Escape::html).text,
            "&lt;Ana &amp; d&#39;Arc&gt; <Ana & d'Arc>");
}

TEST(Mustache, AValueIsNeverATemplate) {
  EXPECT_EQ(render("{{a}}{{{b}}}", R"({"a":"{{b}}","b":"{{#a}}"})").text, "{{b}}{{#a}}");
}

TEST(Mustache, SaysWhereATemplateIsWrong) {
  EXPECT_THAT(problem("a\nb {{name"), HasSubstr("line 2: a tag is not closed"));
  EXPECT_THAT(problem("{{#a}}\n{{#b}}{{/a}}"), HasSubstr("line 2: {{/a}} stands where {{/b}} is expected"));
  EXPECT_THAT(problem("{{#a}}"), HasSubstr("the section `a` is not closed"));
  EXPECT_THAT(problem("{{/a}}"), HasSubstr("was not opened"));
  EXPECT_THAT(problem("{{ }}"), HasSubstr("no name"));
  EXPECT_THAT(problem("{{>footer}}"), HasSubstr("partials"));
  EXPECT_THAT(problem("Oi {{name, hoje {{day}}"), HasSubstr("brace"));
  EXPECT_THAT(problem("{{a..b}}"), HasSubstr("a part between dots is empty"));
  EXPECT_THAT(problem("{{=x=}}"), HasSubstr("delimiters"));
  EXPECT_THAT(problem(std::string(kMaxTemplateBytes + 1, 'x')), HasSubstr("65536"));
}

TEST(Mustache, NestsSectionsOnlySoDeep) {
  std::string deep;
  for (int i = 0; i <= kMaxSectionDepth; ++i) deep += "{{#a}}";
  EXPECT_THAT(problem(deep), HasSubstr("nested"));
}

TEST(Mustache, StopsWhereListsInListsMultiply) {
  std::string list = "[1";
  for (int i = 0; i < 999; ++i) list += ",1";
  list += "]";
  const auto rendered = render("{{#a}}{{#a}}{{#a}}x{{/a}}{{/a}}{{/a}}", R"({"a":)" + list + "}");
  EXPECT_THAT(names(rendered), ElementsAre("template"));
  EXPECT_THAT(names(render("{{#a}}{{#a}}{{#a}}{{/a}}{{/a}}{{/a}}", R"({"a":)" + list + "}")),
              ElementsAre("template"));
}

TEST(MustacheProperty, TextWithoutTagsIsWrittenAsItStands) {
  rc::check([](const std::string& text) {
    RC_PRE(text.find("{{") == std::string::npos);
    RC_ASSERT(render(text, "{}").text == text);
  });
}

TEST(MustacheProperty, AnySourceIsParsedOrRefused) {
  const auto piece =
      rc::gen::element<std::string>("{{", "}}", "{{{", "}}}", "#", "^", "/", "!", "=", "&", ">", "a", "b.c",
                                    ".", " ", "\n", "\r\n", "{{#a}}", "{{/a}}", "{{=| |=}}", "|", "texto");
  rc::check([&] {
    std::string source;
    for (const auto& one : *rc::gen::container<std::vector<std::string>>(piece)) source += one;
    const auto parsed = Mustache::parse(source);
    if (!parsed.ok()) {
      RC_ASSERT(parsed.error().detail().starts_with("line "));
      return;
    }
    (void)parsed->render(value(R"({"a":[1,{"b":{"c":"x"}},null],"b":{"c":2}})"), value("{}"), Escape::html);
  });
}

}  // namespace
}  // namespace recado::messaging
