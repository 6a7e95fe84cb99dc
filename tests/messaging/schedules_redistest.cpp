// Schedules on a real Redis and engine: from a record to the messages of its runs.
#include "messaging/schedules/schedules.hpp"

#include <gmock/gmock.h>

#include <map>
#include <set>

#include "engine/nodes_fixture.hpp"
#include "messaging/messaging.hpp"
#include "messaging/schedules/plan.hpp"

namespace recado::messaging {
namespace {

using engine::testing::Node;
using records::Document;
using records::Refusal;
using ::testing::ElementsAre;

const std::string kThere = "http://there.test:8080";

/// Writes to everybody by webhook.
class ByWebhook final : public Composer {
 public:
  class Plain final : public Composition {
   public:
    void write(const Recipient& recipient, engine::MessageSpec& spec) const override {
      spec.webhook_url = kThere + "/hook";
      spec.payload = "\"" +
                     (recipient.contact != nullptr ? recipient.contact->fields.text("name").value_or("")
                                                   : recipient.address) +
                     "\"";
      spec.has_payload = true;
    }
  };
  io::Task<Result<FieldProblems>> judge(std::string, const Document& fields) override {
    FieldProblems problems;
    if (fields.text("channel") != "hook") problems.emplace_back("channel", "is no channel");
    co_return problems;
  }
  io::Task<Result<std::unique_ptr<Composition>>> begin(std::string, const Document&) override {
    ++begun;
    std::unique_ptr<Composition> made = std::make_unique<Plain>();
    co_return made;
  }
  int begun = 0;
};

struct ScheduleRuns : engine::testing::NodesTest {
  records::Store kept{loop, client};
  Contacts contacts{loop, kept, "BR"};
  Groups groups{kept};
  ByWebhook composer;
  std::unique_ptr<Schedules> schedules;

