// The cases of the Mustache specification (github.com/mustache/spec, v1.4.2: comments, delimiters,
// interpolation, inverted, sections). Left out: partials, inheritance and lambdas, which templates do not
// have, and the cases of a variable that is missing or null, which is a problem here (mustache_test.cpp).
#include <gtest/gtest.h>

#include <string>

#include "messaging/templates/mustache.hpp"

namespace recado::messaging {
namespace {

struct Case {
  const char* name;
  const char* data;
  const char* source;
  const char* expected;
  friend void PrintTo(const Case& one, std::ostream* out) { *out << one.source; }
};

class MustacheSpecification : public ::testing::TestWithParam<Case> {};

TEST_P(MustacheSpecification, IsKept) {
  const auto parsed = Mustache::parse(GetParam().source);
  ASSERT_TRUE(parsed.ok()) << parsed.error().detail();
  const auto data = parse_value(GetParam().data);
  ASSERT_TRUE(data.ok()) << data.error().detail();
  const Rendered rendered = parsed->render(*data, Value{}, Escape::html);
  for (const auto& problem : rendered.problems) ADD_FAILURE() << problem.name << " " << problem.message;
  EXPECT_EQ(rendered.text, GetParam().expected);
}

std::string name_of(const ::testing::TestParamInfo<Case>& info) {
  return info.param.name;
}

constexpr Case kComments[] = {
    {"Inline", "{}", "12345{{! Comment Block! }}67890", "1234567890"},
    {"Multiline", "{}", "12345{{!\n  This is a\n  multi-line comment...\n}}67890\n", "1234567890\n"},
    {"Standalone", "{}", "Begin.\n{{! Comment Block! }}\nEnd.\n", "Begin.\nEnd.\n"},
    {"IndentedStandalone", "{}", "Begin.\n  {{! Indented Comment Block! }}\nEnd.\n", "Begin.\nEnd.\n"},
    {"StandaloneLineEndings", "{}", "|\r\n{{! Standalone Comment }}\r\n|", "|\r\n|"},
    {"StandaloneWithoutPreviousLine", "{}", "  {{! I'm Still Standalone }}\n!", "!"},
    {"StandaloneWithoutNewline", "{}", "!\n  {{! I'm Still Standalone }}", "!\n"},
    {"MultilineStandalone", "{}", "Begin.\n{{!\nSomething's going on here...\n}}\nEnd.\n", "Begin.\nEnd.\n"},
    {"IndentedMultilineStandalone", "{}", "Begin.\n  {{!\n    Something's going on here...\n  }}\nEnd.\n",
     "Begin.\nEnd.\n"},
    {"IndentedInline", "{}", "  12 {{! 34 }}\n", "  12 \n"},
    {"SurroundingWhitespace", "{}", "12345 {{! Comment Block! }} 67890", "12345  67890"},
    {"VariableNameCollision", R"x({"! comment":1,"! comment ":2,"!comment":3,"comment":4})x",
     "comments never show: >{{! comment }}<", "comments never show: ><"},
};
INSTANTIATE_TEST_SUITE_P(Comments, MustacheSpecification, ::testing::ValuesIn(kComments), name_of);

constexpr Case kDelimiters[] = {
    {"PairBehavior", R"x({"text":"Hey!"})x", "{{=<% %>=}}(<%text%>)x", "(Hey!)x"},
    {"SpecialCharacters", R"x({"text":"It worked!"})x", "({{=[ ]=}}[text])x", "(It worked!)x"},
    {"Sections", R"x({"section":true,"data":"I got interpolated."})x",
     "[\n{{#section}}\n  {{data}}\n  |data|\n{{/section}}\n\n{{= | | =}}\n|#section|\n  {{data}}\n  "
     "|data|\n|/section|\n]\n",
     "[\n  I got interpolated.\n  |data|\n\n  {{data}}\n  I got interpolated.\n]\n"},
    {"InvertedSections", R"x({"section":false,"data":"I got interpolated."})x",
     "[\n{{^section}}\n  {{data}}\n  |data|\n{{/section}}\n\n{{= | | =}}\n|^section|\n  {{data}}\n  "
     "|data|\n|/section|\n]\n",
     "[\n  I got interpolated.\n  |data|\n\n  {{data}}\n  I got interpolated.\n]\n"},
    {"SurroundingWhitespace", "{}", "| {{=@ @=}} |", "|  |"},
    {"OutlyingWhitespaceInline", "{}", " | {{=@ @=}}\n", " | \n"},
    {"StandaloneTag", "{}", "Begin.\n{{=@ @=}}\nEnd.\n", "Begin.\nEnd.\n"},
    {"IndentedStandaloneTag", "{}", "Begin.\n  {{=@ @=}}\nEnd.\n", "Begin.\nEnd.\n"},
    {"StandaloneLineEndings", "{}", "|\r\n{{= @ @ =}}\r\n|", "|\r\n|"},
    {"StandaloneWithoutPreviousLine", "{}", "  {{=@ @=}}\n=", "="},
    {"StandaloneWithoutNewline", "{}", "=\n  {{=@ @=}}", "=\n"},
    {"PairWithPadding", "{}", "|{{= @   @ =}}|", "||"},
};
INSTANTIATE_TEST_SUITE_P(Delimiters, MustacheSpecification, ::testing::ValuesIn(kDelimiters), name_of);

// HTML escaping writes &quot; as the specification does; an apostrophe, of which it says nothing, is &#39;.
constexpr Case kInterpolation[] = {
    {"NoInterpolation", "{}", "Hello from {Mustache}!\n", "Hello from {Mustache}!\n"},
    {"Basic", R"x({"subject":"world"})x", "Hello, {{subject}}!\n", "Hello, world!\n"},
    {"NoReInterpolation", R"x({"template":"{{planet}}","planet":"Earth"})x", "{{template}}: {{planet}}",
     "{{planet}}: Earth"},
    {"HtmlEscaping", R"x({"forbidden":"& \" < >"})x",
     "These characters should be HTML escaped: {{forbidden}}\n",
     "These characters should be HTML escaped: &amp; &quot; &lt; &gt;\n"},
    {"TripleMustache", R"x({"forbidden":"& \" < >"})x", "These should not: {{{forbidden}}}\n",
     "These should not: & \" < >\n"},
    {"Ampersand", R"x({"forbidden":"& \" < >"})x", "These should not: {{&forbidden}}\n",
     "These should not: & \" < >\n"},
    {"BasicInteger", R"x({"mph":85})x", R"x("{{mph}} miles an hour!")x", R"x("85 miles an hour!")x"},
    {"TripleMustacheInteger", R"x({"mph":85})x", R"x("{{{mph}}} miles an hour!")x",
     R"x("85 miles an hour!")x"},
    {"AmpersandInteger", R"x({"mph":85})x", R"x("{{&mph}} miles an hour!")x", R"x("85 miles an hour!")x"},
    {"BasicDecimal", R"x({"power":1.21})x", R"x("{{power}} jiggawatts!")x", R"x("1.21 jiggawatts!")x"},
    {"TripleMustacheDecimal", R"x({"power":1.21})x", R"x("{{{power}}} jiggawatts!")x",
     R"x("1.21 jiggawatts!")x"},
    {"DottedNames", R"x({"person":{"name":"Joe"}})x",
     R"x("{{person.name}}" == "{{#person}}{{name}}{{/person}}")x", R"x("Joe" == "Joe")x"},
    {"DottedNamesTripleMustache", R"x({"person":{"name":"Joe"}})x",
     R"x("{{{person.name}}}" == "{{#person}}{{{name}}}{{/person}}")x", R"x("Joe" == "Joe")x"},
    {"DottedNamesArbitraryDepth", R"x({"a":{"b":{"c":{"d":{"e":{"name":"Phil"}}}}}})x",
     R"x("{{a.b.c.d.e.name}}" == "Phil")x", R"x("Phil" == "Phil")x"},
    {"DottedNamesInitialResolution",
     R"x({"a":{"b":{"c":{"d":{"e":{"name":"Phil"}}}}},"b":{"c":{"d":{"e":{"name":"Wrong"}}}}})x",
     R"x("{{#a}}{{b.c.d.e.name}}{{/a}}" == "Phil")x", R"x("Phil" == "Phil")x"},
    {"ImplicitIteratorsBasic", R"x("world")x", "Hello, {{.}}!\n", "Hello, world!\n"},
    {"ImplicitIteratorsHtmlEscaping", R"x("& \" < >")x", "Escaped: {{.}}\n",
     "Escaped: &amp; &quot; &lt; &gt;\n"},
    {"ImplicitIteratorsTripleMustache", R"x("& \" < >")x", "Not: {{{.}}}\n", "Not: & \" < >\n"},
    {"ImplicitIteratorsAmpersand", R"x("& \" < >")x", "Not: {{&.}}\n", "Not: & \" < >\n"},
    {"ImplicitIteratorsInteger", "85", R"x("{{.}} miles an hour!")x", R"x("85 miles an hour!")x"},
    {"SurroundingWhitespace", R"x({"string":"---"})x", "| {{string}} |", "| --- |"},
    {"TripleMustacheSurroundingWhitespace", R"x({"string":"---"})x", "| {{{string}}} |", "| --- |"},
    {"AmpersandSurroundingWhitespace", R"x({"string":"---"})x", "| {{&string}} |", "| --- |"},
    {"Standalone", R"x({"string":"---"})x", "  {{string}}\n", "  ---\n"},
    {"TripleMustacheStandalone", R"x({"string":"---"})x", "  {{{string}}}\n", "  ---\n"},
    {"AmpersandStandalone", R"x({"string":"---"})x", "  {{&string}}\n", "  ---\n"},
    {"WithPadding", R"x({"string":"---"})x", "|{{ string }}|", "|---|"},
    {"TripleMustacheWithPadding", R"x({"string":"---"})x", "|{{{ string }}}|", "|---|"},
    {"AmpersandWithPadding", R"x({"string":"---"})x", "|{{& string }}|", "|---|"},
};
INSTANTIATE_TEST_SUITE_P(Interpolation, MustacheSpecification, ::testing::ValuesIn(kInterpolation), name_of);

constexpr Case kInverted[] = {
    {"Falsey", R"x({"boolean":false})x", R"x("{{^boolean}}This should be rendered.{{/boolean}}")x",
     R"x("This should be rendered.")x"},
    {"Truthy", R"x({"boolean":true})x", R"x("{{^boolean}}This should not be rendered.{{/boolean}}")x",
     R"x("")x"},
    {"NullIsFalsey", R"x({"null":null})x", R"x("{{^null}}This should be rendered.{{/null}}")x",
     R"x("This should be rendered.")x"},
    {"Context", R"x({"context":{"name":"Joe"}})x", R"x("{{^context}}Hi {{name}}.{{/context}}")x", R"x("")x"},
    {"List", R"x({"list":[{"n":1},{"n":2},{"n":3}]})x", R"x("{{^list}}{{n}}{{/list}}")x", R"x("")x"},
    {"EmptyList", R"x({"list":[]})x", R"x("{{^list}}Yay lists!{{/list}}")x", R"x("Yay lists!")x"},
    {"Doubled", R"x({"bool":false,"two":"second"})x",
     "{{^bool}}\n* first\n{{/bool}}\n* {{two}}\n{{^bool}}\n* third\n{{/bool}}\n",
     "* first\n* second\n* third\n"},
    {"NestedFalsey", R"x({"bool":false})x", "| A {{^bool}}B {{^bool}}C{{/bool}} D{{/bool}} E |",
     "| A B C D E |"},
    {"NestedTruthy", R"x({"bool":true})x", "| A {{^bool}}B {{^bool}}C{{/bool}} D{{/bool}} E |", "| A  E |"},
    {"ContextMisses", "{}", "[{{^missing}}Cannot find key 'missing'!{{/missing}}]",
     "[Cannot find key 'missing'!]"},
    {"DottedNamesTruthy", R"x({"a":{"b":{"c":true}}})x", R"x("{{^a.b.c}}Not Here{{/a.b.c}}" == "")x",
     R"x("" == "")x"},
    {"DottedNamesFalsey", R"x({"a":{"b":{"c":false}}})x", R"x("{{^a.b.c}}Not Here{{/a.b.c}}" == "Not Here")x",
     R"x("Not Here" == "Not Here")x"},
    {"DottedNamesBrokenChains", R"x({"a":{}})x", R"x("{{^a.b.c}}Not Here{{/a.b.c}}" == "Not Here")x",
     R"x("Not Here" == "Not Here")x"},
    {"SurroundingWhitespace", R"x({"boolean":false})x", " | {{^boolean}}\t|\t{{/boolean}} | \n",
     " | \t|\t | \n"},
    {"InternalWhitespace", R"x({"boolean":false})x",
     " | {{^boolean}} {{! Important Whitespace }}\n {{/boolean}} | \n", " |  \n  | \n"},
    {"IndentedInlineSections", R"x({"boolean":false})x",
     " {{^boolean}}NO{{/boolean}}\n {{^boolean}}WAY{{/boolean}}\n", " NO\n WAY\n"},
    {"StandaloneLines", R"x({"boolean":false})x", "| This Is\n{{^boolean}}\n|\n{{/boolean}}\n| A Line\n",
     "| This Is\n|\n| A Line\n"},
    {"StandaloneIndentedLines", R"x({"boolean":false})x",
     "| This Is\n  {{^boolean}}\n|\n  {{/boolean}}\n| A Line\n", "| This Is\n|\n| A Line\n"},
    {"StandaloneLineEndings", R"x({"boolean":false})x", "|\r\n{{^boolean}}\r\n{{/boolean}}\r\n|", "|\r\n|"},
    {"StandaloneWithoutPreviousLine", R"x({"boolean":false})x", "  {{^boolean}}\n^{{/boolean}}\n/", "^\n/"},
    {"StandaloneWithoutNewline", R"x({"boolean":false})x", "^{{^boolean}}\n/\n  {{/boolean}}", "^\n/\n"},
    {"Padding", R"x({"boolean":false})x", "|{{^ boolean }}={{/ boolean }}|", "|=|"},
};
INSTANTIATE_TEST_SUITE_P(Inverted, MustacheSpecification, ::testing::ValuesIn(kInverted), name_of);

constexpr Case kSections[] = {
    {"Truthy", R"x({"boolean":true})x", R"x("{{#boolean}}This should be rendered.{{/boolean}}")x",
     R"x("This should be rendered.")x"},
    {"Falsey", R"x({"boolean":false})x", R"x("{{#boolean}}This should not be rendered.{{/boolean}}")x",
     R"x("")x"},
    {"NullIsFalsey", R"x({"null":null})x", R"x("{{#null}}This should not be rendered.{{/null}}")x",
     R"x("")x"},
    {"Context", R"x({"context":{"name":"Joe"}})x", R"x("{{#context}}Hi {{name}}.{{/context}}")x",
     R"x("Hi Joe.")x"},
    {"ParentContexts", R"x({"a":"foo","b":"wrong","sec":{"b":"bar"},"c":{"d":"baz"}})x",
     R"x("{{#sec}}{{a}}, {{b}}, {{c.d}}{{/sec}}")x", R"x("foo, bar, baz")x"},
    {"VariableTest", R"x({"foo":"bar"})x", R"x("{{#foo}}{{.}} is {{foo}}{{/foo}}")x", R"x("bar is bar")x"},
    {"ListContexts",
     R"x({"tops":[{"tname":{"upper":"A","lower":"a"},"middles":[{"mname":"1","bottoms":[{"bname":"x"},{"bname":"y"}]}]}]})x",
     "{{#tops}}{{#middles}}{{tname.lower}}{{mname}}.{{#bottoms}}{{tname.upper}}{{mname}}{{bname}}.{{/"
     "bottoms}}{{/middles}}{{/tops}}",
     "a1.A1x.A1y."},
    {"DeeplyNestedContexts", R"x({"a":{"one":1},"b":{"two":2},"c":{"three":3,"d":{"four":4,"five":5}}})x",
     "{{#a}}\n{{one}}\n{{#b}}\n{{one}}{{two}}{{one}}\n{{#c}}\n{{one}}{{two}}{{three}}{{two}}{{one}}\n{{#d}}\n"
     "{{one}}{{two}}{{three}}{{four}}{{three}}{{two}}{{one}}\n{{#five}}\n{{one}}{{two}}{{three}}{{four}}{{"
     "five}}{{four}}{{three}}{{two}}{{one}}\n"
     "{{one}}{{two}}{{three}}{{four}}{{.}}6{{.}}{{four}}{{three}}{{two}}{{one}}\n{{/five}}\n{{/d}}\n{{/c}}\n"
     "{{/b}}\n{{/a}}\n",
     "1\n121\n12321\n1234321\n123454321\n12345654321\n"},
    {"List", R"x({"list":[{"item":1},{"item":2},{"item":3}]})x", R"x("{{#list}}{{item}}{{/list}}")x",
     R"x("123")x"},
    {"EmptyList", R"x({"list":[]})x", R"x("{{#list}}Yay lists!{{/list}}")x", R"x("")x"},
    {"Doubled", R"x({"bool":true,"two":"second"})x",
     "{{#bool}}\n* first\n{{/bool}}\n* {{two}}\n{{#bool}}\n* third\n{{/bool}}\n",
     "* first\n* second\n* third\n"},
    {"NestedTruthy", R"x({"bool":true})x", "| A {{#bool}}B {{#bool}}C{{/bool}} D{{/bool}} E |",
     "| A B C D E |"},
    {"NestedFalsey", R"x({"bool":false})x", "| A {{#bool}}B {{#bool}}C{{/bool}} D{{/bool}} E |", "| A  E |"},
    {"ContextMisses", "{}", "[{{#missing}}Found key 'missing'!{{/missing}}]", "[]"},
    {"ImplicitIteratorString", R"x({"list":["a","b","c","d","e"]})x", R"x("{{#list}}({{.}}){{/list}}")x",
     R"x("(a)(b)(c)(d)(e)")x"},
    {"ImplicitIteratorInteger", R"x({"list":[1,2,3,4,5]})x", R"x("{{#list}}({{.}}){{/list}}")x",
     R"x("(1)(2)(3)(4)(5)")x"},
    {"ImplicitIteratorDecimal", R"x({"list":[1.10,2.20,3.30]})x", R"x("{{#list}}({{.}}){{/list}}")x",
     R"x("(1.10)(2.20)(3.30)")x"},
    {"ImplicitIteratorArray", R"x({"list":[[1,2,3],["a","b","c"]]})x",
     R"x("{{#list}}({{#.}}{{.}}{{/.}}){{/list}}")x", R"x("(123)(abc)")x"},
    {"ImplicitIteratorHtmlEscaping", R"x({"list":["&","\"","<",">"]})x", R"x("{{#list}}({{.}}){{/list}}")x",
     R"x("(&amp;)(&quot;)(&lt;)(&gt;)")x"},
    {"ImplicitIteratorTripleMustache", R"x({"list":["&","\"","<",">"]})x",
     R"x("{{#list}}({{{.}}}){{/list}}")x", R"x("(&)(")(<)(>)")x"},
    {"ImplicitIteratorRootLevel", R"x([{"value":"a"},{"value":"b"}])x", R"x("{{#.}}({{value}}){{/.}}")x",
     R"x("(a)(b)")x"},
    {"DottedNamesTruthy", R"x({"a":{"b":{"c":true}}})x", R"x("{{#a.b.c}}Here{{/a.b.c}}" == "Here")x",
     R"x("Here" == "Here")x"},
    {"DottedNamesFalsey", R"x({"a":{"b":{"c":false}}})x", R"x("{{#a.b.c}}Here{{/a.b.c}}" == "")x",
     R"x("" == "")x"},
    {"DottedNamesBrokenChains", R"x({"a":{}})x", R"x("{{#a.b.c}}Here{{/a.b.c}}" == "")x", R"x("" == "")x"},
    {"SurroundingWhitespace", R"x({"boolean":true})x", " | {{#boolean}}\t|\t{{/boolean}} | \n",
     " | \t|\t | \n"},
    {"InternalWhitespace", R"x({"boolean":true})x",
     " | {{#boolean}} {{! Important Whitespace }}\n {{/boolean}} | \n", " |  \n  | \n"},
    {"IndentedInlineSections", R"x({"boolean":true})x",
     " {{#boolean}}YES{{/boolean}}\n {{#boolean}}GOOD{{/boolean}}\n", " YES\n GOOD\n"},
    {"StandaloneLines", R"x({"boolean":true})x", "| This Is\n{{#boolean}}\n|\n{{/boolean}}\n| A Line\n",
     "| This Is\n|\n| A Line\n"},
    {"IndentedStandaloneLines", R"x({"boolean":true})x",
     "| This Is\n  {{#boolean}}\n|\n  {{/boolean}}\n| A Line\n", "| This Is\n|\n| A Line\n"},
    {"StandaloneLineEndings", R"x({"boolean":true})x", "|\r\n{{#boolean}}\r\n{{/boolean}}\r\n|", "|\r\n|"},
    {"StandaloneWithoutPreviousLine", R"x({"boolean":true})x", "  {{#boolean}}\n#{{/boolean}}\n/", "#\n/"},
    {"StandaloneWithoutNewline", R"x({"boolean":true})x", "#{{#boolean}}\n/\n  {{/boolean}}", "#\n/\n"},
    {"Padding", R"x({"boolean":true})x", "|{{# boolean }}={{/ boolean }}|", "|=|"},
};
INSTANTIATE_TEST_SUITE_P(Sections, MustacheSpecification, ::testing::ValuesIn(kSections), name_of);

}  // namespace
}  // namespace recado::messaging
