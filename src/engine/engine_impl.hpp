// The engine behind its face: calls from above, over the store and the dispatcher.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/dispatch/dispatcher.hpp"
#include "engine/engine.hpp"
#include "engine/store/store.hpp"

namespace recado::engine {

class EngineImpl final : public Engine {
 public:
  EngineImpl(io::Loop& loop, redis::Client& client, net::HttpClient& http, const Channel& webhook,
             Metrics& metrics, EngineOptions options);

  void handle(std::string name, Handler& handler) override { dispatcher_.handle(std::move(name), handler); }

  // engine.cpp
  void start() override;
  io::Task<> drain(Millis grace) override;
  io::Task<Health> health() override;
  std::vector<ClosedChannel> closed_channels() const override { return dispatcher_.closed_channels(); }
  io::Task<Result<ChannelState>> probe_channel(std::string name) override;
  unsigned shards() const override { return keys::kShards; }
  io::Task<Result<std::vector<StreamedOutcome>>> read_outcomes(unsigned shard, std::size_t most) override {
    return store_.read_stream(shard, most);
  }
  io::Task<Result<void>> forget_outcomes(unsigned shard, std::vector<std::string> cursors) override {
    return store_.forget_stream(shard, std::move(cursors));
  }
  void on_outcome(std::function<void(unsigned shard)> told) override {
    dispatcher_.on_outcome(std::move(told));
  }
  Backlog backlog() const override;
  double seconds_since_progress() const override { return dispatcher_.seconds_since_progress(); }
  const std::vector<redis::Warning>& warnings() const override { return warnings_; }

  // registering.cpp
  io::Task<Change> add(MessageSpec spec) override;
  io::Task<std::vector<Change>> add_all(std::vector<MessageSpec> specs) override;

  // messages.cpp
  io::Task<Change> put(MessageSpec spec) override;
  io::Task<Change> patch(std::string account, std::string id, std::function<Result<void>(MessageSpec&)> edit,
                         std::optional<Error>& edit_error) override;
  io::Task<Change> cancel(std::string account, std::string id) override;
  io::Task<Change> send_now(std::string account, std::string id) override;
  io::Task<Change> resolve(std::string account, std::string id, bool delivered) override;
  io::Task<Result<std::optional<Message>>> get(std::string account, std::string id) override;
  io::Task<Change> run_now(std::string account, std::string id) override;
  io::Task<Change> withdraw(std::string account, std::string id) override;

  // explain.cpp
  io::Task<Result<std::optional<Explanation>>> explain(std::string account, std::string id) override;

  // lists.cpp, bulk.cpp
  io::Task<Result<Page>> list(Filter filter, std::string cursor, std::size_t limit) override;
  io::Task<Result<BulkResult>> cancel_all(Filter filter) override;
  io::Task<Result<BulkResult>> retry_all(Filter filter) override;

  // queues.cpp
  io::Task<Result<std::vector<QueueState>>> queues(std::string account) override;
  io::Task<Result<void>> pause(std::string account, std::string name) override;
  io::Task<Result<void>> resume(std::string account, std::string name) override;

 private:
  struct Cursor {
    Instant score{};
    std::string key;
  };
  /// What a change makes of a message: nullopt removes it.
  using Edit = std::function<Result<std::optional<Message>>(const Message&)>;
  Store::NewMessage prepare(MessageSpec&& spec);
  static MessageSpec given_spec(Store::NewMessage one);
  Change registered(Store::NewMessage&& one, const Result<Store::Added>& added);
  /// `name`: a literal, for the logs.
  io::Task<std::vector<Change>> side_by_side(const char* name, std::vector<io::Task<Change>> changes);
  /// Reads, lets `edit` decide, stores by compare-and-set; repeats while others change it in between.
  io::Task<Change> change(std::string key, Edit edit, std::optional<Error>* edit_error);
  io::Task<Change> remove(std::string key);
  io::Task<Change> due_now(std::string key);
  io::Task<Change> change_pending(const std::string& key, const Store::Found& found, const Message& before,
                                  const std::optional<Message>& after, bool& again);
  io::Task<Change> revive(const std::string& key, const Message& before, Message after, bool& again);
  io::Task<Result<std::optional<Message>>> read(std::string key);
  /// Names of the gates where a message may be held: its queue's, its destination's, the one it was found at.
  std::vector<std::string> gate_names(const Message& message) const;
  std::vector<std::string> gates_of(unsigned shard, const Message& message) const;

  io::Task<Result<std::vector<Store::Place>>> next_places(const Filter& filter,
                                                          const std::optional<Cursor>& cursor,
                                                          std::size_t most, bool& more);
  io::Task<Result<std::vector<Message>>> read_messages(const Filter& filter,
                                                       const std::vector<Store::Place>& places);
  io::Task<Result<void>> mark_claimed(std::vector<Store::Place>& places);
  io::Task<Result<void>> mark_held(std::vector<Message>& messages);
  io::Task<Result<std::optional<std::uint64_t>>> total(const Filter& filter);
  io::Task<Result<BulkResult>> change_all(Filter filter, bool revive);
  io::Task<Result<void>> cancel_batch(std::vector<Message> messages, BulkResult& out);
  io::Task<Result<void>> revive_batch(std::vector<Message> messages, BulkResult& out);
  /// Cancels `message` as it was read.
  Store::ChangeItem cancel_item(unsigned shard, const Message& message) const;

  io::Task<> inspect();
  io::Task<> keep_inspecting();
  /// Whether Redis still is the one that we knew.
  io::Task<> look_for_loss();

  io::Loop& loop_;
  redis::Client& client_;
  EngineOptions options_;
  Store store_;
  Dispatcher dispatcher_;
  io::TaskGroup tasks_;
  std::vector<redis::Warning> warnings_;
  std::string born_;                       ///< what the Redis that we know was marked with; empty: none yet
  std::optional<redis::Warning> emptied_;  ///< kept until this process ends
  bool started_ = false;
};

}  // namespace recado::engine
