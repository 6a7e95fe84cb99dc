#include "engine/store/record.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "engine/records/messages.hpp"
#include "engine/records/version_1.hpp"

namespace recado::engine {
namespace {

using namespace records;
using std::string_view_literals::operator""sv;

std::string from_hex(std::string_view hex) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::string out;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    out.push_back(static_cast<char>(digit(hex[i]) << 4 | digit(hex[i + 1])));
  }
  return out;
}

std::string to_hex(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out += {"0123456789abcdef"[byte >> 4], "0123456789abcdef"[byte & 15]};
  }
  return out;
}

TEST(RecordSize, OfADefaultMessageIsAtMost252Bytes) {
  const Message message = plain_message();
  ASSERT_EQ(message.spec.webhook_url.size(), 40U);
  EXPECT_EQ(message_key(message).size(), 12U);
  EXPECT_LE(encode_record(message).size(), 252U);
  EXPECT_EQ(encode_record(message).size(), 244U);
}

TEST(Record, KeepsAPlainMessage) {
  const Message message = plain_message();
  expect_equal(decoded(message, kDue), message);
  EXPECT_EQ(decoded(message, kDue).id(), kUid.uuid());
}

TEST(Record, KeepsEveryField) {
  const Message message = full_message();
  expect_equal(decoded(message, message.next_run), message);
}

TEST(Record, OfAMessageOnAChannelNamesItWhereTheUrlWouldStand) {
  Message message = plain_message();
  message.spec.webhook_url.clear();
  message.spec.channel = "cloud";
  const Message read = decoded(message, kDue);
  EXPECT_EQ(read.spec.channel, "cloud");
  EXPECT_EQ(read.spec.webhook_url, "");
  EXPECT_EQ(record_url(message_key(message), encode_record(message)), "channel:cloud");
}

TEST(Record, KeepsWhoHadIt) {
  const Message message = traced_message();
  expect_equal(decoded(message, message.next_run), message);
}

TEST(RecordSize, OfBeingHeldAndOfAnAttemptsOriginIsSmall) {
  Message message = plain_message();
  const std::size_t plain = encode_record(message).size();
  message.deferral = {1, GateKind::queue, kDue, "0123456789abcdef"};
  EXPECT_EQ(encode_record(message).size(), plain + 18);
  message.deferral = {};
  Attempt attempt;
  message.attempts = {attempt};
  const std::size_t tried = encode_record(message).size();
  message.attempts[0].claim = 100'000;
  message.attempts[0].node = "0123456789abcdef";
  message.attempts[0].claimed_before = Millis{900};
  EXPECT_EQ(encode_record(message).size(), tried + 16);
}

TEST(Record, TakesTheScoreForBothTimesWhileTheyAreTheSame) {
  const Message read = decoded(plain_message(), kDue + Millis{5});
  EXPECT_EQ(read.spec.due, kDue + Millis{5});
  EXPECT_EQ(read.next_run, kDue + Millis{5});
}

