// Starting a program that is to end with us: fork and exec, since posix_spawn has no PR_SET_PDEATHSIG.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/error.hpp"

namespace recado::redis {

/// The first executable `name` in the folders of `search_path` (as PATH is written), then in /usr/bin,
/// /usr/local/bin and /usr/sbin; empty when there is none.
std::string find_program(const std::string& name, const std::string& search_path);

struct ChildOptions {
  std::string program;                 ///< path
  std::vector<std::string> arguments;  ///< without the program's name
  std::string directory;               ///< its working directory
  std::string output_file;             ///< standard output and error are appended to it
  int inherited = -1;                  ///< a descriptor it keeps open (as number 3); -1: none
};

/// Starts `options.program` in a session of its own, with an environment of PATH only, no descriptor of ours
/// but `inherited`, and default signal handling. It gets SIGTERM when the *thread* that called this ends, so
/// call it from a thread that lives as long as the process (the loop's). Blocks until exec, a few
/// milliseconds. Errors: io, saying which step failed.
Result<pid_t> start_child(const ChildOptions& options);

/// `exit status 1`, `signal 9 (Killed)`.
std::string describe_exit(int wait_status);

}  // namespace recado::redis
