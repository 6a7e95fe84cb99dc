// Waiting until replicas have what was written to one server, for many at once.
//
// WAIT holds up everything behind it on its connection, for as long as replicas take: so it has a connection
// of its own, beside the one that writes. There a small write of ours comes first (it follows what is waited
// for in the order of replication), then WAIT; all who ask while one WAIT is under way share the next. Both
// connections must lead to one and the same process, before and after: a master that was restarted or
// replaced in between confirms nothing of what its predecessor took.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "redis/connection.hpp"

namespace recado::redis {

/// Loop thread only. In a shared_ptr.
class ReplicaWait : public std::enable_shared_from_this<ReplicaWait> {
 public:
  /// `writer`: the connection that writes. Nothing is connected before somebody waits.
  ReplicaWait(io::Loop& loop, std::shared_ptr<Connection> writer);

  /// Completes when `replicas` of them have what was written on connection `link` of the writer, whose reply
  /// has come already. `key`: one of that write's. Waits until `until`, and for one WAIT at least. Errors:
  /// outcome_unknown.
  static io::Task<Result<void>> confirm(std::shared_ptr<ReplicaWait> self, std::uint64_t link,
                                        std::string key, int replicas, SteadyPoint until);
  void shut_down();
  io::Task<> join();

 private:
  struct Waiter {
    std::uint64_t link;
    std::string key;
    int replicas;
    SteadyPoint until;
    std::int64_t confirmed = -1;  ///< by how many, at the last WAIT; -1: not asked yet
    std::shared_ptr<Waiting> waiting;
  };
  static io::Task<> work(std::shared_ptr<ReplicaWait> self);
  io::Task<> round();
  void drop_hopeless();
  void settle(std::vector<Waiter> asked, const Result<Reply>& written, const Result<Reply>& counted);
  bool written_here(const Waiter& waiter) const noexcept;
  static void fail(const Waiter& waiter, const std::string& why);

  io::Loop& loop_;
  const std::shared_ptr<Connection> writer_;
  std::shared_ptr<Connection> own_;
  io::TaskGroup tasks_;
  std::vector<Waiter> waiters_;
  bool working_ = false;
  bool stopping_ = false;
};

}  // namespace recado::redis
