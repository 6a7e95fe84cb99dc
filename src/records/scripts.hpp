// The room's Lua scripts. Each one's contract (KEYS, ARGV, reply) heads its file in scripts/.
#pragma once

#include "redis/client.hpp"

namespace recado::records::scripts {

const redis::Script& find();
const redis::Script& link();
const redis::Script& page();
const redis::Script& unlink();
const redis::Script& write();

}  // namespace recado::records::scripts
