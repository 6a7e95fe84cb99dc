// Lists: pages of pending messages by due time and of finished ones, latest first, merged over the shards;
// totals.
#include <algorithm>

#include "base/crypto.hpp"
#include "engine/engine_impl.hpp"
#include "engine/store/record.hpp"

namespace recado::engine {

namespace {

constexpr std::uint64_t kCountedTo = 10'000;
/// How many candidates one request looks at when a filter lets few through; then the page ends early, with a
/// cursor.
constexpr std::size_t kMostLookedAt = 50'000;
/// How many of them at once, unless the page is larger.
constexpr std::size_t kMostAtOnce = 1'000;

const char* status_name(StatusFilter status) {
  switch (status) {
    case StatusFilter::delivered:
      return "delivered";
    case StatusFilter::failed:
      return "failed";
    case StatusFilter::unknown:
      return "unknown";
    case StatusFilter::pending:
      break;
  }
  return "pending";
}

std::string encode_cursor(Instant score, std::string_view key) {
  std::string text = std::to_string(to_ms(score)) + " " + std::string(key);
  std::string out = base64_encode(text);
  for (char& c : out) c = c == '+' ? '-' : c == '/' ? '_' : c;
  while (out.ends_with('=')) out.pop_back();
  return out;
}

Result<std::pair<Instant, std::string>> decode_cursor(std::string cursor) {
  const Error unknown(ErrorCode::invalid_argument,
                      "not a cursor of ours; pass the nextCursor of the page before");
  for (char& c : cursor) c = c == '-' ? '+' : c == '_' ? '/' : c;
  while (cursor.size() % 4 != 0) cursor += '=';
  const auto text = base64_decode(cursor);
  if (!text.ok()) return unknown;
  const auto space = text->find(' ');
  if (space == std::string::npos || space == 0 || space > 15) return unknown;
  std::int64_t score = 0;
  for (const char c : text->substr(0, space)) {
    if (c < '0' || c > '9') return unknown;
    score = score * 10 + (c - '0');
  }
  return std::pair<Instant, std::string>(from_ms(score), text->substr(space + 1));
}

bool matches(const Filter& filter, const Message& message) {
  if (message.hidden() || message.spec.account != filter.account) return false;
  if (filter.queue && message.spec.queue != *filter.queue) return false;
  const auto& tags = message.spec.tags;
  return !filter.tag || std::find(tags.begin(), tags.end(), *filter.tag) != tags.end();
}

/// The index that serves a filter of pending messages; empty: the due set itself.
std::string index_of(const Filter& filter) {
  if (filter.tag) return keys::tag_index(filter.account, *filter.tag);
  if (filter.queue && *filter.queue != "default") return keys::queue_index(filter.account, *filter.queue);
  if (filter.account != "main") return keys::account_index(filter.account);
  return {};
}

/// Pending rises by (score, key), finished falls.
bool comes_before(bool falling, const Store::Place& a, const Store::Place& b) {
  if (a.score != b.score) return falling ? a.score > b.score : a.score < b.score;
  return falling ? a.key > b.key : a.key < b.key;
}

}  // namespace

/// The next `most` places after `cursor`, merged over the shards. Exact, but for what moves while it reads.
io::Task<Result<std::vector<Store::Place>>> EngineImpl::next_places(const Filter& filter,
                                                                    const std::optional<Cursor>& cursor,
                                                                    std::size_t most, bool& more) {
  const bool pending = filter.status == StatusFilter::pending;
  const bool falling = !pending;
  const std::string index = index_of(filter);
  std::optional<Instant> from = filter.after;
  std::optional<Instant> to = filter.before;
  if (cursor && !falling && (!from || cursor->score > *from)) from = cursor->score;
  if (cursor && falling && (!to || cursor->score + Millis{1} < *to)) to = cursor->score + Millis{1};
  Store::Place last;
  if (cursor) {
    last.score = cursor->score;
    last.key = cursor->key;
  }
  std::vector<Store::Place> all;
  more = false;
  for (unsigned shard = 0; shard < keys::kShards; ++shard) {
    std::size_t taken = 0;
    for (std::size_t offset = 0; taken < most; offset += most) {
      bool set_had_more = false;
      Result<std::vector<Store::Place>> places = std::vector<Store::Place>();
      if (pending && index.empty()) {
        places = co_await store_.read_pending(shard, from, to, offset, most, set_had_more);
      } else {
        std::string set =
            pending ? keys::index(shard, index) : keys::finished(shard, status_name(filter.status));
        places = co_await store_.read_sorted(std::move(set), from, to, falling, offset, most);
        set_had_more = places.ok() && places->size() == most;
      }
      if (!places.ok()) co_return places.error();
      for (auto& place : *places) {
        if (cursor && !comes_before(falling, last, place)) continue;
        all.push_back(std::move(place));
        ++taken;
      }
      more = more || set_had_more;
      if (!set_had_more) break;
    }
  }
  std::sort(all.begin(), all.end(),
            [falling](const auto& a, const auto& b) { return comes_before(falling, a, b); });
  // A message that was claimed or given back between two reads is there twice.
  all.erase(std::unique(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.key == b.key; }),
            all.end());
  if (all.size() > most) {
    all.resize(most);
    more = true;
  }
  co_return all;
}

