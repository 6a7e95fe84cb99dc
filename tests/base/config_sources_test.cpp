#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>

#include "base/config.hpp"

namespace recado {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

/// A working directory and an environment of its own for each case.
class ConfigSourcesFromDisk : public testing::Test {
 protected:
  void SetUp() override {
    char pattern[] = "/tmp/recado-config-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern), nullptr);
    directory_ = pattern;
    before_ = std::filesystem::current_path();
    std::filesystem::current_path(directory_);
    for (const Variable& variable : variables()) {
      set(variable.name, std::nullopt);
      set(variable.name + "_FILE", std::nullopt);
    }
    set("STATE_DIRECTORY", std::nullopt);
    set("CREDENTIALS_DIRECTORY", std::nullopt);
  }

  void TearDown() override {
    for (const auto& [name, value] : saved_) {
      if (value) {
        ::setenv(name.c_str(), value->c_str(), 1);
      } else {
        ::unsetenv(name.c_str());
      }
    }
    std::filesystem::current_path(before_);
    std::filesystem::remove_all(directory_);
  }

  void set(const std::string& name, std::optional<std::string> value) {
    const char* old = std::getenv(name.c_str());
    saved_.emplace(name, old == nullptr ? std::nullopt : std::optional<std::string>(old));
    if (value) {
      ::setenv(name.c_str(), value->c_str(), 1);
    } else {
      ::unsetenv(name.c_str());
    }
  }

  std::string write(const std::string& name, const std::string& contents) {
    const std::string path = directory_ + "/" + name;
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    std::ofstream(path) << contents;
    return path;
  }

  std::string directory_;

 private:
  std::filesystem::path before_;
  std::map<std::string, std::optional<std::string>> saved_;
};

std::string failure() {
  const auto sources = read_sources();
  return sources ? "read" : sources.error().detail();
}

TEST_F(ConfigSourcesFromDisk, AreEmptyWithoutAnything) {
  const auto sources = read_sources();
  ASSERT_TRUE(sources);
  EXPECT_FALSE(sources->dotenv_text);
  EXPECT_TRUE(sources->environment.empty());
  EXPECT_TRUE(sources->credentials.empty());
}

TEST_F(ConfigSourcesFromDisk, HoldDotenvAndKnownVariables) {
  write(".env", "API_PORT=9000\n");
  set("LOG_LEVEL", "debug");
  set("STATE_DIRECTORY", "/var/lib/recado");
  const auto sources = read_sources();
  ASSERT_TRUE(sources);
  EXPECT_FALSE(sources->environment.contains("PATH"));
  const auto options = load_options(*sources);
  ASSERT_TRUE(options);
  EXPECT_EQ(options->api_port, 9000);
  EXPECT_EQ(options->log_level, log::Level::debug);
  EXPECT_EQ(options->data_dir, "/var/lib/recado");
}

TEST_F(ConfigSourcesFromDisk, HoldTheFilesThatBothSourcesName) {
  set("API_TOKEN_FILE", write("token", "abc\n"));
  write("redis", " p w \r\n");
  write(".env", "REDIS_HOST=redis\nREDIS_PASSWORD_FILE=redis\n");
  const auto options = load_options(read_sources().value());
  ASSERT_TRUE(options) << options.error().detail();
  EXPECT_EQ(options->api_token.reveal(), "abc");
  EXPECT_EQ(options->redis_password.reveal(), " p w ");
}

TEST_F(ConfigSourcesFromDisk, LoseOnlyOneNewline) {
  set("API_TOKEN_FILE", write("token", "abc\n\n"));
  EXPECT_THAT(load_options(read_sources().value()).error().detail(), HasSubstr("holds white space"));
}

TEST_F(ConfigSourcesFromDisk, HoldCredentialsByEitherName) {
  set("CREDENTIALS_DIRECTORY", directory_ + "/credentials");
  write("credentials/api-token", "dashes\n");
  write("credentials/SECRETS_KEY", "upper\n");
  const auto options = load_options(read_sources().value());
  ASSERT_TRUE(options);
  EXPECT_EQ(options->api_token.reveal(), "dashes");
  EXPECT_EQ(options->secrets_key.reveal(), "upper");
}

TEST_F(ConfigSourcesFromDisk, NameWhatCannotBeRead) {
  set("API_TOKEN_FILE", "/nonexistent/token");
  EXPECT_THAT(failure(), StartsWith("API_TOKEN_FILE=/nonexistent/token: there is no such file"));
  set("API_TOKEN_FILE", directory_);
  EXPECT_THAT(failure(), HasSubstr("cannot be read (Is a directory)"));
  set("API_TOKEN_FILE", "/dev/zero");
  EXPECT_EQ(failure(), "API_TOKEN_FILE=/dev/zero: is larger than 65536 bytes");
  set("API_TOKEN_FILE", std::nullopt);
  write(".env", "oops\n");
  EXPECT_THAT(failure(), StartsWith(".env:1: expected KEY=value"));
  std::filesystem::remove(directory_ + "/.env");
  std::filesystem::create_directory(directory_ + "/.env");
  EXPECT_EQ(failure(), ".env: cannot be read (Is a directory)");
}

}  // namespace
}  // namespace recado
