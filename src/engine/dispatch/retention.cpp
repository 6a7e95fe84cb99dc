// Retention: finished messages are forgotten by age and by number.
#include "engine/dispatch/dispatcher.hpp"

namespace recado::engine {

namespace {

constexpr Millis kTrimInterval{1'000};
constexpr Millis kForgetInterval{60'000};

}  // namespace

io::Task<> Dispatcher::trim() {
  const std::uint64_t keep = std::max<std::uint64_t>(1, options_.history_max / keys::kShards);
  // What was under way when this process was stopped may be repeated first: nothing is forgotten before.
  SteadyPoint next_forgetting = loop_.clock().steady() + kOnceRemembered;
  while (running_) {
    co_await loop_.sleep(kTrimInterval);
    if (loop_.clock().steady() >= next_forgetting) {
      next_forgetting = loop_.clock().steady() + kForgetInterval;
      for (unsigned shard = 0; shard < keys::kShards && running_; ++shard)
        co_await store_.forget_once(shard, loop_.clock().now() - kOnceRemembered);
    }
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