/// Decodes what lies at `places`, in their order, leaving out what is gone or does not match. Payloads are
/// not read.
io::Task<Result<std::vector<Message>>> EngineImpl::read_messages(const Filter& filter,
                                                                 const std::vector<Store::Place>& places) {
  const bool history = filter.status != StatusFilter::pending;
  std::array<std::vector<std::size_t>, keys::kShards> by_shard;
  for (std::size_t i = 0; i < places.size(); ++i) by_shard[shard_of(places[i].key)].push_back(i);
  std::vector<std::optional<Message>> found(places.size());
  for (unsigned shard = 0; shard < keys::kShards; ++shard) {
    std::vector<std::string> wanted;
    for (const std::size_t i : by_shard[shard]) wanted.push_back(places[i].key);
    if (wanted.empty()) continue;
    const auto heads = co_await store_.read_heads(shard, history, std::move(wanted), kRecordHeadBytes);
    if (!heads.ok()) co_return heads.error();
    for (std::size_t n = 0; n < heads->size(); ++n) {
      const std::size_t i = by_shard[shard][n];
      const Store::Place& place = places[i];
      std::string bytes = (*heads)[n].bytes;
      if (bytes.empty()) continue;
      Extent extent = Extent::whole;
      auto message = decode_record(place.key, bytes, place.score, nullptr, &extent);
      if (extent == Extent::part_of_head && (*heads)[n].size > kRecordHeadBytes) {
        std::vector<std::string> one = {place.key};
        const auto whole = co_await store_.read_heads(shard, history, std::move(one), (*heads)[n].size);
        if (!whole.ok()) co_return whole.error();
        message = decode_record(place.key, whole->front().bytes, place.score);
      }
      if (!message.ok() || !matches(filter, *message)) continue;
      if (place.claimed) message->status = Status::delivering;
      message->held_by = place.held_by;
      found[i] = std::move(message).value();
    }
  }
  std::vector<Message> out;
  for (auto& message : found) {
    if (message) out.push_back(std::move(*message));
  }
  co_return out;
}

/// An index does not know which of its messages are claimed: asks the claim sets of the nodes that beat.
io::Task<Result<void>> EngineImpl::mark_claimed(std::vector<Store::Place>& places) {
  std::array<std::vector<std::size_t>, keys::kShards> by_shard;
  for (std::size_t i = 0; i < places.size(); ++i) by_shard[shard_of(places[i].key)].push_back(i);
  const auto beats = co_await store_.read_beats();
  std::vector<std::vector<std::string>> commands;
  std::vector<unsigned> shards;
  for (unsigned shard = 0; shard < keys::kShards; ++shard) {
    if (by_shard[shard].empty()) continue;
    if (!beats[shard].ok()) co_return beats[shard].error();
    for (const auto& [incarnation, counter] : *beats[shard]) {
      std::vector<std::string> command = {"HMGET", keys::claimed(shard, incarnation)};
      for (const std::size_t i : by_shard[shard]) command.push_back(places[i].key);
      commands.push_back(std::move(command));
      shards.push_back(shard);
    }
  }
  const auto replies = co_await client_.pipeline(std::move(commands));
  for (std::size_t n = 0; n < replies.size(); ++n) {
    if (!replies[n].ok()) co_return replies[n].error();
    for (std::size_t k = 0; k < replies[n]->size(); ++k) {
      if (!(*replies[n])[k].is_nil()) places[by_shard[shards[n]][k]].claimed = true;
    }
  }
  co_return Result<void>();
}

/// Nor does it know which are held: asks the gates that an overdue message may be behind.
io::Task<Result<void>> EngineImpl::mark_held(std::vector<Message>& messages) {
  const Instant now = loop_.clock().now();
  std::vector<std::vector<std::string>> commands;
  std::vector<std::pair<Message*, std::string>> asked;
  for (Message& message : messages) {
    if (message.status == Status::delivering || message.next_run > now + kWindow) continue;
    const std::string key = message_key(message);
    for (auto& gate : gate_names(message)) {
      std::vector<std::string> command = {"ZSCORE", keys::held(shard_of(key), gate), key};
      commands.push_back(std::move(command));
      asked.emplace_back(&message, std::move(gate));
    }
  }
  const auto replies = co_await client_.pipeline(std::move(commands));
  for (std::size_t i = 0; i < replies.size(); ++i) {
    if (!replies[i].ok()) co_return replies[i].error();
    if (!replies[i]->is_nil()) asked[i].first->held_by = std::move(asked[i].second);
  }
  co_return Result<void>();
}