TEST(Record, KeepsTheOriginalDueTimeOfARetry) {
  Message message = plain_message();
  message.status = Status::retrying;
  message.next_run = kDue + Millis{2'500};
  const Message read = decoded(message, message.next_run);
  EXPECT_EQ(read.spec.due, kDue);
  EXPECT_EQ(read.next_run, message.next_run);
}

TEST(Record, KeepsBothTimesInHistoryWhoseScoreIsTheFinishTime) {
  for (const Status status : {Status::delivered, Status::failed, Status::unknown}) {
    Message message = plain_message();
    message.status = status;
    message.finished_at = kDue + Millis{120};
    const Message read = decoded(message, *message.finished_at);
    EXPECT_EQ(read.spec.due, kDue);
    EXPECT_EQ(read.next_run, kDue);
    EXPECT_EQ(read.finished_at, message.finished_at);
  }
}

TEST(Record, SaysThatHistoryDidNotKeepThePayload) {
  Message message = plain_message();
  message.status = Status::delivered;
  auto read = decode_record(message_key(message), encode_record(message, true), kDue);
  ASSERT_TRUE(read.ok());
  EXPECT_TRUE(read->payload_dropped);
  EXPECT_FALSE(read->spec.has_payload);
  EXPECT_EQ(read->spec.payload, "");
  expect_equal(decoded(*read, kDue), *read);
}

TEST(Record, HasNothingToDropWhenThereWasNoPayload) {
  Message message = plain_message();
  message.spec.has_payload = false;
  message.spec.payload.clear();
  auto read = decode_record(message_key(message), encode_record(message, true), kDue);
  ASSERT_TRUE(read.ok());
  EXPECT_FALSE(read->payload_dropped);
}

TEST(Record, KeepsTheLastTwentyAttempts) {
  Message message = plain_message();
  for (int i = 0; i < 30; ++i) {
    Attempt attempt;
    attempt.at = kDue + Millis{i};
    message.attempts.push_back(attempt);
  }
  const Message read = decoded(message, kDue);
  ASSERT_EQ(read.attempts.size(), kMaxAttemptsKept);
  EXPECT_EQ(read.attempts.front().at, kDue + Millis{10});
  EXPECT_EQ(read.attempts.back().at, kDue + Millis{29});
}

TEST(Record, KeepsAnyUrlAsItWasWritten) {
  for (const char* url : {"https://a", "http://a/", "HTTPS://A", "https://", "ftp://x", ""}) {
    Message message = plain_message();
    message.spec.webhook_url = url;
    EXPECT_EQ(decoded(message, kDue).spec.webhook_url, url);
    EXPECT_EQ(record_url(message_key(message), encode_record(message)), url);
  }
}

TEST(Record, TellsTheUrlOfAClientsMessageToo) {
  const Message message = full_message();
  EXPECT_EQ(record_url(message_key(message), encode_record(message)), message.spec.webhook_url);
}

TEST(Record, TellsNoUrlWhereThereIsNone) {
  const std::string blob = encode_record(plain_message());
  EXPECT_EQ(record_url(kUid.bytes(), ""), "");
  EXPECT_EQ(record_url(kUid.bytes(), blob.substr(0, 20)), "");
  EXPECT_EQ(record_url(kUid.bytes(), "\x02" + blob.substr(1)), "");
}

TEST(Record, BeginsWithVersionAndGeneration) {
  const std::string blob = encode_record(plain_message());
  EXPECT_EQ(to_hex(blob.substr(0, kRecordHeaderBytes)), "01a1b2c3d4");
  EXPECT_EQ(record_generation(blob), 0xA1B2C3D4U);
  EXPECT_EQ(record_generation("\x01\x02"), 0U);
}

TEST(Record, KeepsTheHandler) {
  Message message;
  message.spec.id = "plan:1";
  message.spec.handler = "schedules";
  message.spec.payload = "{}";
  message.spec.has_payload = true;
  const std::string key = message_key(message);
  const std::string blob = encode_record(message);
  const auto read = decode_record(key, blob, message.next_run);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->spec.handler, "schedules");
  EXPECT_EQ(read->spec.id, "plan:1");
  EXPECT_EQ(read->spec.webhook_url, "");
  EXPECT_TRUE(read->hidden());
  EXPECT_EQ(record_url(key, blob), "handler:schedules");
}

TEST(Record, KeepsTheAccountOfAChild) {
  Message message = plain_message();
  message.child = true;
  message.child_shard = 11;
  message.spec.account = "acme";
  expect_equal(decoded(message, kDue), message);
}

TEST(Record, UnderAnIdOfOursTakesItsIdentityFromTheKey) {
  Message message = plain_message();
  message.spec.id = kUid.uuid();
  const Message read = decoded(message, kDue);
  EXPECT_EQ(read.uid, kUid);
  EXPECT_EQ(read.spec.id, "");
  EXPECT_EQ(read.id(), kUid.uuid());
}

TEST(Record, BoundsTimesThatNoRecordCanHold) {
  Message message = plain_message();
  message.spec.expires_at = Instant::max();
  message.spec.timeout = Millis::max();
  message.spec.retry.initial = Millis{-1};
  const Message read = decoded(message, kDue);
  EXPECT_EQ(to_ms(*read.spec.expires_at), (std::int64_t{1} << 48) - 1);
  EXPECT_EQ(read.spec.timeout.count(), (std::int64_t{1} << 48) - 1);
  EXPECT_EQ(read.spec.retry.initial.count(), 0);
}

// A prefix of a record, as a list reads it.

TEST(RecordPrefix, DecodesAsFarAsItGoes) {
  const Message message = full_message();
  const std::string blob = encode_record(message);
  const std::string key = message_key(message);
  for (std::size_t size = kRecordHeaderBytes; size <= blob.size(); ++size) {
    bool complete = false;
    Extent extent{};
    auto read = decode_record(key, blob.substr(0, size), message.next_run, &complete, &extent);
    ASSERT_TRUE(read.ok()) << size << ": " << read.error().detail();
    EXPECT_EQ(complete, size == blob.size());
    EXPECT_EQ(extent == Extent::whole, complete);
    if (extent == Extent::part_of_head) continue;
    EXPECT_EQ(read->spec.tags, message.spec.tags);
    EXPECT_EQ(read->spec.timezone, message.spec.timezone);
    EXPECT_EQ(read->attempt_count, message.attempt_count);
    EXPECT_TRUE(read->spec.has_payload);
  }
}

