// A store over a redis-server of the test's own, and what its tests do again and again.
#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/crypto.hpp"
#include "engine/store/record.hpp"
#include "engine/store/store.hpp"
#include "redis/harness.hpp"

namespace recado::engine::testing {

inline Instant at(std::int64_t ms) {
  return from_ms(ms);
}

inline Message message(std::string id, Instant due, std::string url = "https://example.org/hook") {
  Message out;
  out.spec.id = std::move(id);
  out.spec.due = due;
  out.spec.webhook_url = std::move(url);
  out.spec.payload = R"({"a":1})";
  out.spec.has_payload = true;
  out.uid = Uid::generate(at(1'000'000));
  out.generation = static_cast<std::uint32_t>(random_u64());
  out.next_run = due;
  return out;
}

struct StoreTest : redis::testing::ClientTest {
  Store store{loop, client, 0};

  StoreTest() { store.set_incarnation("node-a"); }

  io::Task<Result<Store::Added>> try_add(Message what, bool claim, bool made_id) {
    Store::NewMessage one;
    one.key = message_key(what);
    one.record = encode_record(what);
    one.message = std::move(what);
    one.claim = claim;
    one.made_id = made_id;
    const std::span<const Store::NewMessage> only(&one, 1);
    const auto added = co_await store.add(only);
    co_return added.front();
  }
  io::Task<Store::Added> add(Message what, bool claim = false) {
    const auto added = co_await try_add(std::move(what), claim, false);
    EXPECT_TRUE(added.ok());
    co_return added.ok() ? *added : Store::Added();
  }
  /// One under an id that was made for it.
  io::Task<Store::Added> add_made(Message what) {
    const auto added = co_await try_add(std::move(what), false, true);
    co_return added.ok() ? *added : Store::Added();
  }
  io::Task<std::vector<Claimed>> claim(unsigned shard, Instant until) {
    auto claimed = co_await store.claim(shard, until, until, kBatch, 1 << 20);
    EXPECT_TRUE(claimed.ok());
    co_return claimed.ok() ? std::move(claimed->claimed) : std::vector<Claimed>();
  }
  io::Task<Store::Recorded> record(unsigned shard, Store::Outcome outcome) {
    const std::vector<const Store::Outcome*> one = {&outcome};
    const auto recorded = co_await store.record(shard, one);
    EXPECT_TRUE(recorded.ok());
    co_return recorded.ok() ? recorded->front() : Store::Recorded::not_held;
  }
  /// What a delivery of `what` under `claim` records.
  static Store::Outcome delivered(Message what, std::uint64_t claim_number, Instant when) {
    what.status = Status::delivered;
    what.finished_at = when;
    what.generation += 1;
    Store::Outcome out;
    out.kind = Store::Outcome::Kind::finish;
    out.key = message_key(what);
    out.claim = claim_number;
    out.status = Status::delivered;
    out.finished_at = when;
    out.account = "main";
    out.pending_field = pending_field_of(what);
    out.indexes = indexes_of(shard_of(out.key), what);
    out.record = encode_record(what, true);
    out.generation = out.record.substr(1, 4);
    return out;
  }
  /// A number of Redis's INFO: what stands behind `name` in `section`; 0 when it is not there.
  io::Task<std::int64_t> info_number(const char* section, std::string name) {
    const auto reply = co_await client.command(redis::testing::words("INFO", section));
    const std::string text(reply.ok() ? reply->text() : std::string_view());
    const auto at = text.find(name);
    co_return at == std::string::npos ? 0 : std::stoll(text.substr(at + name.size()));
  }
  /// Every key and value, to prove that something changed nothing.
  io::Task<std::string> snapshot() {
    const auto keys = co_await client.command(redis::testing::words("KEYS", "*"));
    std::vector<std::string> names;
    for (std::size_t i = 0; keys.ok() && i < keys->size(); ++i) names.emplace_back((*keys)[i].text());
    std::sort(names.begin(), names.end());
    std::string all;
    for (const auto& name : names) {
      const auto dump = co_await client.command(redis::testing::words("DUMP", name));
      all += name + "=" + std::string(dump.ok() ? dump->text() : std::string_view()) + ";";
    }
    co_return all;
  }
};

}  // namespace recado::engine::testing
