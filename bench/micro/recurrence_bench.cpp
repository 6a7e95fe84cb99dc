// When a rule fires next.
#include <benchmark/benchmark.h>

#include <stdexcept>

#include "engine/recurrence.hpp"

namespace recado::engine {
namespace {

constexpr Instant kNow = from_ms(1'776'220'905'120);

RepeatSpec cron(const char* text) {
  RepeatSpec spec;
  spec.cron = text;
  spec.timezone = "America/Sao_Paulo";
  return spec;
}
RepeatSpec rrule(const char* text) {
  RepeatSpec spec;
  spec.rrule = text;
  spec.timezone = "Europe/Berlin";
  return spec;
}

Recurrence made(const RepeatSpec& spec) {
  std::string field;
  const auto out = Recurrence::make(spec, kNow, field);
  if (!out) throw std::runtime_error(out.error().detail());
  return *out;
}

void next(benchmark::State& state, const RepeatSpec& spec) {
  const auto rule = made(spec);
  Instant at = kNow;
  for (auto _ : state) {
    const auto found = rule.next(at);
    benchmark::DoNotOptimize(found);
    at = found.value_or(kNow);
  }
}
BENCHMARK_CAPTURE(next, minute, cron("* * * * *"))->Name("next fire time: cron * * * * *");
BENCHMARK_CAPTURE(next, weekdays, cron("0 9 * * 1-5"))->Name("next fire time: cron 0 9 * * 1-5");
BENCHMARK_CAPTURE(next, leap, cron("0 0 29 2 *"))->Name("next fire time: cron 0 0 29 2 *");
BENCHMARK_CAPTURE(next, daily, rrule("FREQ=DAILY"))->Name("next fire time: FREQ=DAILY");
BENCHMARK_CAPTURE(next, friday, rrule("FREQ=MONTHLY;BYDAY=-1FR"))
    ->Name("next fire time: FREQ=MONTHLY;BYDAY=-1FR");
BENCHMARK_CAPTURE(next, position, rrule("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2"))
    ->Name("next fire time: last working day but one");
BENCHMARK_CAPTURE(next, minutely, rrule("FREQ=MINUTELY;INTERVAL=7"))
    ->Name("next fire time: FREQ=MINUTELY;INTERVAL=7");

void parse_cron_rule(benchmark::State& state) {
  const auto spec = cron("*/15 8-18 * * MON-FRI");
  for (auto _ : state) benchmark::DoNotOptimize(made(spec));
}
BENCHMARK(parse_cron_rule)->Name("recurrence: parse cron");

void never(benchmark::State& state, const RepeatSpec& spec) {
  std::string field;
  for (auto _ : state) benchmark::DoNotOptimize(Recurrence::make(spec, kNow, field));
}
BENCHMARK_CAPTURE(never, cron, cron("0 0 30 2 *"))->Name("recurrence: refuse 0 0 30 2 *");
BENCHMARK_CAPTURE(never, seconds, rrule("FREQ=SECONDLY;INTERVAL=2;BYSECOND=1"))
    ->Name("recurrence: refuse seconds never met");
BENCHMARK_CAPTURE(never, count, rrule("FREQ=MONTHLY;BYDAY=-1FR;COUNT=10000"))
    ->Name("recurrence: count to 10,000");

}  // namespace
}  // namespace recado::engine
