#include "redis/pipeline.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness.hpp"
#include "redis/encoder.hpp"

namespace recado::redis {
namespace {

struct PipelineTest : testing::LoopTest {
  Pipeline pipeline;
  std::vector<std::string> results;

  std::shared_ptr<Waiting> push(const std::string& word) {
    append_command(pipeline.output(), std::vector<std::string>{word});
    return pipeline.push(SteadyPoint{});
  }
  void write(std::size_t unsent = 0) {
    const std::size_t bytes = pipeline.begin_write().size();
    pipeline.end_write(bytes - unsent);
  }
  io::Task<> note(std::shared_ptr<Waiting> waiting, std::string name) {
    const Result<Reply> result = co_await Waiting::result_of(waiting);
    results.push_back(name + "=" + (result ? std::string(result->text()) : to_string(result.error().code())));
  }
  /// What waits, noted in the order of completion, after `then`.
  template <class Then>
  void notes(std::vector<std::shared_ptr<Waiting>> all, Then then) {
    io::TaskGroup group(loop);
    char name = 'a';
    for (const auto& one : all) group.spawn("note", note(one, std::string(1, name++)));
    loop.post(then);
    loop.run();
  }
};

TEST_F(PipelineTest, CompletesInTheOrderOfCommandsWhateverThePieces) {
  const auto a = push("A");
  const auto b = push("B");
  const auto c = push("C");
  write();
  notes({a, b, c}, [&] {
    for (const char byte : std::string_view("+one\r\n$3\r\ntwo\r\n-ERR three\r\n")) {
      EXPECT_TRUE(pipeline.received(std::string_view(&byte, 1)).ok());
    }
  });
  EXPECT_THAT(results, ::testing::ElementsAre("a=one", "b=two", "c=ERR three"));
  EXPECT_EQ(pipeline.waiting(), 0u);
}

TEST_F(PipelineTest, CommandsOfOneTurnLeaveTogether) {
  push("A");
  push("B");
  EXPECT_EQ(pipeline.begin_write(), "*1\r\n$1\r\nA\r\n*1\r\n$1\r\nB\r\n");
  push("C");
  EXPECT_TRUE(pipeline.has_output());
  pipeline.end_write(22);
  EXPECT_EQ(pipeline.begin_write(), "*1\r\n$1\r\nC\r\n");
  pipeline.end_write(11);
  EXPECT_FALSE(pipeline.has_output());
}

TEST_F(PipelineTest, KeepsNoLargeBuffers) {
  const std::string large(4 << 20, 'x');
  for (int turn = 0; turn < 3; ++turn) {
    push(large);
    EXPECT_GT(pipeline.buffer_bytes(), large.size());
    const std::size_t bytes = pipeline.begin_write().size();
    push("what comes while it is written");
    pipeline.end_write(bytes);
    EXPECT_LT(pipeline.buffer_bytes(), large.size() / 2);
    write();
  }
}

TEST_F(PipelineTest, OnALossWhatWasPartlyWrittenIsUnknownAndTheRestSurelyNotDone) {
  const auto a = push("A");
  const auto b = push("B");
  const auto c = push("C");
  write(12);  // one byte of B left us
  const auto d = push("D");
  notes({a, b, c, d}, [&] { pipeline.fail("gone"); });
  EXPECT_THAT(results, ::testing::ElementsAre("a=outcome_unknown", "b=outcome_unknown", "c=unavailable",
                                              "d=unavailable"));
}

TEST_F(PipelineTest, CountsBytesAcrossWritesAndStartsAnewAfterALoss) {
  push("A");
  write();
  ASSERT_TRUE(pipeline.received("+x\r\n").ok());
  const auto b = push("B");
  const auto c = push("C");
  write(11);
  notes({b, c}, [&] { pipeline.fail("gone"); });
  EXPECT_THAT(results, ::testing::ElementsAre("a=outcome_unknown", "b=unavailable"));

  const auto again = push("D");
  EXPECT_EQ(again->begin(), 0u);
  EXPECT_EQ(pipeline.waiting(), 1u);
}

TEST_F(PipelineTest, HalfAReplyOfALostConnectionIsForgotten) {
  push("A");
  write();
  ASSERT_TRUE(pipeline.received("$10\r\nhal").ok());
  pipeline.fail("gone");
  const auto b = push("B");
  write();
  notes({b}, [&] { EXPECT_TRUE(pipeline.received("+fresh\r\n").ok()); });
  EXPECT_THAT(results, ::testing::ElementsAre("a=fresh"));
}

TEST_F(PipelineTest, RefusesWhatIsNotRespAndRepliesNobodyWaitsFor) {
  push("A");
  write();
  EXPECT_EQ(pipeline.received("HTTP/1.1 200 OK\r\n").error().code(), ErrorCode::protocol);
  pipeline.fail("protocol");
  EXPECT_EQ(pipeline.received("+unasked\r\n").error().code(), ErrorCode::protocol);
}

TEST_F(PipelineTest, RefusesAnArrayThatNoCommandOfOursIsAnsweredWith) {
  push("A");
  write();
  const auto refused = pipeline.received("*2147483647\r\n");
  EXPECT_EQ(refused.error().code(), ErrorCode::protocol) << "not 16 GiB for sixteen bytes";
  pipeline.fail("protocol");
}

TEST_F(PipelineTest, ACancelledWaitGoesOnAtOnceAndItsReplyIsSwallowed) {
  const auto a = push("A");
  const auto b = push("B");
  write();
  io::TaskGroup cancelled(loop);
  io::TaskGroup staying(loop);
  cancelled.spawn("a", note(a, "a"));
  staying.spawn("b", note(b, "b"));
  loop.post([&] {
    cancelled.cancel();
    loop.post([&] {
      loop.post([&] {
        EXPECT_TRUE(cancelled.empty());
        EXPECT_EQ(pipeline.waiting(), 2u);
        EXPECT_TRUE(pipeline.received("+for a\r\n+for b\r\n").ok());
      });
    });
  });
  loop.run();
  EXPECT_THAT(results, ::testing::ElementsAre("a=outcome_unknown", "b=for b"));
}

TEST_F(PipelineTest, KnowsSinceWhenTheOldestWaits) {
  EXPECT_FALSE(pipeline.oldest());
  append_command(pipeline.output(), std::vector<std::string>{"A"});
  pipeline.push(SteadyPoint{std::chrono::seconds(5)});
  append_command(pipeline.output(), std::vector<std::string>{"B"});
  pipeline.push(SteadyPoint{std::chrono::seconds(6)});
  EXPECT_EQ(*pipeline.oldest(), SteadyPoint{std::chrono::seconds(5)});
  ASSERT_TRUE(pipeline.received("+x\r\n").ok());
  EXPECT_EQ(*pipeline.oldest(), SteadyPoint{std::chrono::seconds(6)});
}

}  // namespace
}  // namespace recado::redis
