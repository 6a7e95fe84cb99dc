#include "io/worker.hpp"

#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <thread>

namespace recado::io {
namespace {

/// Holds a thread back until it is let go.
class Barrier {
 public:
  void wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return open_; });
  }
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
};

struct WorkerTest : testing::Test {
  SystemClock clock;
  Loop loop{clock};
  TaskGroup group{loop};
};

Task<> run_and_note(Worker& worker, std::function<void()> work, int& ran) {
  const bool done = co_await worker.run(std::move(work));
  ran = done ? 1 : 0;
}

TEST_F(WorkerTest, RunsWorkOnAnotherThreadAndComesBackToTheLoop) {
  Worker worker(loop, 4);
  std::thread::id there;
  std::string order;
  int first = -1, second = -1;
  group.spawn("first", run_and_note(
                           worker,
                           [&] {
                             there = std::this_thread::get_id();
                             order += 'a';
                           },
                           first));
  group.spawn("second", run_and_note(
                            worker, [&] { order += 'b'; }, second));
  loop.run();
  EXPECT_EQ(first, 1);
  EXPECT_EQ(second, 1);
  EXPECT_EQ(order, "ab");
  EXPECT_NE(there, std::this_thread::get_id());
}

TEST_F(WorkerTest, RefusesWhatWouldWaitTooLong) {
  Worker worker(loop, 1);
  Barrier begun, barrier;
  int under_way = -1, waiting = -1, refused = -1;
  loop.post([&] {  // on the loop, so that each begins at once
    group.spawn("under way", run_and_note(
                                 worker,
                                 [&] {
                                   begun.open();
                                   barrier.wait();
                                 },
                                 under_way));
    begun.wait();
    group.spawn("waiting", run_and_note(
                               worker, [] {}, waiting));
    group.spawn("refused", run_and_note(
                               worker, [] {}, refused));
    EXPECT_EQ(refused, 0);
    EXPECT_EQ(waiting, -1);
    barrier.open();
  });
  loop.run();
  EXPECT_EQ(under_way, 1);
  EXPECT_EQ(waiting, 1);
}

TEST(Worker, EndsWithoutEverHavingWorked) {
  SystemClock clock;
  Loop loop(clock);
  const Worker worker(loop, 1);
}

}  // namespace
}  // namespace recado::io
