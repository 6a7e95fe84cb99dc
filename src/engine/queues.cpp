// Queues: lengths, oldest due, pause and resume. A paused queue is a gate that stays closed until resumed.
#include <algorithm>
#include <set>

#include "engine/engine_impl.hpp"
#include "io/gather.hpp"

namespace recado::engine {

namespace {

using Gates = Result<std::map<std::string, std::optional<Instant>>>;

}  // namespace

io::Task<Result<std::vector<QueueState>>> EngineImpl::queues(std::string account) {
  const auto counts = co_await store_.read_counts();
  if (!counts.ok()) co_return counts.error();
  const std::string prefix = keys::pending_count(account, "");
  std::map<std::string, QueueState> states;
  states["default"].name = "default";
  for (const auto& [field, count] : *counts) {
    if (!field.starts_with(prefix) || count < 0) continue;
    const std::string name = field.substr(prefix.size());
    if (count == 0 && name != "default") continue;
    states[name].name = name;
    states[name].pending = static_cast<std::uint64_t>(count);
  }
  const std::string gate_prefix = keys::queue_gate(account, "");
  std::set<std::string> paused;
  std::vector<io::Task<Gates>> reads;
  for (unsigned shard = 0; shard < keys::kShards; ++shard) reads.push_back(store_.read_gates(shard));
  const std::vector<Gates> all = co_await io::gather(loop_, tasks_, "read gates", std::move(reads));
  for (const Gates& gates : all) {
    if (!gates.ok()) co_return gates.error();
    for (const auto& [gate, at] : *gates) {
      if (!at && gate.starts_with(gate_prefix)) paused.insert(gate.substr(gate_prefix.size()));
    }
  }
  for (const auto& name : paused) {
    if (name != "*") states[name].name = name;
  }
  std::vector<QueueState> out;
  for (auto& [name, state] : states) {
    state.paused = paused.contains("*") || paused.contains(name);
    if (state.pending > 0) {
      Filter filter;
      filter.account = account;
      filter.queue = name;
      auto first = co_await list(std::move(filter), std::string(), 1);
      if (!first.ok()) co_return first.error();
      if (!first->messages.empty()) state.oldest_due = first->messages.front().next_run;
    }
    out.push_back(std::move(state));
  }
  co_return out;
}

io::Task<Result<void>> EngineImpl::pause(std::string account, std::string name) {
  const std::string gate = keys::queue_gate(account, name);
  for (unsigned shard = 0; shard < keys::kShards; ++shard) {
    const auto closed = co_await store_.set_gate(shard, gate, std::nullopt);
    if (!closed.ok()) co_return closed.error();
  }
  dispatcher_.set_queue_closed(gate, true);
  co_return Result<void>();
}

/// `*` opens every queue, also those that were paused by name.
io::Task<Result<void>> EngineImpl::resume(std::string account, std::string name) {
  const std::string prefix = keys::queue_gate(account, "");
  const Instant now = loop_.clock().now();
  for (unsigned shard = 0; shard < keys::kShards; ++shard) {
    const auto gates = co_await store_.read_gates(shard);
    if (!gates.ok()) co_return gates.error();
    for (const auto& [gate, at] : *gates) {
      const bool named = gate == prefix + name || (name == "*" && gate.starts_with(prefix));
      if (!named || at) continue;
      const auto opened = co_await store_.set_gate(shard, gate, now);
      if (!opened.ok()) co_return opened.error();
      dispatcher_.set_queue_closed(gate, false);
    }
    dispatcher_.poll_soon(shard);
  }
  co_return Result<void>();
}

}  // namespace recado::engine
