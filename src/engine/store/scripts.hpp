// The engine's Lua scripts. Each one's contract (KEYS, ARGV, reply) heads its file in scripts/.
#pragma once

#include "redis/client.hpp"

namespace recado::engine::scripts {

const redis::Script& add();
const redis::Script& beat();
const redis::Script& change();
const redis::Script& claim();
const redis::Script& gate();
const redis::Script& heads();
const redis::Script& pending();
const redis::Script& reap();
const redis::Script& record();
const redis::Script& trim();

}  // namespace recado::engine::scripts
