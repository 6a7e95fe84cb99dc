// The commands beside `serve`. Each runs to its end and returns the exit code; what it has to say goes to
// standard output, what went wrong to standard error.
#pragma once

#include "app/arguments.hpp"
#include "base/config.hpp"

namespace recado::app {

/// Says on standard error, in one line, what went wrong; returns the exit code that means it.
int fail(const Error& error);

/// Prints arrivals until SIGINT or SIGTERM.
int run_listen(const Options& options, const ListenArguments& arguments);

/// Asks the server that `options` configure. 0: healthy; 1: not, or not reached. `json`: prints its answer as
/// it came.
int run_health(const Options& options, bool json);

/// Shows what Recado does, within ten seconds. 1: something was lost, came twice or early, or could not be
/// started.
int run_demo();

}  // namespace recado::app