io::Task<Result<Page>> EngineImpl::list(Filter filter, std::string cursor_text, std::size_t limit) {
  std::optional<Cursor> cursor;
  if (!cursor_text.empty()) {
    auto decoded = decode_cursor(std::move(cursor_text));
    if (!decoded.ok()) co_return decoded.error();
    cursor.emplace();
    cursor->score = decoded->first;
    cursor->key = std::move(decoded->second);
  }
  Page page;
  auto counted = co_await total(filter);
  if (!counted.ok()) co_return counted.error();
  page.total = *counted;
  std::size_t looked_at = 0;
  bool more = true;
  while (more && page.messages.size() < limit && looked_at < kMostLookedAt) {
    // Where a filter lets few through, ever more at once: each round asks all shards.
    const std::size_t wanted = std::max(limit - page.messages.size(), std::min(looked_at, kMostAtOnce));
    auto places = co_await next_places(filter, cursor, wanted, more);
    if (!places.ok()) co_return places.error();
    if (places->empty()) break;
    if (filter.status == StatusFilter::pending && !index_of(filter).empty()) {
      const auto marked = co_await mark_claimed(*places);
      if (!marked.ok()) co_return marked.error();
    }
    auto messages = co_await read_messages(filter, *places);
    if (!messages.ok()) co_return messages.error();
    if (filter.status == StatusFilter::pending && !index_of(filter).empty()) {
      const auto marked = co_await mark_held(*messages);
      if (!marked.ok()) co_return marked.error();
    }
    for (auto& message : *messages) page.messages.push_back(std::move(message));
    looked_at += places->size();
    if (!cursor) cursor.emplace();
    auto end = std::prev(places->end());
    if (page.messages.size() > limit) {
      page.messages.resize(limit);
      more = true;
      const std::string last = message_key(page.messages.back());
      end = std::find_if(places->begin(), places->end(),
                         [&last](const auto& place) { return place.key == last; });
    }
    cursor->score = end->score;
    cursor->key = end->key;
  }
  if (more && cursor) page.next_cursor = encode_cursor(cursor->score, cursor->key);
  co_return page;
}

/// Exact for one filter; a combination is counted to kCountedTo, then unknown.
io::Task<Result<std::optional<std::uint64_t>>> EngineImpl::total(const Filter& filter) {
  using Total = std::optional<std::uint64_t>;
  const bool pending = filter.status == StatusFilter::pending;
  const bool in_time = filter.before || filter.after;
  const int filters = (filter.tag ? 1 : 0) + (filter.queue ? 1 : 0);
  if (!in_time && (filters == 0 || (pending && !filter.tag))) {
    const auto counts = co_await store_.read_counts();
    if (!counts.ok()) co_return counts.error();
    std::int64_t sum = 0;
    const std::string all_queues = keys::pending_count(filter.account, "");
    for (const auto& [field, count] : *counts) {
      const bool counted = !pending
                               ? field == keys::finished_count(status_name(filter.status), filter.account)
                           : filter.queue ? field == keys::pending_count(filter.account, *filter.queue)
                                          : field.starts_with(all_queues);
      if (counted) sum += count;
    }
    co_return Total(static_cast<std::uint64_t>(std::max<std::int64_t>(0, sum)));
  }
  const std::string index = index_of(filter);
  const bool one_index = pending && !index.empty() && filters == 1;
  const bool one_set = !pending && filters == 0 && filter.account == "main";
  if (one_index || one_set) {
    std::vector<std::string> sets;
    for (unsigned shard = 0; shard < keys::kShards; ++shard) {
      sets.push_back(pending ? keys::index(shard, index) : keys::finished(shard, status_name(filter.status)));
    }
    const auto count = co_await store_.count_sorted(std::move(sets), filter.after, filter.before);
    if (!count.ok()) co_return count.error();
    co_return Total(static_cast<std::uint64_t>(*count));
  }
  std::uint64_t matching = 0;
  std::size_t looked_at = 0;
  std::optional<Cursor> cursor;
  bool more = true;
  while (more) {
    auto places = co_await next_places(filter, cursor, 1'000, more);
    if (!places.ok()) co_return places.error();
    if (places->empty()) break;
    auto messages = co_await read_messages(filter, *places);
    if (!messages.ok()) co_return messages.error();
    matching += messages->size();
    looked_at += places->size();
    if (matching > kCountedTo || looked_at > kMostLookedAt) co_return Total();
    if (!cursor) cursor.emplace();
    cursor->score = places->back().score;
    cursor->key = places->back().key;
  }
  co_return Total(matching);
}

}  // namespace recado::engine
