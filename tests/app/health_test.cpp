#include "app/health.hpp"

#include <gmock/gmock.h>
#include <stdlib.h>

#include <filesystem>

#include "app/app.hpp"
#include "app/commands.hpp"
#include "support/receiver.hpp"

namespace recado::app {
namespace {

constexpr const char* kHealthy =
    R"({"status":"healthy","redis":"connected","scheduler":"running","scheduled_jobs":5,"uptime":"2h 34m 12s",)"
    R"("version":"0.1.0","warnings":[]})";

TEST(HealthUrl, IsWhereTheServerListens) {
  Options options;
  EXPECT_EQ(health_url(options), "http://127.0.0.1:8000/health");
  options.api_host = "0.0.0.0";
  options.api_port = 9000;
  EXPECT_EQ(health_url(options), "http://127.0.0.1:9000/health");
  options.api_host = "::";
  EXPECT_EQ(health_url(options), "http://[::1]:9000/health");
  options.api_host = "api.example";
  options.tls_cert_file = "cert.pem";
  EXPECT_EQ(health_url(options), "https://api.example:9000/health");
}

TEST(HealthLine, SaysItInOneLine) {
  EXPECT_EQ(*health_line(kHealthy),
            "healthy: redis connected, scheduler running, 5 pending, up 2h 34m 12s, version 0.1.0");
}

TEST(HealthLine, SaysWhyAndWarns) {
  EXPECT_EQ(
      *health_line(R"({"status":"unhealthy","redis":"disconnected","scheduler":"running",)"
                   R"("scheduled_jobs":null,"warnings":["AOF is off"],"detail":"Redis cannot be reached"})"),
      "unhealthy: redis disconnected, scheduler running; Redis cannot be reached; warning: AOF is off");
}

TEST(HealthLine, IsRefusedForAnythingElse) {
  for (const char* other : {"", "OK", "[]", "{}", R"({"status":"UP"})"}) {
    EXPECT_FALSE(health_line(other).ok()) << other;
  }
}

int health_of(int status, const std::string& body) {
  test::Receiver server(test::Receiver::answering(status, body));
  Options options;
  options.api_port = server.port();
  return run_health(options, false);
}

TEST(Health, ExitsByTheAnswer) {
  EXPECT_EQ(health_of(200, kHealthy), kExitOk);
  EXPECT_EQ(health_of(503, R"({"status":"unhealthy","redis":"disconnected","scheduler":"running"})"),
            kExitFailure);
  EXPECT_EQ(health_of(200, "<html>"), kExitFailure);
}

TEST(Health, BelievesTheServersOwnCertificate) {
  char folder[] = "/tmp/recado-health-XXXXXX";
  ASSERT_NE(::mkdtemp(folder), nullptr);
  const std::string path = folder;
  const std::string make =
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -keyout " + path +
      "/key.pem -out " + path + "/cert.pem -subj /CN=api.example 2>/dev/null";
  ASSERT_EQ(std::system(make.c_str()), 0);
  {
    test::Receiver server(test::Receiver::answering(200, kHealthy), path + "/cert.pem", path + "/key.pem");
    Options options;
    options.api_port = server.port();
    options.tls_cert_file = path + "/cert.pem";
    EXPECT_EQ(run_health(options, false), kExitOk);
  }
  std::filesystem::remove_all(path);
}

TEST(Health, FailsWhenNobodyAnswers) {
  std::uint16_t port = 0;
  {
    test::Receiver gone([](test::Receiver::Connection&) {});
    port = gone.port();
  }
  Options options;
  options.api_port = port;
  EXPECT_EQ(run_health(options, false), kExitFailure);
}

}  // namespace
}  // namespace recado::app
