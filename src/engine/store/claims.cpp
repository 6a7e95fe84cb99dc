// Claims, heartbeats, outcomes and changes: building the calls, reading the replies.
#include "engine/store/call.hpp"
#include "engine/store/record.hpp"
#include "engine/store/scripts.hpp"
#include "engine/store/store.hpp"

namespace recado::engine {

namespace {

constexpr std::int64_t kBarSeconds = 24 * 3600;

std::vector<std::string> texts(const redis::Reply& array) {
  std::vector<std::string> out;
  out.reserve(array.size());
  for (std::size_t i = 0; i < array.size(); ++i) out.emplace_back(array[i].text());
  return out;
}

std::vector<Store::GateTime> gate_times(const redis::Reply& pairs) {
  std::vector<Store::GateTime> out;
  for (std::size_t i = 0; i + 1 < pairs.size(); i += 2) {
    out.emplace_back(pairs[i].text(), from_ms(pairs[i + 1].integer()));
  }
  return out;
}

}  // namespace

void Claimed::shorten() {
  if (record.size() <= kLargeRecord) return;
  record.resize(kRecordHeadBytes);
  record.shrink_to_fit();
  whole = false;
}

io::Task<Result<Store::ClaimReply>> Store::claim(unsigned shard, Instant now, Instant until, std::size_t most,
                                                 std::size_t most_bytes) {
  return run_claim(shard, {}, now, until, now, most, most_bytes);
}

io::Task<Result<Store::ClaimReply>> Store::claim_held(unsigned shard, std::string gate, Instant now,
                                                      Instant next, std::size_t most,
                                                      std::size_t most_bytes) {
  // What a gate holds was due when it was put there.
  return run_claim(shard, std::move(gate), now, now, next, most, most_bytes);
}

io::Task<Result<Store::ClaimReply>> Store::run_claim(unsigned shard, std::string gate, Instant now,
                                                     Instant until, Instant next, std::size_t most,
                                                     std::size_t most_bytes) {
  Call call({keys::messages(shard), gate.empty() ? keys::due(shard) : keys::held(shard, gate),
             keys::claimed(shard, incarnation_), keys::beats(shard), keys::claims(shard),
             keys::barred(shard, incarnation_), keys::gates(shard), keys::gate_times(shard),
             keys::notes(shard)});
  call.arg(incarnation_);
  if (gate.empty()) {
    call.arg(to_ms(until));
  } else {
    call.arg("+inf");
  }
  call.arg(most).arg(most_bytes).arg(kLargeRecord).arg(gate).arg(to_ms(now)).arg(to_ms(next));
  const Result<redis::Reply> reply =
      co_await client_.eval(scripts::claim(), call.take_keys(), call.take_arguments());
  if (!reply.ok()) co_return reply.error();
  ClaimReply out;
  const std::int64_t count = (*reply)[0].integer();
  out.barred = count == -1;
  out.gate_busy = count == -2;
  if (count < 0) co_return out;
  out.left = (*reply)[1].integer() == 1;
  out.closed_gates = texts((*reply)[2]);
  out.ready_gates = gate_times((*reply)[3]);
  out.waiting_gates = gate_times((*reply)[4]);
  out.claimed.reserve(static_cast<std::size_t>(count));
  constexpr std::size_t kFirst = 7;
  for (std::size_t i = kFirst; i + 2 < reply->size(); i += 3) {
    Claimed& claimed = out.claimed.emplace_back();
    claimed.key = std::string((*reply)[i].text());
    std::string_view numbers = (*reply)[i + 1].text();
    claimed.due = from_ms(next_number(numbers));
    claimed.claim = static_cast<std::uint64_t>(next_number(numbers));
    claimed.record = std::string((*reply)[i + 2].text());
    claimed.at = now;
  }
  // Places are Lua's: from 1.
  const redis::Reply& cut = (*reply)[5];
  for (std::size_t i = 0; i < cut.size(); ++i) {
    const auto place = static_cast<std::size_t>(cut[i].integer());
    if (place >= 1 && place <= out.claimed.size()) out.claimed[place - 1].whole = false;
  }
  const redis::Reply& noted = (*reply)[6];
  for (std::size_t i = 0; i + 1 < noted.size(); i += 2) {
    const auto place = static_cast<std::size_t>(noted[i].integer());
    if (place >= 1 && place <= out.claimed.size()) {
      out.claimed[place - 1].notes = parse_notes(noted[i + 1].text());
    }
  }
  co_return out;
}

io::Task<Result<std::int64_t>> Store::beat(unsigned shard) {
  std::vector<std::string> script_keys = {keys::beats(shard), keys::claimed(shard, incarnation_),
                                          keys::barred(shard, incarnation_)};
  std::vector<std::string> arguments = {incarnation_};
  const Result<redis::Reply> reply =
      co_await client_.eval(scripts::beat(), std::move(script_keys), std::move(arguments));
  if (!reply.ok()) co_return reply.error();
  co_return reply->integer();
}

io::Task<std::vector<bool>> Store::take_writes(std::vector<unsigned> shards) {
  std::vector<std::vector<std::string>> commands;
  // Changes nothing, and is refused like any write by a replica, for want of replicas or by a broken disk.
  for (const unsigned shard : shards) commands.push_back({"HDEL", keys::beats(shard), ""});
  const auto replies = co_await client_.pipeline(std::move(commands));
  std::vector<bool> out;
  for (const auto& reply : replies) out.push_back(reply.ok());
  co_return out;
}

io::Task<Result<Store::Reaped>> Store::reap(unsigned shard, std::string incarnation, std::string counter) {
  std::vector<std::string> script_keys = {keys::beats(shard), keys::claimed(shard, incarnation),
                                          keys::barred(shard, incarnation), keys::due(shard),
                                          keys::notes(shard)};
  std::vector<std::string> arguments = {incarnation, std::move(counter), std::to_string(kBatch),
                                        std::to_string(kBarSeconds),
                                        std::to_string(to_ms(loop_.clock().now()))};
  const Result<redis::Reply> reply =
      co_await client_.eval(scripts::reap(), std::move(script_keys), std::move(arguments));
  if (!reply.ok()) co_return reply.error();
  Reaped reaped;
  reaped.alive = (*reply)[0].integer() < 0;
  reaped.moved = (*reply)[0].integer();
  reaped.left = (*reply)[1].integer();
  co_return reaped;
}

/// The occurrence's, of a series.
const Store::Outcome& Store::attempted(const Outcome& outcome) {
  return outcome.occurrence ? *outcome.occurrence : outcome;
}

io::Task<Result<std::vector<Store::Recorded>>> Store::record(unsigned shard,
                                                             const std::vector<const Outcome*>& outcomes) {
  const std::string& claimed_by = outcomes.front()->incarnation;
  Call call({keys::messages(shard), keys::history(shard), keys::due(shard), keys::counts(shard),
             keys::claimed(shard, claimed_by.empty() ? incarnation_ : claimed_by), keys::gates(shard),
             keys::finished(shard, "delivered"), keys::finished(shard, "failed"),
             keys::finished(shard, "unknown"), keys::gate_times(shard), keys::notes(shard)});
  std::vector<const Outcome*> streamed;
  for (const Outcome* outcome : outcomes) {
    if (!attempted(*outcome).streamed.empty()) streamed.push_back(outcome);
  }
  call.arg(outcomes.size() + streamed.size());
  for (const Outcome* outcome : outcomes) {
    const std::size_t indexes = outcome->indexes.size();
    switch (outcome->kind) {
      case Outcome::Kind::finish:
        call.arg("finish").arg(outcome->key).arg(static_cast<std::int64_t>(outcome->claim)).arg(10 + indexes);
        call.arg(outcome->generation).arg(to_string(outcome->status)).arg(to_ms(outcome->finished_at));
        call.arg(outcome->record).arg(outcome->pending_field).arg(outcome->account).arg(outcome->child_key);
        call.arg(to_ms(outcome->child_due)).arg(outcome->child_record);
        call.key(keys::index(shard, keys::kOtherIndex));
        for (const auto& index : outcome->indexes) call.key(index);
        break;
      case Outcome::Kind::retry:
        call.arg("retry").arg(outcome->key).arg(static_cast<std::int64_t>(outcome->claim)).arg(3 + indexes);
        call.arg(outcome->generation).arg(to_ms(outcome->due)).arg(outcome->record);
        for (const auto& index : outcome->indexes) call.key(index);
        break;
      case Outcome::Kind::recur: {
        const Outcome& one = *outcome->occurrence;
        const bool again = one.kind == Outcome::Kind::retry;
        call.arg("recur").arg(outcome->key).arg(static_cast<std::int64_t>(outcome->claim)).arg(13 + indexes);
        call.arg(outcome->generation).arg(to_ms(outcome->due)).arg(outcome->record);
        call.arg(outcome->pending_field).arg(one.key).arg(again ? "retrying" : to_string(one.status));
        call.arg(to_ms(again ? one.due : one.finished_at)).arg(one.record).arg(outcome->account);
        call.arg(one.child_key).arg(to_ms(one.child_due)).arg(one.child_record);
        call.key(keys::index(shard, keys::kOtherIndex));
        for (const auto& index : outcome->indexes) call.key(index);
        break;
      }
      case Outcome::Kind::release:
        call.arg("release")
            .arg(outcome->key)
            .arg(static_cast<std::int64_t>(outcome->claim))
            .arg(std::size_t{1});
        call.arg(to_ms(outcome->due));
        break;
      case Outcome::Kind::hold:
        call.arg("hold").arg(outcome->key).arg(static_cast<std::int64_t>(outcome->claim)).arg(std::size_t{7});
        call.arg(to_ms(outcome->due)).key(keys::held(shard, outcome->gate)).arg(outcome->gate);
        call.arg(to_ms(outcome->gate_at))
            .arg(to_ms(outcome->gate_since))
            .arg(outcome->record)
            .arg(outcome->note);
        break;
    }
  }
  for (const Outcome* outcome : streamed) {
    const Outcome& one = attempted(*outcome);
    call.arg("stream").arg(outcome->key).arg(static_cast<std::int64_t>(outcome->claim)).arg(std::size_t{4});
    call.key(keys::outcomes(shard)).arg(one.key);
    call.arg(one.streamed).arg(one.provider_id);
  }
  const Result<redis::Reply> reply =
      co_await client_.eval(scripts::record(), call.take_keys(), call.take_arguments());
  if (!reply.ok()) co_return reply.error();
  std::vector<Recorded> out;
  for (std::size_t i = 0; i < outcomes.size(); ++i)
    out.push_back(static_cast<Recorded>((*reply)[i].integer()));
  co_return out;
}

io::Task<Result<std::vector<Store::Changed>>> Store::change(unsigned shard,
                                                            const std::vector<ChangeItem>& items) {
  Call call({keys::messages(shard), keys::history(shard), keys::due(shard), keys::counts(shard),
             keys::claimed(shard, incarnation_), keys::finished(shard, "delivered"),
             keys::finished(shard, "failed"), keys::finished(shard, "unknown"), keys::notes(shard)});
  call.arg(items.size());
  for (const auto& item : items) {
    const char* op = item.kind == ChangeItem::Kind::cancel    ? "cancel"
                     : item.kind == ChangeItem::Kind::rewrite ? "rewrite"
                     : item.kind == ChangeItem::Kind::revive  ? "revive"
                                                              : "settle";
    call.arg(op).arg(item.key).arg(item.generation).arg(item.account).arg(to_ms(item.due)).arg(item.record);
    call.arg(item.field_before).arg(item.field_after);
    call.arg(item.may_be_held_by.size()).arg(item.leave.size()).arg(item.enter.size());
    for (const auto& key : item.may_be_held_by) call.key(key);
    for (const auto& key : item.leave) call.key(key);
    for (const auto& key : item.enter) call.key(key);
  }
  const Result<redis::Reply> reply = co_await write(
      scripts::change(), call.take_keys(), call.take_arguments(), loop_.clock().steady() + kRepeatFor);
  if (!reply.ok()) co_return reply.error();
  std::vector<Changed> out;
  for (std::size_t i = 0; i < items.size(); ++i) out.push_back(static_cast<Changed>((*reply)[i].integer()));
  co_return out;
}

}  // namespace recado::engine
