#include "net/connection_pool.hpp"

#include <algorithm>

namespace recado::net {
namespace {

constexpr Millis kSweepEvery{1000};

}  // namespace

ConnectionPool::ConnectionPool(io::Loop& loop, std::size_t max_idle, std::size_t max_idle_per_origin)
    : loop_(loop),
      max_idle_(max_idle),
      max_idle_per_origin_(max_idle_per_origin),
      next_sweep_(loop, kSweepEvery, [this] { sweep(); }) {
  next_sweep_.cancel();
}

std::unique_ptr<io::Stream> ConnectionPool::take(const std::string& origin) {
  while (true) {
    const auto found = origins_.find(origin);
    if (found == origins_.end()) return nullptr;
    const auto place = found->second.back();
    const bool fresh = place->expires_at > loop_.clock().steady();
    auto stream = remove(place);
    if (fresh && stream->is_open() && !stream->readable_now()) return stream;
    stream->close();
  }
}

void ConnectionPool::put(const std::string& origin, std::unique_ptr<io::Stream> stream, Millis keep_for) {
  if (max_idle_ == 0 || max_idle_per_origin_ == 0 || keep_for <= Millis::zero()) {
    stream->close();
    return;
  }
  if (const auto found = origins_.find(origin);
      found != origins_.end() && found->second.size() >= max_idle_per_origin_) {
    remove(found->second.front())->close();
  }
  if (idle_.size() >= max_idle_) remove(idle_.begin())->close();
  if (idle_.empty()) next_sweep_.restart(kSweepEvery);
  const auto place = idle_.emplace(idle_.end(), origin, std::move(stream), loop_.clock().steady() + keep_for);
  origins_[origin].push_back(place);
}

void ConnectionPool::clear() {
  for (auto& connection : idle_) connection.stream->close();
  origins_.clear();
  idle_.clear();
  next_sweep_.cancel();
}

std::unique_ptr<io::Stream> ConnectionPool::remove(Place place) {
  const auto found = origins_.find(place->origin);
  auto& places = found->second;
  // Taken from the back, swept and evicted from the front: searching from the back finds the usual one at
  // once.
  places.erase(std::find(places.rbegin(), places.rend(), place).base() - 1);
  if (places.empty()) origins_.erase(found);
  auto stream = std::move(place->stream);
  idle_.erase(place);
  if (idle_.empty()) next_sweep_.cancel();
  return stream;
}

void ConnectionPool::sweep() {
  const auto now = loop_.clock().steady();
  for (auto place = idle_.begin(); place != idle_.end();) {
    const auto current = place++;
    if (current->expires_at <= now || current->stream->readable_now()) {
      remove(current)->close();
    } else {
      current->stream->free_buffers();
    }
  }
  if (!idle_.empty()) next_sweep_.restart(kSweepEvery);
}

}  // namespace recado::net
