// Registering: one message, or a batch whose messages share scripts.
#include <span>
#include <utility>

#include "engine/changing.hpp"
#include "engine/engine_impl.hpp"
#include "engine/store/record.hpp"

namespace recado::engine {

Change refused(Refusal refusal, std::string detail) {
  Change change;
  change.refusal = refusal;
  change.detail = std::move(detail);
  return change;
}

Change refused(const Error& error, const std::string& id) {
  const bool unknown = error.code() == ErrorCode::outcome_unknown;
  Change change = refused(unknown ? Refusal::outcome_unknown : Refusal::unavailable, error.detail());
  change.id = id;
  return change;
}

Message new_message(MessageSpec&& spec, Instant now, unsigned shard) {
  Message message;
  const auto ours = spec.id.empty() ? std::nullopt : made_uid(spec.id);
  message.uid = ours ? *ours : Uid::generate(now, shard);
  if (ours) spec.id.clear();  // one of our own ids given back to us: stored as such
  message.spec = std::move(spec);
  message.generation = new_generation();
  message.next_run = message.spec.due;
  if (message.spec.repeat) message.occurrence = 1;
  return message;
}

Store::NewMessage EngineImpl::prepare(MessageSpec&& spec) {
  Store::NewMessage made;
  made.made_id = spec.id.empty();
  const unsigned shard = made.made_id ? store_.shard_for_new() : 0;
  made.message = new_message(std::move(spec), loop_.clock().now(), shard);
  made.key = message_key(made.message);
  made.record = encode_record(made.message);
  made.claim = dispatcher_.wants(made.message.next_run);
  return made;
}

/// What Redis said of one that is not there already.
Change EngineImpl::registered(Store::NewMessage&& one, const Result<Store::Added>& added) {
  if (!added.ok()) {
    if (one.claim) dispatcher_.compare_soon(shard_of(one.key));
    return refused(added.error(), one.message.id());
  }
  // Claimed under a name that was barred meanwhile: it is taken over soon, by us or by another.
  const bool ours = added->incarnation == store_.incarnation();
  if (added->code == Store::AddCode::claimed && ours) {
    Claimed claimed;
    claimed.key = one.key;
    claimed.due = one.message.next_run;
    claimed.claim = added->claim;
    claimed.at = loop_.clock().now();
    claimed.record = std::move(one.record);
    claimed.shorten();
    dispatcher_.adopt(std::move(claimed), added->sent);
  } else if (one.claim && added->repeated) {
    dispatcher_.compare_soon(shard_of(one.key));  // the first try may have claimed it for us
  } else if (one.message.next_run <= loop_.clock().now() + kWindow) {
    dispatcher_.poll_soon(shard_of(one.key));
  }
  Change change;
  change.created = true;
  change.message = std::move(one.message);
  return change;
}

/// The spec that prepare() was given.
MessageSpec EngineImpl::given_spec(Store::NewMessage one) {
  MessageSpec spec = std::move(one.message.spec);
  if (!one.made_id && spec.id.empty()) spec.id = one.message.uid.uuid();
  return spec;
}

io::Task<Change> EngineImpl::add(MessageSpec spec) {
  for (int round = 0; round < kMostRounds; ++round) {
    Store::NewMessage one = prepare(std::move(spec));
    const std::span<const Store::NewMessage> only(&one, 1);
    const auto added = co_await store_.add(only);
    if (!added.front().ok() || added.front()->code != Store::AddCode::exists) {
      co_return registered(std::move(one), added.front());
    }
    if (one.message.spec.once) {
      Change before = refused(Refusal::exists);
      before.id = one.message.id();
      co_return before;
    }
    auto existing = co_await read(one.key);
    if (!existing.ok())
      co_return refused(Error(ErrorCode::unavailable, existing.error().detail()), one.message.id());
    // Finished between the two: the id is free again.
    if (*existing && !(*existing)->finished_at) {
      Change change;
      change.refusal = Refusal::exists;
      change.message = std::move(**existing);
      co_return change;
    }
    spec = given_spec(std::move(one));
  }
  co_return refused(Refusal::unavailable, "the message changed too often meanwhile; try again");
}

io::Task<std::vector<Change>> EngineImpl::add_all(std::vector<MessageSpec> specs) {
  std::vector<Store::NewMessage> all;
  all.reserve(specs.size());
  for (auto& spec : specs) all.push_back(prepare(std::move(spec)));
  const auto added = co_await store_.add(all);
  std::vector<Change> changes(all.size());
  std::vector<std::size_t> taken;
  std::vector<io::Task<Change>> again;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!added[i].ok() || added[i]->code != Store::AddCode::exists) {
      changes[i] = registered(std::move(all[i]), added[i]);
      continue;
    }
    if (all[i].message.spec.once) {
      changes[i] = refused(Refusal::exists);
      changes[i].id = all[i].message.id();
      continue;
    }
    // One by one: what is there is read, and may be gone by then.
    taken.push_back(i);
    again.push_back(add(given_spec(std::move(all[i]))));
  }
  if (taken.empty()) co_return changes;
  auto answered = co_await side_by_side("add one of a batch", std::move(again));
  for (std::size_t i = 0; i < taken.size(); ++i) changes[taken[i]] = std::move(answered[i]);
  co_return changes;
}

}  // namespace recado::engine
