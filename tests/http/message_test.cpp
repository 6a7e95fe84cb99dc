#include "http/message.hpp"

#include <gmock/gmock.h>

namespace recado::http {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

TEST(Target, IsNormalisedToTheRoutedPath) {
  struct Case {
    const char* target;
    const char* path;
    const char* query;
  };
  const Case cases[] = {
      {"/", "/", ""},
      {"/messages", "/messages", ""},
      {"/messages/", "/messages", ""},
      {"/messages///", "/messages", ""},
      {"/api/messages", "/messages", ""},
      {"/api", "/", ""},
      {"/api/", "/", ""},
      {"/apix/y", "/apix/y", ""},
      {"/api/api/x", "/api/x", ""},
      {"//", "//", ""},
      {"//messages", "//messages", ""},
      {"/a//b/", "/a//b", ""},
      {"/a/../b", "/a/../b", ""},
      {"/a%2Fb", "/a%2Fb", ""},
      {"/m?x=1&y=/z/", "/m", "x=1&y=/z/"},
      {"/m/?", "/m", ""},
      {"/?a?b", "/", "a?b"},
      {"http://host:80/api/m/?q", "/m", "q"},
      {"HTTPS://host", "/", ""},
      {"http://host?q=1", "/", "q=1"},
      {"*", "*", ""},
  };
  for (const auto& c : cases) {
    Request request;
    ASSERT_TRUE(assign_target(request, c.target)) << c.target;
    EXPECT_EQ(request.path, c.path) << c.target;
    EXPECT_EQ(request.query, c.query) << c.target;
    EXPECT_EQ(request.target, c.target);
  }
}

TEST(Target, IsRefusedWhenMalformed) {
  for (const char* target : {"", "messages", "host:443", "ftp://host/x", "http:///x", "/%", "/%4", "/%zz",
                             "/a#b", "/a b", "/\x01", "/\x7f", "/caf\xc3\xa9", "/x?y=%g1"}) {
    Request request;
    EXPECT_FALSE(assign_target(request, target)) << target;
  }
}

TEST(Request, GivesQueryParametersDecodedAndInOrder) {
  Request request;
  request.query = "status=failed&tag=a%26b&tag=c+d&empty=&flag&&x=1=2";
  EXPECT_THAT(request.query_parameters(),
              ElementsAre(Pair("status", "failed"), Pair("tag", "a&b"), Pair("tag", "c d"), Pair("empty", ""),
                          Pair("flag", ""), Pair("x", "1=2")));
}

TEST(Request, FindsTheFirstHeaderOfAName) {
  Request request;
  request.headers = {{"a", "1"}, {"b", "2"}, {"a", "3"}};
  EXPECT_EQ(request.header("a"), "1");
  EXPECT_EQ(request.header("c"), std::nullopt);
}

TEST(PercentEncoding, RoundTripsAnyBytes) {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  const auto decoded = percent_decode(percent_encode(all));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded.value(), all);
  EXPECT_EQ(percent_encode("a/b ~é"), "a%2Fb%20~%C3%A9");
  EXPECT_EQ(percent_decode("a+b").value(), "a+b");
}

TEST(PercentEncoding, RefusesBadEscapes) {
  for (const char* text : {"%", "%a", "%-1", "x%2", "%%41"}) EXPECT_FALSE(percent_decode(text)) << text;
}

TEST(Problem, IsAnRfc9457Document) {
  const auto plain = problem(404, "no \"x\"");
  EXPECT_EQ(plain.status, 404);
  EXPECT_EQ(plain.body, R"({"type":"about:blank","title":"Not Found","status":404,"detail":"no \"x\""})");
  EXPECT_THAT(plain.headers, ElementsAre(Pair("Content-Type", "application/problem+json")));
  std::vector<FieldError> errors;
  errors.emplace_back("to", "missing");
  errors.emplace_back("at", "late");
  EXPECT_THAT(
      problem(422, "d", errors, R"("messageId":"m")").body,
      HasSubstr(
          R"("errors":[{"field":"to","message":"missing"},{"field":"at","message":"late"}],"messageId":"m"})"));
}

}  // namespace
}  // namespace recado::http
