// Single messages: put, patch, cancel, send now, get.
#include <algorithm>

#include "engine/changing.hpp"
#include "engine/engine_impl.hpp"
#include "engine/store/record.hpp"
#include "io/gather.hpp"
#include "net/url.hpp"

namespace recado::engine {

namespace {

constexpr Millis kRepeatPause{25};

std::string generation_bytes(std::uint32_t generation) {
  return {static_cast<char>(generation >> 24), static_cast<char>(generation >> 16),
          static_cast<char>(generation >> 8), static_cast<char>(generation)};
}

}  // namespace

/// The one place that gathers changes: g++ 12 names fields of a coroutine's frame by a counter, and the
/// linker then takes the frames of two translation units for different types (-Wodr).
io::Task<std::vector<Change>> EngineImpl::side_by_side(const char* name,
                                                       std::vector<io::Task<Change>> changes) {
  return io::gather(loop_, tasks_, name, std::move(changes));
}

io::Task<Result<std::optional<Message>>> EngineImpl::read(std::string key) {
  const auto found = co_await store_.find(key);
  if (!found.ok()) co_return found.error();
  if (!*found) co_return std::optional<Message>();
  auto message = decode_record(key, (*found)->record, (*found)->score);
  if (!message.ok()) co_return message.error();
  if ((*found)->claimed) message->status = Status::delivering;
  message->held_by = (*found)->held_by;
  co_return std::optional<Message>(std::move(message).value());
}

io::Task<Result<std::optional<Message>>> EngineImpl::get(std::string account, std::string id) {
  std::string key = message_key(account, id);
  co_return co_await read(std::move(key));
}

std::vector<std::string> EngineImpl::gate_names(const Message& message) const {
  std::vector<std::string> gates = {keys::queue_gate(message.spec.account, message.spec.queue),
                                    keys::queue_gate(message.spec.account, "*")};
  if (!message.spec.channel.empty()) {
    const std::string origin = std::string(keys::kChannelOrigin) + message.spec.channel;
    gates.push_back(keys::origin_gate(origin));
    gates.push_back(keys::share_gate(origin));
    gates.push_back(keys::day_gate(origin));
  } else if (const auto url = net::parse_url(message.spec.webhook_url); url.ok()) {
    gates.push_back(keys::origin_gate(url->origin()));
    gates.push_back(keys::share_gate(url->origin()));
  }
  const std::string& held_by = message.held_by;
  if (!held_by.empty() && std::find(gates.begin(), gates.end(), held_by) == gates.end())
    gates.push_back(held_by);
  return gates;
}

/// The sets in which a message may be held.
std::vector<std::string> EngineImpl::gates_of(unsigned shard, const Message& message) const {
  std::vector<std::string> out;
  for (const auto& gate : gate_names(message)) out.push_back(keys::held(shard, gate));
  return out;
}

Store::ChangeItem EngineImpl::cancel_item(unsigned shard, const Message& message) const {
  Store::ChangeItem item;
  item.kind = Store::ChangeItem::Kind::cancel;
  item.key = message_key(message);
  item.generation = generation_bytes(message.generation);
  item.account = message.spec.account;
  item.field_before = pending_field_of(message);
  item.may_be_held_by = gates_of(shard, message);
  item.leave = indexes_of(shard, message);
  return item;
}

io::Task<Change> EngineImpl::change(std::string key, Edit edit, std::optional<Error>* edit_error) {
  for (int round = 0; round < kMostRounds; ++round) {
    const auto found = co_await store_.find(key);
    if (!found.ok()) co_return refused(found.error(), {});
    if (!*found) co_return refused(Refusal::not_found);
    auto before = decode_record(key, (*found)->record, (*found)->score);
    if (!before.ok()) co_return refused(Refusal::unavailable, before.error().detail());
    auto after = edit(*before);
    if (!after.ok()) {
      if (edit_error != nullptr) *edit_error = after.error();
      co_return refused((*found)->finished ? Refusal::finished : Refusal::none);
    }
    bool again = false;
    Change changed;
    if ((*found)->finished) {
      if (!*after) co_return refused(Refusal::finished);
      changed = co_await revive(key, *before, std::move(**after), again);
    } else {
      changed = co_await change_pending(key, **found, *before, *after, again);
    }
    if (!again) co_return changed;
  }
  co_return refused(Refusal::unavailable, "the message changed too often meanwhile; try again");
}

io::Task<Change> EngineImpl::change_pending(const std::string& key, const Store::Found& found,
                                            const Message& before, const std::optional<Message>& after,
                                            bool& again) {
  const unsigned shard = shard_of(key);
  const auto held = dispatcher_.withdraw(key);
  if (held == Dispatcher::Hold::sending) co_return refused(Refusal::being_sent);
  Message located = before;
  located.held_by = found.held_by;
  Store::ChangeItem item = cancel_item(shard, located);
  if (after) item.kind = Store::ChangeItem::Kind::rewrite;
  if (after) {
    item.due = after->next_run;
    item.record = encode_record(*after);
    item.field_after = pending_field_of(*after);
    item.enter = indexes_of(shard, *after);
  }
  const std::vector<Store::ChangeItem> items = {std::move(item)};
  const SteadyPoint started = loop_.clock().steady();
  bool repeated = false;
  while (true) {
    const auto result = co_await store_.change(shard, items);
    if (!result.ok()) {
      const bool unknown = repeated || result.error().code() == ErrorCode::outcome_unknown;
      if (unknown && loop_.clock().steady() - started < kRepeatFor) {
        repeated = true;
        co_await loop_.sleep(kRepeatPause);
        continue;
      }
      if (unknown) {
        dispatcher_.recheck(key);
        co_return refused(Error(ErrorCode::outcome_unknown, result.error().detail()), before.id());
      }
      dispatcher_.put_back(key);
      co_return refused(result.error(), before.id());
    }
    switch (result->front()) {
      case Store::Changed::done:
        break;
      case Store::Changed::none:
        dispatcher_.forget(key);
        if (repeated && !after) break;  // the lost reply said that it was done
        again = true;
        co_return Change();
      case Store::Changed::changed_meanwhile:
        dispatcher_.recheck(key);  // what we hold is older than what is stored: it must not be sent
        again = true;
        // After a lost reply the change may be our own: reading it again tells.
        if (repeated && after) {
          const auto now = co_await read(key);
          if (now.ok() && *now && (*now)->generation == after->generation) break;
        }
        co_return Change();
      default:
        dispatcher_.forget(key);
        co_return refused(Refusal::claimed_elsewhere);
    }
    again = false;
    dispatcher_.forget(key);
    Change change;
    change.message = after ? *after : before;
    if (after && after->next_run <= loop_.clock().now() + kWindow) dispatcher_.poll_soon(shard);
    co_return change;
  }
}

io::Task<Change> EngineImpl::revive(const std::string& key, const Message& before, Message after,
                                    bool& again) {
  const unsigned shard = shard_of(key);
  Store::ChangeItem item;
  item.kind = Store::ChangeItem::Kind::revive;
  item.key = key;
  item.generation = generation_bytes(before.generation);
  item.account = before.spec.account;
  item.due = after.next_run;
  item.record = encode_record(after);
  item.field_after = pending_field_of(after);
  item.enter = indexes_of(shard, after);
  const std::vector<Store::ChangeItem> items = {std::move(item)};
  const auto result = co_await store_.change(shard, items);
  if (!result.ok()) {
    // After a lost reply it either is pending again or is not: the next reading tells.
    co_return refused(result.error(), before.id());
  }
  if (result->front() != Store::Changed::done) {
    again = true;
    co_return Change();
  }
  dispatcher_.poll_soon(shard);
  Change change;
  change.message = std::move(after);
  co_return change;
}

io::Task<Change> EngineImpl::put(MessageSpec spec) {
  const std::string key = message_key(spec.account, spec.id);
  for (int round = 0; round < kMostRounds; ++round) {
    const auto found = co_await store_.find(key);
    if (!found.ok()) co_return refused(found.error(), spec.id);
    if (!*found || (*found)->finished) {
      Change added = co_await add(spec);
      if (added.refusal == Refusal::exists) continue;
      co_return added;
    }
    const Instant now = loop_.clock().now();
    Edit replace = [&spec, now](const Message& before) -> Result<std::optional<Message>> {
      if (before.finished_at) return Error(ErrorCode::conflict, "finished meanwhile");
      return std::optional<Message>(new_message(MessageSpec(spec), now, 0));
    };
    std::optional<Error> finished;
    Change replaced = co_await change(key, std::move(replace), &finished);
    if (finished || replaced.refusal == Refusal::not_found) continue;
    co_return replaced;
  }
  co_return refused(Refusal::unavailable, "the message changed too often meanwhile; try again");
}

io::Task<Change> EngineImpl::patch(std::string account, std::string id,
                                   std::function<Result<void>(MessageSpec&)> edit,
                                   std::optional<Error>& edit_error) {
  std::string key = message_key(account, id);
  bool finished = false;
  Edit merge = [edit = std::move(edit), &finished](const Message& before) -> Result<std::optional<Message>> {
    finished = before.finished_at.has_value();
    if (finished) return Error(ErrorCode::conflict, "finished");
    Message after = before;
    const Result<void> edited = edit(after.spec);
    if (!edited.ok()) return edited.error();
    if (after.spec.due != before.spec.due) after.next_run = after.spec.due;
    after.generation = new_generation();
    return std::optional<Message>(std::move(after));
  };
  std::optional<Error> error;
  Change changed = co_await change(std::move(key), std::move(merge), &error);
  if (error && !finished) edit_error = std::move(error);
  co_return changed;
}

io::Task<Change> EngineImpl::cancel(std::string account, std::string id) {
  return remove(message_key(account, id));
}

io::Task<Change> EngineImpl::withdraw(std::string account, std::string id) {
  return remove(handled_key(account, id));
}

io::Task<Change> EngineImpl::remove(std::string key) {
  Edit nothing = [](const Message&) -> Result<std::optional<Message>> { return std::optional<Message>(); };
  co_return co_await change(std::move(key), std::move(nothing), nullptr);
}

io::Task<Change> EngineImpl::send_now(std::string account, std::string id) {
  return due_now(message_key(account, id));
}

io::Task<Change> EngineImpl::run_now(std::string account, std::string id) {
  return due_now(handled_key(account, id));
}

io::Task<Change> EngineImpl::due_now(std::string key) {
  Edit now_due = [this](const Message& before) -> Result<std::optional<Message>> {
    Message after = before;
    after.next_run = loop_.clock().now();
    // It is scheduled anew, for now: nothing may look as if it had been sent before its time.
    after.spec.due = after.next_run;
    after.spec.local_time.clear();
    after.spec.timezone.clear();
    after.generation = new_generation();
    if (before.finished_at) {
      if (before.payload_dropped) {
        return Error(ErrorCode::conflict, "it was delivered, and its payload is not kept");
      }
      after.status = Status::scheduled;
      after.failure = Failure::none;
      after.finished_at.reset();
      after.attempts.clear();
      after.attempt_count = 0;
      after.deferral = {};
      after.taken_over = {};
      if (after.spec.expires_at && *after.spec.expires_at <= after.next_run) after.spec.expires_at.reset();
    }
    return std::optional<Message>(std::move(after));
  };
  std::optional<Error> error;
  Change changed = co_await change(std::move(key), std::move(now_due), &error);
  if (error) changed.detail = error->detail();
  co_return changed;
}

}  // namespace recado::engine
