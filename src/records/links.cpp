// Links between records.
#include <algorithm>

#include "base/log.hpp"
#include "records/keys.hpp"
#include "records/scripts.hpp"
#include "records/store.hpp"

namespace recado::records {

io::Task<Result<Linked>> Store::link(std::string account, std::string relation, const Type& from_type,
                                     std::int64_t from, const Type& to_type,
                                     std::vector<std::int64_t> others) {
  return change_links('+', std::move(account), std::move(relation), from_type, from, to_type,
                      std::move(others));
}

io::Task<Result<Linked>> Store::unlink(std::string account, std::string relation, const Type& from_type,
                                       std::int64_t from, const Type& to_type,
                                       std::vector<std::int64_t> others) {
  return change_links('-', std::move(account), std::move(relation), from_type, from, to_type,
                      std::move(others));
}

/// To repeat it after a lost reply changes nothing, but then `changed` counts only what the repetition did.
io::Task<Result<Linked>> Store::change_links(char sign, std::string account, std::string relation,
                                             const Type& from_type, std::int64_t from, const Type& to_type,
                                             std::vector<std::int64_t> others) {
  Linked all;
  all.found = true;
  std::size_t at = 0;
  do {
    const auto to = std::min(others.size(), at + kMaxLinks);
    std::vector<std::string> keys = {Keys(account, from_type.name()).records,
                                     Keys(account, to_type.name()).records, links_key(account, relation)};
    std::vector<std::string> arguments = {std::string(1, sign), id_bytes(from)};
    for (std::size_t i = at; i < to; ++i) arguments.push_back(id_bytes(others[i]));
    const auto reply = co_await write_repeatable(scripts::link(), std::move(keys), std::move(arguments));
    if (!reply) co_return reply.error();
    all.found = (*reply)[0].integer() == 1;
    all.changed += static_cast<std::uint64_t>((*reply)[1].integer());
    for (std::size_t i = 2; i < reply->size(); ++i)
      all.missing.push_back(at + static_cast<std::size_t>((*reply)[i].integer()) - 1);
    at = to;
  } while (all.found && all.missing.empty() && at < others.size());
  co_return all;
}

/// The rest of the links of a record that is gone already: nobody finds them any more, but they take room.
io::Task<void> Store::forget_links(const Type& type, std::string account, std::int64_t id) {
  for (const auto& relation : type.relations()) {
    std::int64_t gone = 1;
    while (gone > 0) {
      std::vector<std::string> keys = {links_key(account, relation.name)};
      std::vector<std::string> arguments = {std::string(1, static_cast<char>(relation.side)), id_bytes(id),
                                            "500"};
      const auto reply = co_await write_repeatable(scripts::unlink(), std::move(keys), std::move(arguments));
      if (!reply) {
        log::warning("links of a removed record stay in Redis",
                     {{"account", account}, {"type", type.name()}, {"id", id}, {"reason", reply.error()}});
        co_return;
      }
      gone = reply->integer();
    }
  }
}

}  // namespace recado::records
