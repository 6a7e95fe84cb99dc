#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "base/json.hpp"

namespace recado::json {
namespace {

using testing::HasSubstr;

std::string nested(char open, char close, int depth) {
  return std::string(static_cast<std::size_t>(depth), open) +
         std::string(static_cast<std::size_t>(depth), close);
}

std::string refusal(std::string_view text) {
  const auto parsed = parse(text);
  return parsed ? "accepted" : parsed.error().detail();
}

TEST(JsonParse, AcceptsWhatRfc8259Allows) {
  const std::string accepted[] = {
      "null",
      "true",
      "false",
      "0",
      "-0",
      "-1",
      "123",
      "1.5",
      "-0.0",
      "1e10",
      "1E+2",
      "1e-2",
      "0e1",
      "0e+1",
      "123.456e78",
      "1E22",
      "-123123123123123123123123123123",
      "1e99999",  // any size
      "123123e-10000000",
      "0.00000000000000000000000000000000000000000000000000000000000000000000000000001",
      "100000000000000000000000000000000000000000000000000000000000000000000000000000",
      R"("")",
      R"(" ")",
      R"("a")",
      R"("\"\\\/\b\f\n\r\t")",
      R"("\u0060\u012a\u12AB")",
      R"("\u0000")",
      R"("\ud83d\ude00")",
      R"("\uD801\udc37")",
      R"("\ud800")",  // lone surrogate escapes pass through
      R"("\uDC00\uD800")",
      R"("\ud800\u0041")",
      R"("\uFFFF\uFFFE")",
      "\"\x7F\"",          // DEL needs no escape
      "\"\xC2\x80\"",      // lowest of two bytes
      "\"\xDF\xBF\"",      // highest of two bytes
      "\"\xE0\xA0\x80\"",  // lowest of three
      "\"\xED\x9F\xBF\"",  // the last before the surrogates
      "\"\xEE\x80\x80\"",  // the first after them
      "\"\xEF\xBF\xBF\"",  // U+FFFF
      "\"\xF0\x90\x80\x80\"",
      "\"\xF4\x8F\xBF\xBF\"",  // U+10FFFF
      "\"\xE2\x80\xA8\"",      // U+2028 unescaped
      "\"ol\xC3\xA1, amanh\xC3\xA3 \xC3\xA0s 9h\"",
      "\"a comment /* in */ a // string\"",
      "[]",
      "[ ]",
      "{}",
      "{ }",
      "[1]",
      "[1,2]",
      "[1 , 2]",
      "[[]]",
      "[[],{}]",
      "[null,1,\"1\",{}]",
      "[true\n,\tfalse\r]",
      R"({"a":1})",
      R"({"a":1,"b":2})",
      R"({"":0})",
      R"({"a":"b","a":"c"})",  // duplicate names: the caller judges
      R"({"a\u0000b":1})",
      R"({"a":[{"b":{}}]})",
      R"({"\ud800":1})",  // only members() decodes names
      "\n{\r\n\t\"a\" : 1 }\n",
      " \t\r\n0 \t\r\n",
      "-1 ",
      nested('[', ']', kMaxDepth),
  };
  for (const std::string& text : accepted) EXPECT_EQ(refusal(text), "accepted") << text;
}

TEST(JsonParse, RefusesEverythingElse) {
  using namespace std::string_literals;
  const std::string refused[] = {
      "",
      " ",
      "\n",
      "\0"s,
      "null\0"s,
      "[1,\0]"s,
      "nul",
      "nulll",
      "Null",
      "TRUE",
      "tru",
      "truE",
      "fals",
      "None",
      "undefined",
      "NaN",
      "-NaN",
      "Infinity",
      "-Infinity",
      "a",
      "*",
      "<html>",
      "\xC3\xA9",
      "\xEF\xBB\xBF",
      "\xEF\xBB\xBF{}",
      "\xFF\xFE[\0]\0"s,  // UTF-16
      "\xE2\x81\xA0[]",
      "\xC2\xA0 1",  // a no-break space is no white space
      "\f[]",
      "\v1",
      "00",
      "01",
      "-01",
      "-",
      "- 1",
      "--1",
      "+1",
      "++1",
      ".5",
      "-.5",
      "1.",
      "1.e1",
      "-1.",
      "1.5.5",
      "1e",
      "1e+",
      "1E-",
      "1e1.5",
      "1ea",
      "0x10",
      "0b1",
      "1_000",
      "1,000",
      "1 000",
      "1f",
      "\xEF\xBC\x91",  // a full-width digit
      "2.e3",
      "0e",
      "0.e1",
      "\"",
      "\"a",
      "\"\\",
      "\"\\\"",
      "'a'",
      "\"a\nb\"",
      "\"a\tb\"",
      "\"a\0b\""s,
      "\"\x1F\"",
      R"("\x41")",
      R"("\a")",
      R"("\ ")",
      R"("\0")",
      "\"\\\n\"",
      "\"\\\xC3\xA9\"",
      R"("\U0041")",
      R"("\u")",
      R"("\u00")",
      R"("\u00A")",
      R"("\u00G0")",
      R"("\u 041")",
      R"("\u+041")",
      R"("\uD800\u")",
      R"("\uD800\u1")",
      R"("\ud83d\)",
      "\"\\u00",
      "\"\x80\"",
      "\"\xBF\"",
      "\"\xC0\x80\"",  // overlong NUL
      "\"\xC0\xAF\"",  // overlong slash
      "\"\xC1\xBF\"",
      "\"\xE0\x80\xAF\"",
      "\"\xE0\x9F\xBF\"",
      "\"\xED\xA0\x80\"",  // surrogates
      "\"\xED\xBF\xBF\"",
      "\"\xF0\x80\x80\xAF\"",
      "\"\xF0\x8F\xBF\xBF\"",
      "\"\xF4\x90\x80\x80\"",  // past U+10FFFF
      "\"\xF5\x80\x80\x80\"",
      "\"\xF8\x88\x80\x80\x80\"",
      "\"\xFE\"",
      "\"\xFF\"",
      "\"\xC3\"",
      "\"\xE2\x82\"",
      "\"\xF0\x9F\x98\"",
      "\"\xC3",
      "\"\xE9\"",  // Latin-1
      "[",
      "]",
      "[1",
      "[1,",
      "[1,]",
      "[,1]",
      "[,]",
      "[1,,2]",
      "[1 2]",
      "[1;2]",
      "[1:2]",
      "[\"a\"",
      "[\"a\",\n4\n,1,",
      "[[]",
      "[]]",
      "[}",
      "[1}",
      "[a]",
      "[\xE9]",
      "[\"\":1]",
      "[-]",
      "[tru]",
      "[1]x",
      "[][]",
      "1 2",
      "{",
      "}",
      "{]",
      "{[",
      "{\"a\"",
      "{\"a\":",
      "{\"a\":1",
      "{\"a\":1,",
      "{\"a\":1,}",
      "{\"a\":1,,\"b\":2}",
      "{,}",
      "{:1}",
      "{\"a\"}",
      "{\"a\",1}",
      "{\"a\" 1}",
      "{\"a\"::1}",
      "{\"a\":}",
      "{\"a\":1 \"b\":2}",
      "{\"a\":1]",
      "{a:1}",
      "{'a':1}",
      "{1:1}",
      "{null:1}",
      "{[]:1}",
      "{\"a\":1}}",
      "{\"a\":1}#",
      "{\"a\":/*c*/1}",
      "{} // end",
      "{\"a\":\"b\"}/**/",
      "# x\n1",
      "(1)",
      "{\"a\":1,...}",
      "\"\",",
      nested('[', ']', kMaxDepth + 1),
      std::string(100'000, '['),
  };
  for (const std::string& text : refused) EXPECT_NE(refusal(text), "accepted") << text.substr(0, 80);
}

TEST(JsonParse, DoesNotOverflowOnAHundredMegabytesOfBrackets) {
  EXPECT_THAT(refusal(std::string(100'000'000, '[')), HasSubstr("nested deeper than 512 levels"));
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += "{\"a\":";
  EXPECT_THAT(refusal(objects), HasSubstr("nested deeper than 512 levels"));
}

TEST(JsonParse, CountsDepthNotContainers) {
  std::string many = "[";
  for (int i = 0; i < 10'000; ++i) many += "[{\"a\":[]}],";
  EXPECT_EQ(refusal(many + "0]"), "accepted");
}

TEST(JsonParse, NamesLineColumnAndReason) {
  const struct {
    std::string_view text;
    std::string_view error;
  } cases[] = {
      {"", "line 1, column 1: the text ends where a value is expected"},
      {"\xEF\xBB\xBF{}", "line 1, column 1: the text starts with a byte order mark; send UTF-8 without one"},
      {"{\"a\":1,}", "line 1, column 8: a comma before '}' must be followed by another member"},
      {"[1,\n 2,\n ]", "line 3, column 2: a comma before ']' must be followed by another element"},
      {"{\"a\" 1}", "line 1, column 6: expected ':' after the member name"},
      {"{\"a\":1 \"b\"}", "line 1, column 8: expected ',' or '}' after a member"},
      {"{a:1}", "line 1, column 2: expected a member name in double quotes"},
      {"\r\n\r\n[1 2]", "line 3, column 4: expected ',' or ']' after an element"},
      {"\"\xC3\xA9\xC3\xA9\n\"",
       "line 1, column 4: a control character (U+000A) in a string must be written as an escape"},
      {"\"\xC3\xA9\xE9 \"", "line 1, column 3: byte 0xE9 is not UTF-8"},
      {"[\"a", "line 1, column 4: the text ends inside a string"},
      {"[1", "line 1, column 3: the text ends inside an array"},
      {"{\"a\":1", "line 1, column 7: the text ends inside an object"},
      {"{\"a\":[1]", "line 1, column 9: the text ends inside an object"},
      {"[01]", "line 1, column 3: a number has no leading zeros"},
      {"[1.]", "line 1, column 4: expected a digit after '.'"},
      {"+1", "line 1, column 1: a number starts with a digit or '-'"},
      {"'a'", "line 1, column 1: strings are written in double quotes"},
      {"nulk", "line 1, column 4: expected 'null'"},
      {"nul", "line 1, column 4: the text ends inside 'null'"},
      {"{} {}", "line 1, column 4: the value is complete, but more text follows"},
      {"\"\\x\"", "line 1, column 3: unknown escape in a string"},
      {"\"\\u12G4\"", "line 1, column 6: \\u must be followed by four hexadecimal digits"},
      {"[NaN]",
       "line 1, column 2: expected a value: an object, an array, a string, a number, true, false or null"},
  };
  for (const auto& c : cases) EXPECT_THAT(refusal(c.text), HasSubstr(c.error)) << c.text;
}

TEST(JsonParse, KeepsTheBytesOfTheValue) {
  const std::string_view text = " \n{ \"a\" : 1.0e+00 , \"b\":\"\\ud800\\u0041\" }\t";
  const auto parsed = parse(text);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->kind, Kind::object);
  EXPECT_EQ(parsed->text.data(), text.data() + 2);
  EXPECT_EQ(parsed->text, "{ \"a\" : 1.0e+00 , \"b\":\"\\ud800\\u0041\" }");
}

TEST(JsonParse, FindsEverySpecialByteAtEveryPlaceOfAWord) {
  for (std::size_t length = 0; length < 40; ++length) {
    for (std::size_t at = 0; at < length; ++at) {
      std::string body(length, 'x');
      for (int byte = 0; byte < 256; ++byte) {
        body[at] = static_cast<char>(byte);
        const bool plain = byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
        EXPECT_EQ(parse("\"" + body + "\"").ok(), plain) << length << ' ' << at << ' ' << byte;
      }
      body.replace(at, 1, "\xC3\xA9");
      EXPECT_TRUE(parse("\"" + body + "\"")) << body;
    }
  }
}

TEST(JsonMembers, KeepsOrderDuplicatesAndRawValues) {
  const auto object = parse(R"({"id":"a","n": 1.50 ,"id":[1, 2],"o":{"x":null},"\u0061\n":true})");
  ASSERT_TRUE(object);
  const auto found = members(*object);
  ASSERT_TRUE(found);
  ASSERT_EQ(found->size(), 5U);
  EXPECT_EQ((*found)[0].key, "id");
  EXPECT_EQ((*found)[0].value.text, "\"a\"");
  EXPECT_EQ((*found)[1].value.text, "1.50");
  EXPECT_EQ((*found)[1].value.kind, Kind::number);
  EXPECT_EQ((*found)[2].key, "id");
  EXPECT_EQ((*found)[2].value.text, "[1, 2]");
  EXPECT_EQ((*found)[3].value.text, "{\"x\":null}");
  EXPECT_EQ((*found)[4].key, "a\n");
  EXPECT_EQ((*found)[4].value.kind, Kind::boolean);
}

TEST(JsonMembers, RefusesNamesThatCannotBeDecodedAndOtherKinds) {
  const auto lone = members(*parse(R"({"a":1,"\udc00":2})"));
  ASSERT_FALSE(lone);
  EXPECT_THAT(lone.error().detail(), HasSubstr("the name of member 2"));
  EXPECT_EQ(lone.error().code(), ErrorCode::invalid_argument);

  const auto array = members(*parse("[1]"));
  ASSERT_FALSE(array);
  EXPECT_EQ(array.error().detail(), "expected an object, got an array");
}

TEST(JsonMembers, StaysInsideATextThatParseNeverSaw) {
  for (const std::string_view text : {"", "{", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1 1", "x", "{1}"}) {
    EXPECT_FALSE(members(Raw{Kind::object, text})) << text;
    EXPECT_FALSE(elements(Raw{Kind::array, text})) << text;
    EXPECT_FALSE(as_string(Raw{Kind::string, text})) << text;
    EXPECT_FALSE(as_int(Raw{Kind::number, text})) << text;
    EXPECT_FALSE(as_number(Raw{Kind::number, text})) << text;
  }
}

TEST(JsonElements, KeepsOrderAndRawValues) {
  const auto found = elements(*parse("[ 1 ,\"a\", [ ], {} , null]"));
  ASSERT_TRUE(found);
  std::vector<std::string_view> texts;
  for (const Raw& element : *found) texts.push_back(element.text);
  EXPECT_THAT(texts, testing::ElementsAre("1", "\"a\"", "[ ]", "{}", "null"));
  EXPECT_TRUE(elements(*parse("[]"))->empty());
  EXPECT_FALSE(elements(*parse("{}")));
}

}  // namespace
}  // namespace recado::json
