// Logs: one row for each attempt to reach somebody, made from the engine's stream of outcomes, and one for
// each reply that came back.
//
// Stored fields: direction (`out`, `in`), message, attempt (from 1), at (RFC 3339), contact (an id),
// recipient (of a reply: who wrote), channel, schedule, subject, status, error, detail, latencyMs,
// providerId, text (of a reply), and for the lists: key (unique: message and instant), newest (falls as `at`
// rises), day (`at` in UTC), day and status together.
//
// The stream is followed by every node; a row is made once because its key is unique. What a row says follows
// the message within about a second.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/engine.hpp"
#include "io/loop.hpp"
#include "messaging/channel_directory.hpp"
#include "messaging/channels/callbacks.hpp"
#include "messaging/collection.hpp"
#include "messaging/contacts.hpp"

namespace recado::messaging {

const records::Type& log_type();

/// What a row's `status` can be, in the order of a message's way; a receipt never moves it back.
inline constexpr std::string_view kLogStatuses[] = {"retrying",  "unknown", "failed",  "sent",
                                                    "delivered", "read",    "received"};

/// Conditions on a list of rows; empty: none.
struct LogFilter {
  std::string status, channel, recipient, message, error, direction, schedule;
  std::optional<std::int64_t> contact;
  std::optional<Instant> after;   ///< inclusive
  std::optional<Instant> before;  ///< exclusive
};

/// Newest first.
records::Query log_query(const LogFilter& filter);

/// Loop thread only. Errors: unavailable, outcome_unknown, where not said otherwise.
class Logs : public Collection {
 public:
  /// Everything must outlive it. `retention`: LOG_RETENTION, how long a row is kept.
  Logs(io::Loop& loop, records::Store& store, Contacts& contacts, const ChannelDirectory& channels,
       Millis retention);

  /// Whose outcomes the rows tell of; must outlive stop().
  void read_from(engine::Engine& engine) { engine_ = &engine; }
  /// Begins to follow the outcomes of `engine`.
  void start(engine::Engine& engine);
  io::Task<> stop();

  /// Reads what the stream holds now, of every shard.
  io::Task<Result<void>> catch_up();
  /// Brings a receipt to the rows of its message. false: no row is known (yet).
  io::Task<Result<bool>> note(std::string account, Receipt receipt);
  /// Keeps a reply. false: it was kept already.
  io::Task<Result<bool>> keep(std::string account, std::string channel, Reply reply);
  /// Removes some of an account's rows that are older than they are kept. true: there may be more.
  io::Task<bool> forget_old(std::string account);
  /// The newest row of a message; nullopt: none (yet).
  io::Task<Result<std::optional<records::Record>>> newest_of(std::string account, std::string message);

 private:
  io::Task<> follow();
  io::Task<> expire();
  io::Task<Result<std::size_t>> take(unsigned shard);
  io::Task<Result<void>> store_rows(std::string account, std::vector<records::Document> rows);
  io::Task<Result<void>> settle(std::string account, std::int64_t row, std::string status);
  io::Task<Result<void>> name_contacts(std::string account, std::vector<records::Document>& rows);

  io::Loop& loop_;
  Contacts& contacts_;
  const ChannelDirectory& channels_;
  Millis retention_;
  engine::Engine* engine_ = nullptr;
  bool running_ = false;
  std::set<std::string> accounts_;  ///< that have rows, as far as this node knows
  std::set<unsigned> told_;         ///< shards of which this node has recorded outcomes since they were read
  io::WakeEvent wake_;
  io::TaskGroup tasks_;
};

}  // namespace recado::messaging
