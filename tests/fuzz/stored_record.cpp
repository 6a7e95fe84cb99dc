// Stored records: a damaged one is an error, a good one is written again as it was read.
#include <string>

#include "engine/store/record.hpp"
#include "fuzz/check.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace recado;
  using fuzz::require;
  if (size == 0) return 0;
  // First the length of the key, then the key, then the blob.
  const std::size_t key_size = std::min<std::size_t>(data[0], size - 1);
  const std::string key(reinterpret_cast<const char*>(data) + 1, key_size);
  const std::string_view blob(reinterpret_cast<const char*>(data) + 1 + key_size, size - 1 - key_size);
  const Instant score = from_ms(1'776'220'905'000);

  static_cast<void>(engine::record_url(key, blob));
  static_cast<void>(engine::record_generation(blob));
  const auto parts = engine::parse_key(key);
  if (!key.empty()) require(engine::shard_of(key) < 16, "a key has a shard");
  bool complete = false;
  static_cast<void>(engine::decode_record(key, blob, score, &complete));
  const auto message = engine::decode_record(key, blob, score);
  if (!message.ok()) return 0;
  require(parts.ok(), "a record is only read under a key");
  const std::string written = engine::encode_record(*message);
  // What waits is kept with its next run as the score, which the record then leaves out.
  const auto again =
      engine::decode_record(key, written, engine::is_finished(message->status) ? score : message->next_run);
  require(again.ok(), "what we write can be read");
  require(engine::encode_record(*again) == written, "a record is written alike each time");
  require(
      again->spec.payload == message->spec.payload && again->spec.webhook_url == message->spec.webhook_url,
      "payload and destination stay");
  return 0;
}
