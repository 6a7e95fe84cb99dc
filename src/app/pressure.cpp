#include "app/pressure.hpp"

#include <algorithm>
#include <chrono>

namespace recado::app {

namespace {

constexpr Millis kLook{50};
constexpr Millis kLookAtMemory{1'000};
constexpr Millis kLookAgain{100};  ///< while it refuses registrations, or is not known
constexpr Millis kStanding{300};
constexpr std::chrono::milliseconds kMostRedisWait{250};  ///< of the oldest command that has no reply
constexpr std::chrono::milliseconds kMostLag{100};        ///< from a timer's time to its turn
constexpr std::size_t kFlood = 16;                        ///< registrations at once: fewer delay nobody else
constexpr double kMostMemory = 0.95;                      ///< the rest is for what is acknowledged
constexpr std::size_t kMostAdds = 16'384;                 ///< registrations that Redis has not confirmed
constexpr std::size_t kMostOutcomes = 8'192;              ///< the same of outcomes: they go first

http::Overload overloaded(const char* code, const char* detail, std::size_t from = 0) {
  http::Overload made;
  made.from = from;
  made.code = code;
  made.detail = detail;
  return made;
}

}  // namespace

bool Standing::look(bool holds, SteadyPoint now) {
  if (!holds) since_.reset();
  if (holds && !since_) since_ = now;
  stands_ = holds && now - *since_ >= least_;
  return stands_;
}

Pressure::Pressure(io::Loop& loop, redis::Client& redis, const engine::Engine& engine, Metrics& metrics)
    : loop_(loop),
      redis_(redis),
      engine_(engine),
      redis_slow_(kStanding),
      loop_slow_(kStanding),
      lag_(metrics.gauge("recado_loop_lag_seconds", "How late the event loop came to a timer")),
      redis_wait_(metrics.gauge("recado_redis_wait_seconds",
                                "Age of the oldest command that Redis has not answered")),
      redis_commands_(metrics.gauge("recado_redis_waiting_commands", "Commands that Redis has not answered")),
      redis_memory_(
          metrics.gauge("recado_redis_memory_share", "Used share of Redis's maxmemory; 0: no limit")) {}

io::Task<> Pressure::watch() {
  while (true) {
    const SteadyPoint expected = loop_.clock().steady() + kLook;
    co_await loop_.sleep(kLook);
    const SteadyPoint now = loop_.clock().steady();
    const auto lag = std::max(now - expected, std::chrono::nanoseconds::zero());
    const redis::Strain strain = redis_.strain();
    const auto wait = strain.since ? now - *strain.since : std::chrono::nanoseconds::zero();
    loop_slow_.look(lag > kMostLag, now);
    redis_slow_.look(wait > kMostRedisWait, now);
    lag_.set(std::chrono::duration<double>(lag).count());
    redis_wait_.set(std::chrono::duration<double>(wait).count());
    redis_commands_.set(static_cast<double>(strain.waiting));
  }
}

io::Task<> Pressure::watch_memory() {
  while (true) {
    const auto share = co_await redis_.memory_share();
    // Not known is not full: a Redis that has been full and was away since may have room, and says no itself.
    memory_share_ = share.ok() ? *share : 0;
    redis_memory_.set(memory_share_);
    const bool settled = share.ok() && memory_share_ <= kMostMemory;
    co_await loop_.sleep(settled ? kLookAtMemory : kLookAgain);
  }
}

std::optional<http::Overload> Pressure::overload() const {
  if (memory_share_ > kMostMemory) {
    return overloaded("redis_memory", "Redis has used up its maxmemory but for a reserve");
  }
  const engine::Backlog backlog = engine_.backlog();
  if (backlog.outcomes > kMostOutcomes) {
    return overloaded("outcomes", "the outcomes of many deliveries wait to be recorded, and go first");
  }
  if (backlog.adds > kMostAdds) {
    return overloaded("registrations", "as many registrations as there is room for wait for Redis");
  }
  if (redis_slow_.stands()) return overloaded("redis_slow", "Redis answers slowly", kFlood);
  if (loop_slow_.stands()) return overloaded("loop", "this node has more to do than it can", kFlood);
  return std::nullopt;
}

}  // namespace recado::app
