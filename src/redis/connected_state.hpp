// Whether somebody is connected, and who waits to hear of it.
#pragma once

#include <functional>
#include <list>
#include <vector>

#include "io/loop.hpp"

namespace recado::redis {

/// Loop thread only.
class ConnectedState {
 public:
  explicit ConnectedState(io::Loop& loop) : loop_(loop) {}

  bool connected() const noexcept { return connected_; }
  /// Called at every change that announce() tells of.
  void on_change(std::function<void(bool connected)> callback) { callbacks_.push_back(std::move(callback)); }

  void announce(bool connected);
  /// Not connected any more, without telling anybody yet.
  void lose() noexcept { connected_ = false; }
  /// Completes when connected, or false after `limit`, or false when closed.
  io::Task<bool> wait(Millis limit);
  /// From now on nobody waits.
  void close();
  /// From now on nobody is called: who would be may be gone.
  void forget_callbacks() noexcept { callbacks_.clear(); }

 private:
  io::Loop& loop_;
  bool connected_ = false;
  bool closed_ = false;
  std::vector<std::function<void(bool)>> callbacks_;
  std::list<io::Timer*> waiters_;
};

}  // namespace recado::redis
