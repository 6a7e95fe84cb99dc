// Reading: one message, stretches of what is pending, heads of records, counters, gates. Changes nothing.
#include <algorithm>
#include <cstdlib>

#include "engine/store/record.hpp"
#include "engine/store/scripts.hpp"
#include "engine/store/store.hpp"

namespace recado::engine {

namespace {

using Command = std::vector<std::string>;

std::string from_bound(std::optional<Instant> from) {
  return from ? std::to_string(to_ms(*from)) : "-inf";
}
std::string to_bound(std::optional<Instant> to) {
  return to ? "(" + std::to_string(to_ms(*to)) : "+inf";
}

std::int64_t integer(std::string_view text) {
  return std::strtoll(std::string(text).c_str(), nullptr, 10);
}

/// Cuts the first of some words separated by spaces off.
/// `due claim at` of a claim set.
Store::Claim parse_claim(std::string_view text) {
  Store::Claim claim;
  claim.due = from_ms(integer(next_word(text)));
  claim.number = static_cast<std::uint64_t>(integer(next_word(text)));
  claim.at = from_ms(integer(next_word(text)));
  return claim;
}

/// A gate's time; nullopt: `inf`, closed until resumed.
std::optional<Instant> gate_time(std::string_view score) {
  if (score == "inf" || score == "+inf") return std::nullopt;
  return from_ms(integer(score));
}

}  // namespace

io::Task<Result<std::optional<Store::Found>>> Store::find(std::string key) {
  const unsigned shard = shard_of(key);
  std::vector<Command> commands;
  commands.push_back({"HGET", keys::messages(shard), key});
  commands.push_back({"ZSCORE", keys::due(shard), key});
  commands.push_back({"HGET", keys::history(shard), key});
  for (const char* status : {"delivered", "failed", "unknown"}) {
    commands.push_back({"ZSCORE", keys::finished(shard, status), key});
  }
  commands.push_back({"HKEYS", keys::beats(shard)});
  commands.push_back({"ZRANGE", keys::gates(shard), "0", "-1"});
  const auto replies = co_await client_.pipeline(std::move(commands));
  for (const auto& reply : replies) {
    if (!reply.ok()) co_return reply.error();
  }
  Found found;
  if (replies[0]->kind() == redis::ReplyKind::bulk) {
    found.record = std::string(replies[0]->text());
    if (!replies[1]->is_nil()) {
      found.score = from_ms(integer(replies[1]->text()));
      co_return std::optional<Found>(std::move(found));
    }
    // Neither finished nor waiting: claimed by a node, or held by a gate.
    std::vector<Command> places;
    const redis::Reply& nodes = *replies[6];
    const redis::Reply& gates = *replies[7];
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      places.push_back({"HGET", keys::claimed(shard, nodes[i].text()), key});
    }
    for (std::size_t i = 0; i < gates.size(); ++i) {
      places.push_back({"ZSCORE", keys::held(shard, gates[i].text()), key});
    }
    const auto located = co_await client_.pipeline(std::move(places));
    for (std::size_t i = 0; i < located.size(); ++i) {
      if (!located[i].ok()) co_return located[i].error();
      if (located[i]->is_nil()) continue;
      if (i < nodes.size()) {
        found.claimed = true;
        found.node = std::string(nodes[i].text());
        found.claim = parse_claim(located[i]->text());
        found.score = found.claim.due;
      } else {
        found.held_by = std::string(gates[i - nodes.size()].text());
        found.score = from_ms(integer(located[i]->text()));
      }
      co_return std::optional<Found>(std::move(found));
    }
    // It moved between the two reads: being claimed or given back right now.
    found.claimed = true;
    found.score = loop_.clock().now();
    co_return std::optional<Found>(std::move(found));
  }
  if (replies[2]->kind() == redis::ReplyKind::bulk) {
    found.record = std::string(replies[2]->text());
    found.finished = true;
    for (std::size_t i = 3; i <= 5; ++i) {
      if (!replies[i]->is_nil()) found.score = from_ms(integer(replies[i]->text()));
    }
    co_return std::optional<Found>(std::move(found));
  }
  co_return std::optional<Found>();
}

