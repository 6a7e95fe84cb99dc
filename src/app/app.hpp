// The composition root: arguments → options → the parts, their start and stop order → exit code.
#pragma once

namespace recado::app {

/// Exit codes, as sysexits.h has them where it has them.
inline constexpr int kExitOk = 0;
inline constexpr int kExitFailure = 1;
inline constexpr int kExitUsage = 2;  ///< unknown command or flag
inline constexpr int kExitConfiguration =
    78;  ///< EX_CONFIG: not worth a restart until somebody changes something

/// Runs the command that the arguments name; returns the exit code.
int run(int argc, char** argv);

/// The program's version, `0.1.0`.
const char* version();

}  // namespace recado::app
