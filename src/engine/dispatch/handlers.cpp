// Messages that this program handles itself: their steps, and what becomes of the message after each.
#include "base/crypto.hpp"
#include "engine/dispatch/dispatcher.hpp"
#include "engine/retry.hpp"
#include "engine/store/record.hpp"

namespace recado::engine {

namespace {

/// After a step that failed, while it goes on failing.
const RetryPolicy kWaits{100, Backoff::exponential, Millis{1'000}, Millis{60'000}};

}  // namespace

bool Dispatcher::is_handler(const Origin& origin) {
  return origin.name.starts_with(keys::kHandlerOrigin);
}

io::Task<Step> Dispatcher::run_handler(const Message& message) {
  const auto found = handlers_.find(message.spec.handler);
  if (found == handlers_.end())
    co_return Step::failed("this program does not know its handler, a newer one may");
  co_return co_await found->second->run(message);
}

void Dispatcher::conclude_step(Entry& entry, Message message, Step step) {
  if (stopped_) return;  // it was not over in time: whoever takes the message over repeats it
  const Instant now = loop_.clock().now();
  Store::Outcome out;
  out.indexes = indexes_of(entry.shard, message);
  out.account = message.spec.account;
  message.generation = new_generation();
  if (step.kind == Step::Kind::done) {
    out.kind = Store::Outcome::Kind::finish;
    out.status = Status::delivered;
    out.finished_at = now;
    out.generation = encode_record(message).substr(1, 4);
  } else {
    const bool failed = step.kind == Step::Kind::failed;
    message.status = failed ? Status::retrying : Status::scheduled;
    message.attempt_count = failed ? message.attempt_count + 1 : 0;
    if (failed) {
      message.next_run = now + backoff_delay(kWaits, message.attempt_count, random_unit());
      log::warning("a step of something long failed; it is tried again",
                   {{"handler", message.spec.handler}, {"id", message.id()}, {"reason", step.why}});
    } else {
      message.next_run = message.spec.due = step.at;
      message.spec.payload = std::move(step.payload);
      message.spec.has_payload = true;
    }
    out.kind = Store::Outcome::Kind::retry;
    out.due = message.next_run;
    out.record = encode_record(message);
    out.generation = out.record.substr(1, 4);
  }
  entry.state = Entry::State::recording;
  out.key = entry.key;
  out.claim = entry.claim;
  out.incarnation = entry.incarnation;
  const bool soon = out.kind == Store::Outcome::Kind::retry && wants(out.due);
  recorder_.submit(entry.shard, std::move(out), [this, &entry, soon](Store::Recorded what) {
    if (soon && what != Store::Recorded::not_held) poll_soon(entry.shard);
    recorded(entry, what);
  });
}

}  // namespace recado::engine