io::Task<Result<std::map<std::string, Store::Claim>>> Store::read_claims(unsigned shard) {
  Command command = {"HGETALL", keys::claimed(shard, incarnation_)};
  const Result<redis::Reply> reply = co_await client_.command(std::move(command));
  if (!reply.ok()) co_return reply.error();
  std::map<std::string, Claim> out;
  for (std::size_t i = 0; i + 1 < reply->size(); i += 2) {
    out.emplace((*reply)[i].text(), parse_claim((*reply)[i + 1].text()));
  }
  co_return out;
}

io::Task<Result<std::vector<std::string>>> Store::read_records(unsigned shard,
                                                               std::vector<std::string> message_keys) {
  std::vector<std::string> out;
  if (message_keys.empty()) co_return out;
  Command command = {"HMGET", keys::messages(shard)};
  command.insert(command.end(), message_keys.begin(), message_keys.end());
  const Result<redis::Reply> reply = co_await client_.command(std::move(command));
  if (!reply.ok()) co_return reply.error();
  for (std::size_t i = 0; i < message_keys.size(); ++i) out.emplace_back((*reply)[i].text());
  co_return out;
}

io::Task<std::vector<Result<Store::Beats>>> Store::read_beats() {
  std::vector<Command> commands;
  for (unsigned shard = 0; shard < keys::kShards; ++shard) {
    // A shard that is being moved answers for one key, but runs no script: nobody can beat there. Two keys,
    // one of them missing, are refused just like the script.
    commands.push_back({"EXISTS", keys::beats(shard), keys::barred(shard, incarnation_)});
    commands.push_back({"HGETALL", keys::beats(shard)});
  }
  const auto replies = co_await client_.pipeline(std::move(commands));
  std::vector<Result<Beats>> out;
  for (unsigned shard = 0; shard < keys::kShards; ++shard) {
    const auto& whole = replies[2 * shard];
    const auto& reply = replies[2 * shard + 1];
    if (!whole.ok() || !reply.ok()) {
      out.emplace_back(whole.ok() ? reply.error() : whole.error());
      continue;
    }
    Beats beats;
    for (std::size_t i = 0; i + 1 < reply->size(); i += 2) {
      beats.emplace((*reply)[i].text(), (*reply)[i + 1].text());
    }
    out.emplace_back(std::move(beats));
  }
  co_return out;
}

io::Task<Result<std::vector<Store::Place>>> Store::read_pending(unsigned shard, std::optional<Instant> from,
                                                                std::optional<Instant> to, std::size_t offset,
                                                                std::size_t most, bool& more) {
  std::vector<Command> sets;
  sets.push_back({"HKEYS", keys::beats(shard)});
  sets.push_back({"ZRANGE", keys::gates(shard), "0", "-1"});
  const auto replies = co_await client_.pipeline(std::move(sets));
  for (const auto& reply : replies) {
    if (!reply.ok()) co_return reply.error();
  }
  const redis::Reply& nodes = *replies[0];
  const redis::Reply& gates = *replies[1];
  std::vector<std::string> script_keys = {keys::due(shard)};
  for (std::size_t i = 0; i < nodes.size(); ++i) script_keys.push_back(keys::claimed(shard, nodes[i].text()));
  for (std::size_t i = 0; i < gates.size(); ++i) script_keys.push_back(keys::held(shard, gates[i].text()));
  std::vector<std::string> arguments = {std::to_string(nodes.size()), from_bound(from), to_bound(to),
                                        std::to_string(offset), std::to_string(most)};
  const Result<redis::Reply> reply =
      co_await client_.eval(scripts::pending(), std::move(script_keys), std::move(arguments));
  if (!reply.ok()) co_return reply.error();

  std::vector<Place> out;
  const redis::Reply sorted = (*reply)[0];
  for (std::size_t set = 0; set < sorted.size(); ++set) {
    const redis::Reply entries = sorted[set];
    if (entries.size() >= 2 * most) more = true;
    for (std::size_t i = 0; i + 1 < entries.size(); i += 2) {
      Place place;
      place.key = std::string(entries[i].text());
      place.score = from_ms(integer(entries[i + 1].text()));
      if (set > 0) place.held_by = std::string(gates[set - 1].text());
      out.push_back(std::move(place));
    }
  }
  const redis::Reply claimed = (*reply)[1];
  for (std::size_t set = 0; set < claimed.size() && offset == 0; ++set) {
    const redis::Reply entries = claimed[set];
    for (std::size_t i = 0; i + 1 < entries.size(); i += 2) {
      Place place;
      place.key = std::string(entries[i].text());
      place.score = parse_claim(entries[i + 1].text()).due;
      place.claimed = true;
      if ((from && place.score < *from) || (to && place.score >= *to)) continue;
      out.push_back(std::move(place));
    }
  }
  co_return out;
}

