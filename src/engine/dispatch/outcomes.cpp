// From outcome to record: what becomes of a message, of its series and of its callback, handed to the
// recorder.
#include <algorithm>
#include <utility>

#include "base/crypto.hpp"
#include "engine/delivery/webhook.hpp"
#include "engine/dispatch/dispatcher.hpp"
#include "engine/series.hpp"
#include "engine/store/record.hpp"

namespace recado::engine {

/// Composes what becomes of a message after an attempt.
void Dispatcher::conclude(Entry& entry, Message message, const Message* series, const Outcome& outcome) {
  const Instant now = loop_.clock().now();
  add_notes(message, entry.notes);
  ++message.attempt_count;
  message.attempts.push_back(outcome.attempt);
  if (message.attempts.size() > kMaxAttemptsKept) message.attempts.erase(message.attempts.begin());
  // `now` is rounded down: counted from the next millisecond, a wait is never shorter than was asked for.
  const Decision decision = decide(message, outcome, now + Millis{1}, random_unit());
  message.status = decision.status;
  message.failure = decision.failure;
  message.generation = new_generation();
  if (decision.status != Status::retrying) {
    message.finished_at = now;
    if (log::enabled(log::Level::debug)) {
      log::debug(
          "message finished",
          {{"id", message.id()}, {"status", to_string(message.status)}, {"attempts", message.attempt_count}});
    }
    Store::Outcome out = finished(entry, message);
    stream(out, message, outcome.provider_id);
    if (series != nullptr) out = recurring(entry, *series, message, std::move(out), outcome.attempt.at);
    submit(entry, std::move(out));
    return;
  }
  retried_.add();
  message.attempts.back().retry = outcome.retry_after ? RetryReason::retry_after : RetryReason::backoff;
  message.attempts.back().retry_in = decision.next_run - outcome.attempt.at;
  message.next_run = decision.next_run;
  Store::Outcome retry;
  retry.kind = Store::Outcome::Kind::retry;
  retry.due = decision.next_run;
  retry.record = encode_record(message);
  retry.generation = retry.record.substr(1, 4);
  retry.indexes = indexes_of(entry.shard, message);
  stream(retry, message);
  if (series != nullptr) retry = recurring(entry, *series, message, std::move(retry), outcome.attempt.at);
  submit(entry, std::move(retry));
}

void Dispatcher::finish_unsent(Entry& entry, const Message& message, const Message* series, Failure failure,
                               std::string detail) {
  Message done = message;
  add_notes(done, entry.notes);
  done.status = Status::failed;
  done.failure = failure;
  done.finished_at = loop_.clock().now();
  done.generation = new_generation();
  if (!done.spec.channel.empty()) {
    // What nobody was sent is shown beside what was: who looks for a person's message finds out why.
    Attempt unsent;
    unsent.at = *done.finished_at;
    unsent.failure = failure;
    unsent.detail = detail;
    done.attempts.push_back(std::move(unsent));
    if (done.attempts.size() > kMaxAttemptsKept) done.attempts.erase(done.attempts.begin());
  }
  log::info("message failed without being sent",
            {{"id", done.id()}, {"error", to_string(failure)}, {"reason", detail}});
  Store::Outcome out = finished(entry, done);
  stream(out, done);
  if (series != nullptr) out = recurring(entry, *series, done, std::move(out), *done.finished_at);
  submit(entry, std::move(out));
}

/// Who follows what people are sent is told of it, once it is recorded.
void Dispatcher::stream(Store::Outcome& outcome, const Message& message, std::string provider_id) const {
  if (message.spec.channel.empty() || message.child) return;
  outcome.streamed = encode_record(message);
  outcome.provider_id = std::move(provider_id);
}

/// The outcome of an occurrence together with what becomes of its series.
Store::Outcome Dispatcher::recurring(const Entry& entry, const Message& series, const Message& occurrence,
                                     Store::Outcome outcome, Instant began) {
  auto next = after_occurrence(series, began);
  if (!next.ok()) {
    log::error("a series ends because its rule cannot be read any more",
               {{"id", series.id()}, {"reason", next.error()}});
    next = std::optional<Message>();
  }
  outcome.key = message_key(occurrence);
  Store::Outcome out;
  out.kind = Store::Outcome::Kind::recur;
  out.account = series.spec.account;
  out.pending_field = pending_field_of(series);
  out.indexes = indexes_of(entry.shard, series);
  out.generation = outcome.generation;
  if (*next) {
    out.due = (**next).next_run;
    out.record = encode_record(**next);
    out.generation = out.record.substr(1, 4);
  }
  out.occurrence = std::make_shared<const Store::Outcome>(std::move(outcome));
  return out;
}

Store::Outcome Dispatcher::finished(const Entry& entry, const Message& message) {
  const Instant now = *message.finished_at;
  Store::Outcome out;
  out.kind = Store::Outcome::Kind::finish;
  out.status = message.status;
  out.finished_at = now;
  out.account = message.spec.account;
  out.pending_field = pending_field_of(message);
  out.indexes = indexes_of(entry.shard, message);
  const bool delivered = message.status == Status::delivered;
  const std::string record = encode_record(message, delivered);
  out.generation = record.substr(1, 4);
  const Millis retention = delivered ? options_.history_retention : options_.failed_retention;
  if (!message.child && retention > Millis::zero()) out.record = record;
  if (message.child) return out;

  std::string url = message.spec.callback_url;
  if (url.empty() && message.status == Status::failed) url = options_.failure_callback_url;
  if (url.empty()) return out;
  Message child;
  child.child = true;
  child.uid = Uid::generate(now);
  child.generation = new_generation();
  child.spec.account = message.spec.account;
  child.spec.webhook_url = url;
  child.spec.payload = callback_body(message, now);
  child.spec.has_payload = true;
  child.spec.due = now;
  child.next_run = now;
  out.child_key = child_key(entry.shard, child.uid);
  out.child_record = encode_record(child);
  out.child_due = now;
  return out;
}

void Dispatcher::submit(Entry& entry, Store::Outcome outcome) {
  entry.state = outcome.kind == Store::Outcome::Kind::hold ? Entry::State::holding : Entry::State::recording;
  outcome.key = entry.key;
  outcome.claim = entry.claim;
  outcome.incarnation = entry.incarnation;
  const Store::Outcome& attempted = outcome.occurrence ? *outcome.occurrence : outcome;
  const bool soon =
      outcome.kind == Store::Outcome::Kind::recur && !outcome.record.empty() && wants(outcome.due);
  const bool look_again = soon || !attempted.child_key.empty();
  const bool streamed = !attempted.streamed.empty();
  const auto kind = attempted.kind;
  const Status status = attempted.status;
  recorder_.submit(entry.shard, std::move(outcome),
                   [this, &entry, look_again, streamed, kind, status](Store::Recorded what) {
                     if (what != Store::Recorded::not_held && kind == Store::Outcome::Kind::finish) {
                       (status == Status::delivered ? delivered_ : failed_).add();
                     }
                     if (streamed) tell_outcome(entry.shard);
                     if (look_again && what != Store::Recorded::not_held) poll_soon(entry.shard);
                     recorded(entry, what);
                   });
}

void Dispatcher::recorded(Entry& entry, Store::Recorded what) {
  // What was to be held may have been changed or cancelled meanwhile: nothing is lost by that.
  if (what == Store::Recorded::not_held && !draining_ && entry.state != Entry::State::holding) {
    taken_over_.add();
    log::warning("an outcome came too late: another node had taken the message over",
                 {{"shard", entry.shard}});
  }
  erase(entry);
  claim_more();
}

}  // namespace recado::engine
