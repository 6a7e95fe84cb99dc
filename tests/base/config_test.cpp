#include "base/config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <sstream>

#include "base/crypto.hpp"

namespace recado {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

Result<Options> from_environment(std::map<std::string, std::string> environment) {
  ConfigSources sources;
  sources.environment = std::move(environment);
  return load_options(sources);
}

/// The error line, or `accepted`.
std::string refusal(const std::string& name, const std::string& value) {
  const auto options = from_environment({{name, value}});
  return options ? "accepted" : options.error().detail();
}

std::string shown(const std::string& name, const std::string& value) {
  const auto options = from_environment({{name, value}});
  if (!options) return options.error().detail();
  std::istringstream lines(describe(*options));
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(name + "=")) return line.substr(name.size() + 1);
  }
  return "not described";
}

TEST(Config, HasTheDocumentedDefaults) {
  const auto options = load_options(ConfigSources{});
  ASSERT_TRUE(options) << options.error().detail();
  EXPECT_EQ(options->api_host, "127.0.0.1");
  EXPECT_EQ(options->api_port, 8000);
  EXPECT_TRUE(options->api_token.empty());
  EXPECT_FALSE(options->external_redis());
  EXPECT_EQ(options->data_dir, "./recado-data");
  EXPECT_EQ(options->history_retention, std::chrono::hours(24));
  EXPECT_EQ(options->failed_retention, std::chrono::days(30));
  EXPECT_EQ(options->log_retention, std::chrono::days(90));
  EXPECT_EQ(options->max_body_bytes, 1048576U);
  EXPECT_EQ(options->drain_timeout, std::chrono::seconds(25));
  EXPECT_EQ(options->metrics, MetricsAccess::token);
  EXPECT_EQ(options->default_timezone, machine_zone());
  EXPECT_EQ(options->default_country, "BR");
}

TEST(Config, TellsTheSameDefaultInTheTableAsInForce) {
  Options options;
  const std::set<std::string> in_words = {"API_TOKEN",
                                          "WEBHOOK_SIGNING_SECRET",
                                          "SECRETS_KEY",
                                          "REDIS_URL",
                                          "REDIS_HOST",
                                          "REDIS_PASSWORD",
                                          "DATA_DIR",
                                          "WEBHOOK_ALLOW_NETWORKS",
                                          "DNS_SERVERS",
                                          "ALLOWED_ORIGINS",
                                          "PUBLIC_URL",
                                          "FAILURE_CALLBACK_URL",
                                          "TLS_CERT_FILE",
                                          "TLS_KEY_FILE",
                                          "DEFAULT_TIMEZONE",
                                          "EMAIL_USER",
                                          "EMAIL_PASS",
                                          "SMTP_SERVER",
                                          "SMTP_USERNAME",
                                          "SMTP_PASSWORD",
                                          "FROM_EMAIL",
                                          "TWILIO_ACCOUNT_SID",
                                          "TWILIO_AUTH_TOKEN",
                                          "TWILIO_WHATSAPP_NUMBER",
                                          "TWILIO_BASE_URL",
                                          "WHATSAPP_API_URL",
                                          "WHATSAPP_API_TOKEN",
                                          "WHATSAPP_PHONE_NUMBER_ID",
                                          "META_APP_SECRET",
                                          "META_VERIFY_TOKEN",
                                          "EVOLUTION_API_BASE_URL",
                                          "EVOLUTION_API_KEY",
                                          "EVOLUTION_INSTANCE_NAME"};
  for (const Variable& variable : variables()) {
    if (in_words.contains(variable.name)) {
      EXPECT_EQ(variable.show(options), "") << variable.name;
      continue;
    }
    const std::string before = variable.show(options);
    const auto read = variable.read(options, variable.default_text);
    EXPECT_TRUE(read) << variable.name;
    EXPECT_EQ(variable.show(options), before) << variable.name;
  }
}

TEST(Config, DescribesEveryVariableForPeople) {
  std::set<std::string> names;
  for (const Variable& variable : variables()) {
    EXPECT_TRUE(names.insert(variable.name).second) << variable.name << " twice";
    EXPECT_THAT(variable.placeholder, Not(IsEmpty())) << variable.name;
    EXPECT_THAT(variable.help, Not(IsEmpty())) << variable.name;
    EXPECT_THAT(variable.default_text, Not(IsEmpty())) << variable.name;
    EXPECT_THAT(variable.help, Not(HasSubstr("\n"))) << variable.name;
  }
  EXPECT_EQ(names.size(), 55U);
}