io::Task<Result<std::vector<Store::Place>>> Store::read_sorted(std::string key, std::optional<Instant> from,
                                                               std::optional<Instant> to, bool falling,
                                                               std::size_t offset, std::size_t most) {
  Command command = {falling ? "ZREVRANGEBYSCORE" : "ZRANGEBYSCORE",
                     std::move(key),
                     falling ? to_bound(to) : from_bound(from),
                     falling ? from_bound(from) : to_bound(to),
                     "WITHSCORES",
                     "LIMIT",
                     std::to_string(offset),
                     std::to_string(most)};
  const Result<redis::Reply> reply = co_await client_.command(std::move(command));
  if (!reply.ok()) co_return reply.error();
  std::vector<Place> out;
  for (std::size_t i = 0; i + 1 < reply->size(); i += 2) {
    Place place;
    place.key = std::string((*reply)[i].text());
    place.score = from_ms(integer((*reply)[i + 1].text()));
    out.push_back(std::move(place));
  }
  co_return out;
}

io::Task<Result<std::vector<Store::Head>>> Store::read_heads(unsigned shard, bool history,
                                                             std::vector<std::string> message_keys,
                                                             std::size_t bytes) {
  std::vector<Head> out;
  for (std::size_t from = 0; from < message_keys.size(); from += kBatch) {
    std::vector<std::string> script_keys = {history ? keys::history(shard) : keys::messages(shard)};
    std::vector<std::string> arguments = {std::to_string(bytes)};
    const std::size_t to = std::min(message_keys.size(), from + kBatch);
    for (std::size_t i = from; i < to; ++i) arguments.push_back(std::move(message_keys[i]));
    const Result<redis::Reply> reply =
        co_await client_.eval(scripts::heads(), std::move(script_keys), std::move(arguments));
    if (!reply.ok()) co_return reply.error();
    for (std::size_t i = from; i < to; ++i) {
      const redis::Reply item = (*reply)[i - from];
      Head head;
      head.bytes = std::string(item[0].text());
      head.size = static_cast<std::size_t>(item[1].integer());
      out.push_back(std::move(head));
    }
  }
  co_return out;
}

io::Task<Result<std::map<std::string, std::int64_t>>> Store::read_counts() {
  std::vector<Command> commands;
  for (unsigned shard = 0; shard < keys::kShards; ++shard)
    commands.push_back({"HGETALL", keys::counts(shard)});
  const auto replies = co_await client_.pipeline(std::move(commands));
  std::map<std::string, std::int64_t> out;
  for (const auto& reply : replies) {
    if (!reply.ok()) co_return reply.error();
    for (std::size_t i = 0; i + 1 < reply->size(); i += 2) {
      out[std::string((*reply)[i].text())] += integer((*reply)[i + 1].text());
    }
  }
  co_return out;
}

io::Task<Result<std::int64_t>> Store::count_sorted(std::vector<std::string> set_keys,
                                                   std::optional<Instant> from, std::optional<Instant> to) {
  std::vector<Command> commands;
  for (auto& key : set_keys) commands.push_back({"ZCOUNT", std::move(key), from_bound(from), to_bound(to)});
  const auto replies = co_await client_.pipeline(std::move(commands));
  std::int64_t total = 0;
  for (const auto& reply : replies) {
    if (!reply.ok()) co_return reply.error();
    total += reply->integer();
  }
  co_return total;
}

io::Task<Result<std::map<std::string, std::optional<Instant>>>> Store::read_gates(unsigned shard) {
  Command command = {"ZRANGE", keys::gates(shard), "0", "-1", "WITHSCORES"};
  const Result<redis::Reply> reply = co_await client_.command(std::move(command));
  if (!reply.ok()) co_return reply.error();
  std::map<std::string, std::optional<Instant>> out;
  for (std::size_t i = 0; i + 1 < reply->size(); i += 2) {
    out.emplace((*reply)[i].text(), gate_time((*reply)[i + 1].text()));
  }
  co_return out;
}

