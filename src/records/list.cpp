// Reading: single records, lists and totals.
#include <algorithm>

#include "base/log.hpp"
#include "records/plan.hpp"
#include "records/scripts.hpp"

namespace recado::records {
namespace {

constexpr std::size_t kMostListsAtOnce = 100;
constexpr std::uint64_t kMaxSkipped = 10'000;  ///< candidates in front of a page by number

/// Reads up to `limit` of the links of `from`, behind the one with `after`.
std::vector<std::string> links_command(const std::string& key, std::int64_t from, std::int64_t after,
                                       std::size_t limit) {
  const auto range = linked_with(from);
  return {"ZRANGEBYLEX",        key,     after > 0 ? "(" + range.min + id_bytes(after) : "[" + range.min,
          "(" + range.max,      "LIMIT", "0",
          std::to_string(limit)};
}

std::vector<std::int64_t> ids_of(const redis::Reply& reply) {
  std::vector<std::int64_t> ids;
  for (std::size_t i = 0; i < reply.size(); ++i) ids.push_back(id_at_end(reply[i].text()));
  return ids;
}

}  // namespace

std::optional<Record> readable(std::string_view key, std::int64_t id, std::string_view stored) {
  auto record = decode(id, stored);
  if (record) return std::move(*record);
  log::error("a stored record cannot be read", {{"key", key}, {"id", id}, {"reason", record.error()}});
  return std::nullopt;
}

/// A walk along one range of the index.
struct Store::Scan {
  Scan(const Plan& p, std::size_t a)
      : keys(p.keys), walked(p.walked), along(a), range(p.conditions[a]), from("[" + range.min) {}
  const Keys& keys;
  const std::string& walked;
  std::size_t along;  ///< which condition
  const Range& range;
  std::string from;
  std::uint64_t offset = 0;  ///< to leave out in the next part
  std::size_t part = kMaxPart;
  bool end = false;
  std::vector<std::pair<std::string, std::string>> read;  ///< members with their records, of the last part

