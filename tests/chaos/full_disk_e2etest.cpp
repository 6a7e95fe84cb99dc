// The disk under Redis's append-only file is full, at its moment: what clients are told, what goes on, and
// what is left when there is space again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "chaos/disk.hpp"
#include "end_to_end/harness.hpp"

namespace recado::chaos {
namespace {

using e2e::Recado;
using ::testing::HasSubstr;

std::string a_message(const std::string& id, Millis due_in, const e2e::Sink& sink) {
  return e2e::message(id, e2e::now() + due_in, sink.url());
}

/// Registers until one is refused; every earlier one was acknowledged. The refusal, and how many were not
/// refused.
std::pair<e2e::Answer, int> register_until_refused(const Recado& recado, const e2e::Sink& sink) {
  e2e::Answer answer;
  int acknowledged = 0;
  const bool refused = e2e::eventually([&] {
    answer = recado.post("/messages", a_message("during-" + std::to_string(acknowledged), Millis{0}, sink));
    if (answer.status == 201) ++acknowledged;
    return answer.status != 201 && answer.status != 0;
  });
  EXPECT_TRUE(refused) << "a full disk refuses nothing";
  return {answer, acknowledged};
}

TEST(FullDisk, EndsAPrivateRedisWhichServesAgainWithEverythingOnceThereIsSpace) {
  RefusingDisk disk;
  e2e::Sink sink;
  Recado recado({{"PATH", disk.search_path() + ":/usr/bin:/bin"}});
  for (int i = 0; i < 20; ++i) {
    const auto kept = recado.post("/messages", a_message("before-" + std::to_string(i), Millis{3'000}, sink));
    ASSERT_EQ(kept.status, 201);
  }
  disk.fill();
  const auto [refusal, acknowledged] = register_until_refused(recado, sink);
  EXPECT_EQ(refusal.status, 503) << refusal.body;
  EXPECT_NE(refusal.header("retry-after"), "");
  EXPECT_EQ(acknowledged, 0) << "with `always` what is not on the disk is not acknowledged";
  EXPECT_TRUE(e2e::eventually([&] { return recado.get("/health").status == 503; }));
  const auto why = recado.child().wait_output("private redis ended, starting it again");
  ASSERT_TRUE(why);
  EXPECT_THAT(*why, HasSubstr("AOF write error"));
  // Again and again, for as long as it is full.
  EXPECT_TRUE(e2e::eventually([&] {
    const std::string said = recado.child().output();
    const auto first = said.find("private redis ended");
    return said.find("private redis ended", first + 1) != std::string::npos;
  }));
  disk.free();
  EXPECT_TRUE(recado.wait_healthy());
  // The one of unknown outcome may arrive too.
  EXPECT_TRUE(e2e::eventually([&] {
    const auto arrived = sink.wait_ids(20);
    int kept = 0;
    for (const auto& [id, times] : arrived) kept += id.starts_with("before-") ? 1 : 0;
    return kept == 20;
  }));
  EXPECT_EQ(recado.post("/messages", a_message("after", Millis{0}, sink)).status, 201);
  EXPECT_TRUE(recado.wait_status("after", "delivered"));
}

TEST(FullDisk, RefusesWritesAtARedisThatSyncsEverySecondAndReadsGoOn) {
  RefusingDisk disk;
  const redis::testing::Server server({"--appendonly", "yes", "--appendfsync", "everysec"}, disk.program());
  e2e::Sink sink;
  const e2e::Environment environment = {{"REDIS_URL", "unix://" + server.dir() + "/redis.sock"}};
  Recado recado(environment);
  ASSERT_EQ(recado.post("/messages", a_message("before", Millis{2'000}, sink)).status, 201);
  disk.fill();
  const auto [refusal, acknowledged] = register_until_refused(recado, sink);
  EXPECT_EQ(refusal.status, 503) << refusal.body;
  EXPECT_NE(refusal.header("retry-after"), "");
  EXPECT_THAT(refusal.body, HasSubstr("MISCONF"));
  EXPECT_EQ(e2e::member(refusal.body, "messageId"), "") << "nothing of it happened: " << refusal.body;
  e2e::Answer health;
  EXPECT_TRUE(e2e::eventually([&] { return (health = recado.get("/health")).status == 503; }));
  EXPECT_THAT(health.body, HasSubstr("disk"));
  EXPECT_EQ(recado.get("/messages/before").status, 200);

  // One that starts meanwhile reads too, and writes when it can.
  Recado late(environment, false);
  EXPECT_TRUE(e2e::eventually([&] { return late.get("/messages/before").status == 200; }));
  EXPECT_EQ(late.post("/messages", a_message("late", Millis{0}, sink)).status, 503);
  disk.free();
  EXPECT_TRUE(recado.wait_healthy());
  EXPECT_TRUE(late.wait_healthy());
  EXPECT_TRUE(recado.wait_status("before", "delivered"));
  const auto arrived = sink.wait_ids(static_cast<std::size_t>(1 + acknowledged));
  EXPECT_EQ(arrived.size(), static_cast<std::size_t>(1 + acknowledged)) << "neither more nor less";
  for (const auto& [id, times] : arrived) EXPECT_EQ(times, 1) << id;
}

}  // namespace
}  // namespace recado::chaos
