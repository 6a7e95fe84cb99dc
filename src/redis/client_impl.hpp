// The connection behind Client: one coroutine keeps it up, one reads, one writes.
#pragma once

#include <list>
#include <map>
#include <optional>

#include "base/log.hpp"
#include "io/deadline.hpp"
#include "redis/connector.hpp"
#include "redis/pipeline.hpp"

namespace recado::redis {

struct Client::Impl {
  Impl(io::Loop& l, Endpoint e)
      : loop(l),
        endpoint(std::move(e)),
        tasks(l),
        connector(l, endpoint),
        output_ready(l),
        link_task_ended(l) {}

  /// Connects, holds the connection, connects again; until `stopping`.
  static io::Task<> keep_connected(std::shared_ptr<Impl> self);
  static io::Task<> read_replies(std::shared_ptr<Impl> self);
  static io::Task<> write_commands(std::shared_ptr<Impl> self);

  /// One connection from opening to its end. False when it never was ready for commands.
  io::Task<bool> hold_connection(std::shared_ptr<Impl> self);
  /// Authenticates, waits for loading, selects the database, loads the scripts known. Empty when ready, else
  /// why not.
  io::Task<std::string> greet();
  io::Task<std::string> authenticate();

  /// Ends the connection at once: nothing more is written, waiting commands fail when reader and writer are
  /// done.
  void end_link(const std::string& reason);
  /// What reader and writer call last.
  void leave_link();
  void shut_down();
  void announce(bool now_connected);
  void watch_replies();

  /// Requires `link_up`. Encodes into the turn's output; the flush is on its way.
  template <class Encode>
  std::shared_ptr<Waiting> submit_encoded(Encode encode) {
    if (!flush_scheduled) schedule_flush();
    encode(pipeline.output());
    return pipeline.push(turn_began);
  }
  std::shared_ptr<Waiting> submit(std::span<const std::string> arguments);
  void schedule_flush();
  /// What the server says, error replies as they are. For handshake and inspection.
  io::Task<Result<Reply>> exchange(std::vector<std::string> arguments);
  Error not_connected() const;

  io::Loop& loop;
  const Endpoint endpoint;
  io::TaskGroup tasks;
  Connector connector;
  Pipeline pipeline;
  std::unique_ptr<io::Stream> stream;  ///< set while reader and writer may run

  io::WakeEvent output_ready;
  io::WakeEvent link_task_ended;
  std::optional<io::Deadline> reply_limit;  ///< runs while commands wait, looks at the oldest
  SteadyPoint turn_began{};  ///< the time of the commands of this turn: one clock reading for all
  int link_tasks = 0;        ///< reader and writer that still run

  bool started = false;
  bool stopping = false;
  bool link_up = false;    ///< bytes can be exchanged
  bool connected = false;  ///< greeted: commands are accepted
  bool flush_scheduled = false;

  std::string loss_reason;
  std::string last_error = "not started";
  std::optional<Millis> clock_offset;
  std::vector<std::function<void(bool)>> callbacks;
  std::list<io::Timer*> connect_waiters;
  std::map<std::string, std::string> scripts;  ///< SHA-1 → source of all that were evaluated: loaded anew
  log::RateLimit failures{10'000};
  log::RateLimit losses{1'000};

  std::shared_ptr<bool> alive = std::make_shared<bool>(true);  ///< for callbacks that may come after us
};

/// An error reply as Client::command() gives it: unavailable when the server did nothing and may do it later.
Result<Reply> judged(Result<Reply> reply);

}  // namespace recado::redis
