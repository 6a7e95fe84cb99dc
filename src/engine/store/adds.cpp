// Registering: the adds of one loop turn leave in scripts of at most kBatch.
#include <algorithm>

#include "base/log.hpp"
#include "engine/store/call.hpp"
#include "engine/store/record.hpp"
#include "engine/store/scripts.hpp"
#include "engine/store/store.hpp"

namespace recado::engine {

namespace {

constexpr Millis kRepeatPause{25};

}  // namespace

std::vector<std::string> indexes_of(unsigned shard, const Message& message) {
  std::vector<std::string> out;
  if (message.hidden()) {
    out.push_back(keys::index(shard, keys::kOtherIndex));
    return out;
  }
  const MessageSpec& spec = message.spec;
  if (spec.account != "main") {
    out.push_back(keys::index(shard, keys::kOtherIndex));
    out.push_back(keys::index(shard, keys::account_index(spec.account)));
  }
  if (spec.queue != "default") out.push_back(keys::index(shard, keys::queue_index(spec.account, spec.queue)));
  for (const auto& tag : spec.tags) out.push_back(keys::index(shard, keys::tag_index(spec.account, tag)));
  return out;
}

/// Whether the script is to do the same with both, but for key, time and record.
bool Store::alike(const NewMessage& one, const NewMessage& other) {
  const MessageSpec& a = one.message.spec;
  const MessageSpec& b = other.message.spec;
  return one.made_id && other.made_id && one.claim == other.claim && a.account == b.account &&
         a.queue == b.queue && a.tags == b.tags;
}

Store::Adding::Adding(io::Loop& loop, std::size_t count)
    : results(count, Result<Added>(Added())), left(count), done(loop) {}

void Store::PendingAdd::set(Result<Added> result) const {
  call->results[place] = std::move(result);
  if (--call->left == 0) call->done.set(true);
}

std::string pending_field_of(const Message& message) {
  return message.hidden() ? std::string() : keys::pending_count(message.spec.account, message.spec.queue);
}

Store::Store(io::Loop& loop, redis::Client& client, int min_replicas)
    : loop_(loop), client_(client), tasks_(loop), min_replicas_(min_replicas) {}

unsigned Store::shard_for_new() {
  if (++new_in_shard_ > kBatch) {
    new_in_shard_ = 1;
    ++new_shard_;
  }
  return new_shard_ % keys::kShards;
}

io::Task<std::vector<Result<Store::Added>>> Store::add(std::span<const NewMessage> messages) {
  Adding call(loop_, messages.size());
  if (messages.empty()) co_return std::move(call.results);
  for (std::size_t i = 0; i < messages.size(); ++i) {
    const PendingAdd pending{&messages[i], &call, i};
    adds_[shard_of(messages[i].key)].push_back(pending);
  }
  if (!flush_scheduled_) {
    flush_scheduled_ = true;
    loop_.defer([this] { flush_adds(); });
  }
  adds_waiting_ += messages.size();
  co_await call.done.wait();
  adds_waiting_ -= messages.size();
  co_return std::move(call.results);
}

void Store::flush_adds() {
  flush_scheduled_ = false;
  new_in_shard_ = 0;
  ++new_shard_;
  for (unsigned shard = 0; shard < keys::kShards; ++shard) {
    auto& waiting = adds_[shard];
    for (std::size_t from = 0; from < waiting.size(); from += kBatch) {
      const std::size_t to = std::min(waiting.size(), from + kBatch);
      std::vector<PendingAdd> batch(waiting.begin() + static_cast<std::ptrdiff_t>(from),
                                    waiting.begin() + static_cast<std::ptrdiff_t>(to));
      tasks_.spawn("add messages", run_adds(shard, std::move(batch)));
    }
    waiting.clear();
  }
}

io::Task<> Store::run_adds(unsigned shard, std::vector<PendingAdd> adds) {
  const SteadyPoint started = loop_.clock().steady();
  bool repeat = false;
  while (true) {
    const SteadyPoint sent = loop_.clock().steady();
    const std::string incarnation = incarnation_;
    Call call({keys::messages(shard), keys::history(shard), keys::due(shard), keys::counts(shard),
               keys::claimed(shard, incarnation_), keys::beats(shard), keys::claims(shard),
               keys::barred(shard, incarnation_), keys::finished(shard, "delivered"),
               keys::finished(shard, "failed"), keys::finished(shard, "unknown"), keys::once(shard)});
    call.arg(incarnation_).arg(to_ms(loop_.clock().now())).arg(adds.size());
    const NewMessage* before = nullptr;
    for (const auto& pending : adds) {
      const NewMessage& add = *pending.what;
      const Message& message = add.message;
      call.arg(add.key).arg(to_ms(message.next_run)).arg(add.record);
      if (before != nullptr && alike(*before, add)) {
        call.arg("=");
        continue;
      }
      before = &add;
      const bool client_key = !add.made_id && !message.spec.id.empty();
      std::string flags;
      if (add.claim) flags += 'c';
      if (repeat) flags += 'r';
      if (client_key && !message.spec.once) flags += 'f';
      if (message.spec.once) flags += 'o';
      const std::string_view nonce = add.made_id  ? "*"
                                     : client_key ? message.uid.bytes()
                                                  : std::string_view();
      const auto indexes = indexes_of(shard, message);
      call.arg(flags).arg(nonce).arg(pending_field_of(message)).arg(message.spec.account).arg(indexes.size());
      for (const auto& index : indexes) call.key(index);
    }
    Result<redis::Reply> reply =
        co_await write(scripts::add(), call.take_keys(), call.take_arguments(), started + kRepeatFor);
    if (reply.ok()) {
      for (std::size_t i = 0; i < adds.size(); ++i) {
        const redis::Reply item = (*reply)[i + 1];
        Added added;
        added.incarnation = incarnation;
        added.sent = sent;
        added.repeated = repeat;
        if (item.kind() == redis::ReplyKind::array) {
          added.code = AddCode::claimed;
          added.claim = static_cast<std::uint64_t>(item[1].integer());
        } else {
          added.code = item.integer() == 1 ? AddCode::created : AddCode::exists;
        }
        adds[i].set(added);
      }
      co_return;
    }
    const ErrorCode code = reply.error().code();
    repeat = repeat || code == ErrorCode::outcome_unknown;
    const bool may_come_back =
        repeat && (code == ErrorCode::unavailable || code == ErrorCode::outcome_unknown);
    if (!may_come_back || loop_.clock().steady() - started >= kRepeatFor) {
      const Error error(repeat ? ErrorCode::outcome_unknown : code, reply.error().detail());
      for (const auto& add : adds) add.set(error);
      co_return;
    }
    co_await loop_.sleep(kRepeatPause);
  }
}

io::Task<Result<redis::Reply>> Store::write(const redis::Script& script, std::vector<std::string> script_keys,
                                            std::vector<std::string> arguments, SteadyPoint until) {
  const auto limit = std::chrono::duration_cast<Millis>(until - loop_.clock().steady());
  return client_.eval_replicated(script, std::move(script_keys), std::move(arguments), min_replicas_, limit);
}

}  // namespace recado::engine
