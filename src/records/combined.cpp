// Lists of a combination of conditions that have few entries: all are read, and what meets is found here.
//
// Two first names of 10,000 people each: their 20,000 entries are a tenth of the bytes of 10,000 records.
#include <algorithm>
#include <iterator>

#include "records/plan.hpp"

namespace recado::records {
namespace {

constexpr std::size_t kEntriesAtOnce = 2'000;  ///< that one command reads: bounds how long it keeps Redis

std::vector<std::int64_t> sorted_ids(const std::vector<std::string>& members) {
  std::vector<std::int64_t> ids;
  ids.reserve(members.size());
  for (const auto& member : members) ids.push_back(id_at_end(member));
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

}  // namespace

io::Task<Result<std::vector<std::string>>> Store::read_members(const std::string& key, const Range& range) {
  std::vector<std::string> members;
  std::string from = "[" + range.min;
  while (true) {
    std::vector<std::string> command = {
        "ZRANGEBYLEX", key, from, "(" + range.max, "LIMIT", "0", std::to_string(kEntriesAtOnce)};
    const auto reply = co_await client_.command(std::move(command));
    if (!reply) co_return reply.error();
    for (std::size_t i = 0; i < reply->size(); ++i) members.emplace_back((*reply)[i].text());
    if (reply->size() < kEntriesAtOnce) co_return members;
    from = "(" + members.back();
  }
}

io::Task<Result<std::vector<std::string>>> Store::members_that_meet(const Plan& plan) {
  std::optional<std::vector<std::int64_t>> common;
  for (std::size_t i = 0; i < plan.conditions.size(); ++i) {
    if (i == plan.along) continue;
    const auto members = co_await read_members(plan.walked, plan.conditions[i]);
    if (!members) co_return members.error();
    auto ids = sorted_ids(*members);
    if (common) {
      std::vector<std::int64_t> both;
      std::set_intersection(common->begin(), common->end(), ids.begin(), ids.end(), std::back_inserter(both));
      ids = std::move(both);
    }
    common = std::move(ids);
    if (common->empty()) co_return std::vector<std::string>();
  }
  auto along = co_await read_members(plan.walked, plan.conditions[plan.along]);
  if (!along) co_return along.error();
  const auto meets = [&](const std::string& member) {
    return plan.conditions[plan.along].is_first(entry_of(member)) &&
           std::binary_search(common->begin(), common->end(), id_at_end(member));
  };
  along->erase(std::remove_if(along->begin(), along->end(), [&](const auto& one) { return !meets(one); }),
               along->end());
  co_return along;
}

io::Task<Result<Page>> Store::list_together(const Plan& plan, const PageRequest& request) {
  const auto members = co_await members_that_meet(plan);
  if (!members) co_return members.error();
  Page page;
  page.total = members->size();
  const std::size_t limit = std::max<std::size_t>(request.limit, 1);
  std::size_t begin = members->size();
  if (!request.cursor.empty()) {
    const auto last = std::string_view(request.cursor).substr(1);
    begin =
        static_cast<std::size_t>(std::upper_bound(members->begin(), members->end(), last) - members->begin());
  } else if (const auto before = std::max<std::uint64_t>(request.page, 1) - 1;
             before < members->size() / limit + 1) {
    begin = std::min<std::size_t>(before * limit, members->size());
  }
  const auto end = begin + std::min(limit, members->size() - begin);
  for (auto from = begin; from < end;) {
    const auto to = std::min(end, from + kMaxPart);
    std::vector<std::string> command = {"HMGET", plan.keys.records};
    for (auto i = from; i < to; ++i) command.push_back(id_bytes(id_at_end((*members)[i])));
    const auto reply = co_await client_.command(std::move(command));
    if (!reply) co_return reply.error();
    for (auto i = from; i < to; ++i) {
      const auto stored = (*reply)[i - from].text();
      if (stored.empty()) continue;  // removed meanwhile
      auto record = readable(plan.keys.records, id_at_end((*members)[i]), stored);
      if (record) page.records.push_back(std::move(*record));
    }
    from = to;
  }
  if (end < members->size()) page.next_cursor = static_cast<char>(plan.along) + (*members)[end - 1];
  co_return page;
}

}  // namespace recado::records
