// Faults of the network between nodes and their Redis; each is a Fault::inject.
#pragma once

#include "chaos/world.hpp"

namespace recado::chaos {

void cut_off_node(World& world, const char* name, Millis lasts, std::size_t target);
void slow_redis(World& world, const char* name, Millis lasts, std::size_t target);
void lose_replies(World& world, const char* name, Millis lasts, std::size_t target);
void cut_connections(World& world, const char* name, Millis lasts, std::size_t target);
void half_close(World& world, const char* name, Millis lasts, std::size_t target);
void refuse_connections(World& world, const char* name, Millis lasts, std::size_t target);

}  // namespace recado::chaos
