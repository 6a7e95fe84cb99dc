// The clients of a round: they carry out the plan and note what they were told.
#pragma once

#include <atomic>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "chaos/ledger.hpp"
#include "chaos/plan.hpp"
#include "chaos/world.hpp"

namespace recado::chaos {

class Clients {
 public:
  /// One thread a client. The plan's times count from `start`.
  Clients(World& world, const std::vector<PlannedMessage>& plan, Instant start);
  ~Clients();
  Clients(const Clients&) = delete;
  Clients& operator=(const Clients&) = delete;

  /// Waits until all has been asked.
  void join();
  /// Answers by status; 0: the connection ended without one.
  std::map<int, std::size_t> statuses() const;

 private:
  struct Step {
    Millis at{};
    const PlannedMessage* message = nullptr;
    int change = -1;  ///< -1: the registration
  };
  struct Told {
    Answered answered = Answered::refused;
    e2e::Answer answer;
  };
  void run(std::vector<Step> steps);
  void put_in(const PlannedMessage& message);
  void put_in_batch(const std::vector<const PlannedMessage*>& messages);
  void change(const PlannedMessage& message, std::size_t number);
  Told ask(unsigned node, std::string_view method, std::string_view path, std::string_view body);
  /// The request as JSON, and what is known of it before it is sent.
  std::string compose(const PlannedMessage& message, int version, PlannedMessage::When when, Millis due_in,
                      Request& request) const;

  World& world_;
  Instant start_;
  mutable std::mutex mutex_;
  std::map<int, std::size_t> statuses_;  // guarded by mutex_
  std::vector<std::thread> threads_;
};

}  // namespace recado::chaos
