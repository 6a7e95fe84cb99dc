// An engine of a map: what the API asks of it is what a test reads, what it answers a test can set.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/engine.hpp"

namespace recado::api::testing {

class FakeEngine final : public engine::Engine {
 public:
  explicit FakeEngine(const Clock& clock) : clock_(clock) {}

  void handle(std::string, engine::Handler&) override {}
  void start() override {}
  io::Task<> drain(Millis grace) override;
  io::Task<engine::Change> add(engine::MessageSpec spec) override;
  io::Task<std::vector<engine::Change>> add_all(std::vector<engine::MessageSpec> specs) override;
  io::Task<engine::Change> put(engine::MessageSpec spec) override;
  io::Task<engine::Change> patch(std::string account, std::string id,
                                 std::function<Result<void>(engine::MessageSpec&)> edit,
                                 std::optional<Error>& edit_error) override;
  io::Task<engine::Change> cancel(std::string account, std::string id) override;
  io::Task<engine::Change> send_now(std::string account, std::string id) override;
  io::Task<engine::Change> run_now(std::string account, std::string id) override {
    return send_now(std::move(account), std::move(id));
  }
  io::Task<engine::Change> withdraw(std::string account, std::string id) override {
    return cancel(std::move(account), std::move(id));
  }
  io::Task<Result<std::optional<engine::Message>>> get(std::string account, std::string id) override;
  io::Task<Result<std::optional<engine::Explanation>>> explain(std::string account, std::string id) override;
  io::Task<Result<engine::Page>> list(engine::Filter filter, std::string cursor, std::size_t limit) override;
  io::Task<Result<engine::BulkResult>> cancel_all(engine::Filter filter) override;
  io::Task<Result<engine::BulkResult>> retry_all(engine::Filter filter) override;
  io::Task<Result<std::vector<engine::QueueState>>> queues(std::string account) override;
  io::Task<Result<void>> pause(std::string account, std::string name) override;
  io::Task<Result<void>> resume(std::string account, std::string name) override;
  io::Task<engine::Change> resolve(std::string account, std::string id, bool delivered) override;
  std::vector<engine::ClosedChannel> closed_channels() const override { return closed; }
  io::Task<Result<engine::ChannelState>> probe_channel(std::string name) override;
  unsigned shards() const override { return 1; }
  io::Task<Result<std::vector<engine::StreamedOutcome>>> read_outcomes(unsigned shard,
                                                                       std::size_t most) override;
  io::Task<Result<void>> forget_outcomes(unsigned shard, std::vector<std::string> cursors) override;
  void on_outcome(std::function<void(unsigned shard)> told) override { tell = std::move(told); }
  io::Task<engine::Health> health() override;
  engine::Backlog backlog() const override { return {}; }
  double seconds_since_progress() const override { return since_progress; }
  const std::vector<redis::Warning>& warnings() const override { return state.warnings; }

  /// The stored message of that id.
  engine::Message& at(const std::string& id) { return messages.at(id); }

  // What it answers.
  std::optional<engine::Change> refuse;  ///< every change, instead of carrying it out
  std::optional<Error> fail;             ///< every call that has a Result
  engine::Health state;
  engine::BulkResult bulk;
  engine::Page page;
  engine::Explanation around;  ///< what explain adds to the stored message
  std::vector<engine::QueueState> queue_states;
  double since_progress = 0;
  std::vector<engine::ClosedChannel> closed;
  engine::ChannelState probed;
  std::vector<engine::StreamedOutcome> stream;  ///< what nobody has forgotten
  std::function<void(unsigned shard)> tell;     ///< who follows the stream
  int edits = 1;                                ///< how often patch asks (the message changed meanwhile)

  // What it was asked.
  std::map<std::string, engine::Message> messages;
  std::optional<engine::Filter> filter;
  std::string cursor;
  std::size_t limit = 0;
  std::vector<std::pair<std::string, bool>> switched;  ///< queue, paused
  std::vector<std::string> accounts;
  std::size_t asked = 0;  ///< calls of any kind

 private:
  engine::Change store(engine::MessageSpec spec);
  engine::Change refusal(engine::Refusal why) const;
  const Clock& clock_;
};

}  // namespace recado::api::testing
