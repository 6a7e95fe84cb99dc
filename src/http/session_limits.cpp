// How long a session waits: one deadline, set anew only when a limit is nearer than the one it stands at.
#include <algorithm>
#include <chrono>

#include "http/session.hpp"

namespace recado::http {

namespace {

/// A connection whose last answer is no older than this is in use.
constexpr std::chrono::seconds kBusyFor{1};

}  // namespace

void Session::wait_until(Waiting what, SteadyPoint limit) {
  waiting_ = what;
  read_limit_ = limit;
  arm(limit);
}

void Session::limit_write(SteadyPoint limit) {
  write_limit_ = limit;
  arm(limit);
}

/// A limit that is later than the armed one is seen to when that one fires: most requests never touch the
/// deadline.
void Session::arm(SteadyPoint limit) {
  if (limit >= armed_for_) return;
  armed_for_ = limit;
  deadline_.restart(std::chrono::ceil<Millis>(std::max(limit - now(), SteadyPoint::duration::zero())));
}

void Session::on_limit() {
  armed_for_ = kNever;
  const auto at = now();
  if (write_limit_ <= at) return close();
  if (read_limit_ <= at) {
    if (waiting_ == Waiting::head || waiting_ == Waiting::body) return time_out();
    return waiting_ == Waiting::idle ? end_idle() : close();
  }
  arm(std::min(read_limit_, write_limit_));
}

SteadyPoint Session::idle_limit() const noexcept {
  const auto usual = idle_since_ + service_->options.idle_timeout;
  if (!service_->draining) return usual;
  return std::min(usual, std::max(idle_since_, service_->drain_began) + service_->options.drain_idle_timeout);
}

void Session::drain() {
  if (waiting_ == Waiting::idle) wait_until(Waiting::idle, idle_limit());
}

/// Says the end to a peer that has nothing to ask. A request that is here already is answered instead; one
/// that crosses our end on its way is the peer's to repeat, on a new connection.
void Session::end_idle() {
  if (stream_->readable_now() && now() < idle_limit() + kLinger)
    return wait_until(Waiting::idle, now() + io::kDeadlineResolution);
  be_idle(false);
  timed_out_ = closing_ = true;
  wait_until(Waiting::linger, now() + kLinger);
  service_->tasks.spawn("http end of an idle connection", write_timeout(shared_from_this(), std::string()));
}

bool Session::make_room() {
  if (waiting_ != Waiting::idle && waiting_ != Waiting::head) return false;
  if (now() - idle_since_ < kBusyFor || (waiting_ == Waiting::idle && stream_->readable_now())) return false;
  be_idle(false);
  close();
  return true;
}

/// Answers 408 beside the read that still waits; the read goes on to drop what comes until the peer's end.
void Session::time_out() {
  timed_out_ = true;
  const bool head = waiting_ == Waiting::head;
  const bool answered = !head && refused_;
  wait_until(Waiting::linger, now() + kLingerSilence);
  closing_ = true;
  std::string bytes;
  if (!answered) {
    if (head) {
      route_ = nullptr;
      head_done_ = head_started_;
      reader_.request().method.clear();
      reader_.request().headers.clear();
    }
    reply(problem(408, head ? "the request's header did not arrive in time"
                            : "the request's body did not arrive in time"),
          false);
    bytes.swap(out_);
  }
  service_->tasks.spawn("http timeout answer", write_timeout(shared_from_this(), std::move(bytes)));
}

io::Task<> Session::write_timeout(std::shared_ptr<Session> self, std::string reply) {
  const io::asio::const_buffer buffer(reply.data(), reply.size());
  if (!reply.empty()) co_await self->stream_->write(buffer);
  co_await self->stream_->shutdown_write();
}

}  // namespace recado::http
