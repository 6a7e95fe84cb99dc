// What became of every attempt to reach somebody, with the real binary and providers played on loopback.
#include <gmock/gmock.h>

#include <atomic>

#include "end_to_end/providers.hpp"

namespace recado::e2e {
namespace {

using ::testing::HasSubstr;

std::string to(const char* id, const char* phone, const char* more = "") {
  return std::string(R"({"id":")") + id + R"(","channel":"whatsapp","to":")" + phone + R"(","text":"Oi")" +
         more + "}";
}

/// Waits until a list of rows has `count`, and returns it.
std::string rows(Recado& recado, const std::string& query, int count) {
  std::string body;
  EXPECT_TRUE(eventually([&] {
    body = recado.get("/logs" + query).body;
    return !member(body, std::to_string(count - 1) + ".id").empty();
  })) << body;
  EXPECT_EQ(member(body, std::to_string(count) + ".id"), "") << body;
  return body;
}

TEST(Logs, HaveARowForEveryAttempt) {
  std::atomic<int> calls{0};
  Sink meta([&calls](const Arrival&) {
    return ++calls == 1 ? Sink::Reply{500, "", R"({"error":{"code":131016,"message":"overloaded"}})"}
                        : Sink::Reply{200, "", R"({"messages":[{"id":"wamid.1"}]})"};
  });
  Recado recado(with_cloud(meta));
  ASSERT_EQ(recado.post("/contacts", R"({"name":"Ana","phone":"11987654321"})").status, 201);
  ASSERT_EQ(recado.post("/messages", to("m1", "11987654321", R"(,"retry":{"initial":0.01})")).status, 201);
  ASSERT_TRUE(recado.wait_status("m1", "delivered"));
  const auto all = rows(recado, "?message=m1", 2);
  EXPECT_EQ(member(all, "0.status"), "sent");
  EXPECT_EQ(member(all, "0.attempt"), "2");
  EXPECT_EQ(member(all, "0.providerId"), "wamid.1");
  EXPECT_EQ(member(all, "0.contact"), "1");
  EXPECT_EQ(member(all, "0.channel"), "cloud");
  EXPECT_EQ(member(all, "1.status"), "retrying");
  EXPECT_THAT(member(all, "1.detail"), HasSubstr("131016"));
  EXPECT_EQ(member(recado.get("/stats").body, "totals.sent"), "1");
  EXPECT_EQ(member(recado.get("/stats").body, "byChannel.0.sent"), "1");
  EXPECT_EQ(member(recado.get("/api/dashboard/stats/").body, "contacts"), "1");
  EXPECT_THAT(recado.get("/logs/export/csv").body, HasSubstr("wamid.1"));
}

TEST(Logs, TellThatWhoOptedOutWasNotSentTo) {
  Sink meta([](const Arrival&) { return Sink::Reply{200, "", R"({"messages":[{"id":"wamid.1"}]})"}; });
  Recado recado(with_cloud(meta));
  ASSERT_EQ(recado.post("/messages", to("late", "11987654321", R"(,"delay":"1d")")).status, 201);
  ASSERT_EQ(recado.post("/contacts", R"({"name":"Ana","phone":"11987654321","optedOut":true})").status, 201);
  ASSERT_EQ(recado.post("/messages", to("now", "+55 11 98765-4321")).status, 201);
  ASSERT_EQ(recado.post("/messages/late/send").status, 202);
  for (const char* id : {"now", "late"}) {
    ASSERT_TRUE(recado.wait_status(id, "failed"));
    const auto message = recado.get(std::string("/messages/") + id).body;
    EXPECT_EQ(member(message, "attempts.0.error"), "opted_out");
    EXPECT_EQ(member(message, "attemptCount"), "0");
  }
  const auto all = rows(recado, "?error=opted_out", 2);
  EXPECT_THAT(member(all, "0.detail"), HasSubstr("contact 1 has opted out"));
  EXPECT_EQ(meta.count(), 0U);
}

TEST(Logs, LoseNoRowToAKill) {
  Sink meta([](const Arrival&) { return Sink::Reply{200, "", R"({"messages":[{"id":"wamid.1"}]})"}; });
  Recado recado(with_cloud(meta));
  constexpr int kMessages = 40;
  for (int i = 0; i < kMessages; ++i) {
    const auto id = "m" + std::to_string(i);
    const auto phone = "1198765" + std::to_string(1000 + i);
    ASSERT_EQ(recado.post("/messages", to(id.c_str(), phone.c_str())).status, 201);
  }
  meta.wait(kMessages / 2);
  recado.kill();
  recado.start();
  for (int i = 0; i < kMessages; ++i) ASSERT_TRUE(recado.wait_status("m" + std::to_string(i), "delivered"));
  std::string body;
  // A message that was being sent when it was killed has its first attempt's row only if that was recorded.
  EXPECT_TRUE(eventually([&] {
    const auto answer = recado.get("/logs?status=sent&limit=1000");
    body = answer.header("x-total-count");
    return body == std::to_string(kMessages);
  })) << body;
}

}  // namespace
}  // namespace recado::e2e
