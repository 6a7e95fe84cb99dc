#include "api/fake_engine.hpp"

namespace recado::api::testing {

using engine::Change;
using engine::Message;
using engine::MessageSpec;
using engine::Refusal;

io::Task<> FakeEngine::drain(Millis) {
  co_return;
}

Change FakeEngine::refusal(Refusal why) const {
  Change change;
  change.refusal = why;
  return change;
}

Change FakeEngine::store(MessageSpec spec) {
  Message message;
  message.uid = Uid::generate(clock_.now());
  message.next_run = spec.due;
  message.spec = std::move(spec);
  Change change;
  change.created = true;
  change.id = message.id();
  change.message = message;
  messages.insert_or_assign(message.id(), std::move(message));
  return change;
}

io::Task<Change> FakeEngine::add(MessageSpec spec) {
  ++asked;
  accounts.push_back(spec.account);
  if (refuse) co_return *refuse;
  const auto existing = messages.find(spec.id);
  if (existing != messages.end() && !engine::is_finished(existing->second.status)) {
    auto change = refusal(Refusal::exists);
    change.message = existing->second;
    co_return change;
  }
  co_return store(std::move(spec));
}

io::Task<std::vector<Change>> FakeEngine::add_all(std::vector<MessageSpec> specs) {
  std::vector<Change> changes;
  for (auto& spec : specs) changes.push_back(co_await add(std::move(spec)));
  co_return changes;
}

io::Task<Change> FakeEngine::put(MessageSpec spec) {
  ++asked;
  if (refuse) co_return *refuse;
  const auto existing = messages.find(spec.id);
  const bool replaces = existing != messages.end() && !engine::is_finished(existing->second.status);
  auto change = store(std::move(spec));
  change.created = !replaces;
  co_return change;
}

io::Task<Change> FakeEngine::patch(std::string, std::string id,
                                   std::function<Result<void>(MessageSpec&)> edit,
                                   std::optional<Error>& edit_error) {
  ++asked;
  if (refuse) co_return *refuse;
  const auto found = messages.find(id);
  if (found == messages.end()) co_return refusal(Refusal::not_found);
  auto spec = found->second.spec;
  for (int i = 0; i < edits; ++i) {
    spec = found->second.spec;
    if (auto done = edit(spec); !done) {
      edit_error = done.error();
      co_return refusal(Refusal::none);
    }
  }
  found->second.next_run = spec.due;
  found->second.spec = std::move(spec);
  Change change;
  change.message = found->second;
  co_return change;
}

io::Task<Change> FakeEngine::resolve(std::string account, std::string id, bool delivered) {
  ++asked;
  accounts.push_back(account);
  if (refuse) co_return *refuse;
  const auto found = messages.find(id);
  if (found == messages.end()) co_return refusal(Refusal::not_found);
  if (found->second.status != engine::Status::unknown) co_return refusal(Refusal::not_unknown);
  found->second.status = delivered ? engine::Status::delivered : engine::Status::failed;
  Change change;
  change.message = found->second;
  co_return change;
}

io::Task<Result<engine::ChannelState>> FakeEngine::probe_channel(std::string) {
  ++asked;
  if (fail) co_return *fail;
  co_return probed;
}

io::Task<Change> FakeEngine::cancel(std::string account, std::string id) {
  ++asked;
  accounts.push_back(account);
  if (refuse) co_return *refuse;
  const auto found = messages.find(id);
  if (found == messages.end()) co_return refusal(Refusal::not_found);
  if (engine::is_finished(found->second.status)) co_return refusal(Refusal::finished);
  messages.erase(found);
  co_return Change();
}

io::Task<Change> FakeEngine::send_now(std::string, std::string id) {
  ++asked;
  if (refuse) co_return *refuse;
  const auto found = messages.find(id);
  if (found == messages.end()) co_return refusal(Refusal::not_found);
  found->second.next_run = clock_.now();
  Change change;
  change.message = found->second;
  co_return change;
}

io::Task<Result<std::optional<Message>>> FakeEngine::get(std::string, std::string id) {
  ++asked;
  if (fail) co_return *fail;
  const auto found = messages.find(id);
  std::optional<Message> answer;
  if (found != messages.end()) answer = found->second;
  co_return answer;
}

io::Task<Result<std::optional<engine::Explanation>>> FakeEngine::explain(std::string account,
                                                                         std::string id) {
  const auto message = co_await get(std::move(account), std::move(id));
  if (!message) co_return message.error();
  if (!*message) co_return std::optional<engine::Explanation>();
  engine::Explanation out = around;
  out.message = **message;
  co_return std::optional<engine::Explanation>(std::move(out));
}

io::Task<Result<engine::Page>> FakeEngine::list(engine::Filter wanted, std::string from, std::size_t most) {
  ++asked;
  if (fail) co_return *fail;
  filter = std::move(wanted);
  cursor = std::move(from);
  limit = most;
  co_return page;
}

io::Task<Result<engine::BulkResult>> FakeEngine::cancel_all(engine::Filter wanted) {
  ++asked;
  if (fail) co_return *fail;
  filter = std::move(wanted);
  co_return bulk;
}

io::Task<Result<engine::BulkResult>> FakeEngine::retry_all(engine::Filter wanted) {
  return cancel_all(std::move(wanted));
}

io::Task<Result<std::vector<engine::QueueState>>> FakeEngine::queues(std::string) {
  ++asked;
  if (fail) co_return *fail;
  co_return queue_states;
}

io::Task<Result<void>> FakeEngine::pause(std::string, std::string name) {
  ++asked;
  if (fail) co_return *fail;
  switched.emplace_back(std::move(name), true);
  co_return Result<void>();
}

io::Task<Result<void>> FakeEngine::resume(std::string, std::string name) {
  ++asked;
  if (fail) co_return *fail;
  switched.emplace_back(std::move(name), false);
  co_return Result<void>();
}

io::Task<Result<std::vector<engine::StreamedOutcome>>> FakeEngine::read_outcomes(unsigned /*shard*/,
                                                                                 std::size_t most) {
  if (fail) co_return *fail;
  std::vector<engine::StreamedOutcome> first;
  for (std::size_t i = 0; i < stream.size() && i < most; ++i) first.push_back(stream[i]);
  co_return first;
}

io::Task<Result<void>> FakeEngine::forget_outcomes(unsigned /*shard*/, std::vector<std::string> cursors) {
  if (fail) co_return *fail;
  std::erase_if(stream, [&cursors](const auto& one) {
    return std::find(cursors.begin(), cursors.end(), one.cursor) != cursors.end();
  });
  co_return Result<void>();
}

io::Task<engine::Health> FakeEngine::health() {
  ++asked;
  co_return state;
}

}  // namespace recado::api::testing
