// Messages that keep coming while something happens to Redis, and what became of them.
#pragma once

#include <algorithm>
#include <atomic>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <thread>

#include "end_to_end/harness.hpp"

namespace recado::e2e {

/// Adds messages without pause from a thread of its own, each due a little later. One that is answered 503 is
/// added again under the same id, as the API asks for, until it is acknowledged. What a failover took away of
/// an add that was not acknowledged, the node may have sent from its memory: then two messages had that id.
class Traffic {
 public:
  Traffic(const Recado& recado, const Sink& sink)
      : recado_(recado), sink_(sink), thread_([this] { add(); }) {}
  ~Traffic() { stop(); }
  Traffic(const Traffic&) = delete;
  Traffic& operator=(const Traffic&) = delete;

  std::size_t acknowledged() const noexcept { return acknowledged_; }
  std::size_t refused() const noexcept { return refused_; }
  bool wait_more(std::size_t count) const {
    const std::size_t wanted = acknowledged_ + count;
    return eventually([&] { return acknowledged_ >= wanted; });
  }
  void stop() {
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
  }

  /// After stop(): waits for everything acknowledged, and judges. Returns how many came more than once.
  std::size_t settle() {
    EXPECT_TRUE(eventually([this] {
      const auto counts = sink_.wait_ids(due_.size());
      return std::all_of(due_.begin(), due_.end(),
                         [&](const auto& item) { return counts.contains(item.first); });
    })) << "acknowledged, and never arrived";
    EXPECT_TRUE(eventually([this] { return member(recado_.get("/health").body, "scheduled_jobs") == "0"; }))
        << recado_.get("/health").body;
    std::size_t repeated = 0;
    std::map<std::string, std::string> webhook_ids;
    for (const auto& arrival : sink_.arrivals()) {
      const std::string id = arrival.message_id();
      const auto due = due_.find(id);
      if (due == due_.end()) {
        EXPECT_EQ(id, undecided_) << "never acknowledged";
        continue;
      }
      EXPECT_GE(arrival.at_ns, to_ms(due->second) * 1'000'000) << id << " came early";
      const auto [known, first] = webhook_ids.try_emplace(id, arrival.header("webhook-id"));
      if (first) continue;
      ++repeated;
      if (!refused_ids_.contains(id)) {
        EXPECT_EQ(arrival.header("webhook-id"), known->second) << id;
      }
    }
    return repeated;
  }

 private:
  void add() {
    for (int i = 0; !stopping_; ++i) {
      const std::string id = "m" + std::to_string(i);
      const Instant due = now() + Millis{200 + i % 7 * 200};
      bool done = false;
      while (!done && !stopping_) {
        const Answer answer = recado_.post("/messages", message(id, due, sink_.url()));
        // 409: an add whose outcome was unknown had been done.
        done = answer.status == 201 || answer.status == 409;
        if (done) break;
        EXPECT_EQ(answer.status, 503) << answer.body;
        ++refused_;
        refused_ids_.insert(id);
        wait_until(now() + Millis{20});
      }
      if (done) {
        due_[id] = due;
        ++acknowledged_;
      } else {
        undecided_ = id;
      }
    }
  }

  const Recado& recado_;
  const Sink& sink_;
  std::atomic<bool> stopping_{false};
  std::atomic<std::size_t> acknowledged_{0}, refused_{0};
  std::map<std::string, Instant> due_;  // the thread's, until it has ended
  std::set<std::string> refused_ids_;   // likewise
  std::string undecided_;               // likewise: what was being added when it ended
  std::thread thread_;
};

}  // namespace recado::e2e
