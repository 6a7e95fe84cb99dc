// What a session holds: memory, and its place among those that wait.
#include <utility>

#include "base/buffer.hpp"
#include "http/session.hpp"

namespace recado::http {

/// Between requests a connection holds as little as it can: there may be thousands that wait.
void Session::give_back() {
  if (buffer_.size() > kFirstBufferBytes && begin_ == end_)
    std::vector<char>(kFirstBufferBytes).swap(buffer_);
  for (std::string* text : {&reader_.request().body, &out_, &sending_}) {
    if (text->capacity() > kFirstBufferBytes) free_buffer(*text);
    text->clear();
  }
}

/// Tells the service's load what this session holds.
void Session::account() {
  const std::size_t buffer = buffer_.size() > kFirstBufferBytes ? buffer_.size() : 0;
  const std::size_t now =
      buffer + reader_.request().body.size() + out_.size() + sending_.size() + large_body_.size();
  if (now != held_) service_->load.held(std::exchange(held_, now), now);
}

/// A body that there is no memory for any more is refused in the middle; what follows of it is dropped.
bool Session::outgrown() {
  if (!reader_.head_complete() || refused_) return false;
  account();
  if (!service_->load.full()) return false;
  refused_ = unread_body_ = true;
  reader_.discard_body();
  free_buffer(reader_.request().body);
  reply(service_->load.memory_refusal(), false);
  account();
  return true;
}

void Session::be_idle(bool idle) {
  if (idle == idle_) return;
  idle_ = idle;
  auto& from = idle ? service_->sessions : service_->idle;
  auto& to = idle ? service_->idle : service_->sessions;
  to.splice(to.end(), from, place_);
}

}  // namespace recado::http
