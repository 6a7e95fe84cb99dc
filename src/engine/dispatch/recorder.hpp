// Outcomes on their way to Redis: batched a shard, one script at a time, so that the batches grow when Redis
// has much to do; repeated until Redis answers. An outcome is never dropped while its claim may be ours.
#pragma once

#include <array>
#include <deque>
#include <functional>
#include <vector>

#include "engine/store/store.hpp"
#include "io/loop.hpp"

namespace recado::engine {

class Recorder {
 public:
  using Done = std::function<void(Store::Recorded)>;

  Recorder(io::Loop& loop, Store& store);

  /// `done` is called from the loop once Redis has answered; after a lost reply the same outcome is sent
  /// again, which the script recognises.
  void submit(unsigned shard, Store::Outcome outcome, Done done);
  /// Gives up what Redis has not confirmed: those messages are sent again by whoever takes them over. Nothing
  /// may be submitted after it.
  void stop();
  /// How many outcomes Redis has not confirmed.
  std::size_t pending() const noexcept { return pending_; }

 private:
  struct Item {
    Store::Outcome outcome;
    Done done;
  };
  void flush();
  io::Task<> drain(unsigned shard);
  io::Task<> run(unsigned shard, std::vector<Item> items);

  io::Loop& loop_;
  Store& store_;
  io::TaskGroup tasks_;
  std::array<std::deque<Item>, keys::kShards> queued_;
  std::array<bool, keys::kShards> running_{};
  std::size_t pending_ = 0;
  bool flush_scheduled_ = false;
};

}  // namespace recado::engine
