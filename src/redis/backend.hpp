// What stands behind Client: one server, or a cluster.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "redis/client.hpp"
#include "redis/connected_state.hpp"

namespace recado::redis {

class Connection;

/// Client documents the calls. Their coroutines keep the backend alive; references they take must live until
/// they complete.
class Backend : public std::enable_shared_from_this<Backend> {
 public:
  explicit Backend(io::Loop& loop) : loop_(loop) {}
  virtual ~Backend() = default;
  Backend(const Backend&) = delete;
  Backend& operator=(const Backend&) = delete;

  virtual void start() = 0;
  /// Fails what waits; everything that runs ends soon.
  virtual void shut_down() = 0;
  virtual io::Task<> join() = 0;

  virtual ConnectedState& state() noexcept = 0;
  virtual bool partly_connected() const noexcept = 0;
  virtual const std::string& last_error() const noexcept = 0;
  /// The connections to masters that take commands now.
  virtual std::vector<std::shared_ptr<Connection>> ready_masters() const = 0;
  std::optional<Millis> clock_offset() const noexcept { return clock_offset_; }

  virtual io::Task<Result<Reply>> command(std::vector<std::string> arguments) = 0;
  virtual io::Task<Result<Reply>> eval(const Script& script, std::vector<std::string> keys,
                                       std::vector<std::string> arguments) = 0;
  virtual io::Task<Result<Reply>> eval_replicated(const Script& script, std::vector<std::string> keys,
                                                  std::vector<std::string> arguments, int replicas,
                                                  Millis limit) = 0;
  virtual io::Task<std::vector<Result<Reply>>> pipeline(std::vector<std::vector<std::string>> commands) = 0;
  virtual io::Task<Result<ScanPage>> scan(std::string cursor, std::string pattern, std::size_t count) = 0;
  virtual io::Task<Result<void>> probe() = 0;
  virtual io::Task<Result<std::vector<Warning>>> inspect() = 0;

 protected:
  io::Loop& loop_;
  std::optional<Millis> clock_offset_;
};

std::shared_ptr<Backend> make_single_server(io::Loop& loop, Location location);
std::shared_ptr<Backend> make_cluster(io::Loop& loop, Location location);

/// An error reply as Client gives it: unavailable when the server did nothing and may do it later.
Result<Reply> judged(Result<Reply> reply);

/// Whether a script was not known to the server that was to run it.
bool is_unknown_script(const Result<Reply>& reply) noexcept;

std::vector<std::string> scan_command(std::string cursor, std::string pattern, std::size_t count);
/// What SCAN answered.
Result<ScanPage> scan_page(Result<Reply> reply);

/// What probe() and inspect() write: one key a master, in a slot of its own.
inline constexpr const char* kProbeKey = "recado:probe";
std::vector<std::string> probe_command(std::string key);

}  // namespace recado::redis
