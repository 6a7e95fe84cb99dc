// What is done with one message: its JSON read, its record written and read, its request signed and composed.
#include <benchmark/benchmark.h>
#include <boost/asio/ip/address.hpp>

#include "api/message_parse.hpp"
#include "base/crypto.hpp"
#include "base/json.hpp"
#include "engine/delivery/webhook.hpp"
#include "engine/destination.hpp"
#include "engine/store/record.hpp"
#include "net/address_policy.hpp"

namespace recado {
namespace {

const std::string kSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

std::string payload(std::size_t bytes) {
  return R"({"pad":")" + std::string(bytes - 10, 'x') + "\"}";
}

engine::Message message(std::size_t payload_bytes) {
  engine::Message out;
  out.spec.webhook_url = "https://example.org/hooks/0123456789abcdef";
  out.spec.payload = payload(payload_bytes);
  out.spec.has_payload = true;
  out.spec.due = out.next_run = from_ms(1'776'220'905'120);
  out.uid = Uid::generate(from_ms(1'776'000'000'000));
  out.generation = 7;
  return out;
}

void parse(benchmark::State& state) {
  const std::string body = R"({"scheduleTo":"2026-04-15T02:41:45.120Z","payload":)" +
                           payload(static_cast<std::size_t>(state.range(0))) +
                           R"(,"webhookUrl":"https://example.org/hooks/0123456789abcdef"})";
  const auto policy = net::AddressPolicy::create({}).value();
  const engine::Destinations destinations(policy);
  const api::ParseContext context(destinations, from_ms(1'776'000'000'000), 1 << 20);
  for (auto _ : state) {
    const auto json = json::parse(body);
    engine::MessageSpec spec;
    api::FieldErrors errors;
    api::read_message(*json, context, spec, errors);
    benchmark::DoNotOptimize(spec);
  }
}
BENCHMARK(parse)->Name("message: parse a registration, payload bytes")->Arg(200)->Arg(2'000)->Arg(64'000);

void encode(benchmark::State& state) {
  const engine::Message one = message(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(engine::encode_record(one));
}
BENCHMARK(encode)->Name("message: encode its record, payload bytes")->Arg(200)->Arg(2'000);

void decode(benchmark::State& state) {
  const engine::Message one = message(static_cast<std::size_t>(state.range(0)));
  const std::string key = engine::message_key(one), record = engine::encode_record(one);
  for (auto _ : state) benchmark::DoNotOptimize(engine::decode_record(key, record, one.next_run));
}
BENCHMARK(decode)->Name("message: decode its record, payload bytes")->Arg(200)->Arg(2'000);

void sign(benchmark::State& state) {
  const auto signer = WebhookSigner::create(kSecret);
  const std::string body = payload(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state)
    benchmark::DoNotOptimize(signer->sign("msg_019d0000000070008000000000000000", 1'776'220'905, body));
}
BENCHMARK(sign)->Name("message: sign, payload bytes")->Arg(200)->Arg(2'000)->Arg(64'000);

void compose(benchmark::State& state) {
  auto signer = WebhookSigner::create(kSecret);
  const engine::WebhookChannel channel(std::move(*signer), "0.1.0");
  const engine::Message one = message(200);
  for (auto _ : state) benchmark::DoNotOptimize(channel.request(one, 1, one.next_run));
}
BENCHMARK(compose)->Name("message: compose its signed request");

}  // namespace
}  // namespace recado
