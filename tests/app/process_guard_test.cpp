#include "app/process_guard.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <vector>

namespace recado::app {
namespace {

/// Exit code of `body` in a process of its own: what it does to itself does not touch the other tests.
template <class Body>
int in_child(Body body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body());
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(ProcessGuard, MakesFilesForThisUserAloneAndNoDumps) {
  EXPECT_EQ(in_child([] {
              guard_files_and_dumps();
              const std::string path = "/tmp/recado-guard-" + std::to_string(::getpid());
              const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL, 0666);
              struct stat made {};
              if (file < 0 || ::fstat(file, &made) != 0) return 1;
              ::unlink(path.c_str());
              if ((made.st_mode & 0777) != 0600) return 2;
              rlimit core{};
              if (::getrlimit(RLIMIT_CORE, &core) != 0 || core.rlim_cur != 0 || core.rlim_max != 0) return 3;
              return 0;
            }),
            0);
}

TEST(ProcessGuard, HidesCredentialsOfTheCommandLine) {
  std::string arguments[] = {"recado://x@y",
                             "--from",
                             "redis://user:p@ss@127.0.0.1:6379/0",
                             "--from=rediss://:p@h",
                             "a@b",
                             "http://h/",
                             "://@",
                             "--password",
                             "secret",
                             "--password=secret",
                             "--password-stdin"};
  std::vector<char*> argv;
  for (auto& argument : arguments) argv.push_back(argument.data());
  hide_credentials(static_cast<int>(argv.size()), argv.data());
  EXPECT_EQ(arguments[0], "recado://x@y") << "the program's own name";
  EXPECT_EQ(arguments[2], "redis://*********@127.0.0.1:6379/0");
  EXPECT_EQ(arguments[3], "--from=rediss://**@h");
  EXPECT_EQ(arguments[4], "a@b");
  EXPECT_EQ(arguments[5], "http://h/");
  EXPECT_EQ(arguments[6], "://@");
  EXPECT_EQ(arguments[8], "******");
  EXPECT_EQ(arguments[9], "--password=******");
  EXPECT_EQ(arguments[10], "--password-stdin");
}

TEST(ProcessGuard, ClosesTheMemoryToOthers) {
  EXPECT_EQ(in_child([] {
              guard_memory();
              return ::prctl(PR_GET_DUMPABLE);
            }),
            0);
}

/// What the server reads of itself it must still be able to read.
TEST(ProcessGuard, LeavesTheProcessAbleToLookAtItself) {
  EXPECT_EQ(in_child([] {
              if (::geteuid() == 0 && (::setgid(65534) != 0 || ::setuid(65534) != 0)) return 1;
              guard_memory();
              char exe[4096];
              if (::readlink("/proc/self/exe", exe, sizeof exe) <= 0) return 2;
              const int statm = ::open("/proc/self/statm", O_RDONLY);
              if (statm < 0) return 3;
              const int folder = ::open("/etc", O_PATH | O_DIRECTORY);
              const std::string through = "/proc/self/fd/" + std::to_string(folder) + "/passwd";
              return ::open(through.c_str(), O_RDONLY) >= 0 ? 0 : 4;
            }),
            0);
}

}  // namespace
}  // namespace recado::app
