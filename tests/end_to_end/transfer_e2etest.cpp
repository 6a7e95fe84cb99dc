// Taking over from the former program, and moving from one recado to another.
#include <gmock/gmock.h>

#include <algorithm>

#include "end_to_end/harness.hpp"

namespace recado::e2e {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

/// A Redis as the former program left it.
struct FormerRedis {
  redis::testing::Server server{{"--appendonly", "yes"}};

  FormerRedis() {
    EXPECT_TRUE(eventually([this] { return redis_command(server.dir(), {"PING"}) == "PONG"; }));
  }
  std::string url() const { return "unix://" + server.dir() + "/redis.sock"; }
  std::string run(std::vector<std::string> words) const {
    return redis_command(server.dir(), std::move(words));
  }
  void put(const std::string& id, const std::string& time, const std::string& payload,
           const std::string& to) const {
    run({"SET", "message:" + id,
         R"({"id": ")" + id + R"(", "scheduleTo": ")" + time + R"(", "payload": )" + payload +
             R"(, "webhookUrl": ")" + to + "\"}"});
  }
};

struct SeedImport : ::testing::Test {
  Sink sink;
  FormerRedis former;
  const std::string payload = R"({"message": "Ol\u00e1", "n": 1.0, "b": [1,  2]})";

  void fill() const {
    former.put("past", "2024-04-15T02:41:45.000Z", payload, sink.url());
    former.put("future", "2096-04-15T02:41:45+00:00", payload, sink.url());
    former.put("no-zone", "2096-04-15T02:41:45.123456", payload, sink.url());
    former.put("refused", "2096-04-15T02:41:45Z", payload, "http://169.254.169.254/");
    former.put("when", "tomorrow", payload, sink.url());
    former.run({"SET", "message:broken", "{\"id\": "});
    former.run({"HSET", "message:hash", "a", "b"});
    former.run({"SET", "unrelated", "kept"});
  }
  void expect_imported(const Recado& recado) const {
    const auto arrivals = sink.wait(1);
    ASSERT_EQ(arrivals.size(), 1U);
    EXPECT_EQ(arrivals[0].message_id(), "past");
    EXPECT_EQ(arrivals[0].request.body, payload);
    EXPECT_EQ(member(recado.get("/messages/future").body, "scheduledFor"), "2096-04-15T02:41:45+00:00");
    EXPECT_EQ(member(recado.get("/messages/no-zone").body, "scheduledFor"), "2096-04-15T02:41:45.124+00:00");
    EXPECT_EQ(member(recado.get("/messages").body, "total"), "2");
    for (const char* left : {"refused", "when", "broken", "hash"}) {
      EXPECT_EQ(former.run({"EXISTS", std::string("message:") + left}), "1") << left;
    }
    for (const char* taken : {"past", "future", "no-zone"}) {
      EXPECT_EQ(former.run({"EXISTS", std::string("message:") + taken}), "0") << taken;
    }
    EXPECT_EQ(former.run({"GET", "unrelated"}), "kept");
  }
};

TEST_F(SeedImport, AtTheStartFromRecadosOwnRedis) {
  fill();
  Recado recado(Environment{{"REDIS_URL", former.url()}, {"IMPORT_SEED_MESSAGES", "true"}});
  ASSERT_TRUE(recado.child().wait_output("took over")) << recado.child().output();
  expect_imported(recado);
  for (const char* left : {"message:refused", "message:when", "message:broken", "message:hash"}) {
    EXPECT_TRUE(recado.child().wait_output(left)) << left;
  }
  // Once more changes nothing.
  EXPECT_EQ(recado.terminate(), 0);
  recado.start();
  ASSERT_TRUE(recado.child().wait_output("took over"));
  EXPECT_EQ(member(recado.get("/messages").body, "total"), "2");
  EXPECT_EQ(sink.count(), 1U);
}

