#include "redis/private_server.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/asio/this_coro.hpp>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <utility>

#include "base/log.hpp"
#include "io/deadline.hpp"
#include "redis/child_process.hpp"
#include "redis/connector.hpp"

namespace recado::redis {

namespace asio = boost::asio;
using Descriptor = asio::posix::basic_stream_descriptor<io::Executor>;

namespace {

constexpr Millis kLockPause{20};
constexpr Millis kLockNotice{1000};
constexpr Millis kLockLimit{60'000};
constexpr Millis kReadyPause{5};
/// A server that still loads after this long is taken as started: the client waits for the rest.
constexpr Millis kReadyLimit{2000};
constexpr Millis kProbeLimit{500};
constexpr Millis kRestartPause{1000};
constexpr Millis kExitPause{100};  ///< between looks at the child, where the kernel has no pidfd
constexpr off_t kLogKeptBytes = 1 << 20;
constexpr std::streamoff kLogTailBytes = 4096;
constexpr std::size_t kLogTailLines = 6;

/// The last lines of `file` written after `from`, joined: why the server ended, in its own words.
std::string log_tail(const std::string& file, std::streamoff from) {
  std::ifstream in(file, std::ios::binary | std::ios::ate);
  if (!in) return {};
  const std::streamoff size = in.tellg();
  in.seekg(std::max(from, size - kLogTailBytes));
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) {
    if (line.find_first_not_of(" \r") != std::string::npos) lines.push_back(std::move(line));
  }
  std::string tail;
  const std::size_t first = lines.size() > kLogTailLines ? lines.size() - kLogTailLines : 0;
  for (std::size_t i = first; i < lines.size(); ++i) tail += (tail.empty() ? "" : " | ") + lines[i];
  return tail;
}

std::string read_word(const std::string& file) {
  std::ifstream in(file);
  std::string word;
  in >> word;
  return word;
}

off_t size_of(const std::string& file) {
  struct stat status {};
  return ::stat(file.c_str(), &status) == 0 ? status.st_size : 0;
}

}  // namespace

struct PrivateServer::Impl {
  Impl(io::Loop& l, std::string dir)
      : loop(l), data_dir(std::move(dir)), endpoint(endpoint_in(data_dir)), tasks(l), ended(l) {}
  ~Impl() {
    if (child > 0) ::kill(child, SIGTERM);
    unlock();
  }

  std::string file(const char* name) const { return data_dir + "/" + name; }
  io::Task<Result<void>> lock();
  void unlock() noexcept;
  Result<void> launch();
  /// True when the child has ended; its status is in `exit_status`.
  bool reap() noexcept;
  io::Task<Result<void>> wait_ready();
  io::Task<bool> answers();
  io::Task<> wait_exit();
  static io::Task<> keep_running(std::shared_ptr<Impl> self);
  Error ended_early() const;

