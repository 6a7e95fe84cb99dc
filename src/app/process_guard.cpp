#include "app/process_guard.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

namespace recado::app {

void guard_files_and_dumps() {
  ::umask(0077);
  const rlimit none{};
  ::setrlimit(RLIMIT_CORE, &none);
}

void guard_memory() {
  ::prctl(PR_SET_DUMPABLE, 0);
}

}  // namespace recado::app
