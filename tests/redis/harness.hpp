// What the Redis tests share: a redis-server of the test's own on a unix socket, and a loop that runs a
// coroutine.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "io/deadline.hpp"
#include "io/loop.hpp"
#include "redis/child_process.hpp"
#include "redis/client.hpp"

namespace recado::redis::testing {

/// A new directory under /tmp, removed with everything in it.
class TempDir {
 public:
  TempDir() {
    char name[] = "/tmp/recado-redis-XXXXXX";
    path_ = ::mkdtemp(name);
  }
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
};

/// redis-server as a child of the test, without persistence unless the arguments say otherwise.
class Server {
 public:
  explicit Server(std::vector<std::string> arguments = {}, std::string program = "/usr/bin/redis-server")
      : arguments_(std::move(arguments)), program_(std::move(program)) {
    start();
  }
  ~Server() { kill(SIGKILL); }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  void start() {
    ChildOptions options;
    options.program = program_;
    options.directory = dir_.path();
    options.output_file = dir_.path() + "/redis.log";
    options.arguments = {"--port", "0", "--unixsocket", "redis.sock", "--save", ""};
    options.arguments.insert(options.arguments.end(), arguments_.begin(), arguments_.end());
    const auto started = start_child(options);
    ASSERT_TRUE(started.ok()) << (started.ok() ? "" : started.error().detail());
    pid_ = *started;
  }

  /// Signals it and waits for its end.
  void kill(int signal) {
    if (pid_ <= 0) return;
    ::kill(pid_, signal);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }
  void freeze() { ::kill(pid_, SIGSTOP); }
  void thaw() { ::kill(pid_, SIGCONT); }

  Endpoint endpoint() const {
    Endpoint endpoint;
    endpoint.transport = Endpoint::Transport::unix_socket;
    endpoint.path = dir_.path() + "/redis.sock";
    return endpoint;
  }
  const std::string& dir() const noexcept { return dir_.path(); }
  pid_t pid() const noexcept { return pid_; }

 private:
  TempDir dir_;
  std::vector<std::string> arguments_;
  std::string program_;
  pid_t pid_ = -1;
};

/// A command's words. A braced list cannot stand in an expression with co_await (g++ 12.2).
template <class... Words>
std::vector<std::string> words(Words&&... all) {
  std::vector<std::string> list;
  (list.emplace_back(std::forward<Words>(all)), ...);
  return list;
}

/// A reply's text or number, or the error: what a test can compare without asking first which of them it is.
inline std::string said(const Result<Reply>& reply) {
  if (!reply) return std::string(to_string(reply.error().code())) + ": " + reply.error().detail();
  return reply->kind() == ReplyKind::integer ? std::to_string(reply->integer()) : std::string(reply->text());
}

struct LoopTest : ::testing::Test {
  SystemClock clock;
  io::Loop loop{clock};

  /// Runs the coroutine that `body` makes to its end, and the loop until nothing is left.
  template <class Body>
  void run(Body body) {
    io::TaskGroup group(loop);
    io::Deadline limit(loop, Millis{30'000}, [this] {
      ADD_FAILURE() << "not finished within 30 s";
      loop.stop();
    });
    group.spawn("test", finish(body(), limit));
    loop.run();
  }

 private:
  static io::Task<> finish(io::Task<> body, io::Deadline& limit) {
    co_await std::move(body);
    limit.cancel();
  }
};

/// A client of a redis-server of the test's own.
struct ClientTest : LoopTest {
  Server server;
  Client client{loop, server.endpoint()};

  /// Runs `body` with the client connected, then stops it.
  void with_redis(std::function<io::Task<>()> body) {
    client.start();
    run([&]() -> io::Task<> { return connected(body); });
  }

 private:
  io::Task<> connected(std::function<io::Task<>()> body) {
    const bool up = co_await client.wait_connected(Millis{10'000});
    EXPECT_TRUE(up);
    co_await body();
    co_await client.stop();
  }
};

/// Waits for connections and losses one by one.
class Changes {
 public:
  Changes(io::Loop& loop, Client& client) : event_(loop) {
    client.on_change([this](bool connected) {
      seen.push_back(connected);
      event_.notify();
    });
  }
  /// Completes when `count` changes were seen, or after 20 s.
  io::Task<> wait(std::size_t count) {
    while (seen.size() < count) {
      const bool notified = co_await event_.wait_for(std::chrono::seconds(20));
      if (!notified) break;
    }
    EXPECT_GE(seen.size(), count);
  }
  std::vector<bool> seen;

 private:
  io::WakeEvent event_;
};

}  // namespace recado::redis::testing