TEST(RecordPrefix, OfAListsLengthHoldsTheHeadOfAMessageWithALargePayload) {
  Message message = full_message();
  message.spec.payload = std::string(100'000, 'x');
  const std::string blob = encode_record(message);
  bool complete = true;
  Extent extent{};
  auto read = decode_record(message_key(message), std::string_view(blob).substr(0, kRecordHeadBytes),
                            message.next_run, &complete, &extent);
  ASSERT_TRUE(read.ok());
  EXPECT_FALSE(complete);
  EXPECT_EQ(extent, Extent::head);
  EXPECT_EQ(read->spec.webhook_url, message.spec.webhook_url);
}

TEST(RecordPrefix, IsNoDamageForWhoAsksForEitherMeasure) {
  const std::string blob = encode_record(plain_message());
  const std::string prefix = blob.substr(0, blob.size() - 1);
  bool complete = true;
  Extent extent = Extent::whole;
  EXPECT_TRUE(decode_record(kUid.bytes(), prefix, kDue, &complete).ok());
  EXPECT_FALSE(complete);
  EXPECT_TRUE(decode_record(kUid.bytes(), prefix, kDue, nullptr, &extent).ok());
  EXPECT_EQ(extent, Extent::head);
}

TEST(RecordPrefix, IsDamagedWhereAWholeRecordIsExpected) {
  const std::string blob = encode_record(plain_message());
  auto read = decode_record(kUid.bytes(), blob.substr(0, blob.size() - 1), kDue);
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error().code(), ErrorCode::protocol);
}

// What cannot be read.

TEST(RecordDamage, IsAProtocolErrorThatNamesWhatIsWrong) {
  const std::string header("\x01\0\0\0\0"sv);
  const std::vector<std::pair<std::string, std::string>> cases{
      {"", "shorter than its header"},
      {"\x01", "shorter than its header"},
      {std::string("\x02\0\0\0\0\xff\0"sv), "format version 2"},
      {header + std::string("\x05\x01\x06\xff\0"sv), "field 5"},                   // no such status
      {header + std::string("\x07\x01\x0d\xff\0"sv), "field 7"},                   // no such failure
      {header + std::string("\x05\0\xff\0"sv), "field 5"},                         // a number without bytes
      {header + std::string("\x05\x02\x01\x01\xff\0"sv), "field 5"},               // bytes after the number
      {header + std::string("\x0f\x05\x80\x80\x80\x80\x08\xff\0"sv), "field 15"},  // 2^31 attempts
      {header + std::string("\x09\x05\0\0\0\0\0\xff\0"sv), "field 9"},             // five bytes of time
      {header + std::string("\x01\x03\x01\x02\x03\xff\0"sv), "field 1"},           // a short uid
      {header + std::string("\x81\x02\x05x\xff\0"sv), "field 129"},                // a header cut inside
      {header + std::string("\x82\x03xyz\xff\0"sv), "field 130"},                  // an attempt cut inside
      {header + std::string("\xff\x01z"sv), "field 255"},                          // an end that is not empty
      {header + std::string("\xff\0z"sv), "after its end"},
      {header + std::string("\x05\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"sv), "64 bits"},
  };
  for (const auto& [blob, what] : cases) {
    bool complete = false;
    auto read = decode_record(kUid.bytes(), blob, kDue, &complete);
    ASSERT_FALSE(read.ok()) << what;
    EXPECT_EQ(read.error().code(), ErrorCode::protocol);
    EXPECT_NE(read.error().detail().find(what), std::string::npos) << read.error().detail();
  }
}

TEST(RecordDamage, OfTheKeyIsAnInternalError) {
  auto read = decode_record("no key", encode_record(plain_message()), kDue);
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error().code(), ErrorCode::internal);
}

TEST(Record, SkipsFieldsOfALaterProgram) {
  std::string blob = encode_record(plain_message());
  blob.insert(kRecordHeaderBytes, "\x7e\x03new"sv);
  blob.insert(blob.size() - 2, "\xf0\x01z"sv);
  auto read = decode_record(kUid.bytes(), blob, kDue);
  ASSERT_TRUE(read.ok()) << read.error().detail();
  expect_equal(*read, plain_message());
}

// Stored formats: what an earlier program wrote is read for ever.

TEST(RecordFixture, OfVersion1IsReadAsItWasWritten) {
  Message finished = full_message();
  finished.status = Status::failed;
  finished.finished_at = kDue + Millis{91'000};
  auto plain = decode_record(kUid.bytes(), from_hex(records::kVersion1Plain), kDue);
  ASSERT_TRUE(plain.ok()) << plain.error().detail();
  expect_equal(*plain, plain_message());
  auto full = decode_record(from_hex(records::kVersion1FullKey), from_hex(records::kVersion1Full),
                            *finished.finished_at);
  ASSERT_TRUE(full.ok()) << full.error().detail();
  expect_equal(*full, finished);
}

TEST(RecordFixture, OfVersion1IsWhatIsStillWritten) {
  Message finished = full_message();
  finished.status = Status::failed;
  finished.finished_at = kDue + Millis{91'000};
  EXPECT_EQ(to_hex(encode_record(plain_message())), records::kVersion1Plain);
  EXPECT_EQ(to_hex(message_key(finished)), records::kVersion1FullKey);
  EXPECT_EQ(to_hex(encode_record(finished)), records::kVersion1Full);
}

}  // namespace
}  // namespace recado::engine
