// Two nodes on one Redis: each message once. What happens when one of them fails is in tests/chaos.
#include <gmock/gmock.h>

#include "base/crypto.hpp"
#include "end_to_end/harness.hpp"

namespace recado::e2e {
namespace {

struct TwoNodes : ::testing::Test {
  redis::testing::Server server{{"--appendonly", "yes"}};
  const Environment environment = {{"REDIS_URL", "unix://" + server.dir() + "/redis.sock"}};
  Recado one{environment};
  Recado two{environment};
};

TEST_F(TwoNodes, DeliverABurstOnceEach) {
  constexpr std::size_t kMessages = 500;
  Sink sink;
  const Instant due = now() + Millis{2'500};
  const auto all = [due](std::size_t) { return due; };
  expect_all_created(one.post("/messages/batch", batch("a-", kMessages / 2, all, sink.url())), kMessages / 2);
  expect_all_created(two.post("/messages/batch", batch("b-", kMessages / 2, all, sink.url())), kMessages / 2);
  EXPECT_EQ(sink.wait_ids(kMessages).size(), kMessages);
  EXPECT_TRUE(eventually([&] { return member(one.get("/health").body, "scheduled_jobs") == "0"; }));
  EXPECT_EQ(one.terminate(), 0);
  EXPECT_EQ(two.terminate(), 0);
  EXPECT_EQ(sink.count(), kMessages);
  for (const auto& arrival : sink.arrivals()) EXPECT_GE(arrival.at_ns, to_ms(due) * 1'000'000);
}

TEST_F(TwoNodes, ShareMessages) {
  Sink sink;
  ASSERT_EQ(one.post("/messages", message("shared", now() + Millis{60'000}, sink.url())).status, 201);
  EXPECT_EQ(two.status_of("shared"), "scheduled");
  EXPECT_EQ(two.post("/messages", message("shared", now(), sink.url())).status, 409);
  EXPECT_EQ(two.ask("DELETE", "/messages/shared").status, 200);
  EXPECT_EQ(one.get("/messages/shared").status, 404);
}

TEST_F(TwoNodes, SignWithOneSecret) {
  Sink sink;
  // Due now: claimed, and so sent, by the node that adds it.
  ASSERT_EQ(one.post("/messages", message("by-one", now(), sink.url())).status, 201);
  ASSERT_EQ(two.post("/messages", message("by-two", now(), sink.url())).status, 201);
  const auto signer = WebhookSigner::create(redis_command(server.dir(), {"GET", "recado:1:secret:signing"}));
  ASSERT_TRUE(signer.ok());
  ASSERT_EQ(sink.wait(2).size(), 2U);
  for (const auto& arrival : sink.arrivals()) {
    EXPECT_TRUE(signer->verify(arrival.header("webhook-id"), arrival.header("webhook-timestamp"),
                               arrival.request.body, arrival.header("webhook-signature")));
  }
}

}  // namespace
}  // namespace recado::e2e
