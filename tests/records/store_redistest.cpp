// The store against a real redis-server.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "records/keys.hpp"
#include "redis/slots.hpp"
#include "store_fixture.hpp"

namespace recado::records {
namespace {

using redis::testing::words;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::people;
using testing::person;
using ::testing::SizeIs;

struct RecordStore : testing::StoreTest {};

Document coded(std::string_view name, std::string_view code) {
  auto document = person(name);
  document.set_text("code", code);
  return document;
}

TEST_F(RecordStore, FindsARecordByIdAndByUuid) {
  with_redis([&]() -> io::Task<> {
    const auto id = co_await made(person("Ana"));
    EXPECT_EQ(id, 1);
    const auto by_id = co_await store.find("main", people(), "1");
    EXPECT_EQ((*by_id)->fields.text("name"), "Ana");
    const auto by_uuid = co_await store.find("main", people(), (*by_id)->uid.uuid());
    EXPECT_EQ((*by_uuid)->id, 1);
    for (const char* path : {"2", "0", "-1", "01", "x", "", "1 ", "99999999999999999999"}) {
      const auto none = co_await store.find("main", people(), path);
      EXPECT_TRUE(none.ok() && !*none) << path;
    }
    const auto foreign = co_await store.find("other", people(), "1");
    EXPECT_TRUE(foreign.ok() && !*foreign);
  });
}

TEST_F(RecordStore, NeverGivesAnIdTwice) {
  with_redis([&]() -> io::Task<> {
    co_await made(person("Ana"));
    const auto gone = co_await store.remove("main", people(), "1");
    EXPECT_EQ(gone.refusal, Refusal::none);
    EXPECT_EQ(gone.record.fields.text("name"), "Ana");
    const auto next = co_await made(person("Bia"));
    EXPECT_EQ(next, 2);
    const auto again = co_await store.remove("main", people(), "1");
    EXPECT_EQ(again.refusal, Refusal::not_found);
  });
}

TEST_F(RecordStore, ChangesFieldsAndWhatFindsTheRecord) {
  with_redis([&]() -> io::Task<> {
    co_await made(person("Ana", words("vip"), 30));
    const auto changed = co_await store.change("main", people(), "1", [](const Record& before) {
      auto fields = before.fields;
      fields.set_text("name", "Beatriz");
      fields.remove("tags");
      return std::optional<Document>(fields);
    });
    EXPECT_EQ(changed.refusal, Refusal::none);
    EXPECT_EQ(changed.record.fields.number("age"), 30);
    Query by_old, by_new, by_tag;
    by_old.search("ana");
    by_new.search("beat");
    by_tag.where(*people().find("tags"), "vip");
    const auto old_page = co_await listed(by_old);
    const auto new_page = co_await listed(by_new);
    const auto tag_page = co_await listed(by_tag);
    EXPECT_THAT(ids(old_page), IsEmpty());
    EXPECT_EQ(old_page.total, 0u);
    EXPECT_THAT(ids(new_page), ElementsAre(1));
    EXPECT_THAT(ids(tag_page), IsEmpty());
    const auto declined =
        co_await store.change("main", people(), "1", [](const Record&) { return std::optional<Document>(); });
    EXPECT_EQ(declined.refusal, Refusal::declined);
  });
}

TEST_F(RecordStore, RefusesAUniqueValueThatAnotherRecordHas) {
  with_redis([&]() -> io::Task<> {
    co_await made(coded("Ana", "A1"));
    co_await made(coded("Bia", "B1"));
    const auto taken = co_await store.create("main", people(), coded("Cid", "A1"));
    EXPECT_EQ(taken.refusal, Refusal::taken);
    EXPECT_EQ(taken.field, "code");
    EXPECT_EQ(taken.other_id, 1);
    const auto moved = co_await store.change("main", people(), "2", [](const Record& before) {
      auto fields = before.fields;
      fields.set_text("code", "A1");
      return std::optional<Document>(fields);
    });
    EXPECT_EQ(moved.refusal, Refusal::taken);
    // Given up by its owner, it is free.
    const auto gone = co_await store.remove("main", people(), "1");
    EXPECT_EQ(gone.refusal, Refusal::none);
    co_await made(coded("Cid", "A1"));
    const auto elsewhere = co_await store.create("other", people(), coded("Dora", "A1"));
    EXPECT_EQ(elsewhere.refusal, Refusal::none);
    EXPECT_EQ(elsewhere.record.id, 1);
  });
}

TEST_F(RecordStore, JudgesEachOfABatchForItself) {
  with_redis([&]() -> io::Task<> {
    co_await made(coded("Ana", "A1"));
    auto ana = co_await store.find("main", people(), "1");
    auto stale = **ana;
    stale.generation ^= 1;
    std::vector<Write> batch;
    batch.push_back(Write::create(coded("Bia", "B1")));
    batch.push_back(Write::create(coded("Cid", "A1")));
    batch.push_back(Write::create(coded("Dora", "B1")));
    batch.push_back(Write::replace(stale, coded("Eva", "E1")));
    batch.push_back(Write::create(coded("Fabio", "E1")));
    const auto written = co_await store.write_all("main", people(), std::move(batch));
    EXPECT_EQ(written[0].refusal, Refusal::none);
    EXPECT_EQ(written[1].refusal, Refusal::taken);
    EXPECT_EQ(written[1].other_id, 1);
    EXPECT_EQ(written[2].refusal, Refusal::taken);
    EXPECT_EQ(written[2].other_id, 0);
    EXPECT_EQ(written[3].refusal, Refusal::changed);
    EXPECT_EQ(written[4].refusal, Refusal::none);
  });
}

TEST_F(RecordStore, WritesMoreThanAScriptTakes) {
  with_redis([&]() -> io::Task<> {
    std::vector<Write> batch;
    for (int i = 0; i < 100; ++i) batch.push_back(Write::create(person("n" + std::to_string(i))));
    const auto written = co_await store.write_all("main", people(), std::move(batch));
    EXPECT_THAT(written, SizeIs(100));
    EXPECT_EQ(written.back().record.id, 100);
    std::vector<Write> removals;
    for (const auto& one : written) removals.push_back(Write::remove(one.record));
    co_await store.write_all("main", people(), std::move(removals));
    // Nothing but the counter is left.
    const auto keys = co_await client.command(words("KEYS", "*"));
    EXPECT_EQ(keys->size(), 1u);
    EXPECT_EQ((*keys)[0].text(), Keys("main", "people").last);
  });
}

TEST_F(RecordStore, ConcurrentChangesAllHappen) {
  with_redis([&]() -> io::Task<> {
    co_await made(person("Ana", words(), 0));
    int done = 0;
    io::TaskGroup writers(loop);
    const auto add_one = [&]() -> io::Task<> {
      const auto written = co_await store.change("main", people(), "1", [](const Record& before) {
        auto fields = before.fields;
        fields.set_number("age", *fields.number("age") + 1);
        return std::optional<Document>(fields);
      });
      if (written.refusal == Refusal::none) ++done;
    };
    for (int i = 0; i < 10; ++i) writers.spawn("writer", add_one());
    co_await writers.join();
    const auto after = co_await store.find("main", people(), "1");
    EXPECT_EQ((*after)->fields.number("age"), done);
    EXPECT_EQ(done, 10);
  });
}

TEST_F(RecordStore, OfManyThatWantOneUniqueValueOneHasIt) {
  with_redis([&]() -> io::Task<> {
    int made_it = 0, taken = 0;
    io::TaskGroup writers(loop);
    const auto want = [&](std::string name) -> io::Task<> {
      const auto written = co_await store.create("main", people(), coded(name, "ONE"));
      if (written.refusal == Refusal::none) ++made_it;
      if (written.refusal == Refusal::taken) ++taken;
    };
    for (int i = 0; i < 20; ++i) writers.spawn("writer", want("n" + std::to_string(i)));
    co_await writers.join();
    EXPECT_EQ(made_it, 1);
    EXPECT_EQ(taken, 19);
  });
}

TEST_F(RecordStore, ACreationThatIsRepeatedHappensOnce) {
  with_redis([&]() -> io::Task<> {
    // What was in flight when Redis hung up may have happened; the repetition finds out. Its connection is
    // cut in the middle of many.
    int made_it = 0;
    io::TaskGroup writers(loop);
    const auto create = [&](int i) -> io::Task<> {
      const auto written = co_await store.create("main", people(), person("n" + std::to_string(i)));
      if (written.refusal == Refusal::none) ++made_it;
      if (i % 50 == 25) co_await client.command(words("CLIENT", "KILL", "SKIPME", "no", "TYPE", "normal"));
    };
    for (int i = 0; i < 200; ++i) writers.spawn("writer", create(i));
    co_await writers.join();
    co_await client.wait_connected(Millis{10'000});
    const auto total = co_await store.count("main", people(), Query());
    EXPECT_GT(made_it, 0);
    EXPECT_EQ(*total, static_cast<std::uint64_t>(made_it));
  });
}

TEST_F(RecordStore, SaysSoWhenRedisIsAway) {
  with_redis([&]() -> io::Task<> {
    server.kill(SIGKILL);
    const auto written = co_await store.create("main", people(), person("Ana"));
    EXPECT_TRUE(written.refusal == Refusal::unavailable || written.refusal == Refusal::outcome_unknown);
    EXPECT_FALSE(written.detail.empty());
    const auto found = co_await store.find("main", people(), "1");
    EXPECT_FALSE(found.ok());
    const auto page = co_await store.list("main", people(), Query(), PageRequest());
    EXPECT_FALSE(page.ok());
  });
}

TEST(RecordKeys, OfAnAccountShareASlotAndAccountsAreSpread) {
  std::vector<std::uint16_t> slots;
  for (const char* account : {"main", "a", "b", "acme", "a}b", "a{b"}) {
    const Keys keys(account, "people");
    const auto slot = redis::slot_of(keys.records);
    for (const auto& key : {keys.index, keys.unique, keys.last, Keys(account, "groups").records})
      EXPECT_EQ(redis::slot_of(key), slot) << key;
    slots.push_back(slot);
  }
  std::sort(slots.begin(), slots.end());
  EXPECT_EQ(std::unique(slots.begin(), slots.end()), slots.end());
}

}  // namespace
}  // namespace recado::records
