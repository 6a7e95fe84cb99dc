#include "redis/private_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "harness.hpp"

namespace recado::redis {
namespace {

using testing::Changes;
using testing::TempDir;
using testing::words;

pid_t pid_in(const std::string& dir) {
  std::ifstream in(dir + "/redis.pid");
  pid_t pid = -1;
  in >> pid;
  return pid;
}

bool alive(pid_t pid) {
  return ::kill(pid, 0) == 0;
}

struct PrivateServerTest : testing::LoopTest {
  TempDir dir;

  io::Task<> expect_value(std::string data_dir, std::string expected) {
    Client client(loop, PrivateServer::endpoint_in(data_dir));
    client.start();
    EXPECT_TRUE(co_await client.wait_connected(Millis{10'000})) << client.last_error();
    const auto got = co_await client.command(words("GET", "k"));
    EXPECT_TRUE(got.ok());
    EXPECT_EQ(got ? got->text() : "", expected);
    co_await client.stop();
  }
  io::Task<> set_value(std::string data_dir, std::string value) {
    Client client(loop, PrivateServer::endpoint_in(data_dir));
    client.start();
    EXPECT_TRUE(co_await client.wait_connected(Millis{10'000})) << client.last_error();
    const auto set = co_await client.command(words("SET", "k", std::move(value)));
    EXPECT_TRUE(set.ok());
    co_await client.stop();
  }
};

TEST_F(PrivateServerTest, KeepsWhatWasWrittenAcrossStopAndStart) {
  run([&]() -> io::Task<> {
    for (const char* before : {"", "first"}) {
      PrivateServer server(loop, dir.path());
      const auto started = co_await server.start();
      EXPECT_TRUE(started.ok());
      co_await expect_value(dir.path(), before);
      co_await set_value(dir.path(), "first");
      const pid_t pid = pid_in(dir.path());
      EXPECT_TRUE(alive(pid));
      EXPECT_NE(::getsid(pid), ::getsid(0));
      co_await server.stop(Millis{5000});
      EXPECT_FALSE(alive(pid));
    }
  });
}

TEST_F(PrivateServerTest, IsSetUpToLoseNothing) {
  run([&]() -> io::Task<> {
    PrivateServer server(loop, dir.path());
    co_await server.start();
    Client client(loop, server.endpoint());
    client.start();
    co_await client.wait_connected(Millis{5000});
    const auto warnings = co_await client.inspect();
    EXPECT_TRUE(warnings->empty()) << warnings->front().detail;
    for (const auto& [name, value] : {std::pair("port", "0"), std::pair("save", ""),
                                      std::pair("appendfsync", "always"), std::pair("maxmemory", "0")}) {
      const auto setting = co_await client.command(words("CONFIG", "GET", name));
      EXPECT_EQ((*setting)[1].text(), value) << name;
    }
    co_await client.stop();
    co_await server.stop(Millis{5000});
  });
  const auto mode = std::filesystem::status(dir.path() + "/redis.log").permissions();
  EXPECT_EQ(mode & std::filesystem::perms::others_all, std::filesystem::perms::none);
}

TEST_F(PrivateServerTest, StartsAgainWhenItWasKilled) {
  run([&]() -> io::Task<> {
    PrivateServer server(loop, dir.path());
    co_await server.start();
    Client client(loop, server.endpoint());
    Changes changes(loop, client);
    client.start();
    co_await changes.wait(1);
    co_await client.command(words("SET", "k", "kept"));
    const pid_t first = pid_in(dir.path());
    ::kill(first, SIGKILL);
    co_await changes.wait(3);
    EXPECT_NE(pid_in(dir.path()), first);
    const auto got = co_await client.command(words("GET", "k"));
    EXPECT_EQ(got->text(), "kept");
    co_await client.stop();
    co_await server.stop(Millis{5000});
  });
}

TEST_F(PrivateServerTest, KillsAServerThatDoesNotEndWithinTheGrace) {
  run([&]() -> io::Task<> {
    PrivateServer server(loop, dir.path());
    co_await server.start();
    const pid_t pid = pid_in(dir.path());
    ::kill(pid, SIGSTOP);
    co_await server.stop(Millis{100});
    EXPECT_FALSE(alive(pid));
  });
}

TEST_F(PrivateServerTest, WorksInADirectoryWithALongName) {
  const std::string deep = dir.path() + "/" + std::string(120, 'x') + "/" + std::string(120, 'y');
  std::filesystem::create_directories(deep);
  run([&]() -> io::Task<> {
    PrivateServer server(loop, deep);
    const auto started = co_await server.start();
    EXPECT_TRUE(started.ok());
    co_await set_value(deep, "far down");
    co_await expect_value(deep, "far down");
    co_await server.stop(Millis{5000});
  });
}

TEST_F(PrivateServerTest, ASecondOneWaitsForTheLock) {
  io::TaskGroup group(loop);
  PrivateServer first(loop, dir.path());
  PrivateServer second(loop, dir.path());
  bool second_started = false;
  const auto start = [](PrivateServer& server, bool& started) -> io::Task<> {
    const auto result = co_await server.start();
    started = result.ok();
  };
  run([&]() -> io::Task<> {
    co_await first.start();
    co_await set_value(dir.path(), "of the first");
    const pid_t pid = pid_in(dir.path());
    group.spawn("second", start(second, second_started));
    co_await loop.sleep(Millis{100});
    EXPECT_FALSE(second_started);
    EXPECT_TRUE(alive(pid));
    co_await first.stop(Millis{5000});
    co_await group.join();
    EXPECT_TRUE(second_started);
    co_await expect_value(dir.path(), "of the first");
    co_await second.stop(Millis{5000});
  });
}

TEST_F(PrivateServerTest, SucceedsAKilledProcessAndItsRedis) {
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t former = ::fork();
  if (former == 0) {
    SystemClock own_clock;
    io::Loop own_loop(own_clock);
    io::TaskGroup group(own_loop);
    const auto serve = [](io::Loop& on, std::string data_dir, int report) -> io::Task<> {
      PrivateServer server(on, data_dir);
      co_await server.start();
      Client client(on, server.endpoint());
      client.start();
      co_await client.wait_connected(Millis{10'000});
      co_await client.command(words("SET", "k", "of the former"));
      [[maybe_unused]] const auto written = ::write(report, "r", 1);
      co_await on.sleep(Millis{60'000});
    };
    group.spawn("serve", serve(own_loop, dir.path(), ready[1]));
    own_loop.run();
    ::_exit(0);
  }
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  ::close(ready[0]);
  ::close(ready[1]);
  const pid_t former_redis = pid_in(dir.path());
  EXPECT_TRUE(alive(former_redis));
  ::kill(former, SIGKILL);
  ::waitpid(former, nullptr, 0);
  run([&]() -> io::Task<> {
    PrivateServer server(loop, dir.path());
    const auto started = co_await server.start();
    EXPECT_TRUE(started.ok());
    EXPECT_NE(pid_in(dir.path()), former_redis);
    co_await expect_value(dir.path(), "of the former");
    co_await server.stop(Millis{5000});
  });
}

TEST_F(PrivateServerTest, LoadsAFileWhoseTailIsCutOffAndRefusesACorruptOneWithItsReason) {
  const std::string aof = dir.path() + "/appendonlydir/appendonly.aof.1.incr.aof";
  run([&]() -> io::Task<> {
    {
      PrivateServer server(loop, dir.path());
      co_await server.start();
      co_await set_value(dir.path(), "whole");
      co_await server.stop(Millis{5000});
    }
    std::ofstream(aof, std::ios::app) << "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$5\r\nha";
    {
      PrivateServer server(loop, dir.path());
      const auto started = co_await server.start();
      EXPECT_TRUE(started.ok());
      co_await expect_value(dir.path(), "whole");
      co_await server.stop(Millis{5000});
    }
    std::ofstream(aof, std::ios::app) << "this is not RESP\r\n*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nx\r\n";
    {
      PrivateServer server(loop, dir.path());
      const auto started = co_await server.start();
      EXPECT_FALSE(started.ok());
      if (!started) {
        EXPECT_EQ(started.error().code(), ErrorCode::io);
        EXPECT_THAT(started.error().detail(), ::testing::HasSubstr("Bad file format"));
      }
      co_await server.stop(Millis{1000});
    }
  });
}

TEST_F(PrivateServerTest, ADirectoryThatIsNotThereIsAnError) {
  run([&]() -> io::Task<> {
    PrivateServer server(loop, dir.path() + "/none");
    const auto started = co_await server.start();
    EXPECT_FALSE(started.ok());
    EXPECT_EQ(started.ok() ? ErrorCode::internal : started.error().code(), ErrorCode::io);
    co_await server.stop(Millis{1000});
  });
}

TEST(ChildProcess, FindsProgramsInThePathAndNowhereRelative) {
  EXPECT_EQ(find_program("sh", "/bin"), "/bin/sh");
  EXPECT_EQ(find_program("sh", ""), "/usr/bin/sh");
  EXPECT_EQ(find_program("sh", ".:bin:/usr/bin"), "/usr/bin/sh");
  EXPECT_EQ(find_program("recado-no-such-program", "/bin:/usr/bin"), "");
}

TEST(ChildProcess, SaysWhichStepFailed) {
  TempDir dir;
  ChildOptions options;
  options.program = "/nowhere/program";
  options.directory = dir.path();
  options.output_file = dir.path() + "/log";
  const auto missing = start_child(options);
  ASSERT_FALSE(missing.ok());
  EXPECT_THAT(missing.error().detail(), ::testing::HasSubstr("starting the program"));
  options.program = "/bin/true";
  options.directory = "/nowhere";
  const auto lost = start_child(options);
  ASSERT_FALSE(lost.ok());
  EXPECT_THAT(lost.error().detail(), ::testing::HasSubstr("entering its directory"));
}

TEST(ChildProcess, InheritsNothingButWhatItIsGiven) {
  TempDir dir;
  const int leaked = ::dup(0);  // not close-on-exec, like Asio's sockets
  ChildOptions options;
  options.program = "/bin/sh";
  options.arguments = {"-c", "ls -m /proc/self/fd; env | cut -d= -f1 | sort | tr '\\n' ' '"};
  options.directory = dir.path();
  options.output_file = dir.path() + "/log";
  const auto child = start_child(options);
  ASSERT_TRUE(child.ok());
  int status = 0;
  ::waitpid(*child, &status, 0);
  ::close(leaked);
  EXPECT_EQ(describe_exit(status), "exit status 0");
  std::ifstream in(options.output_file);
  std::string descriptors;
  std::getline(in, descriptors);
  EXPECT_EQ(descriptors, "0, 1, 2, 3");  // 3 is the directory that ls reads
  std::string variables;
  std::getline(in, variables);
  EXPECT_THAT(variables, ::testing::Not(::testing::HasSubstr("HOME")));
}

}  // namespace
}  // namespace recado::redis
