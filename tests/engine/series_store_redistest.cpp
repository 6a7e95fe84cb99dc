// What the outcome script makes of a series and its occurrence, all at once.
#include <gmock/gmock.h>

#include "engine/series.hpp"
#include "engine/store_fixture.hpp"

namespace recado::engine::testing {
namespace {

using Kind = Store::Outcome::Kind;

struct SeriesStore : StoreTest {
  Message series() {
    Message out = message("s", at(1'000));
    auto repeat = std::make_shared<Repeat>();
    repeat->rule.cron = "* * * * *";
    repeat->rule.timezone = "UTC";
    repeat->bounds.start = at(1'000);
    out.spec.repeat = std::move(repeat);
    out.occurrence = 1;
    return out;
  }
  /// The occurrence was delivered; `next`: the series goes on.
  Store::Outcome recurred(const Message& of, std::uint64_t claim_number, bool next, Kind kind) {
    Store::Outcome occurrence = delivered(occurrence_of(of), claim_number, at(6'000));
    occurrence.kind = kind;
    occurrence.due = at(9'000);
    Store::Outcome out;
    out.kind = Kind::recur;
    out.key = message_key(of);
    out.claim = claim_number;
    out.account = "main";
    out.pending_field = pending_field_of(of);
    out.indexes = indexes_of(shard_of(out.key), of);
    out.generation = occurrence.generation;
    if (next) {
      const auto following = after_occurrence(of, of.next_run);
      out.due = (*following)->next_run;
      out.record = encode_record(**following);
      out.generation = out.record.substr(1, 4);
    }
    out.occurrence = std::make_shared<const Store::Outcome>(std::move(occurrence));
    return out;
  }
  io::Task<std::int64_t> pending_count() {
    const auto counts = co_await store.read_counts();
    EXPECT_TRUE(counts.ok());
    const auto found = counts->find(keys::pending_count("main", "default"));
    co_return found == counts->end() ? 0 : found->second;
  }
  io::Task<std::optional<Store::Found>> find(std::string id) {
    const auto found = co_await store.find(message_key("main", id));
    EXPECT_TRUE(found.ok());
    co_return found.ok() ? *found : std::nullopt;
  }
};

TEST_F(SeriesStore, GoesOnOrEndsWithItsOccurrenceAndARepeatedOutcomeChangesNothing) {
  with_redis([this]() -> io::Task<> {
    for (const bool goes_on : {true, false}) {
      for (const Kind kind : {Kind::finish, Kind::retry}) {
        (void)co_await client.command(redis::testing::words("FLUSHALL"));
        const Message s = series();
        const unsigned shard = shard_of(message_key(s));
        const auto added = co_await add(s, true);
        const Store::Outcome outcome = recurred(s, added.claim, goes_on, kind);
        const auto recorded = co_await record(shard, outcome);
        EXPECT_EQ(recorded, Store::Recorded::recorded);
        const auto waiting = co_await find("s");
        EXPECT_EQ(waiting.has_value(), goes_on);
        const auto occurrence = co_await find(occurrence_id("s", s.next_run));
        EXPECT_TRUE(occurrence && occurrence->finished == (kind == Kind::finish));
        const std::int64_t pending = co_await pending_count();
        EXPECT_EQ(pending, (goes_on ? 1 : 0) + (kind == Kind::retry ? 1 : 0));

        const std::string before = co_await snapshot();
        const auto again = co_await record(shard, outcome);
        EXPECT_EQ(again, Store::Recorded::already);
        Store::Outcome stale = recurred(s, added.claim + 7, goes_on, kind);
        const auto refused = co_await record(shard, stale);
        EXPECT_NE(refused, Store::Recorded::recorded);
        const std::string after = co_await snapshot();
        EXPECT_EQ(before, after);
      }
    }
  });
}

TEST_F(SeriesStore, LeavesAloneWhatIsPendingUnderTheOccurrencesId) {
  with_redis([this]() -> io::Task<> {
    const Message s = series();
    const unsigned shard = shard_of(message_key(s));
    const auto added = co_await add(s, true);
    Message same = message(occurrence_id("s", s.next_run), at(50'000), "https://other.example/");
    co_await add(same);
    const auto recorded = co_await record(shard, recurred(s, added.claim, true, Kind::retry));
    EXPECT_EQ(recorded, Store::Recorded::recorded);
    const auto found = co_await find(same.spec.id);
    EXPECT_TRUE(found && found->score == at(50'000));
    const std::int64_t pending = co_await pending_count();
    EXPECT_EQ(pending, 2);
  });
}

}  // namespace
}  // namespace recado::engine::testing
