#include "redis/pipeline.hpp"

#include "base/buffer.hpp"

namespace recado::redis {

namespace {

/// A buffer that grew past this is given back rather than kept for the next turn.
constexpr std::size_t kKeptBufferBytes = 1 << 20;

void empty(std::string& buffer) noexcept {
  buffer.clear();
  if (buffer.capacity() > kKeptBufferBytes) free_buffer(buffer);
}

}  // namespace

Pipeline::~Pipeline() {
  for (const auto& waiting : fifo_) waiting->abandon();
}

std::shared_ptr<Waiting> Pipeline::push(SteadyPoint now) {
  auto waiting = std::make_shared<Waiting>(appended_, now);
  appended_ += collecting_.size() - begun_;
  begun_ = collecting_.size();
  fifo_.push_back(waiting);
  return waiting;
}

std::string_view Pipeline::begin_write() {
  writing_.swap(collecting_);
  begun_ = 0;
  return writing_;
}

void Pipeline::end_write(std::size_t taken) noexcept {
  taken_ += taken;
  empty(writing_);
}

Result<void> Pipeline::received(std::string_view bytes) {
  reader_->feed(bytes);
  while (true) {
    auto next = reader_->next();
    if (!next) return next.error();
    if (!next->has_value()) return {};
    if (fifo_.empty()) {
      return Error(ErrorCode::protocol, "Redis sent a reply to no command: " + std::string((*next)->text()));
    }
    // Off the queue first: completing resumes a coroutine, which may append commands.
    const auto oldest = std::move(fifo_.front());
    fifo_.pop_front();
    oldest->complete(std::move(**next));
  }
}

std::optional<SteadyPoint> Pipeline::oldest() const noexcept {
  if (fifo_.empty()) return std::nullopt;
  return fifo_.front()->since();
}

void Pipeline::fail(const std::string& reason) {
  const auto lost = std::move(fifo_);
  const std::uint64_t taken = taken_;
  fifo_.clear();
  collecting_.clear();
  writing_.clear();
  appended_ = begun_ = taken_ = 0;
  reader_ = std::make_unique<ReplyReader>();
  for (const auto& waiting : lost) {
    if (waiting->begin() < taken) {
      waiting->complete(Error(ErrorCode::outcome_unknown, "no reply from Redis: " + reason));
    } else {
      waiting->complete(Error(ErrorCode::unavailable, "not sent to Redis: " + reason));
    }
  }
}

}  // namespace recado::redis
