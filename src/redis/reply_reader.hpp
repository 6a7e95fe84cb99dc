// Replies out of a byte stream: hiredis' reader behind a face that owns it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "redis/reply.hpp"

struct redisReader;

namespace recado::redis {

/// An array of more elements is taken for damage: none of our commands is answered with as many.
inline constexpr int kMaxReplyElements = 1 << 20;

class ReplyReader {
 public:
  ReplyReader();

  void feed(std::string_view bytes);
  /// The next whole reply; nullopt when more bytes are needed. Errors: protocol, and then for good: what
  /// follows in the stream cannot be told apart any more.
  Result<std::optional<Reply>> next();

 private:
  struct Deleter {
    void operator()(redisReader* reader) const noexcept;
  };
  std::unique_ptr<redisReader, Deleter> reader_;
};

}  // namespace recado::redis