TEST(Config, LetsTheLaterSourceWin) {
  ConfigSources sources;
  sources.dotenv_text = "API_PORT=1001\nAPI_HOST=0.0.0.0\nLOG_LEVEL=debug\nUNKNOWN=x\n";
  EXPECT_EQ(load_options(sources)->api_port, 1001);
  sources.environment = {{"API_PORT", "1002"}, {"LOG_LEVEL", "error"}, {"PATH", "/bin"}};
  EXPECT_EQ(load_options(sources)->api_port, 1002);
  sources.flags = {{"API_PORT", "1003"}, {"API_PORT", "1004"}};
  const auto options = load_options(sources);
  EXPECT_EQ(options->api_port, 1004);
  EXPECT_EQ(options->log_level, log::Level::error);
  EXPECT_EQ(options->api_host, "0.0.0.0");
}

TEST(Config, TakesEmptyAsUnset) {
  ConfigSources sources;
  sources.dotenv_text = "API_PORT=1001\nREDIS_PASSWORD=  # Opcional\n";
  sources.environment = {
      {"API_PORT", ""}, {"REDIS_URL", ""}, {"REDIS_HOST", "redis"}, {"API_TOKEN_FILE", ""}};
  sources.flags = {{"API_PORT", " "}};
  const auto options = load_options(sources);
  ASSERT_TRUE(options) << options.error().detail();
  EXPECT_EQ(options->api_port, 1001);
  EXPECT_TRUE(options->redis_password.empty());
}

TEST(Config, SaysWhichValueIsMalformedAndWhatIsAccepted) {
  EXPECT_EQ(refusal("API_PORT", "abc"), "API_PORT=abc: not a port; expected a whole number from 0 to 65535");
  const std::pair<const char*, const char*> cases[] = {
      {"API_PORT", "65536"},
      {"API_PORT", "-1"},
      {"API_PORT", "80.0"},
      {"API_PORT", "+80"},
      {"API_PORT", "0x50"},
      {"API_PORT", "99999999999999999999"},
      {"API_HOST", "0.0.0.0:8000"},
      {"API_HOST", "a b"},
      {"API_HOST", "[::1]"},
      {"REDIS_PORT", "0"},
      {"REDIS_PORT", "tcp://10.0.0.1:6379"},
      {"LOG_LEVEL", "loud"},
      {"LOG_FORMAT", "xml"},
      {"WEBHOOK_ALLOW_NETWORKS", "10.0.0.0/33"},
      {"WEBHOOK_ALLOW_NETWORKS", "10.0.0/8"},
      {"WEBHOOK_ALLOW_NETWORKS", "::1/129"},
      {"WEBHOOK_ALLOW_NETWORKS", "localhost"},
      {"WEBHOOK_ALLOW_NETWORKS", "10.0.0.0/"},
      {"WEBHOOK_ALLOW_NETWORKS", "127.0.0.0/8 10.0.0.0/8"},
      {"HISTORY_RETENTION", "soon"},
      {"FAILED_RETENTION", "-1s"},
      {"LOG_RETENTION", "5x"},
      {"HISTORY_MAX", "many"},
      {"DNS_SERVERS", "dns.google"},
      {"DNS_SERVERS", "1.1.1.1:0"},
      {"DNS_SERVERS", "1.1.1.1:65536"},
      {"DNS_SERVERS", "[::1]"},
      {"REDIS_MIN_REPLICAS", "-1"},
      {"API_REUSE_PORT", "maybe"},
      {"API_REUSE_PORT", "true"},  // without a Redis that is shared
      {"MAX_CONNECTIONS", "0"},
      {"METRICS", "yes"},
      {"ALLOWED_ORIGINS", "app.example"},
      {"ALLOWED_ORIGINS", "https://app.example/"},
      {"ALLOWED_ORIGINS", "https://*.example"},
      {"ALLOWED_ORIGINS", "*,https://app.example"},
      {"PUBLIC_URL", "recado.example"},
      {"PUBLIC_URL", "ftp://x"},
      {"PUBLIC_URL", "http://"},
      {"PUBLIC_URL", "https:///x"},
      {"FAILURE_CALLBACK_URL", "http://a b"},
      {"IMPORT_SEED_MESSAGES", "maybe"},
      {"MAX_BODY_BYTES", "1023"},
      {"MAX_BODY_BYTES", "65MiB"},
      {"MAX_BODY_BYTES", "big"},
      {"MAX_IN_FLIGHT", "0"},
      {"MAX_IN_FLIGHT_PER_ORIGIN", "0"},
      {"REQUEST_TIMEOUT", "0"},
      {"DRAIN_TIMEOUT", "2h"},
      {"DEFAULT_TIMEZONE", "America/Brasilia"},
      {"DEFAULT_COUNTRY", "BRA"},
      {"DEFAULT_COUNTRY", "5?"},
  };
  for (const auto& [name, value] : cases) {
    const std::string line = refusal(name, value);
    EXPECT_THAT(line, StartsWith(std::string(name) + (line.starts_with("ALLOWED_ORIGINS: *") ? "" : "=")))
        << line;
    EXPECT_THAT(line, HasSubstr("; expected ")) << line;
  }
  EXPECT_EQ(from_environment({{"API_PORT", "x"}}).error().code(), ErrorCode::configuration);
}

