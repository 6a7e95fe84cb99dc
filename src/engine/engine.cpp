#include <algorithm>
#include <array>
#include <utility>

#include "base/crypto.hpp"
#include "base/log.hpp"
#include "engine/engine_impl.hpp"
#include "redis/inspect.hpp"

namespace recado::engine {

namespace {

/// A clock is never twice the same beside another: that it is wrong is the news.
bool names(const std::vector<redis::Warning>& warnings, const redis::Warning& wanted) {
  return std::any_of(warnings.begin(), warnings.end(), [&wanted](const redis::Warning& one) {
    return one.code == wanted.code && (one.code == "clock" || one.detail == wanted.detail);
  });
}

}  // namespace

std::optional<Error> redis_error(const Change& change) {
  if (change.refusal == Refusal::unavailable) return Error(ErrorCode::unavailable, change.detail);
  if (change.refusal == Refusal::outcome_unknown) return Error(ErrorCode::outcome_unknown, change.detail);
  return std::nullopt;
}

std::unique_ptr<Engine> Engine::create(io::Loop& loop, redis::Client& client, net::HttpClient& http,
                                       const Channel& webhook, Metrics& metrics, EngineOptions options) {
  return std::make_unique<EngineImpl>(loop, client, http, webhook, metrics, std::move(options));
}

EngineImpl::EngineImpl(io::Loop& loop, redis::Client& client, net::HttpClient& http, const Channel& webhook,
                       Metrics& metrics, EngineOptions options)
    : loop_(loop),
      client_(client),
      options_(std::move(options)),
      store_(loop, client, options_.min_replicas),
      dispatcher_(loop, store_, http, webhook, metrics, options_),
      tasks_(loop) {
  client_.on_change([this](bool connected) {
    if (!connected) return;
    if (started_) dispatcher_.reconnected();
    tasks_.spawn("inspect Redis", inspect());
  });
  if (client_.connected()) tasks_.spawn("inspect Redis", inspect());
}

void EngineImpl::start() {
  started_ = true;
  dispatcher_.start();
  tasks_.spawn("inspect Redis, now and then", keep_inspecting());
}

io::Task<> EngineImpl::drain(Millis grace) {
  if (started_) co_await dispatcher_.drain(grace);
  started_ = false;
  tasks_.cancel();
}

io::Task<Result<ChannelState>> EngineImpl::probe_channel(std::string name) {
  co_return co_await dispatcher_.probe_channel(std::move(name));
}

Backlog EngineImpl::backlog() const {
  Backlog waiting;
  waiting.adds = store_.adds_waiting();
  waiting.outcomes = dispatcher_.unrecorded();
  return waiting;
}

io::Task<> EngineImpl::inspect() {
  co_await look_for_loss();
  auto found = co_await client_.inspect();
  if (!found.ok()) co_return;
  std::vector<redis::Warning> now = std::move(found).value();
  if (emptied_) now.push_back(*emptied_);
  for (const auto& warning : now) {
    if (!names(warnings_, warning))
      log::warning("Redis", {{"code", warning.code}, {"detail", warning.detail}});
  }
  for (const auto& warning : warnings_) {
    if (!names(now, warning))
      log::info("Redis, no longer", {{"code", warning.code}, {"detail", warning.detail}});
  }
  warnings_ = std::move(now);
}

io::Task<> EngineImpl::keep_inspecting() {
  while (started_) {
    co_await loop_.sleep(options_.inspect_every);
    if (started_ && client_.connected()) co_await inspect();
  }
}

/// A Redis that was restarted without its file looks healthy: only a mark that is gone tells.
io::Task<> EngineImpl::look_for_loss() {
  std::array<unsigned char, 8> bytes{};
  random_bytes(bytes);
  std::vector<std::string> mark = {"SET", keys::born(), hex(bytes), "NX"};
  const auto marked = co_await client_.command(std::move(mark));
  std::vector<std::string> look = {"GET", keys::born()};
  const auto found = co_await client_.command(std::move(look));
  if (!found.ok() || found->text().empty()) co_return;
  const std::string born(found->text());
  const std::string known = std::exchange(born_, born);
  if (known.empty() || known == born) co_return;
  redis::Warning warning;
  warning.code = "emptied";
  warning.detail = "Redis came back empty at " + format_time_z(loop_.clock().now()) +
                   ": what was pending before is gone unless it is restored from a backup";
  emptied_ = warning;
  log::error("Redis came back empty: what was pending before is gone unless it is restored from a backup");
  for (unsigned shard = 0; shard < keys::kShards; ++shard) dispatcher_.compare_soon(shard);
}

io::Task<Health> EngineImpl::health() {
  Health out;
  out.warnings = warnings_;
  out.running = started_ && dispatcher_.seconds_since_progress() < 5.0;
  out.redis_connected = client_.connected();
  out.redis_error = client_.last_error();
  if (!out.redis_connected) {
    out.redis_partly_connected = client_.partly_connected();
    co_return out;
  }
  // Being connected is not enough: a full or read-only Redis answers reads and loses registrations.
  const auto written = co_await client_.probe();
  if (!written.ok()) {
    out.redis_connected = false;
    out.redis_refuses = redis::refuses_writes(written.error().detail());
    out.redis_error = out.redis_refuses ? redis::judge_write_error(written.error().detail()).detail
                                        : written.error().detail();
    co_return out;
  }
  const auto counts = co_await store_.read_counts();
  if (!counts.ok()) {
    out.redis_connected = false;
    out.redis_error = counts.error().detail();
    co_return out;
  }
  std::int64_t pending = 0;
  for (const auto& [field, count] : *counts) {
    if (field.starts_with("p:")) pending += count;
  }
  out.pending = static_cast<std::uint64_t>(std::max<std::int64_t>(0, pending));
  co_return out;
}

}  // namespace recado::engine
