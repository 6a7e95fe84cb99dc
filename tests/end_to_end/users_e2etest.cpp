// Users: made by the command line beside a serving recado, logging in for tokens.
#include <gmock/gmock.h>

#include <fstream>

#include "end_to_end/harness.hpp"

namespace recado::e2e {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

const char* const kPublic = "Authorization: none\r\n";

/// As from a shell: `recado … < file`.
Finished run_with_input(const std::string& arguments, const std::string& input, const Recado& recado) {
  write_file(recado.directory() + "/input", input);
  Child child({"/bin/sh", "-c", std::string("exec ") + recado_binary() + " " + arguments + " < input"},
              recado.environment(), recado.directory());
  Finished finished;
  finished.status = child.wait();
  finished.standard_output = child.whole_standard_output();
  finished.output = child.output();
  return finished;
}

TEST(Users, LogInForATokenAsInSeed002) {
  Recado recado;
  const auto added = run_with_input("user add ana --password-stdin", "correct horse\nmore\n", recado);
  ASSERT_EQ(added.status, 0) << added.output;
  EXPECT_THAT(added.output, Not(HasSubstr("horse")));

  const auto form = std::string(kPublic) + "Content-Type: application/x-www-form-urlencoded\r\n";
  const Answer answer = recado.ask("POST", "/api-token-auth/", "username=ana&password=correct%20horse", form);
  ASSERT_EQ(answer.status, 200) << answer.body;
  const auto token = "Authorization: Token " + member(answer.body, "token") + "\r\n";
  EXPECT_EQ(recado.ask("GET", "/api/contacts/", "", token).status, 200);
  EXPECT_EQ(recado.ask("POST", "/api/contacts/", R"({"name":"Ana"})", token).status, 201);
  EXPECT_EQ(recado.ask("GET", "/tokens", "", token).status, 403);

  // The same after a restart, and on JSON.
  recado.terminate();
  recado.start();
  const std::string body = R"({"username":"ana","password":"correct horse"})";
  EXPECT_EQ(member(recado.ask("POST", "/auth/token", body, kPublic).body, "token"),
            member(answer.body, "token"));
  EXPECT_EQ(recado.ask("GET", "/me", "", token).status, 200);
  EXPECT_EQ(recado.ask("POST", "/auth/token", R"({"username":"ana","password":"correct"})", kPublic).status,
            401);

  EXPECT_EQ(
      run_recado({"user", "add", "ana", "--password", "x"}, recado.environment(), recado.directory()).status,
      1);
  EXPECT_THAT(run_recado({"user", "list"}, recado.environment(), recado.directory()).standard_output,
              AllOf(HasSubstr("ana"), HasSubstr("read,write")));
  EXPECT_EQ(run_recado({"user", "remove", "ana"}, recado.environment(), recado.directory()).status, 0);
  EXPECT_TRUE(eventually([&] { return recado.ask("GET", "/me", "", token).status == 401; }, Millis{5'000}));
  EXPECT_EQ(recado.ask("POST", "/auth/token", body, kPublic).status, 401);
  EXPECT_EQ(run_recado({"user", "remove", "ana"}, recado.environment(), recado.directory()).status, 1);
}

TEST(Users, AreAddedBeforeTheFirstStart) {
  TempDir dir;
  const Environment environment = {{"DATA_DIR", dir.path() + "/data"}};
  const auto added =
      run_recado({"user", "add", "ana", "--password", "correct horse"}, environment, dir.path());
  EXPECT_EQ(added.status, 0) << added.output;
  EXPECT_THAT(run_recado({"user", "list", "--json"}, environment, dir.path()).standard_output,
              HasSubstr(R"("name":"ana")"));
  const auto empty = run_recado({"user", "add", "bia", "--password", ""}, environment, dir.path());
  EXPECT_EQ(empty.status, 2);
  EXPECT_THAT(empty.output, HasSubstr("password"));
}

}  // namespace
}  // namespace recado::e2e
