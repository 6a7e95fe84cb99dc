#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

#include "base/json.hpp"

namespace recado::json {
namespace {

using testing::HasSubstr;

Raw raw(std::string_view text) {
  return parse(text).value();
}

TEST(JsonAsString, DecodesEveryEscape) {
  EXPECT_EQ(*as_string(raw(R"("")")), "");
  EXPECT_EQ(*as_string(raw(R"("a\"b\\c\/d\b\f\n\r\t")")), "a\"b\\c/d\b\f\n\r\t");
  EXPECT_EQ(*as_string(raw(R"("\u0041\u00e9\u20AC\uFFFF")")), "A\xC3\xA9\xE2\x82\xAC\xEF\xBF\xBF");
  EXPECT_EQ(*as_string(raw(R"("\ud83d\ude00!")")), "\xF0\x9F\x98\x80!");
  EXPECT_EQ(*as_string(raw(R"("\uDBFF\uDFFF")")), "\xF4\x8F\xBF\xBF");
  EXPECT_EQ(*as_string(raw(R"("a\u0000b")")), std::string("a\0b", 3));
  EXPECT_EQ(*as_string(raw("\"amanh\xC3\xA3\"")), "amanh\xC3\xA3");
}

TEST(JsonAsString, RefusesLoneSurrogatesAndOtherKinds) {
  for (const char* text : {R"("\ud800")", R"("\udc00")", R"("\udc00\ud800")", R"("\ud800\ud800\udc00")",
                           R"("\ud800x")", R"("\ud800\n")", R"("\ud800\u0041")"}) {
    const auto decoded = as_string(raw(text));
    ASSERT_FALSE(decoded) << text;
    EXPECT_THAT(decoded.error().detail(), HasSubstr("half of a surrogate pair")) << text;
  }
  EXPECT_EQ(as_string(raw("1")).error().detail(), "expected a string, got a number");
}

TEST(JsonAsInt, ReadsWholeNumbersHoweverWritten) {
  const std::pair<const char*, std::int64_t> cases[] = {
      {"0", 0},
      {"-0", 0},
      {"0.0", 0},
      {"0e99999999999999999999", 0},
      {"-0.000e-5", 0},
      {"7", 7},
      {"1e3", 1000},
      {"5.0", 5},
      {"1.5e1", 15},
      {"120E-1", 12},
      {"1200000e-5", 12},
      {"0.00012e5", 12},
      {"9007199254740993.0", 9007199254740993},  // a double would lose the last digit
      {"9223372036854775807", INT64_MAX},
      {"922337203685477580.7e1", INT64_MAX},
      {"-9223372036854775808", INT64_MIN},
      {"-9223372036854775808.000", INT64_MIN},
  };
  for (const auto& [text, expected] : cases) {
    const auto number = as_int(raw(text));
    ASSERT_TRUE(number) << text << ": " << number.error().detail();
    EXPECT_EQ(*number, expected) << text;
  }
}

TEST(JsonAsInt, RefusesFractionsAndWhatDoesNotFit) {
  for (const char* text :
       {"1.5", "1e-1", "0.1", "5e-1000000", "123456789.000000001", "1e-99999999999999999999"}) {
    EXPECT_EQ(as_int(raw(text)).error().detail(), "expected a whole number") << text;
  }
  for (const char* text : {"9223372036854775808", "-9223372036854775809", "1e19", "1e99999999999999999999",
                           "123456789012345678901234567890", "18446744073709551617"}) {
    EXPECT_EQ(as_int(raw(text)).error().detail(), "the number is out of range") << text;
  }
  EXPECT_EQ(as_int(raw("\"1\"")).error().detail(), "expected a number, got a string");
}

TEST(JsonAsNumber, ReadsTheNearestDouble) {
  EXPECT_EQ(*as_number(raw("0")), 0.0);
  EXPECT_EQ(*as_number(raw("-1")), -1.0);
  EXPECT_EQ(*as_number(raw("1.5e3")), 1500.0);
  EXPECT_EQ(*as_number(raw("0.1")), 0.1);
  EXPECT_EQ(*as_number(raw("18446744073709551615")), 18446744073709551615.0);
  EXPECT_EQ(*as_number(raw("123456789012345678901234567890")), 123456789012345678901234567890.0);
  EXPECT_EQ(*as_number(raw("2.2250738585072011e-308")), 2.2250738585072011e-308);
  EXPECT_EQ(*as_number(raw("1.7976931348623157e308")), std::numeric_limits<double>::max());
  EXPECT_EQ(*as_number(raw("1e-400")), 0.0);
  EXPECT_EQ(*as_number(raw("1e-99999999999999999999")), 0.0);
  EXPECT_EQ(*as_number(raw("0." + std::string(2000, '0') + "1e2001")), 1.0);
}

TEST(JsonAsNumber, RefusesWhatNoDoubleHolds) {
  for (const std::string& text : {std::string("1e309"), std::string("-1e400"),
                                  std::string("1e99999999999999999999"), std::string(400, '9')}) {
    EXPECT_EQ(as_number(raw(text)).error().detail(), "the number is out of range") << text;
  }
  EXPECT_FALSE(as_number(raw("null")));
}

TEST(JsonAsBool, ReadsTrueAndFalse) {
  EXPECT_TRUE(*as_bool(raw("true")));
  EXPECT_FALSE(*as_bool(raw("false")));
  EXPECT_EQ(as_bool(raw("0")).error().detail(), "expected true or false, got a number");
}

TEST(JsonQuote, EscapesWhatMustBeAndKeepsTheRest) {
  EXPECT_EQ(quote(""), "\"\"");
  EXPECT_EQ(quote("plain /text/"), "\"plain /text/\"");
  EXPECT_EQ(quote("a\"b\\c"), R"("a\"b\\c")");
  EXPECT_EQ(quote("\b\f\n\r\t\x01\x1f"), R"("\b\f\n\r\t\u0001\u001f")");
  EXPECT_EQ(quote(std::string("\0", 1)), R"("\u0000")");
  EXPECT_EQ(quote("amanh\xC3\xA3 \xF0\x9F\x98\x80"), "\"amanh\xC3\xA3 \xF0\x9F\x98\x80\"");
}

TEST(JsonQuote, ReplacesInvalidUtf8) {
  const std::string replacement = "\xEF\xBF\xBD";
  EXPECT_EQ(quote("\xE9"), "\"" + replacement + "\"");
  EXPECT_EQ(quote("a\xE2\x82"), "\"a" + replacement + "\"");
  EXPECT_EQ(quote("\xE2\x82z"), "\"" + replacement + "z\"");
  EXPECT_EQ(quote("\xC0\xAF"), "\"" + replacement + replacement + "\"");
  EXPECT_EQ(quote("\xED\xA0\x80"), "\"" + replacement + replacement + replacement + "\"");
}

TEST(JsonWriter, KeepsCommasAndNestingRight) {
  Writer w;
  w.begin_object()
      .key("id")
      .value("x")
      .member("n", 3)
      .member("big", std::int64_t{INT64_MIN})
      .member("size", std::size_t{7})
      .member("count", 4'000'000'000U)
      .member("ok", true)
      .member("ratio", 0.5)
      .member("name", std::string("a\"b"))
      .member("view", std::string_view("v"))
      .member("text", "literal")
      .member("absent", std::optional<std::string>{})
      .member("present", std::optional<int>{1});
  w.key("list")
      .begin_array()
      .value(1)
      .begin_array()
      .end_array()
      .begin_object()
      .end_object()
      .null()
      .value("s")
      .end_array();
  w.key("payload").raw("{ \"as\": 1.0 }").key("last").null().end_object();
  EXPECT_EQ(w.str(),
            R"({"id":"x","n":3,"big":-9223372036854775808,"size":7,"count":4000000000,"ok":true,"ratio":0.5,)"
            R"("name":"a\"b","view":"v","text":"literal","absent":null,"present":1,)"
            R"("list":[1,[],{},null,"s"],"payload":{ "as": 1.0 },"last":null})");
}

TEST(JsonWriter, WritesOneValueAtTheTop) {
  EXPECT_EQ(Writer().value("a").str(), "\"a\"");
  EXPECT_EQ(Writer().begin_array().end_array().str(), "[]");
  EXPECT_EQ(Writer().null().str(), "null");
}

TEST(JsonWriter, WritesNullForNumbersThatJsonLacks) {
  Writer w;
  w.begin_array().value(std::nan("")).value(HUGE_VAL).value(-HUGE_VAL).value(1e300).end_array();
  EXPECT_EQ(w.str(), "[null,null,null,1e300]");
}

}  // namespace
}  // namespace recado::json
