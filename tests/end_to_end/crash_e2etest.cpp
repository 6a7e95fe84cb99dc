// Nothing is lost: kill -9 of recado, of its Redis, of both; SIGTERM.
#include <gmock/gmock.h>

#include <atomic>
#include <csignal>

#include "end_to_end/harness.hpp"

namespace recado::e2e {
namespace {

using ::testing::HasSubstr;

constexpr std::size_t kMessages = 500;

/// A third due while recado is away, the rest within the two seconds after `back`.
std::function<Instant(std::size_t)> around(Instant back) {
  return [back](std::size_t i) {
    return i % 3 == 0 ? back - Millis{static_cast<int>(i)} : back + Millis{static_cast<int>(i) * 4};
  };
}

void expect_all_arrive(const Sink& sink, const std::string& prefix) {
  const auto ids = sink.wait_ids(kMessages);
  ASSERT_EQ(ids.size(), kMessages);
  for (std::size_t i = 0; i < kMessages; ++i) EXPECT_EQ(ids.count(prefix + std::to_string(i)), 1U) << i;
}

/// A repeat is recognisable: every arrival of a message carries the same webhook-id.
void expect_repeats_share_their_webhook_id(const Sink& sink) {
  std::map<std::string, std::string> webhook_ids;
  for (const auto& arrival : sink.arrivals()) {
    const auto [place, first] = webhook_ids.emplace(arrival.message_id(), arrival.header("webhook-id"));
    EXPECT_EQ(place->second, arrival.header("webhook-id")) << arrival.message_id();
  }
}

TEST(Crash, OfRecadoLosesNothing) {
  Sink sink;
  Recado recado;
  const Instant back = now() + Millis{2'500};
  expect_all_created(recado.post("/messages/batch", batch("c-", kMessages, around(back), sink.url())),
                     kMessages);
  recado.kill();
  EXPECT_EQ(sink.count(), 0U);
  wait_until(back);
  recado.start();
  expect_all_arrive(sink, "c-");
  EXPECT_TRUE(eventually([&] { return member(recado.get("/health").body, "scheduled_jobs") == "0"; }));
  EXPECT_EQ(recado.terminate(), 0);
  EXPECT_EQ(sink.count(), kMessages);
}

TEST(Crash, OfRecadoAndItsRedisLosesNothing) {
  Sink sink;
  Recado recado;
  const Instant back = now() + Millis{2'500};
  expect_all_created(recado.post("/messages/batch", batch("c-", kMessages, around(back), sink.url())),
                     kMessages);
  recado.kill_with_redis();
  wait_until(back);
  recado.start();
  expect_all_arrive(sink, "c-");
  EXPECT_TRUE(eventually([&] { return member(recado.get("/health").body, "scheduled_jobs") == "0"; }));
  EXPECT_EQ(sink.count(), kMessages);
}

TEST(Crash, InTheMiddleOfDeliveriesLosesNothing) {
  Sink sink;
  Recado recado;
  const Instant first = now() + Millis{1'200};
  const auto due = [first](std::size_t i) { return first + Millis{static_cast<int>(i) * 4}; };
  expect_all_created(recado.post("/messages/batch", batch("m-", kMessages, due, sink.url())), kMessages);
  sink.wait(kMessages / 5);
  recado.kill();
  recado.start();
  sink.wait(kMessages / 2);
  recado.kill_with_redis();
  recado.start();
  expect_all_arrive(sink, "m-");
  expect_repeats_share_their_webhook_id(sink);
  EXPECT_TRUE(eventually([&] { return member(recado.get("/health").body, "scheduled_jobs") == "0"; }));
  EXPECT_EQ(member(recado.get("/messages?status=delivered&limit=1").body, "total"),
            std::to_string(kMessages));
}

TEST(Crash, OfThePrivateRedisIsMendedByItself) {
  Sink sink;
  Recado recado;
  ASSERT_EQ(recado.post("/messages", message("kept", now() + Millis{3'000}, sink.url())).status, 201);
  const int redis = std::atoi(read_file(recado.data_dir() + "/redis.pid").c_str());
  ASSERT_GT(redis, 0);
  ::kill(redis, SIGKILL);
  ASSERT_TRUE(recado.child().wait_output("private redis ended"));
  ASSERT_TRUE(recado.wait_healthy());
  EXPECT_EQ(sink.wait(1).size(), 1U);
}

TEST(Crash, AcknowledgedAddsSurviveAKillUnderLoad) {
  Sink sink;
  Recado recado;
  std::set<std::string> acknowledged;
  std::atomic<std::size_t> sent = 0;
  for (int round = 0; round < 3; ++round) {
    std::thread killer([&recado, &sent, before = sent.load()] {
      // In the middle of the stream of requests.
      eventually([&] { return sent > before + 40; });
      recado.child().signal(SIGKILL);
    });
    const Instant far = now() + Millis{3'600'000};
    http::testing::Client connection(recado.port());
    while (true) {
      const std::string id = "load-" + std::to_string(sent);
      const std::string authorised = std::string("Authorization: Bearer ") + kToken + "\r\n";
      const auto answer =
          connection.ask(http::testing::post("/messages", message(id, far, sink.url()), authorised));
      ++sent;
      if (answer.status != 201) break;
      acknowledged.insert(id);
    }
    killer.join();
    recado.child().wait();
    recado.start();
  }
  for (const auto& id : acknowledged) EXPECT_EQ(recado.status_of(id), "scheduled") << id;
  EXPECT_GT(acknowledged.size(), 100U);
}

TEST(Stop, FinishesWhatIsInFlightAndGivesTheRestBack) {
  test::Signal arrived, answer;
  Sink sink([&](const Arrival& arrival) {
    if (arrival.message_id() == "in-flight") {
      arrived.set();
      answer.wait();
    }
    return Sink::Reply();
  });
  Recado recado;
  ASSERT_EQ(recado.post("/messages", message("in-flight", now(), sink.url())).status, 201);
  ASSERT_TRUE(arrived.wait());
  const Instant soon = now() + Millis{900};
  const auto due = [soon](std::size_t) { return soon; };
  expect_all_created(recado.post("/messages/batch", batch("rest-", 50, due, sink.url())), 50);
  recado.child().signal(SIGTERM);
  ASSERT_TRUE(recado.child().wait_output("stopping"));
  EXPECT_TRUE(eventually([&] {
    return http::testing::Client(recado.port()).ask(http::testing::get("/health/live")).status == 0;
  }));
  EXPECT_TRUE(recado.child().running());
  answer.set();
  EXPECT_EQ(recado.child().wait(), 0) << recado.child().output();
  EXPECT_EQ(sink.count(), 1U);
  recado.start();
  const auto ids = sink.wait_ids(51);
  EXPECT_EQ(ids.size(), 51U);
  EXPECT_EQ(recado.status_of("in-flight"), "delivered");
  EXPECT_EQ(recado.terminate(), 0);
  EXPECT_EQ(sink.count(), 51U);
}

TEST(Stop, DoesNotWaitLongerThanTheGrace) {
  test::Signal arrived, answer;
  Sink sink([&](const Arrival&) {
    arrived.set();
    answer.wait();
    return Sink::Reply();
  });
  Recado recado(Environment{{"DRAIN_TIMEOUT", "1s"}});
  ASSERT_EQ(recado.post("/messages", message("stuck", now(), sink.url())).status, 201);
  ASSERT_TRUE(arrived.wait());
  const SteadyPoint asked = clock().steady();
  EXPECT_EQ(recado.terminate(), 0) << recado.child().output();
  EXPECT_LT(clock().steady() - asked, std::chrono::seconds(10));
  recado.start();
  answer.set();
  EXPECT_TRUE(recado.wait_status("stuck", "delivered"));
  expect_repeats_share_their_webhook_id(sink);
}

TEST(Stop, BySigintEndsTheSameWay) {
  Recado recado;
  recado.child().signal(SIGINT);
  EXPECT_EQ(recado.child().wait(), 0);
  EXPECT_THAT(recado.child().output(), HasSubstr("stopped"));
}

}  // namespace
}  // namespace recado::e2e
