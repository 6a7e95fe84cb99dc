#include "chaos/network_faults.hpp"

#include "chaos/noted.hpp"

namespace recado::chaos {

namespace {

/// Lets a node's connection misbehave for a while, then breaks it and mends it.
void spoil(World& world, std::size_t target, Millis lasts, void (RedisProxy::*misbehave)()) {
  (world.proxy(target).*misbehave)();
  last(lasts);
  world.proxy(target).cut();
  world.proxy(target).behave();
}

}  // namespace

void cut_off_node(World& world, const char* name, Millis lasts, std::size_t target) {
  const Noted noted(world, Kind::node_lost, name);
  spoil(world, target, lasts, &RedisProxy::hold);
}

void lose_replies(World& world, const char* name, Millis lasts, std::size_t target) {
  const Noted noted(world, Kind::redis_away, name);
  spoil(world, target, lasts, &RedisProxy::lose_replies);
}

void slow_redis(World& world, const char*, Millis lasts, std::size_t target) {
  for (std::size_t i = 0; i < world.nodes().size(); ++i) {
    world.proxy(i).delay(Millis{50 + 100 * static_cast<int>((target + i) % 4)});
  }
  last(lasts);
  for (std::size_t i = 0; i < world.nodes().size(); ++i) world.proxy(i).behave();
}

void cut_connections(World& world, const char* name, Millis lasts, std::size_t) {
  const Noted noted(world, Kind::redis_away, name);
  const Instant end = e2e::now() + lasts;
  while (e2e::now() < end) {
    for (std::size_t i = 0; i < world.nodes().size(); ++i) world.proxy(i).cut();
    last(Millis{100});
  }
}

void half_close(World& world, const char* name, Millis lasts, std::size_t target) {
  const Noted noted(world, Kind::redis_away, name);
  world.proxy(target).half_close();
  last(lasts);
}

void refuse_connections(World& world, const char* name, Millis lasts, std::size_t) {
  const Noted noted(world, Kind::redis_away, name);
  for (std::size_t i = 0; i < world.nodes().size(); ++i) {
    world.proxy(i).refuse();
    world.proxy(i).cut();
  }
  last(lasts);
  for (std::size_t i = 0; i < world.nodes().size(); ++i) world.proxy(i).behave();
}

}  // namespace recado::chaos
