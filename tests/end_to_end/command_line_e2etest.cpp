// The commands and what stops a start.
#include <gmock/gmock.h>

#include <algorithm>
#include <csignal>

#include "end_to_end/harness.hpp"

namespace recado::e2e {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;

std::size_t lines(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

TEST(Start, IsRefusedOnADataDirThatIsInUse) {
  Recado recado;
  const Finished second = run_recado({"serve"}, recado.environment(), recado.directory());
  EXPECT_EQ(second.status, 78);
  EXPECT_THAT(second.output, HasSubstr("DATA_DIR"));
  EXPECT_EQ(lines(second.output), 1U) << second.output;
  EXPECT_EQ(recado.get("/health").status, 200);
}

TEST(Start, IsRefusedWithOneLineForWhatCannotWork) {
  TempDir dir;
  const struct {
    const char* name;
    const char* value;
  } cases[] = {
      {"API_PORT", "http"},         {"API_PORT", "70000"},         {"API_HOST", "not an address"},
      {"LOG_LEVEL", "LOUD"},        {"REDIS_URL", "http://x"},     {"WEBHOOK_ALLOW_NETWORKS", "127.0.0.0/99"},
      {"HISTORY_RETENTION", "-1h"}, {"MAX_BODY_BYTES", "plenty"},  {"WEBHOOK_SIGNING_SECRET", "whsec_short"},
      {"DRAIN_TIMEOUT", "soon"},    {"DATA_DIR", "/proc/nowhere"}, {"TLS_CERT_FILE", "/nowhere.pem"},
  };
  for (const auto& wrong : cases) {
    Environment environment = {{"DATA_DIR", dir.path() + "/data"}, {"API_PORT", "0"}};
    environment[wrong.name] = wrong.value;
    const Finished finished = run_recado({"serve"}, environment, dir.path());
    EXPECT_EQ(finished.status, 78) << wrong.name << "=" << wrong.value << "\n" << finished.output;
    EXPECT_THAT(finished.output, HasSubstr(wrong.name));
    EXPECT_EQ(lines(finished.output), 1U) << finished.output;
  }
}

TEST(Start, RefusesARedisUrlThatCannotBeMeantWhateverTheCommand) {
  TempDir dir;
  for (const char* url : {"redis+sentinel://:hunter2@127.0.0.1", "redis+cluster://:hunter2@127.0.0.1/3",
                          "redis+cluster://:hunter2@127.0.0.1,", "redis://:hunter2@127.0.0.1:x"}) {
    const Environment environment = {
        {"DATA_DIR", dir.path() + "/data"}, {"API_PORT", "1"}, {"REDIS_URL", url}};
    for (const char* command : {"serve", "config", "health"}) {
      const Finished finished = run_recado({command}, environment, dir.path());
      EXPECT_EQ(finished.status, 78) << command << " " << url;
      EXPECT_THAT(finished.output, HasSubstr("REDIS_URL"));
      EXPECT_THAT(finished.output, Not(HasSubstr("hunter2")));
      EXPECT_EQ(lines(finished.output), 1U) << finished.output;
    }
    const Finished import = run_recado({"import", "--from", url}, {}, dir.path());
    EXPECT_EQ(import.status, 78) << url;
    EXPECT_THAT(import.output, HasSubstr("--from"));
    EXPECT_EQ(lines(import.output), 1U) << import.output;
  }
}

TEST(Start, NeedsATokenWithARedisOfOnesOwn) {
  TempDir dir;
  const Environment environment = {
      {"DATA_DIR", dir.path() + "/data"}, {"API_PORT", "0"}, {"REDIS_URL", "redis://127.0.0.1:1"}};
  const Finished finished = run_recado({"serve"}, environment, dir.path());
  EXPECT_EQ(finished.status, 78);
  EXPECT_THAT(finished.output, HasSubstr("API_TOKEN"));
}

TEST(Start, IsRefusedWhereThePortIsTaken) {
  Recado recado;
  TempDir dir;
  const Environment environment = {{"DATA_DIR", dir.path() + "/data"},
                                   {"API_PORT", std::to_string(recado.port())}};
  const Finished finished = run_recado({"serve"}, environment, dir.path());
  EXPECT_EQ(finished.status, 78);
  EXPECT_THAT(finished.output, HasSubstr(std::to_string(recado.port())));
}

TEST(Settings, ComeFromDotenvEnvironmentAndFlagsTheLaterWinning) {
  TempDir dir;
  write_file(dir.path() + "/.env",
             "LOG_LEVEL=DEBUG # loud\nHISTORY_MAX=7\nexport MAX_IN_FLIGHT='9'\nAPI_TOKEN=hidden-token\n");
  const Environment environment = {{"HISTORY_MAX", "8"}, {"MAX_IN_FLIGHT_PER_ORIGIN", "3"}};
  const Finished finished =
      run_recado({"config", "--max-in-flight-per-origin", "4"}, environment, dir.path());
  EXPECT_EQ(finished.status, 0) << finished.output;
  EXPECT_THAT(finished.standard_output, HasSubstr("LOG_LEVEL=DEBUG"));
  EXPECT_THAT(finished.standard_output, HasSubstr("HISTORY_MAX=8"));
  EXPECT_THAT(finished.standard_output, HasSubstr("MAX_IN_FLIGHT=9"));
  EXPECT_THAT(finished.standard_output, HasSubstr("MAX_IN_FLIGHT_PER_ORIGIN=4"));
  EXPECT_THAT(finished.output, ::testing::Not(HasSubstr("hidden-token")));
}

TEST(CommandLine, RefusesWhatItDoesNotKnow) {
  TempDir dir;
  for (const char* argument : {"sevre", "--api-prot=1", "--api-token=secret"}) {
    const Finished finished = run_recado({argument}, {}, dir.path());
    EXPECT_EQ(finished.status, 2) << finished.output;
    EXPECT_EQ(lines(finished.output), 1U) << finished.output;
  }
  EXPECT_THAT(run_recado({"--version"}, {}, dir.path()).standard_output, MatchesRegex("recado [0-9.]+\n"));
  EXPECT_THAT(run_recado({"--help"}, {}, dir.path()).standard_output, HasSubstr("serve"));
}

TEST(HealthCommand, TellsByItsExitCode) {
  Recado recado;
  Environment environment = recado.environment();
  environment["API_PORT"] = std::to_string(recado.port());
  EXPECT_EQ(run_recado({"health"}, environment, recado.directory()).status, 0);
  EXPECT_EQ(recado.terminate(), 0);
  EXPECT_EQ(run_recado({"health"}, environment, recado.directory()).status, 1);
}

TEST(ListenCommand, ShowsWhatArrives) {
  Recado recado;
  std::vector<std::string> arguments = {recado_binary(), "listen", "--port", "0", "--status", "202"};
  Child listening(arguments, recado.environment(), recado.directory());
  const auto line = listening.wait_output("127.0.0.1:");
  ASSERT_TRUE(line) << listening.output();
  const std::string url = "http://127.0.0.1:" + std::to_string(std::atoi(line->c_str() + 10)) + "/hook";
  ASSERT_EQ(recado.post("/messages", message("shown", now(), url)).status, 201);
  EXPECT_TRUE(listening.wait_output("/hook")) << listening.output();
  ASSERT_TRUE(recado.wait_status("shown", "delivered"));
  EXPECT_EQ(member(recado.get("/messages/shown").body, "attempts.0.status"), "202");
  listening.signal(SIGTERM);
  EXPECT_EQ(listening.wait(), 0) << listening.output();
}

TEST(DemoCommand, RunsToItsEnd) {
  TempDir dir;
  const Finished demo = run_recado({"demo"}, {}, dir.path());
  EXPECT_EQ(demo.status, 0) << demo.output;
  EXPECT_GT(lines(demo.standard_output), 5U);
}

}  // namespace
}  // namespace recado::e2e
