// Named tokens: made and revoked by the command line and the API, on one node and on two, with Redis and
// without.
#include <gmock/gmock.h>

#include <csignal>
#include <filesystem>

#include "end_to_end/harness.hpp"

namespace recado::e2e {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;

std::string with(const std::string& token) {
  return "Authorization: Bearer " + token + "\r\n";
}

std::string made_by_command_line(const Environment& environment, const std::string& directory,
                                 const std::vector<std::string>& more) {
  std::vector<std::string> arguments = {"token", "create"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  auto finished = run_recado(arguments, environment, directory);
  EXPECT_EQ(finished.status, 0) << finished.output;
  std::string value = finished.standard_output;
  EXPECT_THAT(value, MatchesRegex("recado_[A-Za-z0-9_-]{43}\n")) << "the value alone";
  if (!value.empty()) value.pop_back();
  return value;
}

TEST(TokenCommand, WorksBesideARunningRecado) {
  Recado recado;
  const Environment& environment = recado.environment();
  const std::string directory = recado.data_dir() + "/..";
  const std::string value =
      made_by_command_line(environment, directory, {"n8n", "--scope", "read,write", "--expires", "90d"});
  const Answer me = recado.ask("GET", "/me", "", with(value));
  EXPECT_EQ(me.body, R"({"account":"main","tokenName":"n8n","scopes":["read","write"]})")
      << "at its first use";
  EXPECT_EQ(recado.ask("GET", "/tokens", "", with(value)).status, 403);

  const auto twice = run_recado({"token", "create", "n8n", "--scope", "read"}, environment, directory);
  EXPECT_EQ(twice.status, 1);
  EXPECT_THAT(twice.output, HasSubstr("there is a token of that name, with the id 1"));
  const auto listed = run_recado({"token", "list"}, environment, directory);
  EXPECT_THAT(listed.standard_output,
              AllOf(HasSubstr("n8n"), HasSubstr("read,write"), Not(HasSubstr(value))));

  EXPECT_EQ(run_recado({"token", "revoke", "n8n"}, environment, directory).status, 0);
  EXPECT_TRUE(
      eventually([&] { return recado.ask("GET", "/me", "", with(value)).status == 401; }, Millis{5'000}));
  EXPECT_EQ(run_recado({"token", "revoke", "n8n"}, environment, directory).status, 1);

  // The value is nowhere but where it was shown.
  recado.terminate();
  EXPECT_THAT(recado.child().output(), Not(HasSubstr(value.substr(7))));
  for (const auto& entry : std::filesystem::recursive_directory_iterator(recado.data_dir())) {
    if (!entry.is_regular_file()) continue;
    EXPECT_EQ(read_file(entry.path()).find(value.substr(7)), std::string::npos) << entry.path();
    EXPECT_EQ(entry.status().permissions() & std::filesystem::perms(0077), std::filesystem::perms::none)
        << entry.path();
  }
}

TEST(TokenCommand, WorksWithoutOneAndKeepsTheLastUse) {
  Recado recado;
  const std::string directory = recado.data_dir() + "/..";
  const Answer made = recado.post("/tokens", R"({"name":"painel","scopes":["read"]})");
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(recado.ask("GET", "/messages", "", with(member(made.body, "token"))).status, 200);
  EXPECT_EQ(recado.terminate(), 0);
  const auto listed = run_recado({"token", "list", "--json"}, recado.environment(), directory);
  EXPECT_EQ(member(listed.standard_output, "0.name"), "painel");
  EXPECT_NE(member(listed.standard_output, "0.lastUsedAt"), "null") << listed.standard_output;
  const std::string value =
      made_by_command_line(recado.environment(), directory, {"later", "--scope", "admin"});
  recado.start();
  EXPECT_EQ(recado.ask("GET", "/tokens", "", with(value)).status, 200);
}

struct SharedTokens : ::testing::Test {
  redis::testing::Server server{{"--appendonly", "yes"}};
  const Environment environment = {{"REDIS_URL", "unix://" + server.dir() + "/redis.sock"}};
  Recado one{environment};
};

TEST_F(SharedTokens, AreKnownAtOnceAndRefusedWithinSecondsOnEveryNode) {
  Recado two{environment};
  const Answer made = one.post("/tokens", R"({"name":"ci","scopes":["write"]})");
  ASSERT_EQ(made.status, 201) << made.body;
  const std::string header = with(member(made.body, "token"));
  EXPECT_EQ(two.ask("GET", "/me", "", header).status, 200) << "on a node that was not told";
  EXPECT_EQ(one.ask("GET", "/me", "", header).status, 200);
  ASSERT_EQ(one.ask("DELETE", "/tokens/" + member(made.body, "id")).status, 204);
  EXPECT_EQ(one.ask("GET", "/me", "", header).status, 401) << "at once where it was revoked";
  EXPECT_TRUE(eventually([&] { return two.ask("GET", "/me", "", header).status == 401; }, Millis{5'000}));
}

TEST_F(SharedTokens, GoOnWhileRedisIsAway) {
  const Answer made = one.post("/tokens", R"({"name":"ci","scopes":["read"]})");
  ASSERT_EQ(made.status, 201) << made.body;
  const std::string known = with(member(made.body, "token"));
  server.kill(SIGKILL);
  EXPECT_EQ(one.ask("GET", "/me", "", known).status, 200);
  EXPECT_EQ(one.ask("GET", "/messages", "", known).status, 503);
  EXPECT_EQ(one.ask("POST", "/messages", "{}", known).status, 403);
  const Answer unknown = one.ask("GET", "/me", "", with("recado_" + std::string(43, 'x')));
  EXPECT_EQ(unknown.status, 503) << "another node may have made it";
  EXPECT_EQ(unknown.header("retry-after"), "1");
  EXPECT_EQ(one.ask("GET", "/me", "", with("anything-else")).status, 401) << "this can be nobody's";
  server.start();
  ASSERT_TRUE(one.wait_healthy());
  EXPECT_EQ(one.ask("GET", "/me", "", with("recado_" + std::string(43, 'x'))).status, 401);
  EXPECT_EQ(one.ask("GET", "/messages", "", known).status, 200);
}

TEST_F(SharedTokens, AreMadeByTheCommandLineOnAnExternalRedis) {
  const std::string value = made_by_command_line(environment, server.dir(), {"ci", "--scope", "read"});
  EXPECT_EQ(one.ask("GET", "/messages", "", with(value)).status, 200);
}

TEST(WrongTokens, AreAnswered429AndLockNobodyOut) {
  Recado recado;
  int refused = 0;
  Answer last;
  for (int i = 0; i < 30 && last.status != 429; ++i) {
    last = recado.ask("GET", "/messages", "", with("guess-" + std::to_string(i)));
    refused += last.status == 401 ? 1 : 0;
  }
  EXPECT_EQ(last.status, 429);
  EXPECT_GE(refused, 10);
  EXPECT_GT(std::atoi(last.header("retry-after").c_str()), 0);
  EXPECT_EQ(recado.get("/messages").status, 200) << "a good token from the same address";
  EXPECT_EQ(recado.ask("GET", "/health", "", with("guess")).status, 200) << "open to everybody";
  EXPECT_TRUE(recado.child().wait_output("too many wrong tokens from one address"));
}

}  // namespace
}  // namespace recado::e2e
