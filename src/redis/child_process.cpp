#include "redis/child_process.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

namespace recado::redis {

namespace {

constexpr int kInheritedNumber = 3;
constexpr int kReportNumber = 4;
constexpr int kFirstFreeNumber = 10;  ///< descriptors are moved above this first, so that none is overwritten

struct Failure {
  int step = 0;
  int error = 0;
};

constexpr std::array<const char*, 6> kSteps{"",
                                            "ending with its parent",
                                            "opening its descriptors",
                                            "entering its directory",
                                            "starting the program",
                                            "finding its parent alive"};

/// What the child needs, all made before fork(): between fork() and exec() only system calls are allowed.
struct Prepared {
  const char* program;
  char* const* arguments;
  char* const* environment;
  const char* directory;
  int output;
  int inherited;
  int report;
  pid_t parent;
};

[[noreturn]] void give_up(int report, int step, int error) {
  Failure failure;
  failure.step = step;
  failure.error = error;
  [[maybe_unused]] const auto ignored = ::write(report, &failure, sizeof(failure));
  ::_exit(127);
}

[[noreturn]] void become(const Prepared& prepared) {
  int report = ::fcntl(prepared.report, F_DUPFD_CLOEXEC, kFirstFreeNumber);
  if (report < 0) give_up(prepared.report, 2, errno);

  struct sigaction usual {};
  usual.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number) ::sigaction(number, &usual, nullptr);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);

  ::setsid();
  if (::prctl(PR_SET_PDEATHSIG, SIGTERM) != 0) give_up(report, 1, errno);
  if (::getppid() != prepared.parent) give_up(report, 5, ESRCH);  // it died before the line above

  const int output = ::fcntl(prepared.output, F_DUPFD_CLOEXEC, kFirstFreeNumber);
  const int input = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  int inherited = -1;
  if (prepared.inherited >= 0) {
    inherited = ::fcntl(prepared.inherited, F_DUPFD_CLOEXEC, kFirstFreeNumber);
    if (inherited < 0) give_up(report, 2, errno);
  }
  if (output < 0 || input < 0) give_up(report, 2, errno);
  const int moved_input = ::fcntl(input, F_DUPFD_CLOEXEC, kFirstFreeNumber);
  if (moved_input < 0 || ::dup2(moved_input, 0) < 0 || ::dup2(output, 1) < 0 || ::dup2(output, 2) < 0) {
    give_up(report, 2, errno);
  }
  ::close(kInheritedNumber);
  if (inherited >= 0 && ::dup2(inherited, kInheritedNumber) < 0) give_up(report, 2, errno);
  if (::dup3(report, kReportNumber, O_CLOEXEC) < 0) give_up(report, 2, errno);
  report = kReportNumber;
  // Asio's sockets are not close-on-exec: a listening port must not outlive us in the child.
  if (::close_range(kReportNumber + 1, ~0U, 0) != 0) {
    for (int number = kReportNumber + 1; number < 65536; ++number) ::close(number);
  }
  if (::chdir(prepared.directory) != 0) give_up(report, 3, errno);
  ::execve(prepared.program, prepared.arguments, prepared.environment);
  give_up(report, 4, errno);
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (std::string& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

std::string reason(int error) {
  return std::strerror(error);  // NOLINT: the loop's thread alone
}

Error failed(const std::string& what, int error) {
  return Error(ErrorCode::io, what + ": " + reason(error));
}

}  // namespace

std::string find_program(const std::string& name, const std::string& search_path) {
  const std::string folders = search_path + ":/usr/bin:/usr/local/bin:/usr/sbin";
  std::size_t begin = 0;
  while (begin <= folders.size()) {
    const auto end = std::min(folders.find(':', begin), folders.size());
    const std::string folder = folders.substr(begin, end - begin);
    begin = end + 1;
    if (!folder.starts_with('/')) continue;  // nothing from the working directory
    const std::string candidate = folder + "/" + name;
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return {};
}

Result<pid_t> start_child(const ChildOptions& options) {
  std::vector<std::string> words{options.program};
  words.insert(words.end(), options.arguments.begin(), options.arguments.end());
  const char* const path = std::getenv("PATH");
  // No other variable: ours hold secrets.
  std::vector<std::string> variables{std::string("PATH=") + (path != nullptr ? path : "/usr/bin:/bin")};
  const auto arguments = pointers(words);
  const auto environment = pointers(variables);

  const int output =
      ::open(options.output_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (output < 0) return failed("cannot write " + options.output_file, errno);
  int report[2];
  if (::pipe2(report, O_CLOEXEC) != 0) {
    const int error = errno;
    ::close(output);
    return failed("cannot make a pipe", error);
  }

  Prepared prepared{};
  prepared.program = options.program.c_str();
  prepared.arguments = arguments.data();
  prepared.environment = environment.data();
  prepared.directory = options.directory.c_str();
  prepared.output = output;
  prepared.inherited = options.inherited;
  prepared.report = report[1];
  prepared.parent = ::getpid();

  // No handler of ours may run in the child.
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  const pid_t child = ::fork();
  if (child == 0) become(prepared);
  const int fork_error = errno;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  ::close(output);
  ::close(report[1]);
  if (child < 0) {
    ::close(report[0]);
    return failed("cannot start a process", fork_error);
  }

  Failure failure;
  ssize_t got = 0;
  do {
    got = ::read(report[0], &failure, sizeof(failure));
  } while (got < 0 && errno == EINTR);
  ::close(report[0]);
  if (got == static_cast<ssize_t>(sizeof(failure))) {
    ::waitpid(child, nullptr, 0);
    return failed(
        "cannot start " + options.program + " (" + kSteps.at(static_cast<std::size_t>(failure.step)) + ")",
        failure.error);
  }
  return child;
}

std::string describe_exit(int wait_status) {
  if (WIFEXITED(wait_status)) return "exit status " + std::to_string(WEXITSTATUS(wait_status));
  if (WIFSIGNALED(wait_status)) {
    const int number = WTERMSIG(wait_status);
    const char* const name = ::sigdescr_np(number);
    return "signal " + std::to_string(number) + " (" + (name != nullptr ? name : "unknown") + ")";
  }
  return "status " + std::to_string(wait_status);
}

}  // namespace recado::redis
