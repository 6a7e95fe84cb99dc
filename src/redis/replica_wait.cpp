#include "redis/replica_wait.hpp"

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <utility>

#include "redis/slots.hpp"

namespace recado::redis {

namespace asio = boost::asio;

namespace {

/// One WAIT takes no longer, so that who comes meanwhile is not held up by a replica that is away.
constexpr Millis kLongestWait{300};
constexpr Millis kShortestWait{20};
constexpr Millis kConnectPause{50};
constexpr const char* kMarkLivesMs = "60000";
constexpr const char* kLost = "the connection that wrote it was lost before the replicas confirmed it";

io::Task<Result<Endpoint>> same_place(Endpoint endpoint) {
  co_return endpoint;
}

}  // namespace

ReplicaWait::ReplicaWait(io::Loop& loop, std::shared_ptr<Connection> writer)
    : loop_(loop), writer_(std::move(writer)), tasks_(loop) {}

io::Task<Result<void>> ReplicaWait::confirm(std::shared_ptr<ReplicaWait> self, std::uint64_t link,
                                            std::string key, int replicas, SteadyPoint until) {
  const auto waiting = std::make_shared<Waiting>(0, self->loop_.clock().steady());
  Waiter waiter{link, std::move(key), replicas, until, -1, waiting};
  if (self->stopping_) {
    fail(waiter, "this node is stopping");
  } else {
    self->waiters_.push_back(std::move(waiter));
    if (!std::exchange(self->working_, true)) self->tasks_.spawn("wait for replicas", work(self));
  }
  const Result<Reply> confirmed = co_await Waiting::result_of(waiting);
  if (!confirmed) co_return confirmed.error();
  co_return Result<void>();
}

void ReplicaWait::shut_down() {
  if (std::exchange(stopping_, true)) return;
  for (const Waiter& waiter : std::exchange(waiters_, {})) fail(waiter, "this node is stopping");
  if (own_) own_->shut_down();
  tasks_.cancel();
}

io::Task<> ReplicaWait::join() {
  if (own_) co_await own_->join();
  co_await tasks_.join();
}

io::Task<> ReplicaWait::work(std::shared_ptr<ReplicaWait> self) {
  co_await asio::this_coro::throw_if_cancelled(false);
  if (!self->own_) {
    ConnectionOptions options;
    options.name = "redis, for the replicas' confirmations,";
    options.locate = [writer = self->writer_] { return same_place(writer->endpoint()); };
    self->own_ = std::make_shared<Connection>(self->loop_, self->writer_->endpoint(), std::move(options));
    self->own_->start();
  }
  while (!self->waiters_.empty() && !self->stopping_) co_await self->round();
  self->working_ = false;
}

io::Task<> ReplicaWait::round() {
  drop_hopeless();
  if (waiters_.empty()) co_return;
  if (!own_->connected()) {
    co_await own_->state().wait(kConnectPause);
    co_return;
  }
  const std::string written_to = co_await writer_->run_id();
  const std::string asked = co_await own_->run_id();
  if (stopping_ || waiters_.empty()) co_return;
  if (written_to != asked) {
    own_->give_up("it leads to another server than the one that was written to");
    co_await loop_.sleep(kShortestWait);
    co_return;
  }
  if (!own_->connected()) co_return;
  std::vector<Waiter> asking = std::exchange(waiters_, {});
  const SteadyPoint now = loop_.clock().steady();
  int most = 0;
  SteadyPoint earliest = now + kLongestWait;
  for (const Waiter& waiter : asking) {
    most = std::max(most, waiter.replicas);
    earliest = std::min(earliest, waiter.until);
  }
  const Millis limit = std::clamp(std::chrono::ceil<Millis>(earliest - now), kShortestWait, kLongestWait);
  // In the slot of the write: any other may be another server's.
  const std::string mark = "recado:replicated:{" + std::string(hash_part(asking.front().key)) + "}";
  const std::vector<std::string> set = {"SET", mark, "1", "PX", kMarkLivesMs};
  const std::vector<std::string> wait = {"WAIT", std::to_string(most), std::to_string(limit.count())};
  const auto set_waiting = own_->submit(set);
  const auto wait_waiting = own_->submit(wait);
  const Result<Reply> written = co_await Waiting::result_of(set_waiting);
  const Result<Reply> counted = co_await Waiting::result_of(wait_waiting);
  settle(std::move(asking), written, counted);
}

/// Those whose time is over, and those whose connection is.
void ReplicaWait::drop_hopeless() {
  const SteadyPoint now = loop_.clock().steady();
  std::vector<Waiter> left;
  for (Waiter& waiter : std::exchange(waiters_, {})) {
    if (!written_here(waiter)) {
      fail(waiter, kLost);
    } else if (waiter.until > now || (waiter.confirmed < 0 && own_->connected())) {
      left.push_back(std::move(waiter));
    } else if (waiter.confirmed >= 0) {
      fail(waiter, "stored, but only " + std::to_string(waiter.confirmed) + " of " +
                       std::to_string(waiter.replicas) +
                       " replicas (REDIS_MIN_REPLICAS) confirmed it in time");
    } else {
      fail(waiter,
           "stored, but it could not be asked in time whether the replicas have it: " + own_->last_error());
    }
  }
  // Failing somebody may have brought others.
  left.insert(left.end(), std::make_move_iterator(waiters_.begin()), std::make_move_iterator(waiters_.end()));
  waiters_ = std::move(left);
}

void ReplicaWait::settle(std::vector<Waiter> asked, const Result<Reply>& written,
                         const Result<Reply>& counted) {
  const bool marked = written && written->kind() != ReplyKind::error;
  const bool known = counted && counted->kind() == ReplyKind::integer;
  for (std::size_t i = 0; i < asked.size(); ++i) {
    Waiter& waiter = asked[i];
    if (stopping_) {
      fail(waiter, "this node is stopping");
    } else if (!written_here(waiter)) {
      fail(waiter, kLost);
    } else if (!marked || !known) {
      // Only the first's slot was written to: the others may still be where they were.
      const auto& refused = marked ? counted : written;
      const std::string why = refused ? std::string(refused->text()) : refused.error().detail();
      if (i == 0) {
        fail(waiter, "stored, but the replicas could not be waited for: " + why);
      } else {
        waiters_.push_back(std::move(waiter));
      }
    } else if (counted->integer() >= waiter.replicas) {
      waiter.waiting->complete(Reply());
    } else {
      waiter.confirmed = counted->integer();
      waiters_.push_back(std::move(waiter));
    }
  }
}

bool ReplicaWait::written_here(const Waiter& waiter) const noexcept {
  return writer_->connected() && writer_->link() == waiter.link;
}

void ReplicaWait::fail(const Waiter& waiter, const std::string& why) {
  waiter.waiting->complete(Error(ErrorCode::outcome_unknown, why));
}

}  // namespace recado::redis
