// Messages to be stored, and what makes two of them equal.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>

#include "engine/store/record.hpp"

namespace recado::engine::records {

using std::string_view_literals::operator""sv;

inline const Uid kUid = Uid::from_bytes("\x01\x97\x8e\x3c\x5a\x10\x11\x22\x33\x44\x55\x66"sv);
inline const Instant kDue = from_ms(1'776'220'905'000);

inline Message plain_message() {
  Message message;
  message.uid = kUid;
  message.generation = 0xA1B2C3D4;
  message.spec.due = message.next_run = kDue;
  message.spec.webhook_url = "https://hooks.example.com/wf/order-17/ok";
  message.spec.has_payload = true;
  message.spec.payload = std::string(200, 'x');
  return message;
}

/// Everything set to something unusual.
inline Message full_message() {
  Message message;
  message.uid = kUid;
  message.generation = 7;
  message.status = Status::retrying;
  message.next_run = kDue + Millis{90'000};
  message.attempt_count = 300;
  message.failure = Failure::timeout;
  MessageSpec& spec = message.spec;
  spec.account = "acme";
  spec.id = "{appt-17}reminder";
  spec.due = kDue;
  spec.local_time = "2026-04-14T23:41:45";
  spec.timezone = "America/Sao_Paulo";
  spec.payload = R"({"a": 1.0, "b": "\ud800"})";
  spec.has_payload = true;
  spec.webhook_url = "http://10.0.0.1:8080/x?y=z";
  spec.method = "PUT";
  spec.headers = {{"X-Key", "one"}, {"X-Empty", ""}, {"x-key", "two"}};
  spec.retry = {3, Backoff::fixed, Millis{250}, Millis{1000}};
  spec.timeout = Millis{300'000};
  spec.expires_at = kDue + Millis{3'600'000};
  spec.callback_url = "https://example.com/done";
  spec.queue = "slow";
  spec.tags = {"a", "", "c"};
  Attempt attempt;
  attempt.at = kDue;
  attempt.status = 503;
  attempt.latency = Millis{120};
  attempt.failure = Failure::status;
  attempt.detail = "answered 503 Service Unavailable";
  attempt.response = "busy";
  message.attempts = {attempt, {}};
  return message;
}

/// full_message() with what later programs of the same format version record.
inline Message traced_message() {
  Message message = full_message();
  Attempt& attempt = message.attempts.front();
  attempt.claim = 70'000;
  attempt.node = "0123456789abcdef";
  attempt.claimed_before = Millis{950};
  attempt.retry = RetryReason::retry_after;
  attempt.retry_in = Millis{90'000};
  message.deferral = {3, GateKind::share, kDue + Millis{5}, "fedcba9876543210"};
  message.taken_over = {1, kDue + Millis{7}, "a node of another form"};
  return message;
}

inline void expect_equal(const Attempt& a, const Attempt& b) {
  EXPECT_EQ(a.at, b.at);
  EXPECT_EQ(a.status, b.status);
  EXPECT_EQ(a.latency, b.latency);
  EXPECT_EQ(a.failure, b.failure);
  EXPECT_EQ(a.detail, b.detail);
  EXPECT_EQ(a.response, b.response);
  EXPECT_EQ(a.claim, b.claim);
  EXPECT_EQ(a.node, b.node);
  EXPECT_EQ(a.claimed_before, b.claimed_before);
  EXPECT_EQ(a.retry, b.retry);
  EXPECT_EQ(a.retry_in, b.retry_in);
}

inline void expect_equal(const Message& a, const Message& b) {
  EXPECT_EQ(a.uid, b.uid);
  EXPECT_EQ(a.generation, b.generation);
  EXPECT_EQ(a.status, b.status);
  EXPECT_EQ(a.child, b.child);
  EXPECT_EQ(a.child_shard, b.child_shard);
  EXPECT_EQ(a.payload_dropped, b.payload_dropped);
  EXPECT_EQ(a.next_run, b.next_run);
  EXPECT_EQ(a.attempt_count, b.attempt_count);
  EXPECT_EQ(a.failure, b.failure);
  EXPECT_EQ(a.finished_at, b.finished_at);
  EXPECT_EQ(a.deferral.count, b.deferral.count);
  EXPECT_EQ(a.deferral.kind, b.deferral.kind);
  EXPECT_EQ(a.deferral.at, b.deferral.at);
  EXPECT_EQ(a.deferral.node, b.deferral.node);
  EXPECT_EQ(a.taken_over.count, b.taken_over.count);
  EXPECT_EQ(a.taken_over.at, b.taken_over.at);
  EXPECT_EQ(a.taken_over.node, b.taken_over.node);
  EXPECT_EQ(a.spec.account, b.spec.account);
  EXPECT_EQ(a.spec.id, b.spec.id);
  EXPECT_EQ(a.spec.due, b.spec.due);
  EXPECT_EQ(a.spec.local_time, b.spec.local_time);
  EXPECT_EQ(a.spec.timezone, b.spec.timezone);
  EXPECT_EQ(a.spec.payload, b.spec.payload);
  EXPECT_EQ(a.spec.has_payload, b.spec.has_payload);
  EXPECT_EQ(a.spec.webhook_url, b.spec.webhook_url);
  EXPECT_EQ(a.spec.method, b.spec.method);
  EXPECT_EQ(a.spec.headers, b.spec.headers);
  EXPECT_EQ(a.spec.retry, b.spec.retry);
  EXPECT_EQ(a.spec.timeout, b.spec.timeout);
  EXPECT_EQ(a.spec.expires_at, b.spec.expires_at);
  EXPECT_EQ(a.spec.callback_url, b.spec.callback_url);
  EXPECT_EQ(a.spec.queue, b.spec.queue);
  EXPECT_EQ(a.spec.tags, b.spec.tags);
  ASSERT_EQ(a.attempts.size(), b.attempts.size());
  for (std::size_t i = 0; i < a.attempts.size(); ++i) expect_equal(a.attempts[i], b.attempts[i]);
}

/// Through its record and back.
inline Message decoded(const Message& message, Instant score) {
  auto result = decode_record(message_key(message), encode_record(message), score);
  EXPECT_TRUE(result.ok()) << result.error().detail();
  return std::move(result).value();
}

}  // namespace recado::engine::records
