// The heap of claimed messages: one in, the earliest out, at several sizes.
#include <benchmark/benchmark.h>

#include <memory>
#include <random>

#include "engine/heap.hpp"

namespace recado::engine {
namespace {

void push_and_pop(benchmark::State& state) {
  const auto size = static_cast<std::size_t>(state.range(0));
  std::mt19937_64 random(42);
  std::uniform_int_distribution<std::int64_t> ahead(0, 1'000'000);
  const auto hooks = std::make_unique<HeapHook[]>(size);
  Heap heap;
  std::uint64_t sequence = 0;
  for (std::size_t i = 0; i < size; ++i) {
    hooks[i].due = from_ms(ahead(random));
    hooks[i].sequence = ++sequence;
    heap.push(&hooks[i]);
  }
  for (auto _ : state) {
    HeapHook* earliest = heap.pop();
    earliest->due += Millis{ahead(random)};
    earliest->sequence = ++sequence;
    heap.push(earliest);
  }
}
BENCHMARK(push_and_pop)->Name("heap: pop and push")->Arg(64)->Arg(16'384)->Arg(1'000'000);

}  // namespace
}  // namespace recado::engine
