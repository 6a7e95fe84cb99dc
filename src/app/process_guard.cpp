#include "app/process_guard.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>

namespace recado::app {

void guard_files_and_dumps() {
  ::umask(0077);
  const rlimit none{};
  ::setrlimit(RLIMIT_CORE, &none);
}

void hide_credentials(int argc, char** argv) {
  const auto hide = [](char* from) { std::fill(from, from + std::strlen(from), '*'); };
  for (int i = 1; i < argc; ++i) {
    constexpr char kPassword[] = "--password=";
    constexpr std::size_t kLength = sizeof kPassword - 1;
    if (std::strncmp(argv[i], kPassword, kLength) == 0) hide(argv[i] + kLength);
    if (std::strcmp(argv[i], "--password") == 0 && i + 1 < argc) hide(argv[++i]);
    char* const scheme_end = std::strstr(argv[i], "://");
    if (scheme_end == nullptr) continue;
    char* const at = std::strrchr(scheme_end, '@');
    if (at != nullptr) std::fill(scheme_end + 3, at, '*');
  }
}

void guard_memory() {
  ::prctl(PR_SET_DUMPABLE, 0);
}

}  // namespace recado::app
