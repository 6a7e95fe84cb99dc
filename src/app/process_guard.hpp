// What the process keeps from other processes and users: its memory and its files hold secrets.
#pragma once

namespace recado::app {

/// Files made from now on are for this user alone, also those of the private Redis; no memory image is
/// written to disk when the process crashes.
void guard_files_and_dumps();

/// Overwrites what stands between `://` and `@` in the arguments, and the value of `--password`, once they
/// were copied: everybody on the machine can read a command line.
void hide_credentials(int argc, char** argv);

/// Other processes of the same user can no longer read this one's memory and environment (ptrace, /proc), nor
/// attach a debugger. Only root can.
void guard_memory();

}  // namespace recado::app
