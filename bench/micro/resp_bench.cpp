// The language of Redis: a registration written, its reply read.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "redis/encoder.hpp"
#include "redis/reply_reader.hpp"

namespace recado::redis {
namespace {

void encode(benchmark::State& state) {
  std::vector<std::string> command = {"EVALSHA", std::string(40, 'a'), "11"};
  for (int i = 0; i < 11; ++i) command.push_back("recado:1:{s0}:messages");
  command.insert(command.end(), {"0123456789abcdef", "1776220905120", "1", "0123456789ab", "1776220905120",
                                 std::string(270, 'r'), "", "", "p:main:default", "main", "0"});
  std::string out;
  for (auto _ : state) {
    out.clear();
    append_command(out, command);
    benchmark::DoNotOptimize(out.data());
  }
}
BENCHMARK(encode)->Name("RESP: encode a registration");

void decode_short(benchmark::State& state) {
  ReplyReader reader;
  for (auto _ : state) {
    reader.feed("*2\r\n:0\r\n:1\r\n");
    benchmark::DoNotOptimize(reader.next());
  }
}
BENCHMARK(decode_short)->Name("RESP: decode a registration's reply");

void decode_claim(benchmark::State& state) {
  std::string reply = "*64\r\n";
  const std::string record(270, 'r');
  for (int i = 0; i < 64; ++i)
    reply += "*4\r\n$12\r\n0123456789ab\r\n$13\r\n1776220905120\r\n:17\r\n$270\r\n" + record + "\r\n";
  ReplyReader reader;
  for (auto _ : state) {
    reader.feed(reply);
    benchmark::DoNotOptimize(reader.next());
  }
  state.SetItemsProcessed(state.iterations() * 64);
}
BENCHMARK(decode_claim)->Name("RESP: decode 64 claimed records");

}  // namespace
}  // namespace recado::redis
