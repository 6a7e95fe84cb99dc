// Bulk operations: cancel by filter, retry by filter, in batches a shard. What is being delivered is left
// alone and counted.
#include "base/crypto.hpp"
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
    for (const Message& message : *messages) {
      const std::string id = message.id();
      const Change changed =
          revive ? co_await send_now(message.spec.account, id) : co_await cancel(message.spec.account, id);
      switch (changed.refusal) {
        case Refusal::none:
          ++out.done;
          break;
        case Refusal::being_sent:
        case Refusal::claimed_elsewhere:
          ++out.being_delivered;
          break;
        case Refusal::unavailable:
        case Refusal::outcome_unknown:
          co_return Error(ErrorCode::unavailable, changed.detail);
        default:
          break;  // finished or gone meanwhile
      }
    }
    if (!cursor) cursor.emplace();
    cursor->score = places->back().score;
    cursor->key = places->back().key;
  }
  co_return out;
}

}  // namespace recado::engine
