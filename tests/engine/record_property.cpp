#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "engine/records/messages.hpp"
#include "engine/store/record.hpp"

namespace recado::engine {
namespace {

using namespace records;

Instant any_instant() {
  return from_ms(*rc::gen::inRange<std::int64_t>(0, 253'402'300'800'000));
}

Millis any_millis() {
  return Millis{*rc::gen::inRange<std::int64_t>(0, 10'000'000'000)};
}

std::string any_text() {
  return *rc::gen::arbitrary<std::string>();
}

Uid any_uid() {
  std::string bytes = *rc::gen::container<std::string>(Uid::kSize, rc::gen::arbitrary<char>());
  bytes[0] = static_cast<char>(bytes[0] & 0x3f);
  return Uid::from_bytes(bytes);
}

Message any_message() {
  Message m;
  m.uid = any_uid();
  m.generation = *rc::gen::arbitrary<std::uint32_t>();
  m.status = *rc::gen::map(rc::gen::inRange(0, 6), [](int n) { return static_cast<Status>(n); });
  m.attempt_count = *rc::gen::inRange<std::uint32_t>(0, 1'000'000);
  m.failure = *rc::gen::map(rc::gen::inRange(0, 13), [](int n) { return static_cast<Failure>(n); });
  m.next_run = any_instant();
  m.spec.due = *rc::gen::arbitrary<bool>() ? m.next_run : any_instant();
  if (*rc::gen::arbitrary<bool>()) m.finished_at = any_instant();
  if (*rc::gen::arbitrary<bool>()) m.spec.id = "c" + any_text();
  if (*rc::gen::arbitrary<bool>()) m.spec.account = "a" + any_text();
  if (*rc::gen::inRange(0, 4) == 0) {
    m.child = true;
    m.child_shard = *rc::gen::inRange<std::uint8_t>(0, 16);
    m.spec.id.clear();
  }
  if (*rc::gen::arbitrary<bool>()) m.spec.queue = any_text();
  if (*rc::gen::arbitrary<bool>()) m.spec.method = any_text();
  m.spec.webhook_url = *rc::gen::element<std::string>("https://", "http://", "") + any_text();
  m.spec.local_time = any_text();
  m.spec.timezone = any_text();
  m.spec.callback_url = any_text();
  m.spec.tags = *rc::gen::arbitrary<std::vector<std::string>>();
  m.spec.headers = *rc::gen::arbitrary<HeaderList>();
  m.spec.timeout = any_millis();
  m.spec.retry = {*rc::gen::inRange(0, 1000), *rc::gen::element(Backoff::fixed, Backoff::exponential),
                  any_millis(), any_millis()};
  if (*rc::gen::arbitrary<bool>()) m.spec.expires_at = any_instant();
  m.spec.has_payload = *rc::gen::arbitrary<bool>();
  if (m.spec.has_payload) m.spec.payload = any_text();
  if (*rc::gen::arbitrary<bool>()) {
    m.deferral = {*rc::gen::inRange<std::uint32_t>(1, 1'000'000),
                  *rc::gen::element(GateKind::other, GateKind::origin, GateKind::share, GateKind::queue,
                                    GateKind::channel),
                  any_instant(), *rc::gen::element<std::string>("", "node", "0123456789abcdef")};
  }
  if (*rc::gen::arbitrary<bool>()) {
    m.taken_over = {*rc::gen::inRange<std::uint32_t>(1, 1'000'000), any_instant(), "0123456789abcdef"};
  }
  const int attempts = *rc::gen::inRange(0, 4);
  for (int i = 0; i < attempts; ++i) {
    Attempt attempt;
    attempt.at = any_instant();
    attempt.status = *rc::gen::inRange(0, 1000);
    attempt.latency = any_millis();
    attempt.failure = Failure::tls;
    attempt.detail = any_text();
    attempt.response = any_text();
    if (*rc::gen::arbitrary<bool>()) {
      attempt.claim = *rc::gen::inRange<std::uint64_t>(1, 1'000'000'000'000);
      attempt.node = *rc::gen::element<std::string>("", "node", "0123456789abcdef");
      attempt.claimed_before = any_millis();
      attempt.retry = *rc::gen::element(RetryReason::none, RetryReason::backoff, RetryReason::retry_after);
      attempt.retry_in = any_millis();
    }
    m.attempts.push_back(attempt);
  }
  return m;
}

RC_GTEST_PROP(RecordProperty, ReadsWhatItWrote, ()) {
  const Message message = any_message();
  expect_equal(decoded(message, message.next_run), message);
  RC_ASSERT(!::testing::Test::HasFailure());
}

RC_GTEST_PROP(RecordProperty, ReadsAnyPrefixOfWhatItWrote, ()) {
  const Message message = any_message();
  const std::string key = message_key(message);
  const std::string blob = encode_record(message);
  const auto size = *rc::gen::inRange<std::size_t>(kRecordHeaderBytes, blob.size());
  // In a buffer of its own: a sanitizer sees every byte read past it.
  const std::vector<char> prefix(blob.begin(), blob.begin() + static_cast<std::ptrdiff_t>(size));
  bool complete = true;
  auto read = decode_record(key, {prefix.data(), prefix.size()}, message.next_run, &complete);
  RC_ASSERT(read.ok());
  RC_ASSERT(!complete);
  RC_ASSERT(read->id() == message.id());
  record_url(key, {prefix.data(), prefix.size()});
}

RC_GTEST_PROP(RecordProperty, SurvivesAnyBytes, ()) {
  auto bytes = *rc::gen::arbitrary<std::vector<char>>();
  if (!bytes.empty() && *rc::gen::arbitrary<bool>()) bytes[0] = kRecordVersion;
  const std::string key = *rc::gen::arbitrary<std::string>();
  const std::string_view blob(bytes.data(), bytes.size());
  bool complete = false;
  (void)decode_record(kUid.bytes(), blob, kDue, &complete);
  (void)decode_record(key, blob, kDue);
  (void)record_url(key, blob);
  (void)record_generation(blob);
}

RC_GTEST_PROP(RecordProperty, SurvivesAnyChangedBytes, ()) {
  const Message message = any_message();
  const std::string blob = encode_record(message);
  std::vector<char> bytes(blob.begin(), blob.end());
  const int changes = *rc::gen::inRange(1, 5);
  for (int i = 0; i < changes; ++i) {
    bytes[*rc::gen::inRange<std::size_t>(0, bytes.size())] = *rc::gen::arbitrary<char>();
  }
  bool complete = false;
  auto read = decode_record(message_key(message), {bytes.data(), bytes.size()}, kDue, &complete);
  if (read) {
    RC_ASSERT(read->attempts.size() <= kMaxAttemptsKept);
    RC_ASSERT(read->spec.payload.size() <= bytes.size());
    // What was read can be written and read again.
    RC_ASSERT(decode_record(message_key(*read), encode_record(*read), read->next_run).ok());
  }
}

}  // namespace
}  // namespace recado::engine
