// Keeps a node's directory of channels like what is stored, whichever node changed it. Loop thread only.
//
// | key                         | type   | what                                                          |
// |-----------------------------|--------|---------------------------------------------------------------|
// | recado:1:channels:version   | string | counts the changes: nodes that see another number read anew   |
// | recado:1:channels:accounts  | set    | the accounts that have, or had, a channel                     |
//
// A change is written first and counted then; one whose count was lost is found by reading anew now and then.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "io/loop.hpp"
#include "messaging/channel_directory.hpp"
#include "messaging/channel_records.hpp"
#include "redis/client.hpp"

namespace recado::messaging {

class ChannelWatch {
 public:
  /// All must outlive it.
  ChannelWatch(io::Loop& loop, redis::Client& client, ChannelRecords& records, ChannelDirectory& directory);
  ~ChannelWatch();

  /// Looks for changes from now on, every second, and at once when somebody asks for an unknown channel.
  void start();
  io::Task<> stop();

  /// Whether the directory is now what was stored when this began, or newer. False: Redis is away.
  io::Task<bool> refresh();
  /// Before an account's channel is made. Errors: unavailable, outcome_unknown.
  io::Task<Result<void>> announce(std::string account);
  /// After a change: tells the other nodes, and reads it.
  io::Task<> changed();

 private:
  io::Task<> watch();
  io::Task<bool> load();
  KeptChannel kept_channel(const std::string& account, const records::Record& record) const;

  io::Loop& loop_;
  redis::Client& client_;
  ChannelRecords& records_;
  ChannelDirectory& directory_;
  io::TaskGroup tasks_;
  io::WakeEvent wake_;
  bool running_ = false;
  std::optional<std::int64_t> version_;
  SteadyPoint loaded_{};
  std::uint64_t loads_ = 0;    ///< begun
  std::uint64_t applied_ = 0;  ///< which of them the directory shows
};

}  // namespace recado::messaging
