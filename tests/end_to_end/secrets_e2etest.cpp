// Secrets stay where they belong: not in the log, not in errors, not in `recado config`, not in files or
// command lines that others can read.
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>

#include "end_to_end/harness.hpp"

namespace recado::e2e {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// Occurs nowhere else.
constexpr const char* kMarker = "Sw0rdfish";

TEST(Secrets, AreMaskedByConfig) {
  const redis::testing::TempDir directory;
  const std::string marker = kMarker;
  const Environment environment = {
      {"API_TOKEN", "token-" + marker},
      {"WEBHOOK_SIGNING_SECRET", "whsec_" + marker + "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},
      {"SECRETS_KEY", "key-" + marker},
      {"REDIS_URL", "rediss://user:" + marker + "@redis.example:6380/1"}};
  const auto shown = run_recado({"config"}, environment, directory.path());
  EXPECT_EQ(shown.status, 0) << shown.output;
  EXPECT_THAT(shown.output, Not(HasSubstr(marker)));
  for (const auto& [name, value] : environment) EXPECT_THAT(shown.standard_output, HasSubstr(name + "=****"));
  const auto by_host =
      run_recado({"config"}, {{"REDIS_HOST", "redis.example"}, {"REDIS_PASSWORD", marker}}, directory.path());
  EXPECT_THAT(by_host.output, Not(HasSubstr(marker)));
}

TEST(Secrets, AreNotRepeatedByTheErrorThatRefusesThem) {
  const redis::testing::TempDir directory;
  const std::string marker = kMarker;
  write_file(directory.path() + "/secret", "whsec_" + marker);
  for (const Environment& environment : {
           Environment{{"WEBHOOK_SIGNING_SECRET", marker}},
           Environment{{"WEBHOOK_SIGNING_SECRET_FILE", directory.path() + "/secret"}},
           Environment{{"API_TOKEN", marker + "\tx"}},
           Environment{{"REDIS_URL", "redis://user:" + marker + "@h:not-a-port/"}, {"API_TOKEN", "x"}},
           Environment{{"REDIS_URL", "redis://user:" + marker + "@"}, {"API_TOKEN", "x"}},
           Environment{{"REDIS_URL", "http://user:" + marker + "@h/"}, {"API_TOKEN", "x"}},
           Environment{{"REDIS_URL", "redis+sentinel://user:" + marker + "@h:99999/m"}, {"API_TOKEN", "x"}},
           Environment{{"REDIS_URL", "redis+cluster://user:" + marker + "@h:99999"}, {"API_TOKEN", "x"}},
           Environment{{"REDIS_URL", marker}, {"API_TOKEN", "x"}},
       }) {
    const auto refused = run_recado({"serve", "--api-port", "0"}, environment, directory.path());
    EXPECT_EQ(refused.status, 78) << environment.begin()->first << refused.output;
    EXPECT_THAT(refused.output, Not(HasSubstr(marker)));
  }
  for (const char* flag : {"--api-token", "--redis-password", "--redis-url", "--webhook-signing-secret"}) {
    const auto refused = run_recado({"serve", std::string(flag) + "=" + marker}, {}, directory.path());
    EXPECT_EQ(refused.status, 2) << flag;
    EXPECT_THAT(refused.output, Not(HasSubstr(marker)));
  }
}

TEST(Secrets, ThatCanBeGuessedAreWarnedOfOnceAndNotWhereEverybodyReads) {
  Recado recado(Environment{{"API_TOKEN", "seu-token"}});
  EXPECT_EQ(recado.get("/health").body.find("API_TOKEN"), std::string::npos);
  recado.terminate();
  const std::string log = recado.child().output();
  const auto first = log.find("WARNING API_TOKEN has 9 characters");
  EXPECT_NE(first, std::string::npos) << log;
  EXPECT_EQ(log.find("API_TOKEN has", first + 20), std::string::npos);
  EXPECT_THAT(log, Not(HasSubstr("seu-token")));
}

TEST(Secrets, OfRedisAreInNoLogAndNoAnswer) {
  const redis::testing::Server server({"--requirepass", "the right one"});
  const std::string socket = server.dir() + "/redis.sock";
  Recado recado({{"REDIS_URL", "unix://:" + std::string(kMarker) + "@" + socket}, {"LOG_LEVEL", "DEBUG"}},
                false);
  ASSERT_TRUE(recado.child().wait_output("WRONGPASS")) << recado.child().output();
  const Answer health = recado.get("/health");
  EXPECT_EQ(health.status, 503);
  EXPECT_THAT(health.body, Not(HasSubstr(kMarker)));
  EXPECT_THAT(recado.get("/messages").body, Not(HasSubstr(kMarker)));
  recado.terminate();
  EXPECT_THAT(recado.child().output(), Not(HasSubstr(kMarker)));
}

TEST(Secrets, OfRequestsAreInNoLog) {
  Sink sink([](const Arrival& arrival) {
    return Sink::Reply{arrival.request.target == "/ok" ? 200 : 500, "", ""};
  });
  Recado recado(Environment{{"LOG_LEVEL", "DEBUG"}});
  const std::string marker = kMarker;
  recado.ask("GET", "/me", "", "Authorization: Bearer " + marker + "\r\n");
  recado.ask("GET", "/me", "", "Authorization: Basic " + marker + "\r\n");
  recado.ask("GET", "/messages?" + marker + "=" + marker);
  const std::string more =
      R"(,"headers":{"Authorization":"Bearer )" + marker + R"("},"retry":{"maxAttempts":1})";
  const std::string with_query = sink.url("/hook?key=" + marker);
  ASSERT_EQ(recado.post("/messages", message("fails", now(), with_query, more)).status, 201);
  ASSERT_TRUE(recado.wait_status("fails", "failed"));
  ASSERT_EQ(recado.post("/messages", message("works", now(), sink.url("/ok"), more)).status, 201);
  ASSERT_TRUE(recado.wait_status("works", "delivered"));
  const Answer made = recado.post("/tokens", R"({"name":"n8n","scopes":["read"]})");
  const std::string value = member(made.body, "token");
  ASSERT_EQ(recado.ask("GET", "/me", "", "Authorization: Bearer " + value + "\r\n").status, 200);
  EXPECT_EQ(recado.terminate(), 0);
  const std::string log = recado.child().output();
  EXPECT_THAT(log, Not(HasSubstr(marker)));
  EXPECT_THAT(log, Not(HasSubstr(value)));
  EXPECT_THAT(log, Not(HasSubstr(kToken)));
  EXPECT_THAT(log, Not(HasSubstr("whsec_")));
  EXPECT_THAT(log, HasSubstr("request answered")) << "at DEBUG it says much";
}

TEST(Secrets, AreInNoCommandLine) {
  test::Receiver silent([](test::Receiver::Connection& connection) { connection.wait_closed(); });
  const redis::testing::TempDir directory;
  const std::string url =
      "redis://user:" + std::string(kMarker) + "@127.0.0.1:" + std::to_string(silent.port());
  std::vector<std::string> arguments = {recado_binary(), "import", "--from", url};
  Child import(std::move(arguments), {{"PATH", "/usr/bin:/bin"}}, directory.path());
  const std::string file = "/proc/" + std::to_string(import.pid()) + "/cmdline";
  EXPECT_TRUE(eventually([&] {
    const std::string line = read_file(file);
    return line.find("import") != std::string::npos && line.find(kMarker) == std::string::npos;
  }));
  EXPECT_THAT(read_file(file), HasSubstr("@127.0.0.1"));
  // What it hands to its Redis is a path.
  Recado recado;
  const std::string redis = read_file(recado.data_dir() + "/redis.pid");
  const std::string seen = read_file("/proc/" + std::to_string(std::atoi(redis.c_str())) + "/cmdline") +
                           read_file("/proc/" + std::to_string(std::atoi(redis.c_str())) + "/environ");
  EXPECT_THAT(seen, HasSubstr("redis"));
  EXPECT_THAT(seen, Not(HasSubstr(kToken)));
}

TEST(Secrets, AreInNoMemoryImageAndNoFileOfOthers) {
  Recado recado;
  const std::string limits = read_file("/proc/" + std::to_string(recado.child().pid()) + "/limits");
  EXPECT_THAT(limits, ::testing::ContainsRegex("Max core file size +0 +0 "));
  const int redis = std::atoi(read_file(recado.data_dir() + "/redis.pid").c_str());
  EXPECT_THAT(read_file("/proc/" + std::to_string(redis) + "/limits"),
              ::testing::ContainsRegex("Max core file size +0 +0 "));
  for (const auto& entry : std::filesystem::recursive_directory_iterator(recado.data_dir())) {
    struct stat status {};
    ASSERT_EQ(::stat(entry.path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0077, 0U) << entry.path();
  }
}

TEST(Certificate, IsReadAgainAtHangup) {
  const redis::testing::TempDir directory;
  const auto make = [&](const std::string& name) {
    const std::string command =
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -keyout " +
        directory.path() + "/key.pem -out " + directory.path() + "/cert.pem -subj /CN=" + name +
        " 2>/dev/null";
    ASSERT_EQ(std::system(command.c_str()), 0);
  };
  make("first.example");
  Recado recado(
      {{"TLS_CERT_FILE", directory.path() + "/cert.pem"}, {"TLS_KEY_FILE", directory.path() + "/key.pem"}},
      false);
  const auto subject = [&] {
    Child client(
        {"/usr/bin/openssl", "s_client", "-brief", "-connect", "127.0.0.1:" + std::to_string(recado.port())},
        {}, directory.path());
    client.wait();
    client.whole_standard_output();
    return client.output();
  };
  EXPECT_THAT(subject(), HasSubstr("CN = first.example"));
  make("second.example");
  recado.child().signal(SIGHUP);
  ASSERT_TRUE(recado.child().wait_output("the certificate was read again"));
  EXPECT_THAT(subject(), HasSubstr("CN = second.example"));
  write_file(directory.path() + "/key.pem", "not a key");
  recado.child().signal(SIGHUP);
  ASSERT_TRUE(recado.child().wait_output("the former one stays in use"));
  EXPECT_THAT(subject(), HasSubstr("CN = second.example"));
  EXPECT_EQ(recado.terminate(), 0);
}

TEST(Hangup, DoesNotEndAServerWithoutATerminal) {
  Recado recado;
  recado.child().signal(SIGHUP);
  EXPECT_TRUE(recado.child().wait_output("there is no certificate to read again"));
  EXPECT_EQ(recado.get("/health").status, 200);
}

}  // namespace
}  // namespace recado::e2e
