// Schedules: what is written to whom, again and again. Loop thread only.
//
// A schedule is a record; what happens at its times are messages of the engine that come back here:
//
//   plan ── its time ──► run ── batch ── batch ── … ──► done
//    ▲                │       └─► messages to recipients, each added only once
//    └── next time ───┘
//
// The record is written between an intent and its carrying out: the plan's message is added first, due in a
// while, then the record names it (`plan`), then it is hurried. So a crash anywhere leaves a message that
// finds the record as it is and goes on from there, or finds none that names it and ends.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/engine.hpp"
#include "messaging/contacts.hpp"
#include "messaging/groups.hpp"
#include "messaging/schedules/composer.hpp"

namespace recado::messaging {

/// What messages name as their handler.
inline constexpr const char* kScheduleHandler = "schedules";
/// Recipients that a schedule itself can list.
inline constexpr std::size_t kMostRecipients = 1'000;

const records::Type& schedule_type();
/// The tag of all messages of a schedule.
std::string schedule_tag(std::int64_t schedule);
/// The id of the message of a run to a recipient: one for all times. `recipient`: the contact's id, or what
/// stands for an address.
std::string schedule_message_id(std::int64_t schedule, Instant run, const std::string& recipient);

class Schedules final : public Collection, public engine::Handler {
 public:
  /// All must outlive it. Names itself to the engine as a handler.
  Schedules(io::Loop& loop, records::Store& store, engine::Engine& engine, Groups& groups, Composer& composer,
            std::string default_timezone);

  io::Task<Stored> create(std::string account, records::Document fields) override;
  io::Task<Stored> replace(std::string account, std::string path, records::Document fields) override;
  io::Task<Stored> merge(std::string account, std::string path, std::string patch) override;
  /// Its messages that are not sent yet are cancelled, soon afterwards.
  io::Task<records::Written> remove(std::string account, std::string path) override;

  /// No run begins, and one that is under way stands still. declined: it is done.
  io::Task<records::Written> pause(std::string account, std::string path);
  /// From its next time on: what was missed meanwhile is not made up for.
  io::Task<records::Written> resume(std::string account, std::string path);
  /// A run now, paused or not, beside those of its plan. Refusals: not_found, unavailable, outcome_unknown.
  struct Started {
    Started() = default;
    records::Refusal refusal = records::Refusal::none;
    std::string detail;
    std::int64_t id = 0;
    Instant at{};
  };
  io::Task<Started> send(std::string account, std::string path);

  /// At most `count` of its times from now on; those of one that is paused, too.
  std::vector<Instant> next_runs(const records::Record& schedule, std::size_t count) const;

  io::Task<engine::Step> run(const engine::Message& message) override;

 private:
  struct Run;
  struct Batch;
  using Change = std::function<std::optional<records::Document>(const records::Record&)>;

  io::Task<Result<FieldProblems>> judge_references(std::string account, const records::Document& fields);
  /// A message of our handler, due in `wait`: the step that `state` says.
  engine::MessageSpec step_message(std::string account, std::string id, Millis wait,
                                   const records::Document& state) const;
  io::Task<Result<std::string>> intend(std::string account);
  io::Task<> carry_out(std::string account, std::string plan);
  io::Task<> abandon(std::string account, std::string plan);
  io::Task<Stored> planned(std::string account, std::string path, io::Task<Stored> writing, std::string plan);
  io::Task<records::Written> switch_to(std::string account, std::string path, std::string plan,
                                       Change change);
  io::Task<Result<std::optional<records::Record>>> by_plan(std::string account, std::string plan);
  /// Messages that were registered before their time are taken back.
  io::Task<> take_back(std::string account, const records::Record& before);

  io::Task<engine::Step> step_plan(std::string account, records::Document state);
  io::Task<engine::Step> step_run(std::string account, records::Document state);
  io::Task<engine::Step> step_forget(std::string account, records::Document state);
  io::Task<Result<void>> begin_run(std::string account, const records::Record& schedule, Instant at,
                                   bool even);
  io::Task<Result<Batch>> read_batch(std::string account, const records::Document& fields,
                                     std::int64_t cursor);
  io::Task<Result<void>> note_end(std::string account, const Run& run);
  void add_message(const records::Document& fields, const Run& run, const Recipient& recipient,
                   const Composition& composition, std::vector<engine::MessageSpec>& out) const;

  io::Loop& loop_;
  engine::Engine& engine_;
  Groups& groups_;
  Composer& composer_;
};

}  // namespace recado::messaging
