// Settling a message of which nobody knew whether it was sent.
#include "engine/changing.hpp"
#include "engine/engine_impl.hpp"
#include "engine/store/record.hpp"

namespace recado::engine {

io::Task<Change> EngineImpl::resolve(std::string account, std::string id, bool delivered) {
  const std::string key = message_key(account, id);
  for (int round = 0; round < kMostRounds; ++round) {
    const auto found = co_await store_.find(key);
    if (!found.ok()) co_return refused(found.error(), {});
    if (!*found) co_return refused(Refusal::not_found);
    auto before = decode_record(key, (*found)->record, (*found)->score);
    if (!before.ok()) co_return refused(Refusal::unavailable, before.error().detail());
    if (!(*found)->finished || before->status != Status::unknown) co_return refused(Refusal::not_unknown);
    Message after = *before;
    after.status = delivered ? Status::delivered : Status::failed;
    if (delivered) after.failure = Failure::none;
    after.generation = new_generation();
    Store::ChangeItem item;
    item.kind = Store::ChangeItem::Kind::settle;
    item.key = key;
    item.generation = encode_record(*before).substr(1, 4);
    item.account = account;
    item.due = before->finished_at.value_or((*found)->score);
    item.record = encode_record(after, delivered);
    item.field_after = to_string(after.status);
    item.enter.push_back(keys::outcomes(shard_of(key)));
    const std::vector<Store::ChangeItem> items = {std::move(item)};
    const auto result = co_await store_.change(shard_of(key), items);
    // After a lost reply it either is settled or is not: asking again tells.
    if (!result.ok()) co_return refused(result.error(), id);
    if (result->front() != Store::Changed::done) continue;
    dispatcher_.tell_outcome(shard_of(key));
    Change change;
    change.message = std::move(after);
    co_return change;
  }
  co_return refused(Refusal::unavailable, "the message changed too often meanwhile; try again");
}

}  // namespace recado::engine
