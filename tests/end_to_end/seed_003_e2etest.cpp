// Seed 003's README as written, years moved: its four curl examples and its table of errors, against the
// embedded default.
#include <gmock/gmock.h>

#include "end_to_end/harness.hpp"

namespace recado::e2e {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

struct Seed003 : ::testing::Test {
  Recado recado{Environment{{"API_TOKEN", "seu-token"}}};
  const std::string authorised = "Authorization: Bearer seu-token\r\n";
  const std::string example = R"({
    "id": "test-2026",
    "scheduleTo": "2096-04-15T02:41:45.000Z",
    "payload": {
      "message": "Esta mensagem será enviada em 2026!",
      "priority": "high"
    },
    "webhookUrl": "https://webhook.site/seu-id-unico"
  })";

  Answer create() { return recado.ask("POST", "/messages", example, authorised); }
};

TEST_F(Seed003, SchedulesTheExample) {
  const Answer created = create();
  EXPECT_EQ(created.status, 201);
  EXPECT_EQ(created.body, R"({"status":"scheduled","messageId":"test-2026","id":"test-2026",)"
                          R"("scheduledFor":"2096-04-15T02:41:45+00:00"})");
  EXPECT_EQ(created.header("location"), "/messages/test-2026");
  EXPECT_EQ(created.header("content-type"), "application/json");
}

TEST_F(Seed003, ListsWhatIsScheduled) {
  ASSERT_EQ(create().status, 201);
  const Answer list = recado.ask("GET", "/messages", "", authorised);
  EXPECT_EQ(list.status, 200);
  const std::string timestamp = member(list.body, "timestamp");
  EXPECT_THAT(timestamp, MatchesRegex(R"(....-..-..T..:..:..(\....)?Z)"));
  EXPECT_EQ(list.body,
            R"({"scheduledJobs":[{"messageId":"test-2026","nextRun":"2096-04-15T02:41:45+00:00",)"
            R"("trigger":"date[2096-04-15 02:41:45 UTC]","webhookUrl":"https://webhook.site/seu-id-unico",)"
            R"("status":"scheduled","attemptCount":0}],"count":1,"total":1,"timestamp":")" +
                timestamp + R"(","nextCursor":null})");
}

TEST_F(Seed003, DeletesTheExample) {
  ASSERT_EQ(create().status, 201);
  const Answer deleted = recado.ask("DELETE", "/messages/test-2026", "", authorised);
  EXPECT_EQ(deleted.status, 200);
  EXPECT_EQ(deleted.body, R"({"status":"deleted","messageId":"test-2026"})");
  EXPECT_EQ(member(recado.ask("GET", "/messages", "", authorised).body, "count"), "0");
}

TEST_F(Seed003, TellsItsHealthWithoutAToken) {
  ASSERT_EQ(create().status, 201);
  const Answer health = recado.ask("GET", "/health", "", "Authorization: none\r\n");
  EXPECT_EQ(health.status, 200);
  const std::string uptime = member(health.body, "uptime");
  EXPECT_THAT(uptime, MatchesRegex(R"([0-9]+h [0-9]+m [0-9]+s)"));
  EXPECT_EQ(health.body,
            R"({"status":"healthy","redis":"connected","scheduler":"running","scheduled_jobs":1,"uptime":")" +
                uptime + R"(","version":"0.1.0","warnings":[]})");
}

TEST_F(Seed003, AnswersTheSamePathsUnderApiAndWithATrailingSlash) {
  ASSERT_EQ(create().status, 201);
  EXPECT_EQ(member(recado.ask("GET", "/api/messages/", "", authorised).body, "count"), "1");
  EXPECT_EQ(recado.ask("DELETE", "/api/messages/test-2026/", "", authorised).status, 200);
}

