// The conversation on one connection, without the connection: commands go in, output comes out, what was
// received goes in, waiting commands complete in order. No sockets and no clock: tested with plain calls.
//
//   append ─► output being collected ─ begin_write ─► output being written ─ end_write(n) ─► taken by the
//   kernel
//      └────► FIFO of waiting commands ◄─ received(bytes): each whole reply completes the oldest
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "redis/reply_reader.hpp"
#include "redis/waiting.hpp"

namespace recado::redis {

class Pipeline {
 public:
  Pipeline() = default;
  ~Pipeline();
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  /// Where to encode the next command; push() must follow.
  std::string& output() noexcept { return collecting_; }
  /// The command just encoded, given out at `now`, waits for its reply.
  std::shared_ptr<Waiting> push(SteadyPoint now);

  bool has_output() const noexcept { return !collecting_.empty(); }
  /// Hands over everything collected; valid until end_write(). Requires has_output() and no write under way.
  std::string_view begin_write();
  /// `taken` of those bytes may have left us; fewer than all when the connection ended.
  void end_write(std::size_t taken) noexcept;
  /// Bytes that the buffers of the output take, empty or not.
  std::size_t buffer_bytes() const noexcept { return collecting_.capacity() + writing_.capacity(); }

  /// Completes waiting commands with the replies in `bytes`. Errors: protocol (not RESP, or a reply nobody
  /// waits for): the connection must end.
  Result<void> received(std::string_view bytes);

  /// When the oldest waiting command was given out; nullopt when none waits.
  std::optional<SteadyPoint> oldest() const noexcept;
  std::size_t waiting() const noexcept { return fifo_.size(); }

  /// The connection ended, no write is under way: what was (even partly) taken ends as outcome_unknown, the
  /// rest as unavailable, both with `reason`. Afterwards everything is as new.
  void fail(const std::string& reason);

 private:
  std::string collecting_;
  std::string writing_;
  std::uint64_t appended_ = 0;  ///< bytes of all commands pushed on this connection
  std::uint64_t begun_ = 0;     ///< end of collecting_ at the last push()
  std::uint64_t taken_ = 0;     ///< bytes that may have left us
  std::deque<std::shared_ptr<Waiting>> fifo_;
  std::unique_ptr<ReplyReader> reader_ = std::make_unique<ReplyReader>();
};

}  // namespace recado::redis
