#include "redis/cluster.hpp"

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <charconv>
#include <utility>

#include "redis/inspect.hpp"

namespace recado::redis {

namespace asio = boost::asio;

namespace {

constexpr Millis kIdleInterval{5'000};
constexpr Millis kTroubleInterval{250};
/// Many hints in a row are one refresh.
constexpr Millis kHintPause{10};

std::int64_t integer(std::string_view text) {
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace

std::shared_ptr<Backend> make_cluster(io::Loop& loop, Location location) {
  return std::make_shared<Cluster>(loop, std::move(location));
}

Cluster::Cluster(io::Loop& loop, Location location)
    : Backend(loop),
      location_(std::move(location)),
      state_(loop),
      tasks_(loop),
      wake_(loop),
      owners_(kSlots) {}

void Cluster::start() {
  if (std::exchange(started_, true)) return;
  last_error_ = "not connected yet";
  tasks_.spawn("watch the cluster", watch(self()));
}

void Cluster::shut_down() {
  if (std::exchange(stopping_, true)) return;
  const bool was_connected = state_.connected();
  last_error_ = "this node is stopping";
  state_.lose();
  state_.close();
  for (const auto& [address, node] : nodes_) {
    node->replicas->shut_down();
    node->connection->shut_down();
  }
  tasks_.cancel();
  wake_.notify();
  if (was_connected) state_.announce(false);
}

std::vector<std::shared_ptr<Connection>> Cluster::ready_masters() const {
  std::vector<std::shared_ptr<Connection>> ready;
  for (const NodePtr& node : masters_) {
    if (node->connection->connected()) ready.push_back(node->connection);
  }
  return ready;
}

bool Cluster::partly_connected() const noexcept {
  return !stopping_ && std::any_of(masters_.begin(), masters_.end(),
                                   [](const NodePtr& node) { return node->connection->connected(); });
}

io::Task<> Cluster::watch(Self self) {
  co_await asio::this_coro::throw_if_cancelled(false);
  while (!self->stopping_) {
    co_await self->refresh();
    if (self->stopping_) break;
    const bool hinted =
        co_await self->wake_.wait_for(self->state_.connected() ? kIdleInterval : kTroubleInterval);
    if (hinted) co_await self->loop_.sleep(kHintPause);
  }
}

/// Asks all that can be asked: one that is cut off from the others has an old map, and does not know it.
io::Task<> Cluster::refresh() {
  std::vector<NodePtr> known;
  for (const auto& [address, node] : nodes_) {
    if (node->connection->connected()) known.push_back(node);
  }
  if (known.empty()) {
    for (const Endpoint& entry : location_.entries) node_at(entry.host, entry.port);
    update();
    co_return;
  }
  std::optional<View> best;
  std::string refusal;
  for (const NodePtr& node : known) {
    auto view = co_await look(node);
    if (stopping_) co_return;
    if (!view) {
      refusal = node->address + ": " + view.error().detail();
      continue;
    }
    const bool better = !best || std::pair(view->sound, view->epoch) > std::pair(best->sound, best->epoch);
    if (better) best = std::move(*view);
  }
  if (best) {
    apply(*best);
  } else if (masters_.empty()) {
    last_error_ = refusal;
    views_log_.write(log::Level::warning, "redis cluster cannot be used", {{"why", refusal}});
  }
}

io::Task<Result<Cluster::View>> Cluster::look(NodePtr node) {
  Connection& connection = *node->connection;
  if (!connection.connected()) co_return connection.not_connected();
  const std::vector<std::string> info_command = {"CLUSTER", "INFO"};
  const std::vector<std::string> slots_command = {"CLUSTER", "SLOTS"};
  const auto info_waiting = connection.submit(info_command);
  const auto slots_waiting = connection.submit(slots_command);
  const Result<Reply> info = co_await Waiting::result_of(info_waiting);
  const Result<Reply> slots = co_await Waiting::result_of(slots_waiting);
  if (!info) co_return info.error();
  if (!slots) co_return slots.error();
  if (slots->kind() == ReplyKind::error) {
    co_return Error(
        ErrorCode::protocol,
        std::string(slots->text()) + "; redis+cluster:// is for Redis Cluster, redis:// for one server");
  }
  auto ranges = parse_slots(*slots);
  if (!ranges) co_return ranges.error();
  View view;
  view.sound = info_field(info->text(), "cluster_state") == "ok";
  view.epoch = integer(info_field(info->text(), "cluster_current_epoch"));
  view.asked_host = connection.endpoint().host;
  view.ranges = std::move(*ranges);
  co_return view;
}

void Cluster::apply(const View& view) {
  std::map<std::string, bool> masters;
  std::vector<NodePtr> owners(kSlots);
  for (const SlotRange& range : view.ranges) {
    const NodePtr node = node_at(range.host.empty() ? view.asked_host : range.host, range.port);
    masters[node->address] = true;
    for (std::size_t slot = range.first; slot <= range.last; ++slot) {
      const NodePtr& old = owners_[slot];
      // One that was not met before is connected to first: until then the old one redirects.
      const bool keep_old = !node->connection->connected() && old && old->connection->connected();
      owners[slot] = keep_old ? old : node;
    }
  }
  owners_ = std::move(owners);
  find_masters();
  drop_unneeded(masters);
  update();
}

void Cluster::drop_unneeded(const std::map<std::string, bool>& masters) {
  const SteadyPoint now = loop_.clock().steady();
  std::erase_if(nodes_, [&](const auto& item) {
    const NodePtr& node = item.second;
    const bool needed = masters.contains(node->address) || node->needed_until > now ||
                        node->connection->waiting() > 0 ||
                        std::find(masters_.begin(), masters_.end(), node) != masters_.end();
    if (needed) return false;
    node->replicas->shut_down();
    node->connection->shut_down();
    return true;
  });
}

Cluster::NodePtr Cluster::node_at(const std::string& host, std::uint16_t port) {
  Endpoint endpoint = location_.server;
  endpoint.host = host;
  endpoint.port = port;
  const auto found = nodes_.find(endpoint.address());
  if (found != nodes_.end()) return found->second;
  auto node = std::make_shared<Node>();
  node->address = endpoint.address();
  ConnectionOptions options;
  options.name = "redis cluster node";
  options.scripts = scripts_;
  node->connection = std::make_shared<Connection>(loop_, endpoint, std::move(options));
  node->replicas = std::make_shared<ReplicaWait>(loop_, node->connection);
  nodes_.emplace(node->address, node);
  node->connection->state().on_change([weak = weak_from_this()](bool) {
    const auto cluster = std::static_pointer_cast<Cluster>(weak.lock());
    if (!cluster || cluster->stopping_) return;
    cluster->update();
    cluster->wake_.notify();
  });
  if (!stopping_) node->connection->start();
  return node;
}

void Cluster::update() {
  if (stopping_) return;
  std::string why = why_not_whole();
  const bool whole = why.empty();
  if (!whole || !state_.connected()) last_error_ = std::move(why);
  if (whole == state_.connected()) return;
  if (whole) {
    log::info("redis cluster complete", {{"masters", masters_.size()}});
  } else {
    log::warning("redis cluster incomplete", {{"why", last_error_}});
  }
  state_.announce(whole);
}

std::string Cluster::why_not_whole() const {
  std::map<const Node*, std::vector<bool>> away;
  std::vector<bool> uncovered(kSlots);
  bool any_uncovered = false;
  bool any_owner = false;
  for (std::size_t slot = 0; slot < kSlots; ++slot) {
    const Node* const owner = owners_[slot].get();
    if (owner == nullptr) {
      uncovered[slot] = any_uncovered = true;
    } else {
      any_owner = true;
      if (owner->connection->connected()) continue;
      auto& slots = away[owner];
      slots.resize(kSlots);
      slots[slot] = true;
    }
  }
  std::string why;
  for (const auto& [node, slots] : away) {
    why += (why.empty() ? "" : "; ") + std::string("the master ") + node->address + " (slots " +
           describe_slots(slots) + "): " + node->connection->last_error();
  }
  if (!any_owner) {
    for (const auto& [address, node] : nodes_) {
      const std::string& error = node->connection->last_error();
      why += (why.empty() ? "" : "; ") + address + ": " + (error.empty() ? "it knows no slots" : error);
    }
    return why.empty() ? "no node of the cluster is known yet" : why;
  }
  if (any_uncovered) {
    why += (why.empty() ? "" : "; ") + std::string("no master has the slots ") + describe_slots(uncovered);
  }
  return why;
}

void Cluster::find_masters() {
  std::map<std::string_view, NodePtr> found;
  const NodePtr* last = nullptr;
  for (const NodePtr& owner : owners_) {
    if (!owner || (last != nullptr && *last == owner)) continue;
    found.emplace(owner->address, owner);
    last = &owner;
  }
  masters_.clear();
  for (const auto& [address, node] : found) masters_.push_back(node);
}

const std::string& Cluster::probe_key_of(Node& node) {
  const auto ours = [&](const std::string& key) { return owners_[slot_of(key)].get() == &node; };
  if (!node.probe_key.empty() && ours(node.probe_key)) return node.probe_key;
  node.probe_key.clear();
  // A master of a single slot is found after some ten thousand tries, once.
  for (std::size_t i = 0; i < 16 * kSlots && node.probe_key.empty(); ++i) {
    const std::string key = std::string(kProbeKey) + ":{" + std::to_string(i) + "}";
    if (ours(key)) node.probe_key = key;
  }
  return node.probe_key;
}

}  // namespace recado::redis
