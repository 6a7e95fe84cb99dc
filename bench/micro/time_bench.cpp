// Times: what clients write, and when a local time comes next.
#include <benchmark/benchmark.h>

#include "base/time.hpp"

namespace recado {
namespace {

void parse_utc(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(parse_time("2026-04-15T02:41:45.120Z", std::nullopt));
}
BENCHMARK(parse_utc)->Name("time: parse RFC 3339");

void parse_local(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(parse_time("2026-04-15T02:41:45", "America/Sao_Paulo"));
}
BENCHMARK(parse_local)->Name("time: local time in a zone");

void parse_gap(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(parse_time("2026-03-29T02:30:00", "Europe/Berlin"));
}
BENCHMARK(parse_gap)->Name("time: local time that daylight saving skips");

void parse_far(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(parse_time("2055-07-01T09:00:00", "Europe/Berlin"));
}
BENCHMARK(parse_far)->Name("time: local time past the zone file's last transition");

void offset(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(zone_offset("Europe/Berlin", from_ms(1'776'220'905'120)));
}
BENCHMARK(offset)->Name("time: offset of a zone");

void format(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(format_time(from_ms(1'776'220'905'120)));
}
BENCHMARK(format)->Name("time: format");

}  // namespace
}  // namespace recado
