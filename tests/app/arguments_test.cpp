#include "app/arguments.hpp"

#include <gmock/gmock.h>

#include "base/config.hpp"

namespace recado::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

Invocation parsed(std::vector<std::string> arguments) {
  auto invocation = parse_arguments(std::move(arguments));
  EXPECT_TRUE(invocation.ok()) << (invocation.ok() ? "" : invocation.error().detail());
  return invocation.ok() ? *invocation : Invocation();
}

std::string refusal(std::vector<std::string> arguments) {
  const auto invocation = parse_arguments(std::move(arguments));
  EXPECT_FALSE(invocation.ok());
  if (invocation.ok()) return {};
  EXPECT_EQ(invocation.error().code(), ErrorCode::invalid_argument);
  return invocation.error().detail();
}

TEST(Arguments, ServeWhenNothingIsSaid) {
  const auto invocation = parsed({});
  EXPECT_EQ(invocation.command, Command::serve);
  EXPECT_THAT(invocation.settings, IsEmpty());
}

TEST(Arguments, NameACommand) {
  EXPECT_EQ(parsed({"serve"}).command, Command::serve);
  EXPECT_EQ(parsed({"demo"}).command, Command::demo);
  EXPECT_EQ(parsed({"listen"}).command, Command::listen);
  EXPECT_EQ(parsed({"health"}).command, Command::health);
  EXPECT_EQ(parsed({"config"}).command, Command::config);
  EXPECT_EQ(parsed({"import", "-"}).command, Command::import_messages);
  EXPECT_EQ(parsed({"export"}).command, Command::export_messages);
  EXPECT_EQ(parsed({"--version"}).command, Command::version);
  EXPECT_EQ(parsed({"--help"}).command, Command::help);
}

TEST(Arguments, TakeSettingsBeforeAndAfterTheCommand) {
  for (const auto& arguments : std::vector<std::vector<std::string>>{{"--api-port", "9000"},
                                                                     {"--api-port=9000"},
                                                                     {"serve", "--api-port", "9000"},
                                                                     {"--api-port", "9000", "serve"},
                                                                     {"serve", "--api-port=9000"}}) {
    EXPECT_THAT(parsed(arguments).settings, ElementsAre(Pair("API_PORT", "9000")));
  }
}

TEST(Arguments, LetTheLastOfASettingGivenTwiceCount) {
  EXPECT_THAT(parsed({"--api-port", "1", "--api-port", "2"}).settings, ElementsAre(Pair("API_PORT", "2")));
}

TEST(Arguments, KnowEverySettingButSecrets) {
  for (const Variable& variable : variables()) {
    const auto flag = flag_of(variable.name);
    if (variable.secret) {
      EXPECT_THAT(refusal({flag, "x"}), HasSubstr(flag + ": a secret is never a flag"));
      EXPECT_THAT(refusal({"serve", flag + "=x"}), HasSubstr(variable.name + "_FILE"));
    } else {
      EXPECT_THAT(parsed({flag, "x"}).settings, ElementsAre(Pair(variable.name, "x")));
    }
  }
}

TEST(Arguments, NeverShowTheValueOfASecretThatCameAsAFlag) {
  EXPECT_THAT(refusal({"--api-token=hunter2"}), ::testing::Not(HasSubstr("hunter2")));
}

TEST(Arguments, RefuseAnUnknownFlagWithAHint) {
  EXPECT_EQ(refusal({"--api-prot", "1"}), "there is no flag --api-prot; did you mean --api-port?");
  EXPECT_EQ(refusal({"listen", "--stauts", "503"}), "there is no flag --stauts; did you mean --status?");
  EXPECT_EQ(refusal({"--xyzzy"}), "there is no flag --xyzzy; `recado --help` lists them");
  EXPECT_EQ(refusal({"health", "--xyzzy"}), "there is no flag --xyzzy; see `recado health --help`");
}

TEST(Arguments, RefuseAnUnknownCommandWithAHint) {
  EXPECT_EQ(refusal({"srve"}), "there is no command srve; did you mean serve?");
  EXPECT_EQ(refusal({"frobnicate"}), "there is no command frobnicate; `recado --help` lists them");
  EXPECT_THAT(refusal({"serve", "extra"}), HasSubstr("serve takes no argument extra"));
}

