#include "redis/reply_reader.hpp"

#include <hiredis/hiredis.h>

#include <new>

namespace recado::redis {

void ReplyReader::Deleter::operator()(redisReader* reader) const noexcept {
  redisReaderFree(reader);
}

namespace {

using ArrayMaker = void* (*)(const redisReadTask*, int);
ArrayMaker default_array_maker = nullptr;

// hiredis allocates an array before its elements have come, and walks all of it to free it: sixteen bytes
// from something that is no Redis could cost 16 GiB and minutes. A null makes the reader fail.
void* make_bounded_array(const redisReadTask* task, int elements) {
  return elements > kMaxReplyElements ? nullptr : default_array_maker(task, elements);
}

redisReplyObjectFunctions* bounded(const redisReplyObjectFunctions& defaults) {
  static redisReplyObjectFunctions functions = [&defaults] {
    default_array_maker = defaults.createArray;
    redisReplyObjectFunctions copy = defaults;
    copy.createArray = &make_bounded_array;
    return copy;
  }();
  return &functions;
}

}  // namespace

ReplyReader::ReplyReader() : reader_(redisReaderCreate()) {
  if (!reader_) throw std::bad_alloc();
  reader_->fn = bounded(*reader_->fn);
  reader_->maxbuf = 0;  // the default gives the buffer back after every large reply and allocates it anew
}

void ReplyReader::feed(std::string_view bytes) {
  redisReaderFeed(reader_.get(), bytes.data(), bytes.size());
}

Result<std::optional<Reply>> ReplyReader::next() {
  void* reply = nullptr;
  if (redisReaderGetReply(reader_.get(), &reply) != REDIS_OK) {
    return Error(ErrorCode::protocol, std::string("what came is not RESP: ") + reader_->errstr);
  }
  if (reply == nullptr) return std::optional<Reply>();
  return std::optional<Reply>(Reply(static_cast<redisReply*>(reply)));
}

}  // namespace recado::redis
