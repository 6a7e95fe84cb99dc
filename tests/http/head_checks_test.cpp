// What is judged by a request's head, and what answers look like on the wire.
#include <gmock/gmock.h>

#include "http/cors.hpp"
#include "http/reply.hpp"
#include "http/request_checks.hpp"

namespace recado::http {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(ContentType, IsComparedIgnoringCaseAndParameters) {
  Route json;
  Route text;
  text.content_types = {"text/csv", "multipart/form-data"};
  struct Case {
    const char* type;
    bool json;
    bool text;
  };
  const Case cases[] = {
      {"application/json", true, false},
      {"Application/JSON; charset=UTF-8", true, false},
      {"application/json;charset=\"utf-8\"", true, false},
      {"application/json ; x=y; charset=utf8", true, false},
      {"application/vnd.api+json", true, false},
      {"application/json; charset=iso-8859-1", false, false},
      {"application/json; charset=utf-16", false, false},
      {"application/jsonp", false, false},
      {"+json", false, false},
      {"application", false, false},
      {"", false, false},
      {"text/csv", false, true},
      {"TEXT/CSV; header=present", false, true},
      {"multipart/form-data; boundary=x", false, true},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(accepts_content_type(json, c.type), c.json) << c.type;
    EXPECT_EQ(accepts_content_type(text, c.type), c.text) << c.type;
  }
}

TEST(MediaType, ABodyWithoutOneIsJson) {
  Request request;
  Route route;
  EXPECT_FALSE(refuse_media_type(request, route));
  route.content_types = {"text/csv"};
  EXPECT_EQ(refuse_media_type(request, route)->status, 415);
}

TEST(MediaType, RefusesEncodedBodies) {
  Request request;
  request.headers = {{"content-encoding", "gzip"}};
  EXPECT_EQ(refuse_media_type(request, Route())->status, 415);
  request.headers = {{"content-encoding", "Identity"}};
  EXPECT_FALSE(refuse_media_type(request, Route()));
}

TEST(Expect, OnlyKnows100Continue) {
  Request request;
  EXPECT_FALSE(refuse_expectation(request));
  request.headers = {{"expect", "100-Continue"}};
  EXPECT_FALSE(refuse_expectation(request));
  EXPECT_TRUE(expects_continue(request));
  request.headers = {{"expect", "the spanish inquisition"}};
  EXPECT_EQ(refuse_expectation(request)->status, 417);
  request.version = 10;
  EXPECT_FALSE(refuse_expectation(request));
}

TEST(Cors, SaysNothingWithoutAllowedOrigins) {
  Request request;
  request.headers = {{"origin", "https://a.example"}};
  EXPECT_EQ(Cors({}).headers(request, Response()), "");
}

TEST(Cors, AnswersAllowedOriginsOnly) {
  const Cors cors({"https://A.example/", "http://localhost:3000"});
  Request request;
  EXPECT_EQ(cors.headers(request, Response()), "Vary: Origin\r\n");
  request.headers = {{"origin", "https://a.example"}};
  EXPECT_EQ(cors.headers(request, Response()),
            "Vary: Origin\r\nAccess-Control-Allow-Origin: https://a.example\r\n"
            "Access-Control-Expose-Headers: Location, Link, X-Total-Count, Retry-After\r\n");
  request.headers = {{"origin", "https://evil.example"}};
  EXPECT_EQ(cors.headers(request, Response()), "Vary: Origin\r\n");
  EXPECT_THAT(Cors({"*"}).headers(request, Response()), HasSubstr("Access-Control-Allow-Origin: *\r\n"));
}

TEST(Cors, AnswersPreflightsWithThePathsMethods) {
  Request request;
  request.method = "OPTIONS";
  request.headers = {{"origin", "https://a.example"}, {"access-control-request-method", "PUT"}};
  Response answer;
  answer.headers = {{"Allow", "GET, PUT"}};
  const std::string lines = Cors({"https://a.example"}).headers(request, answer);
  EXPECT_THAT(lines, HasSubstr("Access-Control-Allow-Methods: GET, PUT\r\n"));
  EXPECT_THAT(lines, HasSubstr("Access-Control-Allow-Headers: Authorization, Content-Type\r\n"));
  EXPECT_THAT(lines, HasSubstr("Access-Control-Max-Age: "));
}

TEST(CommonHeaders, HoldTheDateOfTheSecond) {
  CommonHeaders common;
  EXPECT_EQ(common.lines(from_ms(784111777'999)),
            "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nServer: recado\r\nX-Content-Type-Options: nosniff\r\n");
  EXPECT_THAT(std::string(common.lines(from_ms(784111778'000))), HasSubstr("08:49:38"));
}

TEST(Reply, WritesLengthConnectionAndTheHandlersHeaders) {
  std::string out;
  Response response = Response::json(201, "{}");
  response.headers.emplace_back("Location", "/x");
  ReplyOptions options;
  options.keep_alive = true;
  append_reply_head(out, response, options);
  EXPECT_EQ(
      out,
      "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nLocation: /x\r\nCache-Control: no-store\r\n"
      "Content-Length: 2\r\n\r\n");
  out.clear();
  options.version = 10;
  append_reply_head(out, Response(204, "", ""), options);
  EXPECT_EQ(out, "HTTP/1.1 204 No Content\r\nCache-Control: no-store\r\nConnection: keep-alive\r\n\r\n");
  out.clear();
  options.keep_alive = false;
  append_reply_head(out, Response(304, "", ""), options);
  EXPECT_THAT(out, Not(HasSubstr("Content-Length")));
  EXPECT_THAT(out, HasSubstr("Connection: close\r\n"));
}

}  // namespace
}  // namespace recado::http