io::Task<Result<void>> Store::set_gate(unsigned shard, std::string gate, std::optional<Instant> at) {
  std::vector<std::string> script_keys = {keys::gates(shard), keys::gate_times(shard)};
  std::vector<std::string> arguments = {std::move(gate), at ? std::to_string(to_ms(*at)) : "+inf",
                                        std::to_string(to_ms(loop_.clock().now()))};
  const Result<redis::Reply> reply =
      co_await client_.eval(scripts::gate(), std::move(script_keys), std::move(arguments));
  if (!reply.ok()) co_return reply.error();
  co_return Result<void>();
}

io::Task<Result<Store::Surroundings>> Store::read_surroundings(std::string key,
                                                               std::vector<std::string> gates) {
  const unsigned shard = shard_of(key);
  std::vector<Command> commands;
  commands.push_back({"HGET", keys::notes(shard), std::move(key)});
  for (const auto& gate : gates) {
    commands.push_back({"ZSCORE", keys::gates(shard), gate});
    commands.push_back({"HGET", keys::gate_times(shard), gate});
  }
  const auto replies = co_await client_.pipeline(std::move(commands));
  for (const auto& reply : replies) {
    if (!reply.ok()) co_return reply.error();
  }
  Surroundings out;
  if (!replies[0]->is_nil()) out.notes = parse_notes(replies[0]->text());
  for (std::size_t i = 1; i + 1 < replies.size(); i += 2) {
    GateState gate;
    gate.there = !replies[i]->is_nil();
    if (gate.there) gate.next = gate_time(replies[i]->text());
    if (!replies[i + 1]->is_nil()) gate.since = from_ms(integer(replies[i + 1]->text()));
    out.gates.push_back(gate);
  }
  co_return out;
}

io::Task<Result<std::int64_t>> Store::trim(unsigned shard, Status status, Instant before,
                                           std::uint64_t keep) {
  const std::string set = keys::finished(shard, to_string(status));
  std::vector<Command> commands;
  commands.push_back({"ZCARD", set});
  commands.push_back({"ZRANGE", set, "0", std::to_string(kBatch - 1), "WITHSCORES"});
  const auto replies = co_await client_.pipeline(std::move(commands));
  for (const auto& reply : replies) {
    if (!reply.ok()) co_return reply.error();
  }
  const auto size = static_cast<std::uint64_t>(replies[0]->integer());
  const std::uint64_t over = size > keep ? size - keep : 0;
  const redis::Reply& earliest = *replies[1];
  std::vector<std::string> items;
  for (std::size_t i = 0; i + 1 < earliest.size(); i += 2) {
    if (from_ms(integer(earliest[i + 1].text())) >= before && i / 2 >= over) break;
    const Result<KeyParts> parts = parse_key(earliest[i].text());
    items.emplace_back(earliest[i].text());
    items.emplace_back(earliest[i + 1].text());
    items.push_back(keys::finished_count(to_string(status), parts.ok() ? parts->account : "main"));
  }
  if (items.empty()) co_return std::int64_t{0};
  std::vector<std::string> script_keys = {keys::history(shard), set, keys::counts(shard)};
  std::vector<std::string> arguments = {std::to_string(items.size() / 3)};
  arguments.insert(arguments.end(), std::make_move_iterator(items.begin()),
                   std::make_move_iterator(items.end()));
  const Result<redis::Reply> reply =
      co_await client_.eval(scripts::trim(), std::move(script_keys), std::move(arguments));
  if (!reply.ok()) co_return reply.error();
  co_return reply->integer();
}

io::Task<Result<void>> Store::forget_once(unsigned shard, Instant before) {
  Command command = {"ZREMRANGEBYSCORE", keys::once(shard), "-inf", "(" + std::to_string(to_ms(before))};
  const auto reply = co_await client_.command(std::move(command));
  if (!reply.ok()) co_return reply.error();
  co_return Result<void>();
}

}  // namespace recado::engine
