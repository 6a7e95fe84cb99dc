// What the parts can do alone: Redis with Recado's script, the sink under wrk, the load generator.
#include <algorithm>
#include <cstdlib>
#include <stdexcept>

#include "base/crypto.hpp"
#include "bench.hpp"
#include "contestants.hpp"
#include "engine/store/keys.hpp"
#include "engine/store/record.hpp"
#include "engine/store/scripts.hpp"
#include "load/generator.hpp"
#include "registrations.hpp"
#include "sink.hpp"

namespace recado::bench {

namespace {

/// So long is the record of a message as the bench registers it.
std::size_t record_bytes() {
  engine::Message message;
  message.spec.webhook_url = Shape().url;
  message.spec.payload = std::string(200, 'x');
  message.spec.has_payload = true;
  message.spec.due = message.next_run = e2e::now();
  message.uid = Uid::generate(e2e::now());
  message.generation = static_cast<std::uint32_t>(random_u64());
  return engine::encode_record(message).size();
}

/// The words of EVALSHA that register one message under an id of ours, as redis-benchmark takes them: it puts
/// a number in the place of __rand_int__.
std::vector<std::string> registration_command() {
  namespace keys = engine::keys;
  const std::string incarnation = "0123456789abcdef";
  const std::vector<std::string> names = {keys::messages(0),
                                          keys::history(0),
                                          keys::due(0),
                                          keys::counts(0),
                                          keys::claimed(0, incarnation),
                                          keys::beats(0),
                                          keys::claims(0),
                                          keys::barred(0, incarnation),
                                          keys::finished(0, "delivered"),
                                          keys::finished(0, "failed"),
                                          keys::finished(0, "unknown")};
  const std::string now = std::to_string(to_ms(e2e::now()));
  std::vector<std::string> words = {"EVALSHA", engine::scripts::add().sha1(), std::to_string(names.size())};
  words.insert(words.end(), names.begin(), names.end());
  words.insert(words.end(), {incarnation, now, "1", "__rand_int__", std::to_string(to_ms(far_future()(0))),
                             std::string(record_bytes(), 'r'), "", "", keys::pending_count("main", "default"),
                             "main", "0"});
  return words;
}

/// The first number that stands after `label` in what a program printed; 0 when there is none.
double number_after(const std::string& text, const std::string& label) {
  const auto at = text.find(label);
  return at == std::string::npos ? 0 : std::atof(text.c_str() + at + label.size());
}

struct RedisRow {
  std::string id, title;
  std::vector<std::string> command;
  Fsync fsync = Fsync::everysec;
  bool pipelined = false;
};

void redis_alone(Bench& bench, const RedisRow& row) {
  const std::string title = row.title + ", " + to_string(row.fsync) + ", 64 connections" +
                            (row.pipelined ? ", 16 commands at a time" : "");
  bench.say(title);
  Redis redis(row.fsync);
  redis.command({"SCRIPT", "LOAD", engine::scripts::add().source()});
  const e2e::TempDir directory;
  const auto count = bench.settings.pick(300'000, 150'000, 1'000);
  std::vector<std::string> words = {
      "/usr/bin/redis-benchmark", "-s", redis.socket(), "-c", "64", "-r", "1000000000", "-n",
      std::to_string(count),      "-q"};
  if (row.pipelined) words.insert(words.end(), {"-P", "16"});
  words.insert(words.end(), row.command.begin(), row.command.end());
  const InterferenceWatch watch;
  const double cpu = cpu_seconds(redis.pid());
  e2e::Child child(std::move(words), {{"PATH", "/usr/bin:/bin"}}, directory.path());
  child.wait(Millis{120'000});
  // … 66123.45 requests per second, p50=… msec
  const std::string said = child.whole_standard_output();
  const auto end = said.rfind(" requests per second");
  const auto begin = end == std::string::npos ? end : said.rfind(' ', end - 1);
  if (begin == std::string::npos) throw std::runtime_error("redis-benchmark: " + child.output());
  const double used = (cpu_seconds(redis.pid()) - cpu) * 1e6 / count;
  const Interference busy = watch.stop();
  const std::string id = row.id + "-64-" + to_string(row.fsync) + (row.pipelined ? "-pipelined" : "");
  bench.results.add({id, title, "commands/s"}, "redis-benchmark", std::atof(said.c_str() + begin), busy);
  bench.results.add({id + "-cpu", title + ": CPU of Redis", "µs/command", false, 1}, "redis-benchmark", used,
                    busy);
}

void sink_alone(Bench& bench) {
  Sink sink;
  if (const std::string wrk = find_program("wrk"); !wrk.empty()) {
    bench.say("the sink alone: wrk");
    const e2e::TempDir directory;
    const InterferenceWatch watch;
    e2e::Child child(
        {wrk, "-t1", "-c64", "-d" + std::to_string(bench.settings.pick(3, 2, 1)) + "s", sink.url()},
        {{"PATH", "/usr/bin:/bin"}}, directory.path());
    child.wait();
    bench.results.add({"sink", "the bench's sink alone, 64 connections", "requests/s"}, "wrk",
                      number_after(child.whole_standard_output(), "Requests/sec:"), watch.stop());
  }
  bench.say("the sink alone: the load generator");
  Registrations requests(Shape{}, far_future());
  load::Generator generator({sink.port()}, 64, [&requests] { return requests.next(); });
  generator.run(Millis{200}, 0);
  const InterferenceWatch watch;
  const load::Tally tally =
      generator.run(bench.settings.pick<Millis>(Millis{3'000}, Millis{2'000}, Millis{200}), 0);
  bench.results.add({"sink", "the bench's sink alone, 64 connections", "requests/s"}, "generator",
                    static_cast<double>(tally.accepted_in_time) / tally.seconds, watch.stop());
}

}  // namespace

void references(Bench& bench) {
  // What any program can have of this Redis on this machine: a yardstick between machines.
  redis_alone(bench, {"set", "Redis alone: SET of 300 B", {"SET", "__rand_int__", std::string(300, 'x')}});
  for (const Fsync fsync : {Fsync::everysec, Fsync::always}) {
    for (const bool pipelined : {false, true})
      redis_alone(bench,
                  {"script", "Redis alone: registration script", registration_command(), fsync, pipelined});
  }
  sink_alone(bench);
}

}  // namespace recado::bench