TEST_F(SeedImport, ByCommandBesideARunningRecado) {
  fill();
  Recado recado;
  const Finished imported =
      run_recado({"import", "--from", former.url()}, recado.environment(), recado.directory());
  EXPECT_EQ(imported.status, 1) << imported.output;
  EXPECT_THAT(imported.output, AllOf(HasSubstr("message:refused"), HasSubstr("message:when"),
                                     HasSubstr("message:broken"), HasSubstr("message:hash")));
  EXPECT_THAT(imported.standard_output, HasSubstr("registered 3, present 0, left 4"));
  expect_imported(recado);
}

TEST_F(SeedImport, DryRunChangesNothing) {
  fill();
  Recado recado;
  const Finished judged =
      run_recado({"import", "--from", former.url(), "--dry-run"}, recado.environment(), recado.directory());
  EXPECT_EQ(judged.status, 1) << judged.output;
  EXPECT_THAT(judged.standard_output, HasSubstr("could be registered 3, left 4"));
  EXPECT_EQ(former.run({"EXISTS", "message:past"}), "1");
  EXPECT_EQ(member(recado.get("/messages").body, "total"), "0");
}

TEST_F(SeedImport, GoesOnWhereItWasBrokenOff) {
  Recado recado(Environment{{"REDIS_URL", former.url()}});
  // Registered, delivered, but the key not yet deleted when the import was broken off.
  former.put("twice", "2024-04-15T02:41:45.000Z", "1", sink.url());
  ASSERT_EQ(recado.post("/messages", message("twice", from_ms(1'713'148'905'000), sink.url())).status, 201);
  ASSERT_TRUE(recado.wait_status("twice", "delivered"));
  // Pending here under the same id, but another message: both are kept.
  former.put("other", "2096-04-15T02:41:45Z", "1", sink.url());
  ASSERT_EQ(recado.post("/messages", message("other", now() + Millis{3'600'000}, sink.url())).status, 201);
  const Finished imported =
      run_recado({"import", "--from", former.url()}, recado.environment(), recado.directory());
  EXPECT_EQ(imported.status, 1);
  EXPECT_THAT(imported.standard_output, HasSubstr("registered 0, present 1, left 1"));
  EXPECT_EQ(former.run({"EXISTS", "message:twice"}), "0");
  EXPECT_EQ(former.run({"EXISTS", "message:other"}), "1");
  EXPECT_EQ(sink.count(), 1U);
}

struct Transfer : ::testing::Test {
  Sink sink;
  Recado from;
  const std::string file = from.directory() + "/pending.ndjson";
  const std::string everything =
      R"({"id":"all","scheduleTo":"2096-07-01T09:00:00","timezone":"America/Sao_Paulo","payload":{ "a" :1.0, "é":"\u00e9"},)"
      R"("webhookUrl":"https://a.example/x?y=1","method":"PUT","headers":{"X-A":"b"},"retry":{"maxAttempts":3,"backoff":"fixed",)"
      R"("initial":"7s","max":"9s"},"timeout":"12s","expiresAt":"2096-08-01T00:00:00Z","callbackUrl":"https://b.example/",)"
      R"("queue":"q","tags":["t1","t2"]})";

  /// The whole message without what a new registration makes anew.
  static std::string lasting(const Answer& answer) {
    std::string out;
    for (const char* name :
         {"messageId", "scheduledFor", "nextRun", "timezone", "scheduleTo", "webhookUrl", "method", "headers",
          "payload", "retry", "timeout", "expiresAt", "callbackUrl", "queue", "tags"}) {
      out += std::string(name) + "=" + member(answer.body, name) + "\n";
    }
    return out;
  }
  Finished export_all(const Recado& recado) {
    return run_recado({"export", file}, recado.environment(), recado.directory());
  }
  Finished import_all(const Recado& recado) {
    return run_recado({"import", file}, recado.environment(), recado.directory());
  }
};

