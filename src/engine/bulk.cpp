// Bulk operations: cancel by filter, retry by filter, in batches a shard. What is being delivered is left
// alone and counted.
#include <algorithm>

#include "engine/engine_impl.hpp"
#include "engine/store/record.hpp"

namespace recado::engine {

namespace {

constexpr std::size_t kPage = 1'000;

}  // namespace

io::Task<Result<BulkResult>> EngineImpl::cancel_all(Filter filter) {
  filter.status = StatusFilter::pending;
  co_return co_await change_all(std::move(filter), false);
}

io::Task<Result<BulkResult>> EngineImpl::retry_all(Filter filter) {
  if (filter.status == StatusFilter::pending || filter.status == StatusFilter::delivered) {
    co_return Error(ErrorCode::invalid_argument, "only failed or unknown messages can be retried");
  }
  co_return co_await change_all(std::move(filter), true);
}

io::Task<Result<BulkResult>> EngineImpl::change_all(Filter filter, bool revive) {
  BulkResult out;
  // One moment for all: a message that fails again while we go through them is not taken twice.
  if (revive && !filter.before) filter.before = loop_.clock().now() + Millis{1};
  std::optional<Cursor> cursor;
  bool more = true;
  while (more) {
    auto places = co_await next_places(filter, cursor, kPage, more);
    if (!places.ok()) co_return places.error();
    if (places->empty()) break;
    auto messages = co_await read_messages(filter, *places);
    if (!messages.ok()) co_return messages.error();
    // Not by `?:`: g++ 12.2 destroys the result of a co_await in a conditional expression twice.
    Result<void> changed;
    if (revive) {
      changed = co_await revive_batch(std::move(messages).value(), out);
    } else {
      changed = co_await cancel_batch(std::move(messages).value(), out);
    }
    if (!changed.ok()) co_return changed.error();
    if (!cursor) cursor.emplace();
    cursor->score = places->back().score;
    cursor->key = places->back().key;
  }
  co_return out;
}

/// Cancels a page of messages, kBatch of a shard in one script.
io::Task<Result<void>> EngineImpl::cancel_batch(std::vector<Message> messages, BulkResult& out) {
  std::array<std::vector<const Message*>, keys::kShards> by_shard;
  for (const Message& message : messages) {
    const std::string key = message_key(message);
    if (dispatcher_.withdraw(key) == Dispatcher::Hold::sending) {
      ++out.being_delivered;
    } else {
      by_shard[shard_of(key)].push_back(&message);
    }
  }
  std::optional<Error> failure;
  for (unsigned shard = 0; shard < keys::kShards; ++shard) {
    for (std::size_t from = 0; from < by_shard[shard].size(); from += kBatch) {
      std::vector<Store::ChangeItem> items;
      for (std::size_t i = from; i < std::min(by_shard[shard].size(), from + kBatch); ++i) {
        items.push_back(cancel_item(shard, *by_shard[shard][i]));
      }
      Result<std::vector<Store::Changed>> changed = Error(ErrorCode::unavailable, "given up");
      if (!failure) changed = co_await store_.change(shard, items);
      if (!changed.ok() && !failure) failure = changed.error();
      for (std::size_t i = 0; i < items.size(); ++i) {
        const std::string& key = items[i].key;
        if (!changed.ok()) {
          // After a lost reply it may be cancelled: then it must not be sent.
          const bool untouched = changed.error().code() == ErrorCode::unavailable;
          untouched ? dispatcher_.put_back(key) : dispatcher_.recheck(key);
          continue;
        }
        if ((*changed)[i] == Store::Changed::changed_meanwhile) {
          dispatcher_.recheck(key);
          const Message& message = *by_shard[shard][from + i];
          const Change one = co_await cancel(message.spec.account, message.id());
          out.done += one.refusal == Refusal::none ? 1 : 0;
          continue;
        }
        dispatcher_.forget(key);
        if ((*changed)[i] == Store::Changed::done) ++out.done;
        if ((*changed)[i] == Store::Changed::claimed_elsewhere) ++out.being_delivered;
      }
    }
  }
  if (failure) co_return *failure;
  co_return Result<void>();
}

/// Starts a page of finished messages again, kBatch at a time.
io::Task<Result<void>> EngineImpl::revive_batch(std::vector<Message> messages, BulkResult& out) {
  for (std::size_t from = 0; from < messages.size(); from += kBatch) {
    std::vector<io::Task<Change>> retries;
    for (std::size_t i = from; i < std::min(messages.size(), from + kBatch); ++i) {
      retries.push_back(send_now(messages[i].spec.account, messages[i].id()));
    }
    const auto all = co_await side_by_side("retry one of many", std::move(retries));
    std::optional<Error> failure;
    for (const Change& changed : all) {
      if (changed.refusal == Refusal::none && changed.message) ++out.done;
      if (changed.refusal == Refusal::unavailable || changed.refusal == Refusal::outcome_unknown) {
        failure = Error(ErrorCode::unavailable, changed.detail);
      }
    }
    if (failure) co_return *failure;
  }
  co_return Result<void>();
}

}  // namespace recado::engine
