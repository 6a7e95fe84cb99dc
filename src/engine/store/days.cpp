// How many messages a channel with a daily limit has sent on a day, over all nodes.
#include "engine/store/keys.hpp"
#include "engine/store/store.hpp"

namespace recado::engine {

io::Task<Result<bool>> Store::count_on_day(std::string channel, std::string day, std::uint64_t most,
                                           Instant forget) {
  const std::string key = keys::sent_on_day(channel, day);
  std::vector<std::vector<std::string>> commands;
  commands.push_back({"INCR", key});
  commands.push_back({"PEXPIREAT", key, std::to_string(to_ms(forget))});
  const auto replies = co_await client_.pipeline(std::move(commands));
  if (!replies.front().ok()) co_return replies.front().error();
  if (static_cast<std::uint64_t>(replies.front()->integer()) <= most) co_return true;
  // What was not sent does not count, should the limit be raised.
  std::vector<std::string> back = {"DECR", key};
  static_cast<void>(co_await client_.command(std::move(back)));
  co_return false;
}

}  // namespace recado::engine
