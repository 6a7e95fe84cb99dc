#include "engine/store/keys.hpp"

#include <gtest/gtest.h>

#include "redis/slots.hpp"

namespace recado::engine {
namespace {

TEST(Keys, OfAShardAreInOneSlotAndTheShardsSpreadEvenlyOverACluster) {
  for (unsigned shard = 0; shard < keys::kShards; ++shard) {
    const unsigned slot = redis::slot_of(keys::messages(shard));
    EXPECT_EQ(slot * keys::kShards / redis::kSlots, shard) << "each sixteenth of the slots has one shard";
    for (const auto& key :
         {keys::due(shard), keys::claimed(shard, "x"), keys::beats(shard), keys::barred(shard, "x"),
          keys::claims(shard), keys::gates(shard), keys::held(shard, "origin:http://{h}"),
          keys::history(shard), keys::finished(shard, "failed"), keys::counts(shard),
          keys::index(shard, "tag:main{x}y")}) {
      EXPECT_EQ(redis::slot_of(key), slot) << key;
    }
  }
}

}  // namespace
}  // namespace recado::engine
