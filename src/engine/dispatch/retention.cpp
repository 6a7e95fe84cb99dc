// Retention: finished messages are forgotten by age and by number.
#include "engine/dispatch/dispatcher.hpp"

namespace recado::engine {

namespace {

constexpr Millis kTrimInterval{1'000};

}  // namespace

io::Task<> Dispatcher::trim() {
  const std::uint64_t keep = std::max<std::uint64_t>(1, options_.history_max / keys::kShards);
  while (running_) {
    co_await loop_.sleep(kTrimInterval);
    const Instant now = loop_.clock().now();
    for (unsigned shard = 0; shard < keys::kShards; ++shard) {
      for (const Status status : {Status::delivered, Status::failed, Status::unknown}) {
        const Millis retention =
            status == Status::delivered ? options_.history_retention : options_.failed_retention;
        while (running_) {
          const Result<std::int64_t> forgotten = co_await store_.trim(shard, status, now - retention, keep);
          if (!forgotten.ok() || *forgotten < static_cast<std::int64_t>(kBatch)) break;
        }
      }
    }
  }
}

}  // namespace recado::engine
