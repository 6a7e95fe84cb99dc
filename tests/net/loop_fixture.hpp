// A loop that a test runs until a coroutine of its own has ended.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <utility>

#include "base/time.hpp"
#include "io/loop.hpp"

namespace recado::net {

class LoopFixture : public ::testing::Test {
 protected:
  ~LoopFixture() override {
    // Whatever a test left under way unwinds while the parts it uses are still there.
    loop.post([this] { tasks.cancel(); });
    loop.post([this] { tasks.spawn("stop", stop_after_others()); });
    go();
    loop.context().restart();
    loop.context().poll();
  }

  void go() {
    loop.context().restart();
    loop.run();
  }

  /// Runs the loop until `task` has its value.
  template <class T>
  T run(io::Task<T> task) {
    std::optional<T> out;
    tasks.spawn("test", store(std::move(task), out, loop));
    go();
    return std::move(out.value());
  }

  void run(io::Task<> task) {
    tasks.spawn("test", finish(std::move(task), loop));
    go();
  }

  /// Lets what is ready happen.
  io::Task<> loop_turns() { co_await loop.sleep(Millis(5)); }

  SystemClock clock;
  io::Loop loop{clock};
  io::TaskGroup tasks{loop};

 private:
  template <class T>
  static io::Task<> store(io::Task<T> task, std::optional<T>& out, io::Loop& loop) {
    out.emplace(co_await std::move(task));
    loop.stop();
  }

  static io::Task<> finish(io::Task<> task, io::Loop& loop) {
    co_await std::move(task);
    loop.stop();
  }

  io::Task<> stop_after_others() {
    while (tasks.size() > 1) co_await loop.sleep(Millis(1));
    loop.stop();
  }
};

}  // namespace recado::net
