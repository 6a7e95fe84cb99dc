// The room's Lua scripts. Each one's contract (KEYS, ARGV, reply) heads its file in scripts/.
#pragma once

#include "redis/client.hpp"

namespace recado::auth::scripts {

const redis::Script& create_token();
const redis::Script& revoke_token();
const redis::Script& use_tokens();
const redis::Script& create_user();
const redis::Script& remove_user();

}  // namespace recado::auth::scripts
