// Sentinels: who says which server is the master, and whom to believe.
//
// All of them are connected to and asked twice a second. The answer of the highest configuration epoch
// counts: so a failover is noticed even when the old master is merely cut off from the others and still
// answers us.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "redis/connection.hpp"

namespace recado::redis {

/// What one sentinel says.
struct MasterAnswer {
  std::string host;
  std::uint16_t port = 0;
  std::int64_t epoch = 0;  ///< of its configuration: every failover has a higher one
};

/// From the replies to SENTINEL GET-MASTER-ADDR-BY-NAME and SENTINEL MASTER (which may be forbidden: epoch
/// 0). Errors: protocol, not_found when it knows no such master.
Result<MasterAnswer> parse_master(const Reply& address, const Reply& details);

/// The highest epoch; of equals what most say; of equals the first. Null when there is none.
const MasterAnswer* choose_master(std::span<const std::optional<MasterAnswer>> answers);

/// Loop thread only. In a shared_ptr.
class Sentinels : public std::enable_shared_from_this<Sentinels> {
 public:
  /// `location.kind` is sentinel.
  Sentinels(io::Loop& loop, Location location);

  /// `told` is called with the master at every answer.
  void start(std::function<void(const Endpoint& master)> told);
  void shut_down();
  io::Task<> join();

  /// The master as it is known now; waits up to 2 s for the first answer. Errors: unavailable.
  static io::Task<Result<Endpoint>> master(std::shared_ptr<Sentinels> self);

 private:
  static io::Task<> watch(std::shared_ptr<Sentinels> self, std::size_t index);
  io::Task<> ask(std::size_t index);
  std::optional<Endpoint> chosen() const;
  Error unknown() const;

  io::Loop& loop_;
  const Location location_;
  io::TaskGroup tasks_;
  std::vector<std::shared_ptr<Connection>> connections_;
  std::vector<std::optional<MasterAnswer>> answers_;  ///< of each, as long as it is connected
  std::vector<std::string> refusals_;                 ///< why a connected one gives no answer
  std::function<void(const Endpoint&)> told_;
  io::WakeEvent answered_;
  SteadyPoint urgent_until_{};  ///< until then the master is being looked for
  bool stopping_ = false;
};

}  // namespace recado::redis
