// Redis's replies: whatever comes, in whatever pieces, each command ends once and nothing is read past the
// end.
#include <algorithm>
#include <memory>
#include <vector>

#include "fuzz/check.hpp"
#include "redis/pipeline.hpp"
#include "redis/waiting.hpp"

namespace {

using recado::redis::Reply;

void walk(const Reply& reply, int depth) {
  recado::redis::classify(reply.text());
  static_cast<void>(reply.integer());
  for (std::size_t i = 0; i < reply.size() && depth < 16; ++i) walk(reply[i], depth + 1);
  static_cast<void>(reply[reply.size()].is_nil());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t piece = 1 + data[0] % 64;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  {
    recado::redis::ReplyReader reader;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      reader.feed(bytes.substr(at, piece));
      while (true) {
        const auto reply = reader.next();
        if (!reply.ok() || !reply->has_value()) break;
        walk(**reply, 0);
      }
    }
  }
  recado::redis::Pipeline pipeline;
  for (int command = 0; command < 4; ++command) {
    pipeline.output() += "*1\r\n$4\r\nPING\r\n";
    pipeline.push(recado::SteadyPoint{});
  }
  const auto written = pipeline.begin_write().size();
  pipeline.end_write(written);
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    if (!pipeline.received(bytes.substr(at, piece)).ok()) break;
  }
  recado::fuzz::require(pipeline.waiting() <= 4, "a reply completes at most one command");
  pipeline.fail("the connection ended");
  recado::fuzz::require(pipeline.waiting() == 0, "the end of the connection completes every command");
  return 0;
}