  io::Task<Node*> scheduling_node() {
    auto made = std::make_unique<Node>(
        loop, server.endpoint(), destinations, engine::testing::quick(), [this](engine::Engine& engine) {
          schedules = std::make_unique<Schedules>(loop, kept, engine, groups, composer, "UTC");
        });
    Node* out = made.get();
    nodes.push_back(std::move(made));
    const bool up = co_await out->client.wait_connected(Millis{10'000});
    EXPECT_TRUE(up);
    co_return out;
  }
  io::Task<std::int64_t> contact(std::string name, bool opted_out = false) {
    Document fields;
    fields.set_text("name", name);
    if (opted_out) fields.set_flag("optedOut", true);
    const auto stored = co_await contacts.create("main", std::move(fields));
    EXPECT_TRUE(stored.problems.empty());
    co_return stored.written.record.id;
  }
  io::Task<std::int64_t> group_of(std::size_t count) {
    std::vector<records::Write> writes;
    for (std::size_t i = 0; i < count; ++i) {
      Document fields;
      fields.set_text("name", "c" + std::to_string(i));
      writes.push_back(records::Write::create(std::move(fields)));
    }
    const auto written = co_await kept.write_all("main", contact_type(), std::move(writes));
    std::vector<std::int64_t> ids;
    for (const auto& one : written) ids.push_back(one.record.id);
    Document fields;
    fields.set_text("name", "all");
    const auto group = co_await groups.create("main", std::move(fields));
    const auto id = group.written.record.id;
    const auto linked = co_await groups.add("main", id, std::move(ids));
    EXPECT_TRUE(linked.ok() && linked->missing.empty());
    co_return id;
  }
  Document schedule(std::string_view more) {
    auto fields = Document::parse(R"({"name":"s","channel":"hook","text":"Oi"})").value();
    EXPECT_TRUE(fields.merge(more).ok());
    return fields;
  }
  io::Task<std::int64_t> made(Document fields) {
    const auto stored = co_await schedules->create("main", std::move(fields));
    for (const auto& problem : stored.problems) ADD_FAILURE() << problem.field << ": " << problem.message;
    EXPECT_EQ(stored.written.refusal, Refusal::none) << stored.written.detail;
    co_return stored.written.record.id;
  }
  io::Task<Document> read(std::int64_t id) {
    const auto found = co_await schedules->find("main", std::to_string(id));
    EXPECT_TRUE(found.ok() && *found);
    co_return found.ok() && *found ? (*found)->fields : Document();
  }
  io::Task<bool> until_status(std::int64_t id, std::string status) {
    for (int i = 0; i < 1'000; ++i) {
      const auto fields = co_await read(id);
      if (fields.text("status") == status && (status != kDone || fields.find("lastRun"))) co_return true;
      co_await loop.sleep(Millis{10});
    }
    co_return false;
  }
  /// How often each message was sent.
  std::map<std::string, int> sent() const {
    std::map<std::string, int> out;
    for (const auto& one : destinations.sent()) ++out[one->id];
    return out;
  }
  void each_once(std::size_t count) const {
    EXPECT_EQ(sent().size(), count);
    for (const auto& [id, times] : sent()) EXPECT_EQ(times, 1) << id;
  }
  Instant in(Millis wait) const { return loop.clock().now() + wait; }
  /// A whole minute so many minutes from now.
  Instant minute_of(int minutes) const {
    return std::chrono::floor<std::chrono::minutes>(loop.clock().now()) + std::chrono::minutes{minutes};
  }
  /// `"quietHours":{…}` from and to so many minutes from now, in UTC.
  std::string quiet(int from, int to, const std::string& policy) const {
    const auto time = [this](int minutes) { return format_time_z(minute_of(minutes)).substr(11, 5); };
    return R"("quietHours":{"from":")" + time(from) + R"(","to":")" + time(to) + R"(","policy":")" + policy +
           "\"}";
  }
};

TEST_F(ScheduleRuns, ReachEverybodyInAGroupOnceAndSayHowMany) {
  with_nodes([this]() -> io::Task<> {
    co_await scheduling_node();
    const auto group = co_await group_of(300);
    const auto out = co_await contact("out", true);
    std::vector<std::int64_t> one;
    one.push_back(out);
    co_await groups.add("main", group, std::move(one));
    const auto id = co_await made(schedule(R"({"group":)" + std::to_string(group) + "}"));
    const bool done = co_await until_status(id, kDone);
    EXPECT_TRUE(done);
    const bool all = co_await until([this] { return destinations.sent().size() >= 300; });
    EXPECT_TRUE(all);
    each_once(300);
    const auto fields = co_await read(id);
    const auto last = Document::parse(fields.find("lastRun").value_or("{}"));
    EXPECT_EQ(last->number("recipients"), 300);
    EXPECT_EQ(last->number("skipped"), 1);
  });
}

TEST_F(ScheduleRuns, ComeAgainAtTheirTimesAndEnd) {
  with_nodes([this]() -> io::Task<> {
    co_await scheduling_node();
    const auto who = co_await contact("Ana");
    const auto id = co_await made(
        schedule(R"({"repeat":{"rrule":"FREQ=SECONDLY"},"count":3,"contact":)" + std::to_string(who) + "}"));
    const bool done = co_await until_status(id, kDone);
    EXPECT_TRUE(done);
    const bool all = co_await until([this] { return destinations.sent().size() >= 3; });
    EXPECT_TRUE(all);
    each_once(3);
  });
}

TEST_F(ScheduleRuns, ReachListsOfContactsAndAddresses) {
  with_nodes([this]() -> io::Task<> {
    Node& one = *co_await scheduling_node();
    const auto who = co_await contact("Ana");
    const auto id = co_await made(
        schedule(R"({"recipients":["+5511987654321","a@example.com",)" + std::to_string(who) + "]}"));
    const bool done = co_await until_status(id, kDone);
    EXPECT_TRUE(done);
    const bool all = co_await until([this] { return destinations.sent().size() >= 3; });
    EXPECT_TRUE(all);
    each_once(3);
    const auto listed = co_await pending(one);
    EXPECT_TRUE(listed.empty());
  });
}

TEST_F(ScheduleRuns, ABatchThatIsRepeatedAddsNothing) {
  with_nodes([this]() -> io::Task<> {
    co_await scheduling_node();
    const auto group = co_await group_of(5);
    const auto id = co_await made(
        schedule(R"({"startAt":"2100-01-01T00:00:00Z","group":)" + std::to_string(group) + "}"));
    // As after a crash between the batch and its checkpoint, and on two nodes at once.
    engine::Message message;
    Document state;
    state.set_text("do", "run");
    state.set_number("schedule", id);
    state.set_number("at", to_ms(loop.clock().now()));
    state.set_number("group", group);
    message.spec.payload = state.json();
    for (int i = 0; i < 3; ++i) {
      const auto step = co_await schedules->run(message);
      EXPECT_EQ(step.kind, engine::Step::Kind::done) << step.why;
    }
    const bool all = co_await until([this] { return destinations.sent().size() >= 5; });
    EXPECT_TRUE(all);
    co_await loop.sleep(Millis{200});
    each_once(5);
  });
}

TEST_F(ScheduleRuns, WaitWhilePausedAndGoOn) {
  with_nodes([this]() -> io::Task<> {
    co_await scheduling_node();
    const auto who = co_await contact("Ana");
    const auto id = co_await made(
        schedule(R"({"repeat":{"rrule":"FREQ=SECONDLY"},"contact":)" + std::to_string(who) + "}"));
    const bool first = co_await until([this] { return destinations.sent().size() >= 1; });
    EXPECT_TRUE(first);
    const auto paused = co_await schedules->pause("main", std::to_string(id));
    EXPECT_EQ(paused.record.fields.text("status"), kPaused);
    EXPECT_FALSE(paused.record.fields.find("nextRunAt"));
    co_await loop.sleep(Millis{300});
    const auto before = destinations.sent().size();
    co_await loop.sleep(Millis{2'500});
    EXPECT_EQ(destinations.sent().size(), before);
    const auto resumed = co_await schedules->resume("main", std::to_string(id));
    EXPECT_EQ(resumed.record.fields.text("status"), kActive);
    const bool more = co_await until([&] { return destinations.sent().size() >= before + 2; });
    EXPECT_TRUE(more);
    // What was missed was not made up for.
    for (const auto& [id_of_one, times] : sent()) EXPECT_EQ(times, 1) << id_of_one;
    EXPECT_LE(destinations.sent().size(), before + 4);
  });
}

TEST_F(ScheduleRuns, AnEditReplacesWhatWouldHaveCome) {
  with_nodes([this]() -> io::Task<> {
    co_await scheduling_node();
    const auto who = co_await contact("Ana");
    const auto id = co_await made(schedule(R"({"startAt":")" + format_time_z(in(Millis{1'500})) +
                                           R"(","contact":)" + std::to_string(who) + "}"));
    const auto edited = co_await schedules->merge("main", std::to_string(id),
                                                  R"({"startAt":"2100-01-01T00:00:00Z","text":"Tchau"})");
    EXPECT_EQ(edited.written.refusal, Refusal::none);
    co_await loop.sleep(Millis{2'500});
    EXPECT_TRUE(destinations.sent().empty());
    const auto again = co_await schedules->merge("main", std::to_string(id),
                                                 R"({"startAt":")" + format_time_z(in(Millis{300})) + "\"}");
    EXPECT_EQ(again.written.refusal, Refusal::none);
    const bool sent_one = co_await until([this] { return destinations.sent().size() == 1; });
    EXPECT_TRUE(sent_one);
  });
}

TEST_F(ScheduleRuns, ADeletedOneTakesItsMessagesWithIt) {
  with_nodes([this]() -> io::Task<> {
    Node& one = *co_await scheduling_node();
    const auto group = co_await group_of(200);
    // Everybody sleeps now, wherever the test runs: messages wait for the end of the quiet hours.
    const auto id = co_await made(
        schedule("{" + quiet(-60, 120, "later") + R"(,"group":)" + std::to_string(group) + "}"));
    const bool done = co_await until_status(id, kDone);
    EXPECT_TRUE(done);
    const auto waiting = co_await pending(one);
    EXPECT_EQ(waiting.size(), 200u);
    EXPECT_TRUE(destinations.sent().empty());
    const auto gone = co_await schedules->remove("main", std::to_string(id));
    EXPECT_EQ(gone.refusal, Refusal::none);
    const bool none = co_await until_pending(one, [](const auto& messages) { return messages.empty(); });
    EXPECT_TRUE(none);
    EXPECT_TRUE(destinations.sent().empty());
    const auto again = co_await schedules->remove("main", std::to_string(id));
    EXPECT_EQ(again.refusal, Refusal::not_found);
  });
}

TEST_F(ScheduleRuns, AreRegisteredAheadWhereTheirMessagesGoEarlier) {
  with_nodes([this]() -> io::Task<> {
    Node& one = *co_await scheduling_node();
    const auto who = co_await contact("Ana");
    const Instant from = minute_of(60);
    const Instant time = minute_of(120);
    const auto id =
        co_await made(schedule("{" + quiet(60, 180, "earlier") + R"(,"startAt":")" + format_time_z(time) +
                               R"(","contact":)" + std::to_string(who) + "}"));
    const bool there = co_await until_pending(one, [](const auto& messages) { return messages.size() == 1; });
    EXPECT_TRUE(there);
    const auto waiting = co_await pending(one);
    EXPECT_EQ(waiting.front().next_run, from - Millis{60'000});
    EXPECT_EQ(waiting.front().id(), schedule_message_id(id, time, std::to_string(who)));
    // Paused, it is taken back.
    const auto paused = co_await schedules->pause("main", std::to_string(id));
    EXPECT_EQ(paused.refusal, Refusal::none);
    const auto left = co_await pending(one);
    EXPECT_TRUE(left.empty());
  });
}

TEST_F(ScheduleRuns, LeaveOutWhoIsToBeLeftInPeace) {
  with_nodes([this]() -> io::Task<> {
    co_await scheduling_node();
    const auto who = co_await contact("Ana");
    const auto id =
        co_await made(schedule("{" + quiet(-60, 120, "skip") + R"(,"contact":)" + std::to_string(who) + "}"));
    const bool done = co_await until_status(id, kDone);
    EXPECT_TRUE(done);
    const auto fields = co_await read(id);
    EXPECT_EQ(Document::parse(fields.find("lastRun").value_or("{}"))->number("skipped"), 1);
    EXPECT_TRUE(destinations.sent().empty());
  });
}

TEST_F(ScheduleRuns, RunNowBesideTheirPlan) {
  with_nodes([this]() -> io::Task<> {
    co_await scheduling_node();
    const auto who = co_await contact("Ana");
    const auto id = co_await made(
        schedule(R"({"startAt":"2100-01-01T00:00:00Z","contact":)" + std::to_string(who) + "}"));
    co_await schedules->pause("main", std::to_string(id));
    const auto started = co_await schedules->send("main", std::to_string(id));
    EXPECT_EQ(started.refusal, Refusal::none) << started.detail;
    const bool sent_one = co_await until([this] { return destinations.sent().size() == 1; });
    EXPECT_TRUE(sent_one);
    const auto fields = co_await read(id);
    EXPECT_EQ(fields.text("status"), kPaused);
    const auto unknown = co_await schedules->send("main", "99");
    EXPECT_EQ(unknown.refusal, Refusal::not_found);
  });
}

TEST_F(ScheduleRuns, RefuseWhatTheyCannotReach) {
  with_nodes([this]() -> io::Task<> {
    co_await scheduling_node();
    const std::pair<const char*, const char*> cases[] = {
        {R"({"group":77})", "group"},
        {R"({"contact":77})", "contact"},
        {R"({"recipients":[77]})", "recipients"},
        {R"({"recipients":[]})", "recipients"},
        {R"({"recipients":[true]})", "recipients[0]"},
        {R"({})", "group"},
        {R"({"group":1,"contact":1})", "recipients"},
        {R"({"channel":"pigeon","recipients":["x"]})", "channel"},
        {R"({"text":null,"recipients":["x"]})", "text"},
        {R"({"template":1,"recipients":["x"]})", "template"},
        {R"({"name":null,"recipients":["x"]})", "name"},
    };
    for (const auto& [more, field] : cases) {
      const auto stored = co_await schedules->create("main", schedule(more));
      EXPECT_EQ(stored.written.refusal, Refusal::declined) << more;
      EXPECT_EQ(stored.problems.empty() ? "" : stored.problems.front().field, field) << more;
    }
  });
}

TEST_F(ScheduleRuns, ARunThatBeganElsewhereGoesOnHere) {
  with_nodes([this]() -> io::Task<> {
    Node& first = *co_await scheduling_node();
    const auto group = co_await group_of(2'000);
    const auto id = co_await made(schedule(R"({"group":)" + std::to_string(group) + "}"));
    const bool began = co_await until([this] { return composer.begun >= 3; });
    EXPECT_TRUE(began);
    co_await first.down();
    nodes.erase(nodes.begin());
    EXPECT_LT(composer.begun, 16);
    co_await scheduling_node();
    const bool done = co_await until_status(id, kDone);
    EXPECT_TRUE(done);
    const bool all = co_await until([this] { return sent().size() >= 2'000; });
    EXPECT_TRUE(all);
    each_once(2'000);
  });
}

}  // namespace
}  // namespace recado::messaging
