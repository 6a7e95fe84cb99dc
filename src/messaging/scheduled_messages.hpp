// Messages to one person at one time that are kept after they were sent, as seed 000 has them: a record, and
// the engine's message that sends it.
//
// The message's id derives from the record. The record is written first, with what it still owes: to register
// the message, or to cancel it. Whoever reads the record pays that; so a crash in between loses nothing, and
// sends nothing twice. What became of the message is read from the engine and kept in the record, where it
// stays when the engine has forgotten it.
//
// Stored fields: channel, to, subject, text (as they were given), due (ms), state (`scheduled`, `sent`,
// `failed`, `cancelled`), owes (`add`, `cancel`; absent: nothing), sentAt (ms), error.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "engine/engine.hpp"
#include "io/loop.hpp"
#include "messaging/channel_directory.hpp"
#include "messaging/field_problem.hpp"
#include "messaging/logs.hpp"
#include "records/store.hpp"

namespace recado::messaging {

const records::Type& scheduled_message_type();

/// What a client may say; what is not given stays as it is.
struct ScheduledFields {
  ScheduledFields() = default;
  std::optional<std::string> channel, to, subject, text;
  std::optional<Instant> due;
};

struct ScheduledChange {
  enum class Kind {
    done,
    refused,    ///< `problems`, under the names of MessageSpec's fields: channel, to, subject, text
    not_found,  ///< there is no such record
    too_late,   ///< it is sent, failed or cancelled, or being sent right now; `detail`
    failed,     ///< Redis: `error`
  };
  ScheduledChange() = default;
  explicit ScheduledChange(Kind k) : kind(k) {}
  Kind kind = Kind::done;
  records::Record record;  ///< as it now stands
  FieldProblems problems;
  std::string detail;
  std::optional<Error> error;
};

/// Loop thread only. Errors of every call: unavailable, outcome_unknown.
class ScheduledMessages {
 public:
  /// All must outlive it. `channels` null: there are none.
  ScheduledMessages(io::Loop& loop, records::Store& store, engine::Engine& engine, Logs& logs,
                    const ChannelDirectory* channels)
      : loop_(loop), store_(store), engine_(engine), logs_(logs), channels_(channels) {}

  io::Task<ScheduledChange> create(std::string account, ScheduledFields fields);
  io::Task<ScheduledChange> change(std::string account, std::string path, ScheduledFields fields);
  /// Once more is done too.
  io::Task<ScheduledChange> cancel(std::string account, std::string path);
  io::Task<Result<std::optional<records::Record>>> find(std::string account, std::string path);
  /// By id. `state` empty: all. Errors: also invalid_argument, as records::Store::list.
  io::Task<Result<records::Page>> list(std::string account, std::string state, records::PageRequest request);
  /// Sends what is due and has not been sent; how many were, counting those that the engine sent since this
  /// was asked last.
  io::Task<Result<std::uint64_t>> send_due(std::string account);

 private:
  using Record = records::Record;
  using Fields = records::Document;

  /// What the record says, as the engine's message; what is wrong goes to `problems`.
  engine::MessageSpec spec_of(const std::string& account, const Fields& fields,
                              FieldProblems& problems) const;
  /// The record once it owes nothing and says what became of its message.
  io::Task<Result<Record>> refreshed(std::string account, Record record);
  io::Task<Result<Record>> registered(std::string account, Record record);
  io::Task<Result<Record>> cancelled(std::string account, Record record);
  /// The record with its fields changed.
  io::Task<Result<Record>> with(std::string account, Record record, std::function<void(Fields&)> change);
  io::Task<Result<std::uint64_t>> settle_due(std::string account, bool send);

  io::Loop& loop_;
  records::Store& store_;
  engine::Engine& engine_;
  Logs& logs_;
  const ChannelDirectory* channels_;
};

}  // namespace recado::messaging
