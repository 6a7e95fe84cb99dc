// Every Redis key of this room. Prefix `recado:1:` (layout version), one hash tag: scripts touch several.
//
// | key     | type   | what                                                                     |
// |---------|--------|--------------------------------------------------------------------------|
// | tokens  | hash   | `<account>:<id>` → record (token.hpp); never a token's value             |
// | names   | hash   | `<account>`, a line break, `<name>` → id                                 |
// | ids     | hash   | account → the last id given out                                          |
// | used    | hash   | `<account>:<id>` → when it was used last (ms), to the minute             |
// | users   | hash   | a user's name → record (user.hpp); never a password                         |
// | version | string | counts changes of `tokens`: nodes watch it                               |
#pragma once

#include "base/time.hpp"

namespace recado::auth::keys {

inline constexpr const char* kTokens = "recado:1:{auth}:tokens";
inline constexpr const char* kNames = "recado:1:{auth}:names";
inline constexpr const char* kIds = "recado:1:{auth}:ids";
inline constexpr const char* kUsed = "recado:1:{auth}:used";
inline constexpr const char* kUsers = "recado:1:{auth}:users";
inline constexpr const char* kVersion = "recado:1:{auth}:version";

/// How long a write waits for the replicas that MIN_REPLICAS asks for. It is made twice at most, so that an
/// answer takes two of these.
inline constexpr Millis kReplicaLimit{1'000};

}  // namespace recado::auth::keys
