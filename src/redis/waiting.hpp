// One command on its way and who waits for its reply.
//
// The pipeline's FIFO and the waiting coroutine share it: a coroutine that is cancelled goes on at once, and
// its place in the FIFO stays to swallow the reply. Loop thread only.
#pragma once

#include <boost/asio/any_completion_handler.hpp>
#include <cstdint>
#include <memory>
#include <optional>

#include "base/error.hpp"
#include "io/loop.hpp"
#include "redis/reply.hpp"

namespace recado::redis {

class Waiting {
 public:
  /// `begin`: the command's first byte in the connection's output. `since`: when it was handed over.
  Waiting(std::uint64_t begin, SteadyPoint since) : begin_(begin), since_(since) {}

  std::uint64_t begin() const noexcept { return begin_; }
  SteadyPoint since() const noexcept { return since_; }

  /// Keeps the result and resumes who waits, at once: the caller must be ready to be called back. Only the
  /// first result counts.
  void complete(Result<Reply> result);
  /// Nothing will come any more and the loop has ended: destroys the coroutine that waits.
  void abandon() noexcept;

  /// Completes with the result; as outcome_unknown when the waiting coroutine is cancelled.
  static io::Task<Result<Reply>> result_of(std::shared_ptr<Waiting> waiting);

 private:
  using Handler = boost::asio::any_completion_handler<void()>;
  void resume();

  const std::uint64_t begin_;
  const SteadyPoint since_;
  std::optional<Result<Reply>> result_;
  // Always constructed in place: in Boost 1.81 its move assignment recurses for ever.
  std::optional<Handler> handler_;
};

}  // namespace recado::redis
