// Taking a message out of the dispatcher's hands while a request changes it, and giving it back.
#include "engine/dispatch/dispatcher.hpp"
#include "engine/store/record.hpp"

namespace recado::engine {

Dispatcher::Hold Dispatcher::withdraw(const std::string& key) {
  const auto found = entries_.find(key);
  if (found == entries_.end()) {
    ++withdrawn_[key];
    return Hold::not_held;
  }
  Entry& entry = *found->second;
  // The change and the hold go to Redis in some order; whichever is second finds what the first has left.
  if (entry.state == Entry::State::holding) {
    ++withdrawn_[key];
    return Hold::not_held;
  }
  if (entry.state != Entry::State::waiting && entry.state != Entry::State::ready) return Hold::sending;
  ++withdrawn_[key];
  if (entry.heap_index != kNotInHeap) heap_.remove(&entry);
  if (entry.state == Entry::State::ready) std::erase(entry.origin->ready, &entry);
  entry.state = Entry::State::withdrawn;
  return Hold::withdrawn;
}

void Dispatcher::end_withdrawal(const std::string& key) {
  const auto found = withdrawn_.find(key);
  if (found != withdrawn_.end() && --found->second == 0) withdrawn_.erase(found);
}

void Dispatcher::forget(const std::string& key) {
  end_withdrawal(key);
  const auto found = entries_.find(key);
  if (found != entries_.end() && found->second->state == Entry::State::withdrawn) erase(*found->second);
}

void Dispatcher::put_back(const std::string& key) {
  end_withdrawal(key);
  const auto found = entries_.find(key);
  if (found == entries_.end() || found->second->state != Entry::State::withdrawn) return;
  found->second->state = Entry::State::waiting;
  heap_.push(found->second.get());
  wake_.notify();
}

void Dispatcher::recheck(const std::string& key) {
  forget(key);
  compare_soon(shard_of(key));
}

}  // namespace recado::engine
