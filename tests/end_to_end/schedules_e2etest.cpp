// Schedules from outside: a run over thousands of people that is killed in the middle, and who hears of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "end_to_end/people.hpp"
#include "end_to_end/providers.hpp"

namespace recado::e2e {
namespace {

using ::testing::HasSubstr;

Environment cloud_in_brazil(const Sink& sink) {
  return with(with_cloud(sink), {{"DEFAULT_TIMEZONE", "America/Sao_Paulo"}});
}

Sink::Reply accept(const Arrival&) {
  return {200, "", kAccepted};
}

TEST(Schedules, AreWrittenWithCurlAndSent) {
  Sink meta(accept);
  Recado recado(cloud_in_brazil(meta));
  ASSERT_EQ(recado.post("/api/contacts/", R"({"name":"Ana","phone":"11987654321"})").status, 201);
  const auto made =
      recado.post("/api/schedules/", R"({"name":"Lembrete","channel":"whatsapp","text":"Oi","contact":1})");
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(made.header("location"), "/schedules/1");
  const auto arrivals = meta.wait(1);
  ASSERT_EQ(arrivals.size(), 1u);
  EXPECT_THAT(arrivals[0].request.body, HasSubstr("5511987654321"));
  EXPECT_TRUE(eventually([&] { return member(recado.get("/api/schedules/1/").body, "status") == "done"; }));
  EXPECT_EQ(member(recado.get("/schedules/1").body, "lastRun.recipients"), "1");
}

TEST(Schedules, ARunThatIsKilledInTheMiddleReachesEverybodyOnce) {
  constexpr int kPeople = 3'000;
  constexpr int kKills = 3;
  Sink meta(accept);
  Recado recado(cloud_in_brazil(meta));
  make_people(recado, kPeople);
  // Deferred by quiet hours, so that all can be counted in the list of what waits.
  const auto made = recado.post(
      "/schedules", R"({"name":"x","channel":"whatsapp","text":"Oi","group":1,)" + everybody_sleeps() + "}");
  ASSERT_EQ(made.status, 201) << made.body;
  const auto registered = [&] {
    const auto total = member(recado.get("/messages?tag=schedule:1&limit=1").body, "total");
    return total.empty() ? 0 : std::stoi(total);
  };
  for (int i = 1; i <= kKills; ++i) {
    ASSERT_TRUE(eventually([&] { return registered() >= i * 400; }));
    recado.kill();
    recado.start();
  }
  ASSERT_TRUE(
      eventually([&] { return member(recado.get("/schedules/1").body, "lastRun.recipients") != ""; }));
  const auto listed = recado.get("/messages?tag=schedule:1&limit=10000").body;
  ASSERT_EQ(member(listed, "total"), std::to_string(kPeople));
  ASSERT_EQ(length_of(listed, "scheduledJobs"), static_cast<std::size_t>(kPeople));
  std::set<std::string> ids;
  const auto parsed = json::parse(listed);
  const auto members = json::members(*parsed);
  for (const auto& one : *members) {
    if (one.key != "scheduledJobs") continue;
    const auto jobs = json::elements(one.value);
    for (const auto& job : *jobs) ids.insert(member(job.text, "messageId"));
  }
  EXPECT_EQ(ids.size(), static_cast<std::size_t>(kPeople));
  EXPECT_EQ(meta.count(), 0u);
  // Deleted, it takes them with it.
  EXPECT_EQ(recado.ask("DELETE", "/schedules/1").status, 204);
  EXPECT_TRUE(eventually([&] { return registered() == 0; }));
}

TEST(Schedules, PauseResumeNextAndRunNow) {
  Sink meta(accept);
  Recado recado(cloud_in_brazil(meta));
  ASSERT_EQ(recado.post("/contacts", R"({"name":"Ana","phone":"11987654321"})").status, 201);
  ASSERT_EQ(recado
                .post("/schedules", R"({"name":"x","channel":"whatsapp","text":"Oi","contact":1,)"
                                    R"("frequency":"weekly","startAt":"2090-04-15T09:00:00"})")
                .status,
            201);
  const auto next = recado.get("/api/schedules/1/next/?count=2");
  EXPECT_EQ(member(next.body, "next.0"), "2090-04-15T12:00:00+00:00");
  EXPECT_EQ(member(next.body, "next.1"), "2090-04-22T12:00:00+00:00");
  EXPECT_EQ(member(recado.post("/schedules/1/pause").body, "status"), "paused");
  const auto sent = recado.post("/schedules/1/send");
  EXPECT_EQ(sent.status, 202) << sent.body;
  EXPECT_EQ(meta.wait(1).size(), 1u);
  EXPECT_EQ(member(recado.post("/schedules/1/resume").body, "status"), "active");
  EXPECT_EQ(member(recado.get("/schedules/1").body, "nextRunAt"), "2090-04-15T12:00:00+00:00");
}

TEST(Schedules, FillATemplateForEachAndFailWhereAVariableIsMissing) {
  Sink meta(accept);
  Recado recado(cloud_in_brazil(meta));
  ASSERT_EQ(
      recado.post("/contacts", R"({"name":"Ana","phone":"11987654321","custom":{"plan":"gold"}})").status,
      201);
  ASSERT_EQ(recado.post("/contacts", R"({"name":"Bia","phone":"11912345678"})").status, 201);
  ASSERT_EQ(recado.post("/templates", R"({"name":"oi","body":"Oi {{name}}: {{plan}} {{clinica}}"})").status,
            201);
  EXPECT_EQ(
      recado.post("/schedules", R"({"name":"x","channel":"whatsapp","template":9,"recipients":[1]})").status,
      422);
  const auto made = recado.post("/schedules", R"({"name":"x","channel":"whatsapp","template":"oi",)"
                                              R"("variables":{"clinica":"Sorriso"},"recipients":[1,2]})");
  ASSERT_EQ(made.status, 201) << made.body;
  const auto arrivals = meta.wait(1);
  ASSERT_EQ(arrivals.size(), 1u);
  EXPECT_THAT(arrivals[0].request.body, HasSubstr("Oi Ana: gold Sorriso"));
  ASSERT_TRUE(eventually([&] { return member(recado.get("/messages?status=failed").body, "total") == "1"; }));
  EXPECT_TRUE(
      eventually([&] { return recado.get("/logs?status=failed").body.find("plan") != std::string::npos; }));
  EXPECT_EQ(meta.count(), 1u);
}

TEST(Schedules, WhoCannotBeWrittenToHasAMessageThatFailsAndSaysWhy) {
  Sink meta(accept);
  Recado recado(cloud_in_brazil(meta));
  ASSERT_EQ(recado.post("/contacts", R"({"name":"Bia","email":"bia@example.com"})").status, 201);
  ASSERT_EQ(recado.post("/schedules", R"({"name":"x","channel":"whatsapp","text":"Oi","contact":1})").status,
            201);
  ASSERT_TRUE(eventually([&] { return member(recado.get("/messages?status=failed").body, "total") == "1"; }));
  EXPECT_EQ(meta.count(), 0u);
}

}  // namespace
}  // namespace recado::e2e
