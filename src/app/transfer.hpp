// `recado import` and `recado export`: pending messages to and from NDJSON, and the former program's keys,
// beside a running recado or without one.
#pragma once

#include <string>

#include "base/config.hpp"

namespace recado::app {

/// `recado import FILE` or `recado import --from redis://…`; exactly one of both is given.
struct ImportArguments {
  std::string file;      ///< NDJSON, as `recado export` writes it; `-`: standard input
  std::string from;      ///< the URL of the former program's Redis
  bool dry_run = false;  ///< everything is read and judged, nothing registered
};

/// `recado export [FILE]`.
struct ExportArguments {
  std::string file;  ///< empty or `-`: standard output; otherwise written whole or not at all
};

/// Both return the exit code. Redis is the one that `options` names, else the private one of DATA_DIR: that
/// of the recado which runs there, or one started for the duration. What was left, and why, is named on
/// standard error; then the code is kExitFailure.
int run_import(const Options& options, const ImportArguments& arguments);
int run_export(const Options& options, const ExportArguments& arguments);

}  // namespace recado::app