TEST(Config, KeepsAnErrorOnOneShortLine) {
  EXPECT_EQ(refusal("API_PORT", "1\n2\x1b"),
            "API_PORT=1?2?: not a port; expected a whole number from 0 to 65535");
  EXPECT_LT(refusal("API_PORT", std::string(100'000, '9')).size(), 200U);
}

TEST(Config, NamesTheLineOfDotenv) {
  ConfigSources sources;
  sources.dotenv_text = "# here\nAPI_HOST=::1\nAPI_PORT=abc\n";
  EXPECT_THAT(load_options(sources).error().detail(), StartsWith(".env:3: API_PORT=abc: not a port"));
  sources.environment = {{"API_PORT", "8001"}};
  EXPECT_TRUE(load_options(sources));
  sources.dotenv_text = "'";
  EXPECT_THAT(load_options(sources).error().detail(), StartsWith(".env:1: expected KEY=value"));
}

TEST(Config, AcceptsTheDocumentedForms) {
  const std::pair<const char*, std::pair<const char*, const char*>> cases[] = {
      {"API_HOST", {"::", "::"}},
      {"API_HOST", {"localhost", "localhost"}},
      {"API_PORT", {"0", "0"}},
      {"API_PORT", {" 65535\r", "65535"}},
      {"LOG_LEVEL", {"warning", "WARNING"}},
      {"LOG_FORMAT", {"JSON", "json"}},
      {"WEBHOOK_ALLOW_NETWORKS", {"127.0.0.0/8, 10.0.0.0/8,::1/128,", "127.0.0.0/8,10.0.0.0/8,::1/128"}},
      {"WEBHOOK_ALLOW_NETWORKS", {"192.168.1.7,fd00::1", "192.168.1.7/32,fd00::1/128"}},
      {"HISTORY_RETENTION", {"0", "0s"}},
      {"FAILED_RETENTION", {"1d10h30m", "1d10h30m"}},
      {"LOG_RETENTION", {"90", "1m30s"}},
      {"HISTORY_MAX", {"0", "0"}},
      {"DNS_SERVERS",
       {"9.9.9.9,127.0.0.1:5353,[::1]:53,2620:fe::fe", "9.9.9.9,127.0.0.1:5353,[::1]:53,[2620:fe::fe]:53"}},
      {"METRICS", {"open", "open"}},
      {"METRICS", {"off", "off"}},
      {"ALLOWED_ORIGINS", {"*", "*"}},
      {"ALLOWED_ORIGINS",
       {"https://App.example, http://localhost:3000", "https://app.example,http://localhost:3000"}},
      {"PUBLIC_URL", {"https://recado.example/base/", "https://recado.example/base"}},
      {"FAILURE_CALLBACK_URL", {"HTTP://hook/x", "HTTP://hook/x"}},
      {"IMPORT_SEED_MESSAGES", {"1", "true"}},
      {"IMPORT_SEED_MESSAGES", {"Yes", "true"}},
      {"IMPORT_SEED_MESSAGES", {"no", "false"}},
      {"MAX_BODY_BYTES", {"64KiB", "65536"}},
      {"MAX_BODY_BYTES", {"2MB", "2000000"}},
      {"MAX_IN_FLIGHT", {"1", "1"}},
      {"REQUEST_TIMEOUT", {"1.5", "1s500ms"}},
      {"DRAIN_TIMEOUT", {"0", "0s"}},
      {"DEFAULT_TIMEZONE", {"America/Sao_Paulo", "America/Sao_Paulo"}},
      {"DEFAULT_COUNTRY", {"us", "US"}},
      {"DATA_DIR", {"/var/lib/my recado", "/var/lib/my recado"}},
  };
  for (const auto& [name, value] : cases) EXPECT_EQ(shown(name, value.first), value.second) << name;
}

TEST(Config, WarnsOfATokenThatCanBeGuessedWithoutShowingIt) {
  const auto found = [](const std::string& token) {
    return weaknesses(*from_environment({{"API_TOKEN", token}}));
  };
  EXPECT_THAT(found(""), IsEmpty()) << "made at the first start, or refused";
  EXPECT_THAT(found(std::string(16, 'a')), IsEmpty());
  ASSERT_EQ(found("seu-token").size(), 1U);
  EXPECT_THAT(found("seu-token")[0],
              testing::AllOf(StartsWith("API_TOKEN has 9 characters"), HasSubstr("openssl rand -hex 32"),
                             Not(HasSubstr("seu-token"))));
}

TEST(Config, NeverShowsASecret) {
  const std::string secret = "hunter2 hunter2";
  for (const char* name : {"API_TOKEN", "SECRETS_KEY", "WEBHOOK_SIGNING_SECRET", "REDIS_URL"}) {
    const std::string line = refusal(name, secret);
    EXPECT_THAT(line, StartsWith(std::string(name) + ": ")) << line;
    EXPECT_THAT(line, Not(HasSubstr("hunter2")));
  }
  const auto options = from_environment({{"API_TOKEN", "seu-token"},
                                         {"WEBHOOK_SIGNING_SECRET", WebhookSigner::generate()},
                                         {"REDIS_URL", "redis://:hunter2@redis/0"},
                                         {"REDIS_PASSWORD", "hunter2"}});
  ASSERT_TRUE(options) << options.error().detail();
  const std::string text = describe(*options);
  EXPECT_THAT(text, Not(HasSubstr("hunter2")));
  EXPECT_THAT(text, Not(HasSubstr("seu-token")));
  EXPECT_THAT(text, HasSubstr("API_TOKEN=********\n"));
  EXPECT_THAT(text, HasSubstr("REDIS_URL=********\n"));
  EXPECT_THAT(text, HasSubstr("SECRETS_KEY=\n"));
  EXPECT_THAT(text, HasSubstr("API_PORT=8000\n"));
  EXPECT_EQ(options->api_token.reveal(), "seu-token");
}

TEST(Config, TakesASecretFromAFile) {
  ConfigSources sources;
  sources.dotenv_text = "API_TOKEN=from-dotenv\nREDIS_HOST=h\nREDIS_PASSWORD_FILE=/run/redis\n";
  sources.environment = {{"API_TOKEN_FILE", "/run/token"}};
  sources.files = {{"/run/token", "from-file"}, {"/run/redis", "with space"}};
  const auto options = load_options(sources);
  ASSERT_TRUE(options) << options.error().detail();
  EXPECT_EQ(options->api_token.reveal(), "from-file");
  EXPECT_EQ(options->redis_password.reveal(), "with space");

  sources.files["/run/token"] = "two words";
  EXPECT_THAT(load_options(sources).error().detail(),
              StartsWith("API_TOKEN (from API_TOKEN_FILE): holds white space"));
  sources.files["/run/token"] = "";
  EXPECT_THAT(load_options(sources).error().detail(),
              StartsWith("API_TOKEN_FILE=/run/token: the file is empty"));
}

TEST(Config, RefusesASecretGivenTwiceInOneSource) {
  ConfigSources sources;
  sources.environment = {{"API_TOKEN", "a"}, {"API_TOKEN_FILE", "/x"}};
  sources.files = {{"/x", "b"}};
  EXPECT_EQ(load_options(sources).error().detail(),
            "API_TOKEN and API_TOKEN_FILE are both set; expected one of them");
  sources.environment.clear();
  sources.dotenv_text = "API_TOKEN=a\nAPI_TOKEN_FILE=/x\n";
  EXPECT_THAT(load_options(sources).error().detail(), StartsWith(".env:2: API_TOKEN and API_TOKEN_FILE"));
}

TEST(Config, TakesCredentialsLast) {
  ConfigSources sources;
  sources.credentials = {{"API_TOKEN", "credential"}};
  EXPECT_EQ(load_options(sources)->api_token.reveal(), "credential");
  sources.dotenv_text = "API_TOKEN=dotenv";
  EXPECT_EQ(load_options(sources)->api_token.reveal(), "dotenv");
}

TEST(Config, RefusesSecretAndUnknownFlags) {
  ConfigSources sources;
  sources.flags = {{"API_TOKEN", "hunter2"}};
  EXPECT_THAT(load_options(sources).error().detail(), StartsWith("API_TOKEN: a secret is never a flag"));
  EXPECT_THAT(load_options(sources).error().detail(), Not(HasSubstr("hunter2")));
  sources.flags = {{"API_PROT", "1"}};
  EXPECT_EQ(load_options(sources).error().detail(), "\"API_PROT\": there is no such setting");
}

TEST(Config, ChecksRelatedOptionsTogether) {
  const auto detail = [](std::map<std::string, std::string> environment) {
    const auto options = from_environment(std::move(environment));
    return options ? "accepted" : options.error().detail();
  };
  EXPECT_THAT(detail({{"TLS_CERT_FILE", "c"}}), StartsWith("TLS_CERT_FILE is set without TLS_KEY_FILE"));
  EXPECT_THAT(detail({{"TLS_KEY_FILE", "k"}}), StartsWith("TLS_KEY_FILE is set without TLS_CERT_FILE"));
  EXPECT_EQ(detail({{"TLS_CERT_FILE", "c"}, {"TLS_KEY_FILE", "k"}}), "accepted");
  EXPECT_THAT(detail({{"REDIS_URL", "redis://a"}, {"REDIS_HOST", "a"}}),
              StartsWith("REDIS_URL and REDIS_HOST"));
  EXPECT_THAT(detail({{"REDIS_PORT", "6380"}}), StartsWith("REDIS_PORT is set without REDIS_HOST"));
  EXPECT_THAT(detail({{"REDIS_PASSWORD", "x"}}), StartsWith("REDIS_PASSWORD is set without REDIS_HOST"));
  EXPECT_EQ(detail({{"REDIS_HOST", "r"}, {"REDIS_PORT", "6380"}, {"REDIS_PASSWORD", "x"}}), "accepted");
  EXPECT_EQ(detail({{"REDIS_URL", "unix:///run/redis.sock"}, {"REDIS_PASSWORD", "x"}}), "accepted");
  EXPECT_THAT(detail({{"REDIS_MIN_REPLICAS", "1"}}), HasSubstr("the private redis-server has no replicas"));
  EXPECT_EQ(detail({{"REDIS_MIN_REPLICAS", "1"}, {"REDIS_URL", "rediss://a:6380"}}), "accepted");
  EXPECT_THAT(detail({{"MAX_IN_FLIGHT", "10"}, {"MAX_IN_FLIGHT_PER_ORIGIN", "11"}}), HasSubstr("at most 10"));
  EXPECT_EQ(detail({{"MAX_IN_FLIGHT", "10"}}), "accepted");
}

TEST(Config, PutsDataIntoTheFirstStateDirectory) {
  EXPECT_EQ(from_environment({{"STATE_DIRECTORY", "/var/lib/recado:/var/lib/other"}})->data_dir,
            "/var/lib/recado");
  EXPECT_EQ(from_environment({{"STATE_DIRECTORY", "/a"}, {"DATA_DIR", "/b"}})->data_dir, "/b");
}

TEST(ParseBytes, ReadsNumbersWithUnits) {
  const std::pair<const char*, std::uint64_t> cases[] = {
      {"0", 0},
      {"1048576", 1048576},
      {"64KiB", 65536},
      {"1MiB", 1048576},
      {"2MB", 2000000},
      {"1GiB", 1ULL << 30},
      {"3gb", 3000000000},
      {"5 kb", 5000},
      {"7B", 7},
      {"18446744073709551615", UINT64_MAX},
  };
  for (const auto& [text, bytes] : cases) {
    const auto parsed = parse_bytes(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(*parsed, bytes) << text;
  }
  for (const char* text :
       {"", "KiB", "1.5MiB", "-1", "+1", "1TiB", "1M", "1MiBs", "18446744073709551616", "99999999999GiB"}) {
    const auto parsed = parse_bytes(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code(), ErrorCode::invalid_argument);
    EXPECT_THAT(parsed.error().detail(), HasSubstr("expected a whole number"));
  }
}

}  // namespace
}  // namespace recado
