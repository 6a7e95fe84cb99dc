// The command line, read: which command, its own flags, and the settings that were given as flags. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/token_command.hpp"
#include "app/transfer.hpp"
#include "app/user_command.hpp"
#include "base/error.hpp"
#include "base/time.hpp"

namespace recado::app {

enum class Command {
  serve,
  demo,
  listen,
  health,
  config,
  import_messages,
  export_messages,
  token,
  user,
  help,
  version
};

/// `recado listen`.
struct ListenArguments {
  std::string host = "127.0.0.1";
  std::uint16_t port = 9000;  ///< 0: any free port, which is printed
  int status = 200;           ///< what every request is answered
  Millis delay{0};            ///< how long the answer is held back
  bool verbose = false;       ///< headers and the whole body too
};

struct Invocation {
  Command command = Command::serve;
  std::string help_topic;  ///< the command whose help is asked for; empty: all
  std::vector<std::pair<std::string, std::string>>
      settings;  ///< variable name and value, as ConfigSources takes them
  ListenArguments listen;
  bool json = false;  ///< health: the server's answer as it came; token list; user list
  ImportArguments import_from;
  ExportArguments export_to;
  TokenArguments token;
  UserArguments user;
};

/// `arguments`: without the program's name. Errors: invalid_argument, a sentence with what would be accepted.
Result<Invocation> parse_arguments(std::vector<std::string> arguments);

/// `--api-port` for `API_PORT`.
std::string flag_of(std::string_view variable);

/// The lines to paste that leave a first message for `recado listen`, indented, with a newline at the end.
std::string first_message_example();

/// What `recado --help` prints, or `recado COMMAND --help` (`topic`: the command's name).
std::string help_text(std::string_view topic);

}  // namespace recado::app