TEST(Arguments, RefuseAFlagWithoutItsValue) {
  EXPECT_THAT(refusal({"--api-port"}), HasSubstr("--api-port"));
  EXPECT_THAT(refusal({"listen", "--port"}), HasSubstr("--port"));
}

TEST(Arguments, ReadWhatListenTakes) {
  const auto listen =
      parsed({"listen", "--port", "0", "--host", "::1", "--status", "503", "--delay", "2s", "-v"}).listen;
  EXPECT_EQ(listen.port, 0);
  EXPECT_EQ(listen.host, "::1");
  EXPECT_EQ(listen.status, 503);
  EXPECT_EQ(listen.delay, Millis{2000});
  EXPECT_TRUE(listen.verbose);
  EXPECT_EQ(parsed({"listen"}).listen.port, 9000);
  EXPECT_EQ(parsed({"listen"}).listen.status, 200);
}

TEST(Arguments, RefuseWhatListenCannotBe) {
  EXPECT_THAT(refusal({"listen", "--port", "65536"}), HasSubstr("expected a whole number from 0 to 65535"));
  EXPECT_THAT(refusal({"listen", "--port", "90x"}), HasSubstr("--port=90x"));
  EXPECT_THAT(refusal({"listen", "--port", "-1"}), HasSubstr("--port=-1"));
  EXPECT_THAT(refusal({"listen", "--status", "100"}), HasSubstr("from 200 to 599"));
  EXPECT_THAT(refusal({"listen", "--delay", "soon"}), HasSubstr("--delay=soon"));
}

TEST(Arguments, TakeOneSourceForAnImport) {
  EXPECT_EQ(parsed({"import", "a.ndjson"}).import_from.file, "a.ndjson");
  EXPECT_EQ(parsed({"import", "--from", "redis://h"}).import_from.from, "redis://h");
  EXPECT_TRUE(parsed({"import", "-", "--dry-run"}).import_from.dry_run);
  EXPECT_THAT(refusal({"import"}), HasSubstr("FILE"));
  EXPECT_THAT(refusal({"import", "a", "--from", "redis://h"}), HasSubstr("one of them"));
  EXPECT_THAT(refusal({"import", "a", "b"}), HasSubstr("import takes no argument b"));
}

TEST(Arguments, TakeAFileForAnExport) {
  EXPECT_EQ(parsed({"export"}).export_to.file, "");
  EXPECT_EQ(parsed({"export", "a.ndjson"}).export_to.file, "a.ndjson");
}

TEST(Arguments, AskForTheHelpOfACommandWhateverElseIsThere) {
  const auto invocation = parsed({"import", "--help"});
  EXPECT_EQ(invocation.command, Command::help);
  EXPECT_EQ(invocation.help_topic, "import");
  EXPECT_EQ(parsed({"-h"}).help_topic, "");
  EXPECT_EQ(parsed({"serve", "--nonsense", "-h"}).command, Command::help);
}

TEST(Help, NamesEveryCommandAndEverySetting) {
  const auto help = help_text("");
  for (const char* command :
       {"serve", "demo", "listen", "health", "config", "import", "export", "token", "user"}) {
    EXPECT_THAT(help, HasSubstr(std::string("\n  ") + command + " "));
    EXPECT_THAT(help_text(command),
                HasSubstr(std::string("recado ") + (command == std::string("serve") ? "[serve]" : command)));
  }
  for (const Variable& variable : variables()) {
    EXPECT_THAT(help,
                HasSubstr("\n  " + (variable.secret ? variable.name
                                                    : flag_of(variable.name) + " " + variable.placeholder)));
    EXPECT_THAT(help, HasSubstr(variable.help));
  }
  EXPECT_THAT(help, ::testing::Not(HasSubstr("Others:"))) << "a setting has no group in help.cpp";
}

TEST(Help, FitsATerminal) {
  std::istringstream lines(help_text(""));
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 120U) << line;
}

