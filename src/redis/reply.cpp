#include <hiredis/hiredis.h>

#include <array>
#include <charconv>
#include <utility>

#include "redis/reply.hpp"

namespace recado::redis {

void Reply::Deleter::operator()(redisReply* reply) const noexcept {
  freeReplyObject(reply);
}

Reply::Reply(redisReply* owned) : root_(owned, Deleter{}), node_(owned) {}

ReplyKind Reply::kind() const noexcept {
  if (node_ == nullptr) return ReplyKind::nil;
  switch (node_->type) {
    case REDIS_REPLY_INTEGER:
      return ReplyKind::integer;
    case REDIS_REPLY_STATUS:
      return ReplyKind::status;
    case REDIS_REPLY_STRING:
      return ReplyKind::bulk;
    case REDIS_REPLY_ARRAY:
      return ReplyKind::array;
    case REDIS_REPLY_ERROR:
      return ReplyKind::error;
    default:
      return ReplyKind::nil;
  }
}

std::int64_t Reply::integer() const noexcept {
  if (kind() == ReplyKind::integer) return node_->integer;
  if (kind() != ReplyKind::bulk) return 0;
  const std::string_view digits = text();
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return error == std::errc() && end == digits.data() + digits.size() ? value : 0;
}

std::string_view Reply::text() const noexcept {
  switch (kind()) {
    case ReplyKind::bulk:
    case ReplyKind::status:
    case ReplyKind::error:
      return {node_->str, node_->len};
    default:
      return {};
  }
}

std::size_t Reply::size() const noexcept {
  return kind() == ReplyKind::array ? node_->elements : 0;
}

Reply Reply::operator[](std::size_t index) const noexcept {
  Reply child;
  if (index >= size()) return child;
  child.root_ = root_;
  child.node_ = node_->element[index];
  return child;
}

RedisErrorKind classify(std::string_view error_text) noexcept {
  using Pair = std::pair<std::string_view, RedisErrorKind>;
  static constexpr std::array<Pair, 16> kPrefixes{{{"NOSCRIPT", RedisErrorKind::noscript},
                                                   {"LOADING", RedisErrorKind::loading},
                                                   {"BUSY", RedisErrorKind::busy},
                                                   {"READONLY", RedisErrorKind::readonly},
                                                   {"OOM", RedisErrorKind::oom},
                                                   {"WRONGTYPE", RedisErrorKind::wrongtype},
                                                   {"NOAUTH", RedisErrorKind::noauth},
                                                   {"WRONGPASS", RedisErrorKind::noauth},
                                                   {"NOPERM", RedisErrorKind::noperm},
                                                   {"MOVED", RedisErrorKind::moved},
                                                   {"ASK", RedisErrorKind::ask},
                                                   {"TRYAGAIN", RedisErrorKind::tryagain},
                                                   {"CLUSTERDOWN", RedisErrorKind::clusterdown},
                                                   {"MASTERDOWN", RedisErrorKind::masterdown},
                                                   {"MISCONF", RedisErrorKind::misconf},
                                                   {"NOREPLICAS", RedisErrorKind::noreplicas}}};
  const std::string_view prefix = error_text.substr(0, error_text.find(' '));
  for (const auto& [name, kind] : kPrefixes) {
    if (prefix == name) return kind;
  }
  return RedisErrorKind::other;
}

}  // namespace recado::redis
