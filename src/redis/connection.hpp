// The connection to one server: one coroutine keeps it up, one reads, one writes.
//
// Pipelined: replies come in the order of commands, all commands of a loop turn leave in one write. Loop
// thread only.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "io/deadline.hpp"
#include "redis/connected_state.hpp"
#include "redis/connector.hpp"
#include "redis/pipeline.hpp"
#include "redis/script.hpp"

namespace recado::redis {

/// No reply for this long: the connection is given up and everything waiting on it ends as outcome_unknown.
inline constexpr Millis kReplyTimeout{1500};

struct ConnectionOptions {
  std::string name = "redis";  ///< what it leads to, for logs
  /// Where to connect, asked before every attempt; null: where the constructor said.
  std::function<io::Task<Result<Endpoint>>()> locate;
  bool must_be_master = false;            ///< a replica is refused
  std::shared_ptr<KnownScripts> scripts;  ///< loaded at every connection; null: none
};

/// In which form a script is named to the server.
enum class ScriptForm { sha1, source };

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(io::Loop& loop, Endpoint endpoint, ConnectionOptions options);

  /// Connects, and again after every loss, until shut_down(). The object must be in a shared_ptr.
  void start();
  /// Fails what waits; everything that runs ends soon.
  void shut_down();
  io::Task<> join() { return tasks_.join(); }

  ConnectedState& state() noexcept { return state_; }
  bool connected() const noexcept { return state_.connected(); }
  /// Where it leads now.
  const Endpoint& endpoint() const noexcept { return endpoint_; }
  /// Why there is no connection; empty when there is.
  const std::string& last_error() const noexcept { return last_error_; }
  Error not_connected() const;
  /// Counts the connections made: the same number means the same connection.
  std::uint64_t link() const noexcept { return link_; }
  /// Commands without a reply yet.
  std::size_t waiting() const noexcept { return pipeline_.waiting(); }
  std::optional<SteadyPoint> waiting_since() const noexcept { return pipeline_.oldest(); }
  /// Whether there is a connection, ready for commands or not yet.
  bool link_up() const noexcept { return link_up_; }
  /// Ends this connection or the attempt at one, whatever waits on it; the next attempt follows.
  void give_up(const std::string& reason);

  /// Sends a command. Requires connected().
  std::shared_ptr<Waiting> submit(std::span<const std::string> arguments);
  std::shared_ptr<Waiting> submit_eval(const Script& script, ScriptForm form,
                                       std::span<const std::string> keys,
                                       std::span<const std::string> arguments);
  /// What the server says, error replies as they are.
  io::Task<Result<Reply>> exchange(std::vector<std::string> arguments);
  /// The server process's own name for itself; empty when it does not tell.
  io::Task<std::string> run_id();

 private:
  static io::Task<> keep_connected(std::shared_ptr<Connection> self);
  static io::Task<> read_replies(std::shared_ptr<Connection> self);
  static io::Task<> write_commands(std::shared_ptr<Connection> self);

  /// One connection from opening to its end. False when it never was ready for commands.
  io::Task<bool> hold_connection(std::shared_ptr<Connection> self);
  /// The stream to where the server is now, or null with one sentence in `why`.
  io::Task<std::unique_ptr<io::Stream>> open(std::string& why);
  /// Authenticates, waits for loading, checks the role, selects the database, loads the scripts known. Empty
  /// when ready, else why not.
  io::Task<std::string> greet();
  io::Task<std::string> authenticate();
  io::Task<std::string> wait_loaded();
  io::Task<std::string> check_role();
  io::Task<std::string> select_database();
  io::Task<std::string> load_scripts();

  /// Ends the connection at once: nothing more is written, waiting commands fail when reader and writer are
  /// done.
  void end_link(const std::string& reason);
  /// What reader and writer call last.
  void leave_link();
  void watch_replies();

  /// Requires link_up_. Encodes into the turn's output; the flush is on its way.
  template <class Encode>
  std::shared_ptr<Waiting> submit_encoded(Encode encode) {
    if (!flush_scheduled_) schedule_flush();
    encode(pipeline_.output());
    return pipeline_.push(turn_began_);
  }
  void schedule_flush();

  io::Loop& loop_;
  Endpoint endpoint_;
  const ConnectionOptions options_;
  io::TaskGroup tasks_;
  Connector connector_;
  Pipeline pipeline_;
  ConnectedState state_;
  std::unique_ptr<io::Stream> stream_;  ///< set while reader and writer may run

  io::WakeEvent output_ready_;
  io::WakeEvent link_task_ended_;
  std::optional<io::Deadline> reply_limit_;  ///< runs while commands wait, looks at the oldest
  SteadyPoint turn_began_{};  ///< the time of the commands of this turn: one clock reading for all
  int link_tasks_ = 0;        ///< reader and writer that still run
  std::uint64_t link_ = 0;

  bool started_ = false;
  bool stopping_ = false;
  bool link_up_ = false;  ///< bytes can be exchanged
  bool flush_scheduled_ = false;

  std::string loss_reason_;
  std::string last_error_ = "not started";
  std::string run_id_;
  std::uint64_t run_id_of_ = 0;  ///< the link it was asked on
  log::RateLimit failures_{10'000};
  log::RateLimit losses_{1'000};

  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  ///< for callbacks that may come after us
};

}  // namespace recado::redis
