// What a Redis server answers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

struct redisReply;

namespace recado::redis {

enum class ReplyKind { nil, integer, status, bulk, array, error };

/// A reply that owns its tree; views into it live as long as it does. Children are borrowed.
class Reply {
 public:
  Reply() = default;
  explicit Reply(redisReply* owned);
  Reply(Reply&&) noexcept = default;
  Reply& operator=(Reply&&) noexcept = default;

  ReplyKind kind() const noexcept;
  bool is_nil() const noexcept { return kind() == ReplyKind::nil; }
  /// 0 unless an integer (or a bulk that reads as one).
  std::int64_t integer() const noexcept;
  /// Bytes of a bulk, status or error reply; empty otherwise.
  std::string_view text() const noexcept;
  /// Elements of an array; 0 otherwise.
  std::size_t size() const noexcept;
  /// Borrowed child; a nil reply when out of range.
  Reply operator[](std::size_t index) const noexcept;

 private:
  struct Deleter {
    void operator()(redisReply* reply) const noexcept;
  };
  std::shared_ptr<redisReply> root_;  ///< keeps the tree
  redisReply* node_ = nullptr;
};

/// Prefixes of error replies, told apart in one place.
enum class RedisErrorKind {
  other,
  noscript,
  loading,
  busy,
  readonly,
  oom,
  wrongtype,
  noauth,
  noperm,
  moved,
  ask,
  tryagain,
  clusterdown,
  masterdown,
  misconf,
  noreplicas
};
RedisErrorKind classify(std::string_view error_text) noexcept;

}  // namespace recado::redis
