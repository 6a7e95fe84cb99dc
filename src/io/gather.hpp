// Many coroutines side by side, their results in order.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "io/loop.hpp"
#include "io/one_shot.hpp"

namespace recado::io {

/// Runs `tasks` in `group` (under `name`, a literal) and completes when the last has: results in the tasks'
/// order. The group must not be cancelled meanwhile (see OneShot).
template <class T>
Task<std::vector<T>> gather(Loop& loop, TaskGroup& group, const char* name, std::vector<Task<T>> tasks) {
  std::vector<std::unique_ptr<OneShot<T>>> done;
  for (auto& task : tasks) {
    done.push_back(std::make_unique<OneShot<T>>(loop));
    auto run = [](Task<T> one, OneShot<T>* out) -> Task<> { out->set(co_await std::move(one)); };
    group.spawn(name, run(std::move(task), done.back().get()));
  }
  std::vector<T> results;
  for (auto& one : done) results.push_back(co_await one->wait());
  co_return results;
}

}  // namespace recado::io