  io::Loop& loop;
  const std::string data_dir;
  const Endpoint endpoint;
  io::TaskGroup tasks;
  io::WakeEvent ended;  ///< the child has ended while stop() waits for it
  std::string program;
  int lock_file = -1;
  pid_t child = -1;
  int exit_status = 0;
  std::streamoff log_begin = 0;  ///< where the log of the present child begins
  SteadyPoint launched{};
  bool stopping = false;
};

PrivateServer::PrivateServer(io::Loop& loop, std::string data_dir)
    : impl_(std::make_shared<Impl>(loop, std::move(data_dir))) {}

PrivateServer::~PrivateServer() {
  impl_->stopping = true;
  if (impl_->child > 0) ::kill(impl_->child, SIGTERM);
  impl_->tasks.cancel();
}

Endpoint PrivateServer::endpoint() const {
  return impl_->endpoint;
}

Endpoint PrivateServer::endpoint_in(const std::string& data_dir) {
  Endpoint endpoint;
  endpoint.transport = Endpoint::Transport::unix_socket;
  endpoint.path = data_dir + "/redis.sock";  // of any length: see connector.cpp
  return endpoint;
}

io::Task<Result<void>> PrivateServer::start() {
  const auto impl = impl_;
  const char* const path = std::getenv("PATH");
  impl->program = find_program("redis-server", path != nullptr ? path : "");
  if (impl->program.empty()) {
    co_return Error(
        ErrorCode::configuration,
        "redis-server is not installed: `apt-get install redis-server`, or name a Redis of yours in "
        "REDIS_URL");
  }
  const auto locked = co_await impl->lock();
  if (!locked) co_return locked;
  const auto launched = impl->launch();
  if (!launched) {
    impl->unlock();
    co_return launched;
  }
  const auto ready = co_await impl->wait_ready();
  if (!ready) {
    impl->unlock();
    co_return ready;
  }
  log::info("private redis started", {{"socket", impl->endpoint.path}, {"pid", impl->child}});
  impl->tasks.spawn("private redis", Impl::keep_running(impl));
  co_return Result<void>();
}

io::Task<> PrivateServer::stop(Millis grace) {
  const auto impl = impl_;
  impl->stopping = true;
  if (impl->child > 0) {
    ::kill(impl->child, SIGTERM);
    io::Deadline limit(impl->loop, grace, [weak = std::weak_ptr<Impl>(impl)] {
      const auto self = weak.lock();
      if (!self || self->child <= 0) return;
      log::warning("private redis does not end, killing it", {{"pid", self->child}});
      ::kill(self->child, SIGKILL);
    });
    while (impl->child > 0 && !impl->tasks.empty()) co_await impl->ended.wait();
    while (!impl->reap()) co_await impl->loop.sleep(kReadyPause);  // start() was not done yet
  }
  impl->tasks.cancel();
  co_await impl->tasks.join();
  impl->unlock();
}

// The lock belongs to the open file, which the child inherits: it is free when both of us are gone, so never
// while a former Redis still writes its file.
io::Task<Result<void>> PrivateServer::Impl::lock() {
  const std::string path = file("redis.lock");
  lock_file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (lock_file < 0) co_return Error(ErrorCode::io, "cannot open " + path + ": " + std::strerror(errno));
  const SteadyPoint began = loop.clock().steady();
  bool noticed = false;
  while (::flock(lock_file, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) {
      const Error error(ErrorCode::io, "cannot lock " + path + ": " + std::strerror(errno));
      unlock();
      co_return error;
    }
    const auto waited = loop.clock().steady() - began;
    if (waited >= kLockLimit || stopping) {
      unlock();
      const std::string former = read_word(file("redis.pid"));
      co_return Error(ErrorCode::io, "the former private redis-server" +
                                         (former.empty() ? std::string() : " (process " + former + ")") +
                                         " still runs on " + data_dir + ": end it, then start again");
    }
    if (waited >= kLockNotice && !std::exchange(noticed, true)) {
      log::info("waiting for the former private redis to end",
                {{"lock", path}, {"pid", read_word(file("redis.pid"))}});
    }
    co_await loop.sleep(kLockPause);
  }
  co_return Result<void>();
}

void PrivateServer::Impl::unlock() noexcept {
  if (lock_file >= 0) ::close(std::exchange(lock_file, -1));
}

Result<void> PrivateServer::Impl::launch() {
  const std::string log_file = file("redis.log");
  if (size_of(log_file) > kLogKeptBytes) ::rename(log_file.c_str(), file("redis.log.1").c_str());
  log_begin = size_of(log_file);
  launched = loop.clock().steady();

  ChildOptions options;
  options.program = program;
  options.directory = data_dir;
  options.output_file = log_file;
  options.inherited = lock_file;
  options.arguments = {"--port", "0",
                       // Relative to its directory: a long DATA_DIR would not fit into a socket's address.
                       "--unixsocket", "redis.sock", "--unixsocketperm", "700", "--dir", "./", "--daemonize",
                       "no", "--pidfile", "redis.pid", "--save", "", "--appendonly", "yes", "--appendfsync",
                       "always", "--appenddirname", "appendonlydir", "--appendfilename", "appendonly.aof",
                       "--aof-load-truncated", "yes", "--maxmemory", "0", "--maxmemory-policy", "noeviction",
                       "--always-show-logo", "no"};
  auto started = start_child(options);
  if (!started) return started.error();
  child = *started;
  return {};
}

bool PrivateServer::Impl::reap() noexcept {
  if (child <= 0) return true;
  int status = 0;
  const pid_t result = ::waitpid(child, &status, WNOHANG);
  if (result == 0 || (result < 0 && errno == EINTR)) return false;
  exit_status = status;
  child = -1;
  return true;
}

Error PrivateServer::Impl::ended_early() const {
  const std::string log_file = file("redis.log");
  return Error(ErrorCode::io, "the private redis-server ended at once (" + describe_exit(exit_status) +
                                  "); " + log_file + " says: " + log_tail(log_file, log_begin));
}

io::Task<Result<void>> PrivateServer::Impl::wait_ready() {
  while (!reap()) {
    const bool answered = co_await answers();
    if (answered || stopping || loop.clock().steady() - launched > kReadyLimit) co_return Result<void>();
    co_await loop.sleep(kReadyPause);
  }
  co_return ended_early();
}

/// Whether the server answers PING with PONG.
io::Task<bool> PrivateServer::Impl::answers() {
  Connector connector(loop, endpoint);
  std::string why;
  const auto stream = co_await connector.open(why);
  if (!stream) co_return false;
  io::Deadline limit(loop, kProbeLimit, [&stream] { stream->close(); });
  static constexpr std::string_view kPing = "PING\r\n";
  const io::IoResult sent = co_await stream->write(asio::buffer(kPing));
  if (sent.error) co_return false;
  std::array<char, 64> reply{};
  const io::IoResult got = co_await stream->read_some(asio::buffer(reply));
  if (got.error) co_return false;
  co_return std::string_view(reply.data(), got.bytes).starts_with("+PONG");
}

io::Task<> PrivateServer::Impl::wait_exit() {
  Descriptor process(loop.executor());
  const long number = ::syscall(SYS_pidfd_open, child, 0);
  boost::system::error_code refused;
  if (number >= 0) process.assign(static_cast<int>(number), refused);
  if (refused) ::close(static_cast<int>(number));
  while (!reap()) {
    if (process.is_open()) {
      auto [error] = co_await process.async_wait(Descriptor::wait_read, io::as_result);
      if (error) process.close(refused);
    } else {
      co_await loop.sleep(kExitPause);
    }
  }
}

io::Task<> PrivateServer::Impl::keep_running(std::shared_ptr<Impl> self) {
  co_await asio::this_coro::throw_if_cancelled(false);
  while (true) {
    co_await self->wait_exit();
    if (self->stopping) break;
    const std::string log_file = self->file("redis.log");
    log::error("private redis ended, starting it again",
               {{"how", describe_exit(self->exit_status)}, {"log", log_tail(log_file, self->log_begin)}});
    bool running = false;
    while (!running && !self->stopping) {
      const auto lived = self->loop.clock().steady() - self->launched;
      if (lived < kRestartPause) {
        co_await self->loop.sleep(std::chrono::ceil<Millis>(kRestartPause - lived));
        if (self->stopping) break;
      }
      const auto relaunched = self->launch();
      running = relaunched.ok();
      if (!running) log::error("private redis cannot be started", {{"why", relaunched.error()}});
    }
  }
  self->ended.notify();
}

}  // namespace recado::redis