TEST(Arguments, ReadWhatATokenIsToBe) {
  const auto made = parsed({"token", "create", "n8n", "--scope", "read,write", "--expires", "90d"});
  EXPECT_EQ(made.command, Command::token);
  EXPECT_EQ(made.token.action, TokenArguments::Action::create);
  EXPECT_EQ(made.token.which, "n8n");
  EXPECT_EQ(made.token.scopes.text(), "read,write");
  EXPECT_EQ(made.token.expires_after, Millis{90LL * 24 * 3600 * 1000});
  const auto until = parsed({"token", "create", "n8n", "--scope=admin", "--expires=2030-01-01T00:00:00Z"});
  EXPECT_EQ(until.token.expires_at, from_ms(1'893'456'000'000));
  EXPECT_TRUE(parsed({"token", "list", "--json"}).token.json);
  EXPECT_EQ(parsed({"token", "revoke", "7"}).token.which, "7");
}

TEST(Arguments, SayWhatATokenCommandTakes) {
  EXPECT_THAT(refusal({"token"}), HasSubstr("create NAME, list, or revoke NAME|ID"));
  EXPECT_THAT(refusal({"token", "create"}), HasSubstr("create NAME"));
  EXPECT_THAT(refusal({"token", "revoke"}), HasSubstr("revoke NAME|ID"));
  EXPECT_THAT(refusal({"token", "create", "n8n"}), HasSubstr("needs --scope"));
  EXPECT_THAT(refusal({"token", "create", "n8n", "--scope", "all"}), HasSubstr("read, write and admin"));
  EXPECT_THAT(refusal({"token", "create", "7", "--scope", "read"}), HasSubstr("reads as an id"));
  EXPECT_THAT(refusal({"token", "create", "n8n", "--scope", "read", "--expires", "soon"}), HasSubstr("90d"));
  EXPECT_THAT(refusal({"token", "create", "n8n", "--scope", "read", "--expires", "0"}), HasSubstr("90d"));
  EXPECT_THAT(refusal({"token", "list", "--scope", "read"}), HasSubstr("for token create"));
  EXPECT_THAT(refusal({"token", "create", "n8n", "--token", "x"}), HasSubstr("no flag --token"));
}

TEST(Arguments, ReadWhatAUserIsToBe) {
  const auto added = parsed({"user", "add", "ana", "--password-stdin"});
  EXPECT_EQ(added.command, Command::user);
  EXPECT_EQ(added.user.action, UserArguments::Action::add);
  EXPECT_EQ(added.user.name, "ana");
  EXPECT_TRUE(added.user.password_from_stdin);
  EXPECT_EQ(added.user.scopes.text(), "read,write");
  const auto with = parsed({"user", "add", "ana", "--password", "x y", "--scope=read"});
  EXPECT_EQ(with.user.password.reveal(), "x y");
  EXPECT_EQ(with.user.scopes.text(), "read");
  EXPECT_TRUE(parsed({"user", "list", "--json"}).user.json);
  EXPECT_EQ(parsed({"user", "remove", "ana"}).user.action, UserArguments::Action::remove);
}

TEST(Arguments, SayWhatAUserCommandTakes) {
  EXPECT_THAT(refusal({"user"}), HasSubstr("add NAME, list, or remove NAME"));
  EXPECT_THAT(refusal({"user", "add", "ana"}), HasSubstr("--password-stdin"));
  EXPECT_THAT(refusal({"user", "add", "ana", "--password", "x", "--password-stdin"}),
              HasSubstr("--password-stdin"));
  EXPECT_THAT(refusal({"user", "add", "7", "--password", "x"}), HasSubstr("reads as an id"));
  EXPECT_THAT(refusal({"user", "add", "ana", "--password", "x", "--scope", "all"}), HasSubstr("--scope=all"));
  EXPECT_THAT(refusal({"user", "list", "--password", "x"}), HasSubstr("for user add"));
  EXPECT_THAT(refusal({"user", "remove", "ana", "--json"}), HasSubstr("for user list"));
}

}  // namespace
}  // namespace recado::app
