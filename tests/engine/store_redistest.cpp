// The scripts, each transition against a real Redis: what moves, what is counted, what a stale caller can not
// do.
#include <gtest/gtest.h>

#include "engine/store_fixture.hpp"
#include "io/gather.hpp"

namespace recado::engine::testing {
namespace {

TEST_F(StoreTest, AddsOnceAndRefusesTheSameIdWhileItIsNotFinished) {
  with_redis([this]() -> io::Task<> {
    const Message first = message("a", at(5'000));
    const auto added = co_await add(first);
    EXPECT_EQ(added.code, Store::AddCode::created);
    const std::string before = co_await snapshot();
    const auto again = co_await add(message("a", at(9'000)));
    EXPECT_EQ(again.code, Store::AddCode::exists);
    const std::string after = co_await snapshot();
    EXPECT_EQ(before, after);
    const auto counts = co_await store.read_counts();
    EXPECT_EQ(counts->at("p:main:default"), 1);
  });
}

TEST_F(StoreTest, MessagesOfOneTurnWithoutAnIdShareAShardUpToABatch) {
  with_redis([this]() -> io::Task<> {
    std::vector<Message> made(kBatch + 2);
    for (std::size_t i = 0; i < made.size(); ++i) {
      made[i] = message("", at(5'000));
      made[i].uid = Uid::generate(at(0), store.shard_for_new());
      // Beside many that are alike, two that are not.
      if (i == 3) made[i].spec.queue = "other";
      if (i == 5) made[i].spec.tags = {"red"};
    }
    const unsigned shard = shard_of(message_key(made.front()));
    EXPECT_EQ(shard_of(message_key(made[kBatch - 1])), shard);
    EXPECT_EQ(shard_of(message_key(made[kBatch])), (shard + 1) % keys::kShards);
    std::vector<io::Task<Store::Added>> adds;
    for (const Message& one : made) adds.push_back(add_made(one));
    io::TaskGroup group(loop);
    const auto added = co_await io::gather(loop, group, "add", std::move(adds));
    for (const auto& one : added) EXPECT_EQ(one.code, Store::AddCode::created);
    const auto counts = co_await store.read_counts();
    EXPECT_EQ(counts->at("p:main:default"), kBatch + 1);
    EXPECT_EQ(counts->at("p:main:other"), 1);
    const auto found = co_await store.find(message_key(made[4]));
    EXPECT_EQ((*found)->record, encode_record(made[4]));
    const std::string tagged = keys::index(shard, keys::tag_index("main", "red"));
    const auto red = co_await store.read_sorted(tagged, std::nullopt, std::nullopt, false, 0, 10);
    EXPECT_TRUE(red->size() == 1 && red->front().key == message_key(made[5]));
    EXPECT_NE(store.shard_for_new(), shard_of(message_key(made.back()))) << "the next turn";
  });
}

TEST_F(StoreTest, TheSameIdIsFreeAgainOnceFinishedAndItsHistoryGivesWay) {
  with_redis([this]() -> io::Task<> {
    const Message first = message("a", at(5'000));
    const unsigned shard = shard_of(message_key(first));
    const auto added = co_await add(first, true);
    EXPECT_EQ(added.code, Store::AddCode::claimed);
    const auto recorded = co_await record(shard, delivered(first, added.claim, at(6'000)));
    EXPECT_EQ(recorded, Store::Recorded::recorded);
    const auto again = co_await add(message("a", at(9'000)));
    EXPECT_EQ(again.code, Store::AddCode::created);
    const auto counts = co_await store.read_counts();
    EXPECT_EQ(counts->at("p:main:default"), 1);
    EXPECT_EQ(counts->at("delivered:main"), 0);
    const auto found = co_await store.find(message_key(first));
    EXPECT_FALSE((*found)->finished);
  });
}

TEST_F(StoreTest, ClaimsWhatIsDueInOrderAndNothingLater) {
  with_redis([this]() -> io::Task<> {
    // Braces keep them on one shard.
    co_await add(message("{s}late", at(3'000)));
    co_await add(message("{s}early", at(1'000)));
    co_await add(message("{s}middle", at(2'000)));
    const unsigned shard = shard_of("c{s}early");
    const auto claimed = co_await claim(shard, at(2'000));
    EXPECT_EQ(claimed.size(), 2U);
    if (claimed.size() != 2) co_return;
    EXPECT_EQ(claimed[0].key, "c{s}early");
    EXPECT_EQ(claimed[1].key, "c{s}middle");
    EXPECT_LT(claimed[0].claim, claimed[1].claim);
    EXPECT_TRUE(decode_record(claimed[0].key, claimed[0].record, claimed[0].due).ok());
    const auto again = co_await claim(shard, at(2'000));
    EXPECT_TRUE(again.empty());
  });
}

TEST_F(StoreTest, AnEmptyPollWritesNothing) {
  with_redis([this]() -> io::Task<> {
    co_await add(message("a", at(5'000)));
    const std::string before = co_await snapshot();
    for (unsigned shard = 0; shard < keys::kShards; ++shard) {
      const auto none = co_await claim(shard, at(1'000));
      EXPECT_TRUE(none.empty());
      const auto counter = co_await store.beat(shard);
      EXPECT_EQ(*counter, 0);
    }
    const std::string after = co_await snapshot();
    EXPECT_EQ(before, after);
  });
}

TEST_F(StoreTest, AnOutcomeNamesItsClaimAndAStaleOneChangesNothing) {
  with_redis([this]() -> io::Task<> {
    const Message first = message("a", at(1'000));
    const unsigned shard = shard_of(message_key(first));
    const auto added = co_await add(first, true);
    const std::string before = co_await snapshot();
    const auto stale = co_await record(shard, delivered(first, added.claim + 7, at(6'000)));
    EXPECT_EQ(stale, Store::Recorded::not_held);
    const std::string after = co_await snapshot();
    EXPECT_EQ(before, after);
  });
}

TEST_F(StoreTest, AnOutcomeWhoseReplyWasLostIsRecognisedWhenItIsRepeated) {
  with_redis([this]() -> io::Task<> {
    const Message first = message("a", at(1'000));
    const unsigned shard = shard_of(message_key(first));
    const auto added = co_await add(first, true);
    const auto outcome = delivered(first, added.claim, at(6'000));
    const auto recorded = co_await record(shard, outcome);
    EXPECT_EQ(recorded, Store::Recorded::recorded);
    const std::string before = co_await snapshot();
    const auto again = co_await record(shard, outcome);
    EXPECT_EQ(again, Store::Recorded::already);
    const std::string after = co_await snapshot();
    EXPECT_EQ(before, after);
  });
}

TEST_F(StoreTest, ADeadNodesClaimsComeBackAndItsLateOutcomeIsRefused) {
  with_redis([this]() -> io::Task<> {
    const Message first = message("a", at(1'000));
    const unsigned shard = shard_of(message_key(first));
    const auto added = co_await add(first, true);
    const auto beats = co_await store.read_beats();
    const std::string counter = beats[shard]->at("node-a");
    const auto alive = co_await store.reap(shard, "node-a", "999");
    EXPECT_TRUE(alive->alive);
    const auto reaped = co_await store.reap(shard, "node-a", counter);
    EXPECT_EQ(reaped->moved, 1);
    EXPECT_EQ(reaped->left, 0);
    const auto late = co_await record(shard, delivered(first, added.claim, at(6'000)));
    EXPECT_EQ(late, Store::Recorded::not_held);
    const auto barred = co_await store.claim(shard, at(9'000), at(9'000), kBatch, 1 << 20);
    EXPECT_TRUE(barred->barred);
    const auto beat = co_await store.beat(shard);
    EXPECT_EQ(*beat, -1);
    store.set_incarnation("node-b");
    const auto claimed = co_await claim(shard, at(9'000));
    EXPECT_EQ(claimed.size(), 1U);
  });
}

TEST_F(StoreTest, AnIdleNodeIsForgottenButNotBarred) {
  with_redis([this]() -> io::Task<> {
    const Message first = message("a", at(1'000));
    const unsigned shard = shard_of(message_key(first));
    const auto added = co_await add(first, true);
    co_await record(shard, delivered(first, added.claim, at(6'000)));
    const auto reaped = co_await store.reap(shard, "node-a", "*");
    EXPECT_EQ(reaped->moved, 0);
    const auto claimed = co_await store.claim(shard, at(9'000), at(9'000), kBatch, 1 << 20);
    EXPECT_FALSE(claimed->barred);
  });
}

TEST_F(StoreTest, ARetryGoesBackToTheDueSetWithItsIndexes) {
  with_redis([this]() -> io::Task<> {
    Message first = message("a", at(1'000));
    first.spec.tags = {"t"};
    const unsigned shard = shard_of(message_key(first));
    const auto added = co_await add(first, true);
    first.attempt_count = 1;
    first.status = Status::retrying;
    first.next_run = at(7'000);
    first.generation += 1;
    Store::Outcome retry;
    retry.kind = Store::Outcome::Kind::retry;
    retry.key = message_key(first);
    retry.claim = added.claim;
    retry.due = at(7'000);
    retry.record = encode_record(first);
    retry.generation = retry.record.substr(1, 4);
    retry.indexes = indexes_of(shard, first);
    const auto recorded = co_await record(shard, retry);
    EXPECT_EQ(recorded, Store::Recorded::recorded);
    const auto early = co_await claim(shard, at(6'999));
    EXPECT_TRUE(early.empty());
    std::string index = keys::index(shard, keys::tag_index("main", "t"));
    const auto tagged =
        co_await store.read_sorted(std::move(index), std::nullopt, std::nullopt, false, 0, 10);
    EXPECT_EQ(tagged->size(), 1U);
    EXPECT_EQ(tagged->front().score, at(7'000));
    const auto later = co_await claim(shard, at(7'000));
    EXPECT_EQ(later.size(), 1U);
  });
}

TEST_F(StoreTest, AFinishBringsItsCallbackInTheSameStep) {
  with_redis([this]() -> io::Task<> {
    const Message first = message("a", at(1'000));
    const unsigned shard = shard_of(message_key(first));
    const auto added = co_await add(first, true);
    Message child = message("", at(6'000));
    child.child = true;
    auto outcome = delivered(first, added.claim, at(6'000));
    outcome.child_key = child_key(shard, child.uid);
    outcome.child_record = encode_record(child);
    outcome.child_due = at(6'000);
    co_await record(shard, outcome);
    const auto claimed = co_await claim(shard, at(6'000));
    EXPECT_EQ(claimed.size(), 1U);
    EXPECT_EQ(claimed.front().key, outcome.child_key);
    const auto counts = co_await store.read_counts();
    EXPECT_EQ(counts->at("p:main:default"), 0);
  });
}

TEST_F(StoreTest, AGateHoldsMessagesUntilItsTimeAndOneNodeOpensIt) {
  with_redis([this]() -> io::Task<> {
    const Message first = message("a", at(1'000));
    const unsigned shard = shard_of(message_key(first));
    const auto added = co_await add(first, true);
    Store::Outcome hold;
    hold.kind = Store::Outcome::Kind::hold;
    hold.key = message_key(first);
    hold.claim = added.claim;
    hold.due = at(1'000);
    hold.gate = "origin:https://example.org";
    hold.gate_at = at(5'000);
    const auto held = co_await record(shard, hold);
    EXPECT_EQ(held, Store::Recorded::recorded);
    const auto found = co_await store.find(message_key(first));
    EXPECT_EQ((*found)->held_by, hold.gate);
    const auto early = co_await store.claim_held(shard, hold.gate, at(4'999), at(6'000), 10, 1 << 20);
    EXPECT_TRUE(early->gate_busy);
    const auto poll = co_await store.claim(shard, at(5'000), at(5'000), kBatch, 1 << 20);
    EXPECT_TRUE(poll->claimed.empty());
    EXPECT_EQ(poll->ready_gates.size(), 1U);
    const auto opened = co_await store.claim_held(shard, hold.gate, at(5'000), at(6'000), 10, 1 << 20);
    EXPECT_EQ(opened->claimed.size(), 1U);
    const auto gates = co_await store.read_gates(shard);
    EXPECT_TRUE(gates->empty());
  });
}

TEST_F(StoreTest, AChangeComparesTheGenerationItRead) {
  with_redis([this]() -> io::Task<> {
    const Message first = message("a", at(5'000));
    const unsigned shard = shard_of(message_key(first));
    co_await add(first);
    Store::ChangeItem item;
    item.kind = Store::ChangeItem::Kind::cancel;
    item.key = message_key(first);
    item.generation = "none";
    item.account = "main";
    item.field_before = pending_field_of(first);
    const std::vector<Store::ChangeItem> stale = {item};
    const auto refused = co_await store.change(shard, stale);
    EXPECT_EQ(refused->front(), Store::Changed::changed_meanwhile);
    item.generation = encode_record(first).substr(1, 4);
    const std::vector<Store::ChangeItem> right = {item};
    const auto done = co_await store.change(shard, right);
    EXPECT_EQ(done->front(), Store::Changed::done);
    const auto gone = co_await store.change(shard, right);
    EXPECT_EQ(gone->front(), Store::Changed::none);
    const auto counts = co_await store.read_counts();
    EXPECT_EQ(counts->at("p:main:default"), 0);
  });
}

TEST_F(StoreTest, WhatAnotherNodeHasClaimedCannotBeChanged) {
  with_redis([this]() -> io::Task<> {
    const Message first = message("a", at(1'000));
    const unsigned shard = shard_of(message_key(first));
    co_await add(first, true);
    store.set_incarnation("node-b");
    Store::ChangeItem item;
    item.key = message_key(first);
    item.generation = encode_record(first).substr(1, 4);
    item.account = "main";
    const std::vector<Store::ChangeItem> items = {item};
    const auto refused = co_await store.change(shard, items);
    EXPECT_EQ(refused->front(), Store::Changed::claimed_elsewhere);
  });
}

TEST_F(StoreTest, LargeRecordsAreClaimedByTheirHeadAndReadLater) {
  with_redis([this]() -> io::Task<> {
    Message first = message("a", at(1'000));
    first.spec.payload = "\"" + std::string(20'000, 'x') + "\"";
    const unsigned shard = shard_of(message_key(first));
    co_await add(first);
    const auto claimed = co_await claim(shard, at(1'000));
    EXPECT_EQ(claimed.size(), 1U);
    EXPECT_FALSE(claimed.front().whole);
    EXPECT_EQ(record_url(claimed.front().key, claimed.front().record), first.spec.webhook_url);
    std::vector<std::string> wanted = {claimed.front().key};
    const auto whole = co_await store.read_records(shard, std::move(wanted));
    EXPECT_EQ(whole->front(), encode_record(first));
  });
}

TEST_F(StoreTest, WhatHappensToARecordThatIsNotHereIsNotedBesideIt) {
  with_redis([this]() -> io::Task<> {
    Message first = message("a", at(1'000));
    first.spec.payload = "\"" + std::string(20'000, 'x') + "\"";
    const unsigned shard = shard_of(message_key(first));
    const auto added = co_await add(first, true);
    const auto hold = [&](std::uint64_t claim, GateKind kind, Instant when) {
      Store::Outcome out;
      out.kind = Store::Outcome::Kind::hold;
      out.key = message_key(first);
      out.claim = claim;
      out.due = at(1'000);
      out.gate = "origin:https://example.org";
      out.gate_at = at(5'000);
      out.note = deferral_note(Deferral{1, kind, when, store.incarnation()});
      return out;
    };
    const auto held = co_await record(shard, hold(added.claim, GateKind::share, at(2'000)));
    EXPECT_EQ(held, Store::Recorded::recorded);
    auto let_in =
        co_await store.claim_held(shard, "origin:https://example.org", at(5'000), at(5'000), 10, 1 << 20);
    const Notes once = let_in->claimed.front().notes;
    EXPECT_EQ(once.deferral.count, 1U);
    EXPECT_EQ(once.taken_over.count, 0U);
    const auto again =
        co_await record(shard, hold(let_in->claimed.front().claim, GateKind::origin, at(5'500)));
    EXPECT_EQ(again, Store::Recorded::recorded);
    let_in =
        co_await store.claim_held(shard, "origin:https://example.org", at(6'000), at(6'000), 10, 1 << 20);
    EXPECT_EQ(let_in->claimed.front().notes.deferral.count, 2U);

    // Then its node dies, and the next one holds it too.
    const auto reaped = co_await store.reap(shard, "node-a", "*");
    EXPECT_EQ(reaped->moved, 1);
    store.set_incarnation("node-b");
    const auto taken_over = co_await claim(shard, at(7'000));
    const auto third = co_await record(shard, hold(taken_over.front().claim, GateKind::share, at(8'000)));
    EXPECT_EQ(third, Store::Recorded::recorded);
    const std::vector<std::string> no_gates;
    const auto around = co_await store.read_surroundings(message_key(first), no_gates);
    Message seen = first;
    add_notes(seen, around->notes);
    EXPECT_EQ(seen.taken_over.count, 1U);
    EXPECT_EQ(seen.taken_over.node, "node-a");
    EXPECT_EQ(seen.deferral.count, 3U);
    EXPECT_EQ(seen.deferral.kind, GateKind::share);
    EXPECT_EQ(seen.deferral.at, at(8'000));
    EXPECT_EQ(seen.deferral.node, "node-b");

    // The next outcome has it in its record.
    let_in =
        co_await store.claim_held(shard, "origin:https://example.org", at(9'000), at(9'000), 10, 1 << 20);
    co_await record(shard, delivered(seen, let_in->claimed.front().claim, at(9'500)));
    const auto after = co_await store.read_surroundings(message_key(first), no_gates);
    EXPECT_EQ(after->notes.deferral.count + after->notes.taken_over.count, 0U);
  });
}

TEST_F(StoreTest, RetentionForgetsByAgeAndByNumber) {
  with_redis([this]() -> io::Task<> {
    const unsigned shard = shard_of("c{s}0");
    for (int i = 0; i < 6; ++i) {
      const Message one = message("{s}" + std::to_string(i), at(1'000 + i));
      const auto added = co_await add(one, true);
      co_await record(shard, delivered(one, added.claim, at(2'000 + i)));
    }
    const auto old = co_await store.trim(shard, Status::delivered, at(2'002), 100);
    EXPECT_EQ(*old, 2);
    const auto many = co_await store.trim(shard, Status::delivered, at(0), 3);
    EXPECT_EQ(*many, 1);
    const auto counts = co_await store.read_counts();
    EXPECT_EQ(counts->at("delivered:main"), 3);
  });
}

TEST(Keys, ShardsLieOneInEachSixteenthOfTheClusterSlots) {
  const auto crc16 = [](std::string_view text) {
    unsigned crc = 0;
    for (const char c : text) {
      crc ^= static_cast<unsigned>(static_cast<unsigned char>(c)) << 8;
      for (int bit = 0; bit < 8; ++bit) crc = (crc & 0x8000) != 0 ? (crc << 1) ^ 0x1021 : crc << 1;
      crc &= 0xffff;
    }
    return crc;
  };
  for (unsigned shard = 0; shard < keys::kShards; ++shard) {
    EXPECT_EQ(crc16(keys::shard_tag(shard)) % 16384 / 1024, shard);
  }
}

}  // namespace
}  // namespace recado::engine::testing
