#include "io/gather.hpp"

#include <gtest/gtest.h>

#include <string>

namespace recado::io {
namespace {

Task<std::string> word_after(Loop& loop, Millis wait, std::string word) {
  co_await loop.sleep(wait);
  co_return word;
}

Task<> collect(Loop& loop, TaskGroup& group, std::vector<std::string>& out) {
  std::vector<Task<std::string>> tasks;
  tasks.push_back(word_after(loop, Millis{20}, "slow"));
  tasks.push_back(word_after(loop, Millis{0}, "quick"));
  out = co_await gather(loop, group, "word", std::move(tasks));
}

TEST(Gather, GivesResultsInTheTasksOrderHoweverTheyEnd) {
  SystemClock clock;
  Loop loop(clock);
  TaskGroup group(loop);
  std::vector<std::string> words;
  group.spawn("collect", collect(loop, group, words));
  loop.run();
  EXPECT_EQ(words, (std::vector<std::string>{"slow", "quick"}));
}

TEST(Gather, OfNothingCompletesAtOnce) {
  SystemClock clock;
  Loop loop(clock);
  TaskGroup group(loop);
  std::vector<Task<std::string>> none;
  bool done = false;
  auto run = [](Loop& on, TaskGroup& in, std::vector<Task<std::string>> tasks, bool& ended) -> Task<> {
    const auto results = co_await gather(on, in, "word", std::move(tasks));
    ended = results.empty();
  };
  group.spawn("collect", run(loop, group, std::move(none), done));
  loop.run();
  EXPECT_TRUE(done);
}

}  // namespace
}  // namespace recado::io
