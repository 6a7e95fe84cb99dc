// Commands on a cluster: to the master of their key's slot, and wherever it redirects them.
#include <algorithm>
#include <utility>

#include "redis/cluster.hpp"
#include "redis/inspect.hpp"

namespace recado::redis {

namespace {

/// How long a command follows redirections and is tried again (nothing was done until then): requests are
/// answered within two seconds.
constexpr Millis kFollowFor{1'800};
/// A slot that is being moved, and masters that redirect to each other: again after this, doubling.
constexpr Millis kFirstPause{10};
constexpr Millis kLongestPause{100};

bool is_redirection(const Result<Reply>& reply) noexcept {
  if (!reply || reply->kind() != ReplyKind::error) return false;
  switch (classify(reply->text())) {
    case RedisErrorKind::moved:
    case RedisErrorKind::ask:
    case RedisErrorKind::tryagain:
    case RedisErrorKind::clusterdown:
    case RedisErrorKind::noscript:
      return true;
    default:
      return false;
  }
}

}  // namespace

std::shared_ptr<Waiting> Cluster::Request::submit(Connection& connection, ScriptForm form) const {
  if (script == nullptr) return connection.submit(*arguments);
  return connection.submit_eval(*script, form, *keys, *arguments);
}

io::Task<> Cluster::join() {
  return join_all(self());
}

io::Task<Result<Reply>> Cluster::command(std::vector<std::string> arguments) {
  if (!key_place(arguments)) return run_everywhere(self(), std::move(arguments));
  return run_command(self(), std::move(arguments));
}

io::Task<Result<Reply>> Cluster::eval(const Script& script, std::vector<std::string> keys,
                                      std::vector<std::string> arguments) {
  return run_eval(self(), script, std::move(keys), std::move(arguments), nullptr);
}

io::Task<Result<Reply>> Cluster::eval_replicated(const Script& script, std::vector<std::string> keys,
                                                 std::vector<std::string> arguments, int replicas,
                                                 Millis limit) {
  return run_eval_replicated(self(), script, std::move(keys), std::move(arguments), replicas, limit);
}

io::Task<std::vector<Result<Reply>>> Cluster::pipeline(std::vector<std::vector<std::string>> commands) {
  return run_pipeline(self(), std::move(commands));
}

io::Task<Result<ScanPage>> Cluster::scan(std::string cursor, std::string pattern, std::size_t count) {
  return run_scan(self(), std::move(cursor), std::move(pattern), count);
}

io::Task<Result<void>> Cluster::probe() {
  return run_probe(self());
}

io::Task<Result<std::vector<Warning>>> Cluster::inspect() {
  return run_inspect(self());
}

io::Task<> Cluster::join_all(Self self) {
  const auto nodes = self->nodes_;
  for (const auto& [address, node] : nodes) {
    co_await node->replicas->join();
    co_await node->connection->join();
  }
  co_await self->tasks_.join();
}

Cluster::NodePtr Cluster::ready_owner(std::uint16_t slot) const {
  const NodePtr& owner = owners_[slot];
  return owner && owner->connection->connected() ? owner : nullptr;
}

Error Cluster::unreachable(std::uint16_t slot) const {
  const NodePtr& owner = owners_[slot];
  if (!owner) {
    return Error(ErrorCode::unavailable, "Redis is not connected: slot " + std::to_string(slot) +
                                             " has no master (" + last_error_ + ")");
  }
  return Error(ErrorCode::unavailable, "Redis is not connected: the master " + owner->address + " of slot " +
                                           std::to_string(slot) + ": " + owner->connection->last_error());
}

io::Task<Result<Reply>> Cluster::run_command(Self self, std::vector<std::string> arguments) {
  const std::uint16_t slot = slot_of(arguments[*key_place(arguments)]);
  const NodePtr node = self->ready_owner(slot);
  if (!node) co_return self->unreachable(slot);
  const auto waiting = node->connection->submit(arguments);
  Result<Reply> reply = co_await Waiting::result_of(waiting);
  if (!is_redirection(reply)) co_return judged(std::move(reply));
  const Request request(arguments);
  co_return co_await follow(self, request, slot, std::move(reply), node, nullptr);
}

io::Task<Result<Reply>> Cluster::run_eval(Self self, const Script& script, std::vector<std::string> keys,
                                          std::vector<std::string> arguments, Served* served) {
  const std::uint16_t slot = keys.empty() ? 0 : slot_of(keys.front());
  const NodePtr node = self->ready_owner(slot);
  if (!node) co_return self->unreachable(slot);
  if (served != nullptr) {
    served->node = node;
    served->link = node->connection->link();
  }
  const auto waiting = node->connection->submit_eval(script, ScriptForm::sha1, keys, arguments);
  Result<Reply> reply = co_await Waiting::result_of(waiting);
  if (!is_redirection(reply)) co_return judged(std::move(reply));
  const Request request(script, keys, arguments);
  co_return co_await follow(self, request, slot, std::move(reply), node, served);
}

io::Task<Result<Reply>> Cluster::follow(Self self, Request request, std::uint16_t slot, Result<Reply> reply,
                                        NodePtr from, Served* served) {
  const SteadyPoint until = self->loop_.clock().steady() + kFollowFor;
  Millis pause = kFirstPause;
  NodePtr node = std::move(from);
  ScriptForm form = ScriptForm::sha1;
  bool asking = false;
  bool first = true;
  while (is_redirection(reply) && !self->stopping_) {
    const std::string said(reply->text());
    const RedisErrorKind kind = classify(said);
    if (kind == RedisErrorKind::clusterdown) {
      self->wake_.notify();
      break;
    }
    if (kind == RedisErrorKind::noscript) {
      if (request.script == nullptr || form == ScriptForm::source) break;
      form = ScriptForm::source;
    } else if (kind == RedisErrorKind::tryagain) {
      asking = false;
      form = ScriptForm::sha1;
    } else {
      const auto redirection = parse_redirection(said);
      if (!redirection) break;
      const std::string& host = redirection->host;
      node = self->node_at(host.empty() ? node->connection->endpoint().host : host, redirection->port);
      node->needed_until = self->loop_.clock().steady() + kNeededFor;
      asking = kind == RedisErrorKind::ask;
      form = ScriptForm::sha1;
    }
    const SteadyPoint now = self->loop_.clock().steady();
    if (now >= until) {
      co_return Error(ErrorCode::unavailable,
                      "the slot " + std::to_string(slot) + " is being moved: " + said);
    }
    // The first redirection is plain news. What comes after has to wait for somebody.
    if (kind == RedisErrorKind::tryagain || (!first && kind != RedisErrorKind::noscript)) {
      co_await self->loop_.sleep(pause);
      pause = std::min(pause * 2, kLongestPause);
    }
    if (kind == RedisErrorKind::tryagain) {
      if (const NodePtr owner = self->ready_owner(slot)) node = owner;
    }
    first = false;
    if (!node->connection->connected()) {
      co_await node->connection->state().wait(std::chrono::ceil<Millis>(until - now));
      if (!node->connection->connected()) {
        self->wake_.notify();
        co_return Error(ErrorCode::unavailable,
                        "Redis is not connected: " + node->address +
                            ", where the cluster redirects to: " + node->connection->last_error());
      }
    }
    if (kind == RedisErrorKind::moved && self->owners_[slot] != node) {
      self->owners_[slot] = node;
      self->find_masters();
      self->wake_.notify();
    }
    if (served != nullptr) {
      served->node = node;
      served->link = node->connection->link();
    }
    if (asking) {
      const std::vector<std::string> word = {"ASKING"};
      node->connection->submit(word);  // its OK is of no interest: the command's reply follows
    }
    const auto waiting = request.submit(*node->connection, form);
    reply = co_await Waiting::result_of(waiting);
  }
  co_return judged(std::move(reply));
}

io::Task<Result<Reply>> Cluster::run_eval_replicated(Self self, const Script& script,
                                                     std::vector<std::string> keys,
                                                     std::vector<std::string> arguments, int replicas,
                                                     Millis limit) {
  const SteadyPoint until = self->loop_.clock().steady() + limit;
  std::string key = keys.front();
  Served served;
  Result<Reply> reply = co_await run_eval(self, script, std::move(keys), std::move(arguments), &served);
  if (!reply) co_return reply;
  const Result<void> confirmed =
      co_await ReplicaWait::confirm(served.node->replicas, served.link, std::move(key), replicas, until);
  if (!confirmed) co_return confirmed.error();
  co_return reply;
}

io::Task<std::vector<Result<Reply>>> Cluster::run_pipeline(Self self,
                                                           std::vector<std::vector<std::string>> commands) {
  struct Sent {
    NodePtr node;
    std::shared_ptr<Waiting> waiting;  ///< null: not sent
    std::uint16_t slot = 0;
  };
  std::vector<Sent> sent(commands.size());
  for (std::size_t i = 0; i < commands.size(); ++i) {
    const auto place = key_place(commands[i]);
    if (!place) continue;
    sent[i].slot = slot_of(commands[i][*place]);
    sent[i].node = self->ready_owner(sent[i].slot);
    if (sent[i].node) sent[i].waiting = sent[i].node->connection->submit(commands[i]);
  }
  std::vector<Result<Reply>> replies;
  replies.reserve(commands.size());
  for (std::size_t i = 0; i < commands.size(); ++i) {
    if (!key_place(commands[i])) {
      replies.push_back(co_await run_everywhere(self, std::move(commands[i])));
    } else if (!sent[i].waiting) {
      replies.emplace_back(self->unreachable(sent[i].slot));
    } else {
      Result<Reply> reply = co_await Waiting::result_of(sent[i].waiting);
      if (is_redirection(reply)) {
        const Request request(commands[i]);
        reply = co_await follow(self, request, sent[i].slot, std::move(reply), sent[i].node, nullptr);
      }
      replies.push_back(judged(std::move(reply)));
    }
  }
  co_return replies;
}

/// All masters have to agree: the first error is the result.
io::Task<Result<Reply>> Cluster::run_everywhere(Self self, std::vector<std::string> arguments) {
  if (!self->state_.connected()) {
    co_return Error(ErrorCode::unavailable, "Redis is not connected: " + self->last_error_);
  }
  std::vector<std::shared_ptr<Waiting>> waiting;
  for (const NodePtr& node : self->masters_) waiting.push_back(node->connection->submit(arguments));
  Result<Reply> last = Reply();
  for (const auto& one : waiting) {
    Result<Reply> reply = judged(co_await Waiting::result_of(one));
    if (last) last = std::move(reply);
  }
  co_return last;
}

/// Master after master, in the order of their addresses: `n.cursor` is a place in the n-th.
io::Task<Result<ScanPage>> Cluster::run_scan(Self self, std::string cursor, std::string pattern,
                                             std::size_t count) {
  if (!self->state_.connected()) {
    co_return Error(ErrorCode::unavailable, "Redis is not connected: " + self->last_error_);
  }
  const std::vector<NodePtr> masters = self->masters_;
  std::size_t index = 0;
  std::string there = cursor;
  if (const auto dot = cursor.find('.'); dot != std::string::npos) {
    index = std::stoul(cursor.substr(0, dot));
    there = cursor.substr(dot + 1);
  }
  if (index >= masters.size()) {
    co_return Error(ErrorCode::unavailable, "the cluster's masters have changed: begin again");
  }
  const std::vector<std::string> words = scan_command(there, std::move(pattern), count);
  const auto waiting = masters[index]->connection->submit(words);
  auto page = scan_page(judged(co_await Waiting::result_of(waiting)));
  if (!page) co_return page.error();
  if (page->cursor != "0") {
    page->cursor = std::to_string(index) + "." + page->cursor;
  } else if (index + 1 < masters.size()) {
    page->cursor = std::to_string(index + 1) + ".0";
  }
  co_return page;
}

io::Task<Result<void>> Cluster::run_probe(Self self) {
  if (!self->state_.connected()) {
    co_return Error(ErrorCode::unavailable, "Redis is not connected: " + self->last_error_);
  }
  std::vector<std::vector<std::string>> writes;
  for (const NodePtr& node : self->masters_) writes.push_back(probe_command(self->probe_key_of(*node)));
  const auto replies = co_await run_pipeline(self, std::move(writes));
  for (const auto& reply : replies) {
    if (!reply) co_return reply.error();
  }
  co_return Result<void>();
}

io::Task<Result<std::vector<Warning>>> Cluster::run_inspect(Self self) {
  std::vector<std::pair<std::string, std::vector<Warning>>> found;
  std::optional<Millis> largest;
  const std::vector<NodePtr> masters = self->masters_;  // they may change meanwhile
  for (const NodePtr& node : masters) {
    auto inspected = co_await inspect_server(node->connection, self->loop_.clock(), self->probe_key_of(*node),
                                             ServerPlace::in_cluster);
    if (!inspected) co_return inspected.error();
    const auto& offset = inspected->clock_offset;
    if (offset && (!largest || std::chrono::abs(*offset) > std::chrono::abs(*largest))) largest = offset;
    found.emplace_back(node->address, std::move(inspected->warnings));
  }
  if (largest) self->clock_offset_ = largest;
  co_return merge_warnings(found);
}

}  // namespace recado::redis
