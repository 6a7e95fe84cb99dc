#include "app/arguments.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <optional>

#include "api/suggest.hpp"
#include "base/config.hpp"

namespace recado::app {
namespace {

Error refused(std::string sentence) {
  return Error(ErrorCode::invalid_argument, std::move(sentence));
}

struct Name {
  const char* word;
  Command command;
};
constexpr Name kCommands[] = {{"serve", Command::serve},
                              {"demo", Command::demo},
                              {"listen", Command::listen},
                              {"health", Command::health},
                              {"config", Command::config},
                              {"import", Command::import_messages},
                              {"export", Command::export_messages},
                              {"token", Command::token},
                              {"user", Command::user}};

/// The values of flags as they stood: what they mean is judged after CLI11 has sorted them.
struct Given {
  bool help = false;
  bool version = false;
  std::optional<std::string> port, host, status, delay, file, from, action, which, scope, expires, password;
  Invocation invocation;
};

Result<std::int64_t> whole(const std::string& flag, const std::string& text, std::int64_t least,
                           std::int64_t most, const char* what) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < least || value > most) {
    return refused(flag + "=" + text + ": not " + what + "; expected a whole number from " +
                   std::to_string(least) + " to " + std::to_string(most));
  }
  return value;
}

Result<void> read_listen(const Given& given, ListenArguments& listen) {
  if (given.host) listen.host = *given.host;
  if (given.port) {
    const auto port = whole("--port", *given.port, 0, 65535, "a port");
    if (!port) return port.error();
    listen.port = static_cast<std::uint16_t>(*port);
  }
  if (given.status) {
    const auto status = whole("--status", *given.status, 200, 599, "the status of an answer");
    if (!status) return status.error();
    listen.status = static_cast<int>(*status);
  }
  if (given.delay) {
    const auto delay = parse_duration(*given.delay);
    if (!delay) return refused("--delay=" + *given.delay + ": " + delay.error().detail());
    listen.delay = *delay;
  }
  return {};
}

void declare_settings(CLI::App& app, Given& given) {
  for (const Variable& variable : variables()) {
    if (variable.secret) continue;
    app.add_option_function<std::string>(flag_of(variable.name),
                                         [&given, name = variable.name](const std::string& value) {
                                           given.invocation.settings.emplace_back(name, value);
                                         })
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  }
}

/// A flag or a positional with a value; given twice, the last counts.
void add_text(CLI::App& command, const char* name, std::optional<std::string>& value) {
  command.add_option_function<std::string>(name, [&value](const std::string& text) { value = text; })
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
}

void declare(CLI::App& command, Command which, Given& given) {
  Invocation& invocation = given.invocation;
  switch (which) {
    case Command::listen:
      add_text(command, "--port", given.port);
      add_text(command, "--host", given.host);
      add_text(command, "--status", given.status);
      add_text(command, "--delay", given.delay);
      command.add_flag("-v,--verbose", invocation.listen.verbose);
      break;
    case Command::health:
      command.add_flag("--json", invocation.json);
      break;
    case Command::import_messages:
      add_text(command, "file", given.file);
      add_text(command, "--from", given.from);
      command.add_flag("--dry-run", invocation.import_from.dry_run);
      break;
    case Command::export_messages:
      add_text(command, "file", given.file);
      break;
    case Command::token:
      add_text(command, "action", given.action);
      add_text(command, "which", given.which);
      add_text(command, "--scope", given.scope);
      add_text(command, "--expires", given.expires);
      command.add_flag("--json", invocation.json);
      break;
    case Command::user:
      add_text(command, "action", given.action);
      add_text(command, "name", given.which);
      add_text(command, "--password", given.password);
      command.add_flag("--password-stdin", invocation.user.password_from_stdin);
      add_text(command, "--scope", given.scope);
      command.add_flag("--json", invocation.json);
      break;
    default:
      break;
  }
}

Result<void> read_new_token(const Given& given, TokenArguments& token) {
  const auto fine = auth::check_token_name(token.which);
  if (!fine) return refused("the name " + fine.error().detail());
  if (!given.scope)
    return refused("token create needs --scope: read, write, admin, or several with commas between");
  const auto scopes = auth::Scopes::parse(*given.scope);
  if (!scopes) return refused("--scope=" + *given.scope + ": " + scopes.error().detail());
  token.scopes = *scopes;
  if (!given.expires) return {};
  if (const auto after = parse_duration(*given.expires); after.ok() && *after > Millis{0}) {
    token.expires_after = *after;
    return {};
  }
  const auto at = parse_time(*given.expires, std::nullopt);
  if (!at) {
    return refused("--expires=" + *given.expires +
                   ": not a time; expected a duration such as 90d, or a date and time such as "
                   "2027-01-01T00:00:00Z");
  }
  token.expires_at = at->at;
  return {};
}

Result<void> read_token(const Given& given, TokenArguments& token) {
  const std::string action = given.action.value_or("");
  token.which = given.which.value_or("");
  token.json = given.invocation.json;
  const bool creates = action == "create";
  if (!creates && (given.scope || given.expires))
    return refused("--scope and --expires are for token create");
  if (action == "list" && token.which.empty()) {
    token.action = TokenArguments::Action::list;
    return {};
  }
  if (token.json) return refused("--json is for token list");
  if (action == "revoke" && !token.which.empty()) {
    token.action = TokenArguments::Action::revoke;
    return {};
  }
  if (creates && !token.which.empty()) {
    token.action = TokenArguments::Action::create;
    return read_new_token(given, token);
  }
  return refused("token takes create NAME, list, or revoke NAME|ID; see `recado token --help`");
}