TEST_F(Transfer, RestoresEverythingWithItsIds) {
  const std::string lines = "{\n  \"pretty\": [1,\r\n 2]\n}";
  ASSERT_EQ(from.post("/messages", everything).status, 201);
  ASSERT_EQ(from.post("/messages", R"({"delay":"1d","webhookUrl":")" + sink.url() + "\"}").status, 201);
  ASSERT_EQ(from.post("/messages", R"({"id":"lines","delay":"1d","webhookUrl":")" + sink.url() +
                                       R"(","payload":)" + lines + "}")
                .status,
            201);
  const Answer list = from.get("/messages");
  const Finished exported = export_all(from);
  EXPECT_EQ(exported.status, 0) << exported.output;
  const std::string text = read_file(file);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 3);

  Recado to;
  const Finished imported = import_all(to);
  EXPECT_EQ(imported.status, 0) << imported.output;
  EXPECT_THAT(imported.standard_output, HasSubstr("registered 3, present 0, left 0"));
  for (int i = 0; i < 3; ++i) {
    const std::string id = member(list.body, "scheduledJobs." + std::to_string(i) + ".messageId");
    ASSERT_NE(id, "");
    EXPECT_EQ(lasting(to.get("/messages/" + id)), lasting(from.get("/messages/" + id)));
  }
  EXPECT_EQ(to.post("/messages/lines/send").status, 202);
  ASSERT_EQ(sink.wait(1).size(), 1U);
  EXPECT_EQ(sink.arrivals()[0].request.body, lines);
  // Once more: all there already.
  EXPECT_THAT(import_all(to).standard_output, HasSubstr("registered 1, present 2, left 0"));
}

TEST_F(Transfer, WorksWhereNoRecadoRuns) {
  const auto due = [](std::size_t i) { return from_ms(4'000'000'000'000 + static_cast<std::int64_t>(i)); };
  expect_all_created(from.post("/messages/batch", batch("n-", 1'000, due, sink.url())), 1'000);
  EXPECT_EQ(from.terminate(), 0);
  const Finished exported = export_all(from);
  EXPECT_EQ(exported.status, 0) << exported.output;
  const std::string text = read_file(file);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1'000);

  Recado to;
  EXPECT_EQ(to.terminate(), 0);
  const Finished imported = import_all(to);
  EXPECT_EQ(imported.status, 0) << imported.output;
  to.start();
  EXPECT_EQ(member(to.get("/messages").body, "total"), "1000");
  EXPECT_EQ(to.status_of("n-999"), "scheduled");
}

TEST_F(Transfer, NamesBadLinesAndGoesOn) {
  write_file(file, message("first", now() + Millis{3'600'000}, sink.url()) + "\n\nnot json\n" +
                       R"({"id":"x","webhookUrl":"http://10.0.0.1/"})" + "\n" +
                       message("overdue", from_ms(1), sink.url()));
  const Finished imported = import_all(from);
  EXPECT_EQ(imported.status, 1);
  EXPECT_THAT(imported.output, AllOf(HasSubstr("line 3: "), HasSubstr("line 4: webhookUrl: ")));
  EXPECT_THAT(imported.standard_output, HasSubstr("registered 2, present 0, left 2"));
  // Picked up by the recado that runs.
  ASSERT_EQ(sink.wait(1).size(), 1U);
  EXPECT_EQ(sink.arrivals()[0].message_id(), "overdue");
  EXPECT_EQ(run_recado({"import", "/nowhere.ndjson"}, from.environment(), from.directory()).status, 2);
}

TEST_F(Transfer, ExportsToStandardOutput) {
  ASSERT_EQ(from.post("/messages", everything).status, 201);
  const Finished exported = run_recado({"export"}, from.environment(), from.directory());
  EXPECT_EQ(exported.status, 0);
  EXPECT_EQ(member(exported.standard_output, "id"), "all");
  EXPECT_EQ(member(exported.standard_output, "payload"), "{ \"a\" :1.0, \"é\":\"\\u00e9\"}");
}

}  // namespace
}  // namespace recado::e2e
