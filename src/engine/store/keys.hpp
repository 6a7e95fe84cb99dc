// Every Redis key of the engine, in one place. Prefix `recado:1:` (layout version), then the shard's hash
// tag.
//
// | key                      | type   | what                                                              |
// |--------------------------|--------|-------------------------------------------------------------------|
// | messages                 | hash   | message key → record, of everything not finished                  |
// | due                      | zset   | message keys by due time (ms): what waits                         |
// | claimed:<incarnation>    | hash   | message key → `due claim at`: what a node holds, since when       |
// | beats                    | hash   | incarnation → heartbeat counter, of nodes that hold claims        |
// | barred:<incarnation>     | string | that incarnation was declared dead; expires                       |
// | claims                   | string | the last claim number given out                                   |
// | gates                    | zset   | gate → when it is looked at next (ms); 0: open; +inf: until resumed |
// | gate-times               | hash   | gate → since when it is closed (ms)                               |
// | notes                    | hash   | message key → what its record does not say yet: see Notes         |
// | held:<gate>              | zset   | message keys by due time: what a closed gate holds                |
// | history                  | hash   | message key → record of finished messages                         |
// | delivered failed unknown | zset   | finished message keys by finish time (ms)                         |
// | counts                   | hash   | `p:<account>:<queue>` pending; `<status>:<account>` finished      |
// | outcomes                 | stream | what became of attempts to reach people, until it was read          |
// | index:<what>             | zset   | pending message keys by due time: a tag's, a named queue's, …     |
// | once                     | zset   | keys of messages that may be added only once, by when they were (ms)
// |
//
// Without a shard: `recado:1:secret:signing`, the signing secret made at first start; `recado:1:born`, drawn
// with the first connection, by which nodes notice that Redis was emptied;
// `recado:1:sent:<channel>:<day>`, how many messages a channel with a daily limit sent that day; expires.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace recado::engine::keys {

inline constexpr unsigned kShards = 16;

/// The hash tag of a shard. Chosen so that the slots lie one in each sixteenth of Redis Cluster's 16384:
/// evenly spread over 2, 3, 4, 8 and 16 masters.
std::string_view shard_tag(unsigned shard);

std::string messages(unsigned shard);
std::string due(unsigned shard);
std::string claimed(unsigned shard, std::string_view incarnation);
std::string beats(unsigned shard);
std::string barred(unsigned shard, std::string_view incarnation);
std::string claims(unsigned shard);
std::string gates(unsigned shard);
std::string gate_times(unsigned shard);
std::string notes(unsigned shard);
std::string held(unsigned shard, std::string_view gate);
std::string history(unsigned shard);
std::string finished(unsigned shard, std::string_view status);  ///< `delivered`, `failed`, `unknown`
std::string counts(unsigned shard);
std::string outcomes(unsigned shard);
std::string index(unsigned shard, std::string_view what);
std::string once(unsigned shard);
std::string signing_secret();
std::string born();
std::string sent_on_day(std::string_view channel, std::string_view day);

/// Names of indexes.
std::string tag_index(std::string_view account, std::string_view tag);
std::string queue_index(std::string_view account, std::string_view queue);
std::string account_index(std::string_view account);
/// Everything that a list of account `main` must not count: callbacks, handlers' and other accounts'
/// messages.
inline constexpr std::string_view kOtherIndex = "other";

/// A channel to people, or a handler of this program's, stands where a URL and its origin would: its key, or
/// name, after this.
inline constexpr std::string_view kChannelOrigin = "channel:";
inline constexpr std::string_view kHandlerOrigin = "handler:";

/// Names of gates: an origin whose breaker is open, one that is slow and over its share of the room, a paused
/// queue.
/// Of a destination, or of a channel (`channel:NAME`, whose gate has that very name).
std::string origin_gate(std::string_view origin);
std::string share_gate(std::string_view origin);
std::string queue_gate(std::string_view account, std::string_view queue);
/// Of a channel (`channel:NAME`) that has sent as many as it may that day.
std::string day_gate(std::string_view channel);

/// Fields of `counts`.
std::string pending_count(std::string_view account, std::string_view queue);
std::string finished_count(std::string_view status, std::string_view account);

}  // namespace recado::engine::keys