TEST_F(Seed003, Refuses401WithoutAToken) {
  for (const char* header :
       {"Authorization: \r\n", "Authorization: Bearer wrong\r\n", "Authorization: Basic c2V1LXRva2Vu\r\n"}) {
    for (const char* path : {"/messages", "/messages/test-2026", "/queues", "/me"}) {
      const Answer answer = recado.ask("GET", path, "", header);
      EXPECT_EQ(answer.status, 401) << path << header;
      EXPECT_THAT(answer.header("www-authenticate"), ::testing::StartsWith("Bearer"));
      EXPECT_EQ(answer.header("content-type"), "application/problem+json");
    }
  }
  EXPECT_EQ(recado.ask("POST", "/messages", example, "Authorization: Bearer wrong\r\n").status, 401);
  EXPECT_EQ(member(recado.ask("GET", "/messages", "", authorised).body, "count"), "0");
  EXPECT_EQ(recado.ask("GET", "/messages", "", "Authorization: Token seu-token\r\n").status, 200);
}

TEST_F(Seed003, Refuses404ToDeleteWhatIsNotThere) {
  const Answer answer = recado.ask("DELETE", "/messages/none", "", authorised);
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(member(answer.body, "status"), "404");
  EXPECT_EQ(member(answer.body, "title"), "Not Found");
  EXPECT_THAT(member(answer.body, "detail"), HasSubstr("none"));
}

TEST_F(Seed003, Refuses409ForAnIdThatExists) {
  ASSERT_EQ(create().status, 201);
  const Answer again = create();
  EXPECT_EQ(again.status, 409);
  EXPECT_EQ(member(again.body, "messageId"), "test-2026");
  EXPECT_EQ(member(again.body, "scheduledFor"), "2096-04-15T02:41:45+00:00");
}

TEST_F(Seed003, Refuses422ForADateOrAFieldThatIsWrong) {
  struct Case {
    const char* body;
    const char* field;
  };
  for (const Case& wrong : {
           Case{R"({"scheduleTo":"15/04/2096","webhookUrl":"https://a.example/"})", "scheduleTo"},
           Case{R"({"scheduleTo":"2096-02-30T10:00:00Z","webhookUrl":"https://a.example/"})", "scheduleTo"},
           Case{R"({"scheduleTo":"2096-04-15T02:41:45","webhookUrl":"https://a.example/"})", "scheduleTo"},
           Case{R"({"scheduleTo":12345,"webhookUrl":"https://a.example/"})", "scheduleTo"},
           Case{R"({"scheduleTo":"2096-04-15T02:41:45Z"})", "webhookUrl"},
           Case{R"({"webhookUrl":"ftp://a.example/"})", "webhookUrl"},
           Case{R"({"webhookUrl":"http://10.0.0.1/"})", "webhookUrl"},
           Case{R"({"webhookURL":"https://a.example/","webhookUrl":"https://a.example/"})", "webhookURL"},
       }) {
    const Answer answer = recado.ask("POST", "/messages", wrong.body, authorised);
    EXPECT_EQ(answer.status, 422) << wrong.body << answer.body;
    EXPECT_EQ(member(answer.body, "errors.0.field"), wrong.field) << answer.body;
    EXPECT_NE(member(answer.body, "errors.0.message"), "");
  }
  EXPECT_EQ(member(recado.ask("GET", "/messages", "", authorised).body, "count"), "0");
}

TEST(FirstStart, MakesATokenAndKeepsItInAFile) {
  Recado recado(Environment{{"API_TOKEN", ""}}, false);
  const auto line = recado.child().wait_output("the API token is in a file");
  ASSERT_TRUE(line);
  const std::string token = read_file(recado.data_dir() + "/token");
  ASSERT_GE(token.size(), 43U);
  const std::string authorised = "Authorization: Bearer " + token.substr(0, token.find('\n')) + "\r\n";
  EXPECT_TRUE(recado.wait_healthy());
  EXPECT_EQ(recado.ask("GET", "/messages", "", authorised).status, 200);
  EXPECT_THAT(recado.child().output(), ::testing::Not(HasSubstr(token.substr(0, 43))));
  recado.kill();
  recado.start();
  EXPECT_EQ(recado.ask("GET", "/messages", "", authorised).status, 200);
}

}  // namespace
}  // namespace recado::e2e
