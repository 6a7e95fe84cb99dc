#include <sys/resource.h>

#include <csignal>
#include <iostream>

#include "app/app.hpp"
#include "app/arguments.hpp"
#include "app/commands.hpp"
#include "app/node.hpp"
#include "app/process_guard.hpp"
#include "app/redis_location.hpp"
#include "base/config.hpp"
#include "base/log.hpp"

namespace recado::app {
namespace {

Result<Options> load(const Invocation& invocation) {
  auto sources = read_sources();
  if (!sources) return sources.error();
  sources->flags = invocation.settings;
  auto options = load_options(*sources);
  if (options && options->external_redis()) {
    const auto location = external_redis_location(*options);
    if (!location) return location.error();
  }
  return options;
}

/// As many sockets as the system lets us have.
void raise_file_limit() {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < files.rlim_max) {
    files.rlim_cur = files.rlim_max;
    if (::setrlimit(RLIMIT_NOFILE, &files) != 0) {
      log::warning("the limit of open files stays as it is", {{"limit", files.rlim_cur}});
    }
  }
}

int serve(const Options& options) {
  raise_file_limit();
  auto node = Node::create(options);
  if (!node) return fail(node.error());
  return (*node)->run();
}

}  // namespace

int fail(const Error& error) {
  std::cerr << "recado: " << error.detail() << std::endl;
  switch (error.code()) {
    case ErrorCode::configuration:
      return kExitConfiguration;
    case ErrorCode::invalid_argument:
      return kExitUsage;
    default:
      return kExitFailure;
  }
}

const char* version() {
  return RECADO_VERSION;
}

int run(int argc, char** argv) {
  // Who reads from us may go away; that is an error of the write, not our end.
  std::signal(SIGPIPE, SIG_IGN);
  guard_files_and_dumps();
#ifdef NDEBUG
  guard_memory();  // a debug build is for debuggers, and a sanitizer's leak check traces its own process
#endif
  auto invocation = parse_arguments(std::vector<std::string>(argv + std::min(argc, 1), argv + argc));
  hide_credentials(argc, argv);
  if (!invocation) return fail(invocation.error());
  if (invocation->command == Command::help) {
    std::cout << help_text(invocation->help_topic);
    return kExitOk;
  }
  if (invocation->command == Command::version) {
    std::cout << "recado " << version() << "\n";
    return kExitOk;
  }
  auto options = load(*invocation);
  if (!options) return fail(options.error());
  log::configure(options->log_level, options->log_format);
  switch (invocation->command) {
    case Command::config:
      std::cout << describe(*options);
      return kExitOk;
    case Command::listen:
      return run_listen(*options, invocation->listen);
    case Command::health:
      return run_health(*options, invocation->json);
    case Command::demo:
      return run_demo();
    case Command::import_messages:
      return run_import(*options, invocation->import_from);
    case Command::export_messages:
      return run_export(*options, invocation->export_to);
    case Command::token:
      return run_token(*options, invocation->token);
    case Command::user:
      return run_user(*options, invocation->user);
    default:
      return serve(*options);
  }
}

}  // namespace recado::app