  std::vector<Record> records;
  std::string last;   ///< the member of the last record taken, or looked at
  bool more = false;  ///< there may be more records
  /// Set: the walk goes on behind the page to its end, and counts what matches.
  std::optional<std::uint64_t> matching;
};

io::Task<Result<std::optional<Record>>> Store::find(std::string account, const Type& type, std::string path) {
  auto question = Question::by_path(path);
  if (!question) co_return std::optional<Record>();
  std::vector<Question> one;
  one.push_back(std::move(*question));
  auto found = co_await find_all(std::move(account), type, std::move(one));
  if (!found) co_return found.error();
  if (found->front().empty()) co_return std::optional<Record>();
  co_return std::optional<Record>(std::move(found->front().front()));
}

io::Task<Result<std::vector<std::vector<Record>>>> Store::find_all(std::string account, const Type& type,
                                                                   std::vector<Question> questions) {
  const Keys names(account, type.name());
  std::vector<std::vector<Record>> found;
  found.reserve(questions.size());
  for (std::size_t from = 0; from < questions.size(); from += kMaxPart) {
    const auto to = std::min(questions.size(), from + kMaxPart);
    std::vector<std::string> keys = {names.records, names.unique, names.index};
    std::vector<std::string> arguments;
    for (std::size_t i = from; i < to; ++i) {
      arguments.emplace_back(1, questions[i].kind);
      arguments.push_back(std::move(questions[i].what));
      arguments.push_back(std::move(questions[i].more));
    }
    const auto reply = co_await client_.eval(scripts::find(), std::move(keys), std::move(arguments));
    if (!reply) co_return reply.error();
    for (std::size_t i = 0; i < to - from; ++i) {
      const auto answer = (*reply)[i];
      std::vector<Record> records;
      for (std::size_t j = 0; j + 1 < answer.size(); j += 2) {
        auto record = readable(names.records, id_at_end(answer[j].text()), answer[j + 1].text());
        if (record) records.push_back(std::move(*record));
      }
      found.push_back(std::move(records));
    }
  }
  co_return found;
}

io::Task<Result<Store::Plan>> Store::plan(std::string account, const Type& type, Query query) {
  Plan plan{Keys(account, type.name())};
  plan.conditions = query.conditions();
  if (plan.conditions.empty()) plan.conditions.push_back(all_records());
  std::vector<std::vector<std::string>> commands;
  const auto count = [&](const Range& range) {
    std::vector<std::string> command = {"ZLEXCOUNT", plan.keys.index, "[" + range.min, "(" + range.max};
    commands.push_back(std::move(command));
  };
  for (const auto& condition : plan.conditions) {
    count(condition);
    if (!condition.prefix.empty()) count(shared_starts(condition.prefix));
  }
  const auto replies = co_await client_.pipeline(std::move(commands));
  std::size_t at = 0;
  for (const auto& condition : plan.conditions) {
    std::int64_t total = 0;
    for (const int sign : {1, -1}) {
      if (sign < 0 && condition.prefix.empty()) continue;
      const auto& reply = replies[at++];
      if (!reply) co_return reply.error();
      total += sign * reply->integer();
    }
    plan.counts.push_back(static_cast<std::uint64_t>(std::max<std::int64_t>(total, 0)));
  }
  plan.smallest = static_cast<std::size_t>(std::min_element(plan.counts.begin(), plan.counts.end()) -
                                           plan.counts.begin());
  plan.along = query.order().value_or(plan.smallest);
  co_return plan;
}

io::Task<Result<void>> Store::read_part(Scan& scan) {
  std::vector<std::string> keys = {scan.keys.records, scan.walked};
  std::vector<std::string> arguments = {scan.from, "(" + scan.range.max, std::to_string(scan.offset),
                                        std::to_string(scan.part)};
  const auto reply = co_await client_.eval(scripts::page(), std::move(keys), std::move(arguments));
  if (!reply) co_return reply.error();
  scan.offset = 0;
  scan.read.clear();
  for (std::size_t i = 0; i + 1 < reply->size(); i += 2) {
    scan.read.emplace_back((*reply)[i].text(), (*reply)[i + 1].text());
  }
  scan.end = scan.read.size() < scan.part;
  if (!scan.read.empty()) scan.from = "(" + scan.read.back().first;
  co_return Result<void>();
}

/// Takes up to `limit` records that match, after leaving out `skip` of them, and learns whether there are
/// more.
io::Task<Result<void>> Store::collect(const Plan& plan, Scan& scan, std::uint64_t skip, std::size_t limit) {
  std::uint64_t looked = 0;
  while (!scan.end) {
    const auto part = co_await read_part(scan);
    if (!part) co_return part.error();
    for (const auto& [member, stored] : scan.read) {
      const auto entry = entry_of(member);
      if (stored.empty() || !scan.range.is_first(entry)) continue;
      if (plan.conditions.size() > 1) {
        if (!has_entries(stored, plan.conditions, scan.along)) continue;
      }
      if (scan.matching) ++*scan.matching;
      if (skip > 0) {
        --skip;
        continue;
      }
      if (scan.records.size() == limit) {
        scan.more = true;
        if (scan.matching) continue;
        co_return Result<void>();
      }
      auto record = readable(plan.keys.records, id_at_end(member), stored);
      if (!record) continue;
      scan.records.push_back(std::move(*record));
      scan.last = member;
    }
    looked += scan.read.size();
    // Conditions that hardly ever meet: what was found so far, and where to go on.
    if (looked >= limits_.counted && !scan.matching && !scan.end && plan.conditions.size() > 1) {
      scan.last = scan.read.back().first;
      scan.more = true;
      co_return Result<void>();
    }
    scan.part = kMaxPart;
  }
  co_return Result<void>();
}

io::Task<Result<std::optional<std::uint64_t>>> Store::count_combined(const Plan& plan) {
  if (plan.few(limits_)) {
    const auto members = co_await members_that_meet(plan);
    if (!members) co_return members.error();
    co_return std::optional<std::uint64_t>(members->size());
  }
  if (plan.counts[plan.smallest] > limits_.counted) co_return std::optional<std::uint64_t>();
  Scan scan(plan, plan.smallest);
  scan.matching = 0;
  const auto collected = co_await collect(plan, scan, 0, 0);
  if (!collected) co_return collected.error();
  co_return scan.matching;
}

io::Task<Result<std::optional<std::uint64_t>>> Store::count(std::string account, const Type& type,
                                                            Query query) {
  if (query.finds_nothing()) co_return std::optional<std::uint64_t>(0);
  const auto plan = co_await this->plan(std::move(account), type, std::move(query));
  if (!plan) co_return plan.error();
  if (plan->conditions.size() == 1) co_return std::optional<std::uint64_t>(plan->counts.front());
  co_return co_await count_combined(*plan);
}

io::Task<Result<Page>> Store::list(std::string account, const Type& type, Query query, PageRequest request) {
  Page page;
  if (query.finds_nothing()) {
    page.total = 0;
    co_return page;
  }
  const bool ordered = query.order().has_value();
  auto plan = co_await this->plan(std::move(account), type, std::move(query));
  if (!plan) co_return plan.error();
  co_return co_await list_along(std::move(*plan), std::move(request), ordered);
}

/// `ordered`: it has to be along the condition that the plan says.
io::Task<Result<Page>> Store::list_along(Plan plan, PageRequest request, bool ordered) {
  Page page;
  if (!request.cursor.empty()) {
    const auto along = static_cast<std::size_t>(static_cast<unsigned char>(request.cursor.front()));
    const bool ours = along < plan.conditions.size() && (!ordered || along == plan.along) &&
                      plan.conditions[along].has(std::string_view(request.cursor).substr(1));
    if (!ours) co_return Error(ErrorCode::invalid_argument, "is not a cursor of this list");
    plan.along = along;
  }
  if (plan.few(limits_)) co_return co_await list_together(plan, request);
  Scan scan(plan, plan.along);
  const bool single = plan.conditions.size() == 1;
  const std::size_t limit = std::max<std::size_t>(request.limit, 1);
  std::uint64_t skip = request.cursor.empty() ? (std::max<std::uint64_t>(request.page, 1) - 1) * limit : 0;
  if (single && scan.range.prefix.empty()) {
    scan.offset = std::min(skip, plan.counts.front());  // every entry is one record
    skip = 0;
  } else if (skip > kMaxSkipped) {
    co_return Error(ErrorCode::invalid_argument,
                    "lies too deep in a search or a combination of filters: use the cursor");
  }
  if (!request.cursor.empty()) scan.from = "(" + request.cursor.substr(1);
  const bool counts_too = !single && request.cursor.empty() && plan.along == plan.smallest &&
                          plan.counts[plan.smallest] <= limits_.counted;
  if (counts_too) scan.matching = 0;
  scan.part = std::min(kMaxPart, single ? limit + 1 : std::max<std::size_t>(4 * limit, 64));
  const auto collected = co_await collect(plan, scan, skip, limit);
  if (!collected) co_return collected.error();
  if (scan.more) page.next_cursor = static_cast<char>(plan.along) + scan.last;
  page.records = std::move(scan.records);
  if (single) {
    page.total = plan.counts.front();
    co_return page;
  }
  if (scan.matching) {
    page.total = scan.matching;
    co_return page;
  }
  const auto total = co_await count_combined(plan);
  if (!total) co_return total.error();
  page.total = *total;
  co_return page;
}

io::Task<Result<Page>> Store::list_linked(std::string account, std::string relation, std::int64_t from,
                                          const Type& to_type, Query query, PageRequest request) {
  if (query.finds_nothing()) {
    Page none;
    none.total = 0;
    co_return none;
  }
  Plan plan{Keys(account, to_type.name())};
  plan.walked = links_key(account, relation);
  plan.indexed = false;
  plan.conditions = query.conditions();
  // The links come first: the others judge what is found along them.
  const auto links = linked_with(from);
  plan.conditions.insert(plan.conditions.begin(), links);
  std::vector<std::int64_t> one = {from};
  const auto counted = co_await count_linked(std::move(account), std::move(relation), std::move(one));
  if (!counted) co_return counted.error();
  plan.counts.assign(plan.conditions.size(), counted->front());
  co_return co_await list_along(std::move(plan), std::move(request), true);
}

io::Task<Result<std::vector<std::int64_t>>> Store::linked_ids(std::string account, std::string relation,
                                                              std::int64_t from, std::int64_t after,
                                                              std::size_t limit) {
  const auto reply =
      co_await client_.command(links_command(links_key(account, relation), from, after, limit));
  if (!reply) co_return reply.error();
  co_return ids_of(*reply);
}

io::Task<Result<std::vector<std::vector<std::int64_t>>>> Store::first_linked_ids(
    std::string account, std::string relation, std::vector<std::int64_t> from, std::size_t limit) {
  const auto key = links_key(account, relation);
  std::vector<std::vector<std::int64_t>> ids;
  ids.reserve(from.size());
  for (std::size_t at = 0; at < from.size();) {
    std::vector<std::vector<std::string>> commands;
    for (; at < from.size() && commands.size() < kMostListsAtOnce; ++at)
      commands.push_back(links_command(key, from[at], 0, limit));
    const auto replies = co_await client_.pipeline(std::move(commands));
    for (const auto& reply : replies) {
      if (!reply) co_return reply.error();
      ids.push_back(ids_of(*reply));
    }
  }
  co_return ids;
}

io::Task<Result<std::vector<std::uint64_t>>> Store::count_linked(std::string account, std::string relation,
                                                                 std::vector<std::int64_t> from) {
  std::vector<std::vector<std::string>> commands;
  const auto key = links_key(account, relation);
  for (const auto id : from) {
    const auto range = linked_with(id);
    std::vector<std::string> command = {"ZLEXCOUNT", key, "[" + range.min, "(" + range.max};
    commands.push_back(std::move(command));
  }
  co_return co_await count_each(std::move(commands));
}

/// The numbers that many commands answer, in order.
io::Task<Result<std::vector<std::uint64_t>>> Store::count_each(
    std::vector<std::vector<std::string>> commands) {
  const auto replies = co_await client_.pipeline(std::move(commands));
  std::vector<std::uint64_t> counts;
  for (const auto& reply : replies) {
    if (!reply) co_return reply.error();
    counts.push_back(static_cast<std::uint64_t>(reply->integer()));
  }
  co_return counts;
}

io::Task<Result<std::vector<std::uint64_t>>> Store::count_values(std::string account, const Type& type,
                                                                 const Field& field,
                                                                 std::vector<std::string> values) {
  const Keys names(account, type.name());
  std::vector<std::vector<std::string>> commands;
  for (const auto& value : values) {
    const auto range = Query().where(field, value).conditions().front();
    std::vector<std::string> command = {"ZLEXCOUNT", names.index, "[" + range.min, "(" + range.max};
    commands.push_back(std::move(command));
  }
  co_return co_await count_each(std::move(commands));
}

io::Task<Result<std::vector<std::string>>> Store::accounts(const Type& type) {
  constexpr std::size_t kKeysAtOnce = 1'000;
  std::vector<std::string> found;
  std::string cursor = "0";
  do {
    auto page = co_await client_.scan(std::move(cursor), records_pattern(type.name()), kKeysAtOnce);
    if (!page) co_return page.error();
    for (const auto& key : page->keys) found.push_back(account_of(key));
    cursor = std::move(page->cursor);
  } while (cursor != "0");
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  co_return found;
}

}  // namespace recado::records
