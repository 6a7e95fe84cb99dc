// The stream of outcomes: what became of attempts to reach people, kept until the floor above has read it.
#include "base/log.hpp"
#include "engine/store/record.hpp"
#include "engine/store/store.hpp"

namespace recado::engine {

io::Task<Result<std::vector<StreamedOutcome>>> Store::read_stream(unsigned shard, std::size_t most) {
  std::vector<std::string> command{"XRANGE", keys::outcomes(shard), "-", "+", "COUNT", std::to_string(most)};
  const Result<redis::Reply> reply = co_await client_.command(std::move(command));
  if (!reply.ok()) co_return reply.error();
  std::vector<StreamedOutcome> out;
  for (std::size_t i = 0; i < reply->size(); ++i) {
    const auto entry = (*reply)[i];
    StreamedOutcome one;
    one.cursor = entry[0].text();
    std::string key, record;
    const auto fields = entry[1];
    for (std::size_t f = 0; f + 1 < fields.size(); f += 2) {
      if (fields[f].text() == "key") key = fields[f + 1].text();
      if (fields[f].text() == "record") record = fields[f + 1].text();
      if (fields[f].text() == "provider") one.provider_id = fields[f + 1].text();
    }
    auto message = decode_record(key, record, Instant{});
    if (message.ok()) {
      one.message = std::move(*message);
    } else {
      log::error("an outcome in the stream cannot be read and is skipped",
                 {{"shard", shard}, {"entry", one.cursor}, {"reason", message.error()}});
      one.readable = false;
    }
    out.push_back(std::move(one));
  }
  co_return out;
}

io::Task<Result<void>> Store::forget_stream(unsigned shard, std::vector<std::string> cursors) {
  std::vector<std::string> command{"XDEL", keys::outcomes(shard)};
  for (auto& cursor : cursors) command.push_back(std::move(cursor));
  const Result<redis::Reply> reply = co_await client_.command(std::move(command));
  if (!reply.ok()) co_return reply.error();
  co_return Result<void>();
}

}  // namespace recado::engine
