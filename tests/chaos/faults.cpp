#include "chaos/faults.hpp"

#include <csignal>
#include <filesystem>
#include <stdexcept>

#include "chaos/network_faults.hpp"
#include "chaos/noted.hpp"

namespace recado::chaos {

namespace {

/// The redis-server of this world, never a process that only has its number.
void signal_redis(World& world, int number) {
  const pid_t pid = world.redis_pid();
  std::error_code error;
  const auto directory = std::filesystem::read_symlink("/proc/" + std::to_string(pid) + "/cwd", error);
  if (pid > 0 && !error && directory == world.redis_directory()) ::kill(pid, number);
}

bool redis_answers(World& world) {
  return world.redis_command({"PING"}) == "PONG";
}

// --- nodes

void kill_node(World& world, const char* name, Millis lasts, std::size_t target) {
  Node& node = world.node(target);
  {
    const Noted noted(world, Kind::node_lost, name);
    node.kill();
  }
  last(lasts);
  node.start();
}

void pause_node(World& world, const char* name, Millis lasts, std::size_t target) {
  const Noted noted(world, Kind::node_lost, name);
  world.node(target).signal(SIGSTOP);
  last(lasts);
  world.node(target).signal(SIGCONT);
}

/// A service manager's restart: nothing is lost and nothing repeats, so nothing is noted.
void restart_node(World& world, const char*, Millis lasts, std::size_t target) {
  Node& node = world.node(target);
  const int status = node.stop();
  if (status != 0) throw std::runtime_error(node.name() + " ended with " + std::to_string(status));
  last(lasts);
  node.start();
}

void restart_all(World& world, const char* name, Millis lasts, std::size_t) {
  for (std::size_t i = 0; i < world.nodes().size(); ++i) {
    restart_node(world, name, lasts, i);
    world.node(i).wait_healthy();
  }
}

// --- Redis

void kill_redis(World& world, const char* name, Millis lasts, std::size_t) {
  const Noted noted(world, Kind::redis_away, name);
  signal_redis(world, SIGKILL);
  last(lasts);
  if (!world.options().private_redis) world.start_redis();
  e2e::eventually([&] { return redis_answers(world); });
}

void kill_everything(World& world, const char* name, Millis lasts, std::size_t) {
  {
    const Noted lost(world, Kind::node_lost, name);
    signal_redis(world, SIGKILL);
    for (auto& node : world.nodes()) node->kill();
  }
  const Noted away(world, Kind::redis_away, name);
  last(lasts);
  if (!world.options().private_redis) world.start_redis();
  for (auto& node : world.nodes()) node->start();
  e2e::eventually([&] { return redis_answers(world); });
}

void pause_redis(World& world, const char* name, Millis lasts, std::size_t) {
  const Noted noted(world, Kind::redis_away, name);
  signal_redis(world, SIGSTOP);
  last(lasts);
  signal_redis(world, SIGCONT);
}

/// Registrations are refused; what was acknowledged goes on, so nothing is noted.
void fill_redis(World& world, const char*, Millis lasts, std::size_t) {
  world.redis_configuration("maxmemory", "1");
  last(lasts);
  world.redis_configuration("maxmemory", "0");
}

void make_redis_replica(World& world, const char* name, Millis lasts, std::size_t) {
  const Noted noted(world, Kind::redis_away, name);
  world.redis_command({"REPLICAOF", "127.0.0.1", "1"});  // nobody there: it keeps its data
  last(lasts);
  world.redis_command({"REPLICAOF", "NO", "ONE"});
}

void want_replicas(World& world, const char* name, Millis lasts, std::size_t) {
  const Noted noted(world, Kind::redis_away, name);
  world.redis_configuration("min-replicas-to-write", "1");
  last(lasts);
  world.redis_configuration("min-replicas-to-write", "0");
}

void empty_redis(World& world, const char* name, Millis lasts, std::size_t) {
  {
    const Noted away(world, Kind::redis_away, name);
    const Noted emptied(world, Kind::redis_emptied, name);
    signal_redis(world, SIGKILL);
    last(lasts);
    world.wipe_redis_files();
    world.start_redis();
    e2e::eventually([&] { return redis_answers(world); });
  }
  const auto told = [](Node& node) {
    return node.output().find("Redis came back empty") != std::string::npos;
  };
  for (auto& node : world.nodes()) {
    if (!e2e::eventually([&] { return told(*node); }, Millis{5'000}))
      throw std::runtime_error(node->name() + " does not say that Redis came back empty");
  }
}

// --- failing over

/// What a failover can cost is outcomes and claims that the replica had not received: messages may be sent
/// again. What was answered with a 201 was waited for.
template <class Break, class Mend>
void fail_over(World& world, const char* name, Break break_it, Mend mend) {
  const Noted lost(world, Kind::node_lost, name);
  const Noted away(world, Kind::redis_away, name);
  const std::size_t before = world.master();
  break_it(before);
  if (!e2e::eventually([&] { return world.master() != before; })) throw std::runtime_error("no failover");
  mend(before);
  if (!e2e::eventually([&] { return world.replicated(); })) throw std::runtime_error("no replica came back");
}

void kill_master(World& world, const char* name, Millis lasts, std::size_t) {
  fail_over(
      world, name, [&](std::size_t master) { world.redis(master).kill(SIGKILL); },
      [&](std::size_t former) {
        last(lasts);
        world.redis(former).start();
      });
}

void pause_master(World& world, const char* name, Millis lasts, std::size_t) {
  fail_over(
      world, name, [&](std::size_t master) { world.redis(master).freeze(); },
      [&](std::size_t former) {
        last(lasts);
        world.redis(former).thaw();
      });
}

void order_failover(World& world, const char* name, Millis lasts, std::size_t) {
  fail_over(
      world, name, [&](std::size_t) { world.fail_over(); }, [&](std::size_t) { last(lasts); });
}

// --- the receiver and its name

void kill_receiver(World& world, const char*, Millis lasts, std::size_t) {
  world.sink().die();
  last(lasts);
  world.sink().revive();
}

template <World::Names what>
void spoil_names(World& world, const char*, Millis lasts, std::size_t) {
  world.names_say(what);
  last(lasts);
  world.names_say(World::Names::answer);
}

void move_receiver(World& world, const char*, Millis lasts, std::size_t target) {
  const unsigned last_byte = 2 + static_cast<unsigned>(target % 100);
  world.sink().move_to("127.0.0." + std::to_string(last_byte));
  last(lasts);  // the name still says the old address
  world.name_points_to(last_byte);
}

// --- time and disk

void step_forward(World& world, const char*, Millis lasts, std::size_t) {
  const Nanos before = world.ledger().shift();
  world.step_clock(Millis{before / kMilli} + std::chrono::hours(1));
  last(lasts);
}

void step_back(World& world, const char*, Millis lasts, std::size_t) {
  const Nanos before = world.ledger().shift();
  world.step_clock(Millis{before / kMilli} - std::chrono::hours(1));
  last(lasts);
}

void fill_disk(World& world, const char* name, Millis lasts, std::size_t) {
  const Noted noted(world, Kind::redis_away, name);
  world.disk().fill();
  last(lasts);
  world.disk().free();
  e2e::eventually([&] { return redis_answers(world); });
}

/// The rewritten file cannot be finished; what is written meanwhile goes on in the file that is being added
/// to, or not.
void fill_disk_in_rewrite(World& world, const char* name, Millis lasts, std::size_t target) {
  world.redis_command({"BGREWRITEAOF"});
  fill_disk(world, name, lasts, target);
  world.redis_command({"BGREWRITEAOF"});
}

void kill_on_full_disk(World& world, const char* name, Millis lasts, std::size_t target) {
  const Noted noted(world, Kind::redis_away, name);
  world.disk().fill();
  last(lasts / 2);
  kill_node(world, name, lasts / 2, target);
  world.disk().free();
  // One that could not start is started again, as a service manager does.
  if (!e2e::eventually([&] { return redis_answers(world) || !world.node(target).running(); }) ||
      !world.node(target).running()) {
    world.node(target).start();
  }
  e2e::eventually([&] { return redis_answers(world); });
}

std::vector<Scenario> make_scenarios() {
  WorldOptions alone;
  WorldOptions three;
  three.nodes = 3;
  three.private_redis = false;
  WorldOptions two = three;
  two.nodes = 2;
  WorldOptions watched = two;
  watched.sentinel = true;
  WorldOptions named;
  named.names = true;
  WorldOptions turned;
  turned.turned_clock = true;
  WorldOptions full;
  full.full_disk = true;
  WorldOptions full_every_second = two;
  full_every_second.full_disk = true;
  full_every_second.every_second = true;
  WorldOptions small;
  small.small_disk = true;
  using std::chrono::milliseconds;
  const auto ms = [](int n) { return Millis{n}; };
  return {
      {"alone",
       alone,
       {{"recado killed", ms(0), ms(800), kill_node},
        {"private Redis killed", ms(0), ms(500), kill_redis},
        {"recado and its Redis killed", ms(0), ms(800), kill_everything},
        {"recado paused, shorter than a heartbeat", ms(200), ms(2'000), pause_node},
        {"recado paused, longer than a heartbeat", ms(4'000), ms(6'000), pause_node},
        {"private Redis paused", ms(500), ms(3'000), pause_redis},
        {"private Redis full", ms(500), ms(3'500), fill_redis},
        {"recado restarted in order", ms(0), ms(300), restart_node}}},
      {"nodes",
       three,
       {{"one of three nodes killed", ms(0), ms(5'000), kill_node},
        {"one of three nodes paused, shorter than a heartbeat", ms(200), ms(2'000), pause_node},
        {"one of three nodes paused, longer than a heartbeat", ms(4'500), ms(6'500), pause_node},
        {"one of three nodes cut off from Redis", ms(1'000), ms(6'000), cut_off_node},
        {"Redis of three nodes killed", ms(0), ms(2'500), kill_redis},
        {"Redis of three nodes paused", ms(500), ms(5'000), pause_redis},
        {"three nodes and their Redis killed", ms(0), ms(1'000), kill_everything},
        {"three nodes restarted in order, one by one", ms(0), ms(100), restart_all}}},
      {"redis",
       two,
       {{"Redis slow", ms(1'000), ms(3'000), slow_redis},
        {"replies of Redis lost after the command was done", ms(100), ms(1'200), lose_replies},
        {"connections to Redis cut, again and again", ms(100), ms(800), cut_connections},
        {"connections to Redis half-closed", ms(100), ms(500), half_close},
        {"connections to Redis refused", ms(500), ms(3'000), refuse_connections},
        {"Redis full", ms(1'000), ms(5'000), fill_redis},
        {"Redis read-only", ms(1'000), ms(5'000), make_redis_replica},
        {"Redis without enough replicas", ms(1'000), ms(5'000), want_replicas},
        {"Redis killed", ms(0), ms(2'000), kill_redis}}},
      {"emptied", two, {{"Redis restarted empty", ms(100), ms(1'500), empty_redis}}},
      {"failover",
       watched,
       {{"master killed, the replica takes over", ms(0), ms(1'500), kill_master},
        {"master paused, the replica takes over", ms(0), ms(1'500), pause_master},
        {"failover by order", ms(0), ms(500), order_failover}}},
      {"receiver",
       named,
       {{"receiver dead", ms(500), ms(2'500), kill_receiver},
        {"name server fails", ms(1'000), ms(2'500), spoil_names<World::Names::server_failure>},
        {"name server denies the name", ms(1'000), ms(2'500), spoil_names<World::Names::no_such_name>},
        {"name server silent", ms(1'000), ms(2'500), spoil_names<World::Names::silence>},
        {"name server answers garbage", ms(1'000), ms(2'500), spoil_names<World::Names::garbage>},
        {"receiver moved to another address", ms(300), ms(1'500), move_receiver}}},
      {"clock",
       turned,
       {{"wall clock an hour forward", ms(800), ms(2'000), step_forward},
        {"wall clock an hour back", ms(800), ms(2'000), step_back},
        {"recado killed between clock steps", ms(0), ms(300), kill_node}}},
      {"disk",
       full,
       {{"disk of the private Redis full", ms(1'500), ms(3'000), fill_disk},
        {"disk full while the private Redis rewrites its file", ms(1'000), ms(2'000), fill_disk_in_rewrite},
        {"recado killed while the disk is full", ms(1'000), ms(2'500), kill_on_full_disk}}},
      {"disk_everysec",
       full_every_second,
       {{"disk full, everysec", ms(1'500), ms(3'000), fill_disk},
        {"disk full while Redis rewrites its file, everysec", ms(1'000), ms(2'000), fill_disk_in_rewrite},
        {"one of two nodes killed while the disk is full, everysec", ms(1'000), ms(2'500),
         kill_on_full_disk}}},
      {"small_disk",
       small,
       {{"file system full", ms(1'500), ms(3'000), fill_disk},
        {"recado killed while its file system is full", ms(1'000), ms(2'500), kill_on_full_disk}}},
  };
}

}  // namespace

const std::vector<Scenario>& scenarios() {
  static const std::vector<Scenario> all = make_scenarios();
  return all;
}

const Scenario& scenario(const std::string& name) {
  for (const auto& one : scenarios()) {
    if (name == one.name) return one;
  }
  throw std::runtime_error("no such scenario: " + name);
}

}  // namespace recado::chaos