Result<void> read_new_user(const Given& given, UserArguments& user) {
  const auto fine = auth::check_user_name(user.name);
  if (!fine) return refused("the name " + fine.error().detail());
  if (given.password.has_value() == user.password_from_stdin) {
    return refused("user add needs the password: --password-stdin (its first line), or --password TEXT");
  }
  if (given.password) user.password = Secret(*given.password);
  if (!given.scope) return {};
  const auto scopes = auth::Scopes::parse(*given.scope);
  if (!scopes) return refused("--scope=" + *given.scope + ": " + scopes.error().detail());
  user.scopes = *scopes;
  return {};
}

Result<void> read_user(const Given& given, UserArguments& user) {
  const std::string action = given.action.value_or("");
  user.name = given.which.value_or("");
  user.json = given.invocation.json;
  const bool adds = action == "add";
  if (!adds && (given.scope || given.password || user.password_from_stdin))
    return refused("--password, --password-stdin and --scope are for user add");
  if (action == "list" && user.name.empty()) {
    user.action = UserArguments::Action::list;
    return {};
  }
  if (user.json) return refused("--json is for user list");
  if (action == "remove" && !user.name.empty()) {
    user.action = UserArguments::Action::remove;
    return {};
  }
  if (adds && !user.name.empty()) {
    user.action = UserArguments::Action::add;
    return read_new_user(given, user);
  }
  return refused("user takes add NAME, list, or remove NAME; see `recado user --help`");
}

Result<void> read_import(const Given& given, ImportArguments& arguments) {
  arguments.file = given.file.value_or("");
  arguments.from = given.from.value_or("");
  if (arguments.file.empty() == arguments.from.empty()) {
    return refused(
        "import takes a FILE (- for standard input) or --from URL, one of them; see `recado import --help`");
  }
  return {};
}

std::vector<std::string> command_names() {
  std::vector<std::string> names;
  for (const Name& name : kCommands) names.emplace_back(name.word);
  return names;
}

/// The flags that `command` takes.
std::vector<std::string> flag_names(const CLI::App& app, const CLI::App* command) {
  std::vector<std::string> names;
  for (const CLI::App* declared : {&app, command}) {
    if (declared == nullptr) continue;
    for (const CLI::Option* option : declared->get_options()) {
      for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    }
  }
  return names;
}

Error unexpected(const CLI::App& app, const CLI::App* command, const std::string& word) {
  const std::string see =
      command == nullptr ? "`recado --help` lists them" : "see `recado " + command->get_name() + " --help`";
  if (!word.starts_with('-')) {
    if (command != nullptr) return refused(command->get_name() + " takes no argument " + word + "; " + see);
    const auto near = api::closest(word, command_names());
    return refused("there is no command " + word + "; " + (near ? "did you mean " + *near + "?" : see));
  }
  const std::string flag = word.substr(0, word.find('='));
  for (const Variable& variable : variables()) {
    if (!variable.secret || flag_of(variable.name) != flag) continue;
    return refused(flag + ": a secret is never a flag, where other users can read it; expected " +
                   variable.name + " or " + variable.name + "_FILE in the environment or in .env");
  }
  const auto near = api::closest(flag, flag_names(app, command));
  return refused("there is no flag " + flag + "; " + (near ? "did you mean " + *near + "?" : see));
}

}  // namespace

std::string flag_of(std::string_view variable) {
  std::string flag = "--";
  for (const char c : variable) {
    flag += c == '_' ? '-' : static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  }
  return flag;
}

Result<Invocation> parse_arguments(std::vector<std::string> arguments) {
  Given given;
  CLI::App app;
  app.set_help_flag();
  app.fallthrough()->allow_extras()->require_subcommand(0, 1);
  app.add_flag("-h,--help", given.help);
  app.add_flag("-V,--version", given.version);
  declare_settings(app, given);
  for (const Name& name : kCommands) {
    CLI::App* command = app.add_subcommand(name.word);
    command->set_help_flag();
    command->allow_extras();
    declare(*command, name.command, given);
  }
  std::reverse(arguments.begin(), arguments.end());  // as CLI11 takes a vector
  try {
    app.parse(std::move(arguments));
  } catch (const CLI::ParseError& error) {
    return refused(std::string(error.what()) + "; see `recado --help`");
  }

  const auto chosen = app.get_subcommands();
  const CLI::App* command = chosen.empty() ? nullptr : chosen.front();
  Invocation& invocation = given.invocation;
  for (const Name& name : kCommands) {
    if (command != nullptr && command->get_name() == name.word) invocation.command = name.command;
  }
  if (given.help || given.version) {
    invocation.command = given.help ? Command::help : Command::version;
    if (command != nullptr) invocation.help_topic = command->get_name();
    return std::move(invocation);
  }
  const auto left = app.remaining(true);
  if (!left.empty()) return unexpected(app, command, left.front());
  if (auto listen = read_listen(given, invocation.listen); !listen) return listen.error();
  if (invocation.command == Command::import_messages) {
    if (auto read = read_import(given, invocation.import_from); !read) return read.error();
  }
  if (invocation.command == Command::token) {
    if (auto read = read_token(given, invocation.token); !read) return read.error();
  }
  if (invocation.command == Command::user) {
    if (auto read = read_user(given, invocation.user); !read) return read.error();
  }
  invocation.export_to.file = given.file.value_or("");
  return std::move(invocation);
}

}  // namespace recado::app
