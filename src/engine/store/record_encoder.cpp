#include <algorithm>

#include "base/big_endian.hpp"
#include "base/varint.hpp"
#include "engine/store/keys.hpp"
#include "engine/store/record.hpp"
#include "engine/store/record_format.hpp"

namespace recado::engine {

using namespace record_format;  // NOLINT: its only reader beside record.cpp

namespace {

std::uint64_t bounded_ms(std::int64_t ms) {
  return std::min(static_cast<std::uint64_t>(std::max<std::int64_t>(ms, 0)), kMillisLimit - 1);
}

void append_instant(std::string& out, Instant at) {
  const std::uint64_t ms = bounded_ms(to_ms(at));
  for (int shift = 40; shift >= 0; shift -= 8) out.push_back(static_cast<char>(ms >> shift));
}

void append_text(std::string& out, std::string_view text) {
  append_varint(out, text.size());
  out.append(text);
}

/// at (6 bytes), status, latency in ms, failure (varints), detail and response (length, bytes); then, since
/// they are known: claim, ms from the claim to `at` (varints), node (length, bytes), reason of the retry, ms
/// from `at` to it (varints). More may be appended: readers take what they know.
std::string attempt_bytes(const Attempt& attempt) {
  std::string out;
  append_instant(out, attempt.at);
  append_varint(out, static_cast<std::uint64_t>(std::max(attempt.status, 0)));
  append_varint(out, bounded_ms(attempt.latency.count()));
  append_varint(out, static_cast<std::uint64_t>(attempt.failure));
  append_text(out, attempt.detail);
  append_text(out, attempt.response);
  if (attempt.claim == 0) return out;
  append_varint(out, attempt.claim);
  append_varint(out, bounded_ms(attempt.claimed_before.count()));
  append_text(out, pack_node(attempt.node));
  append_varint(out, static_cast<std::uint64_t>(attempt.retry));
  append_varint(out, bounded_ms(attempt.retry_in.count()));
  return out;
}

/// cron, rrule, frequency, timezone, start, end (length, bytes each), count, number of excepted dates
/// (varints) and these (length, bytes each); then what was understood: the start and, unless there is none,
/// the last instant (6 bytes each).
std::string repeat_bytes(const Repeat& repeat) {
  const RepeatSpec& rule = repeat.rule;
  std::string out;
  for (const std::string* text :
       {&rule.cron, &rule.rrule, &rule.frequency, &rule.timezone, &rule.start_at, &rule.end_at}) {
    append_text(out, *text);
  }
  append_varint(out, bounded_ms(rule.count));
  append_varint(out, rule.except_dates.size());
  for (const auto& date : rule.except_dates) append_text(out, date);
  append_instant(out, repeat.bounds.start);
  if (repeat.bounds.last) append_instant(out, *repeat.bounds.last);
  return out;
}

class Encoder {
 public:
  explicit Encoder(std::uint32_t generation) {
    out_.push_back(kRecordVersion);
    out_.append(big_endian(generation, 4));
  }
  void text(Tag tag, std::string_view bytes) {
    out_.push_back(static_cast<char>(tag));
    append_text(out_, bytes);
  }
  void text_unless(Tag tag, std::string_view bytes, std::string_view usual) {
    if (bytes != usual) text(tag, bytes);
  }
  void number_unless(Tag tag, std::uint64_t value, std::uint64_t usual) {
    if (value == usual) return;
    std::string bytes;
    append_varint(bytes, value);
    text(tag, bytes);
  }
  void millis_unless(Tag tag, Millis value, Millis usual) {
    number_unless(tag, bounded_ms(value.count()), bounded_ms(usual.count()));
  }
  void instant(Tag tag, Instant at) {
    std::string bytes;
    append_instant(bytes, at);
    text(tag, bytes);
  }
  void url(std::string_view url) {
    if (url.starts_with(kHttps)) {
      text(Tag::url_https, url.substr(kHttps.size()));
    } else if (url.starts_with(kHttp)) {
      text(Tag::url_http, url.substr(kHttp.size()));
    } else if (!url.empty()) {
      text(Tag::url_other, url);
    }
  }
  void reserve(std::size_t more) { out_.reserve(out_.size() + more); }
  std::string take() && { return std::move(out_); }

 private:
  std::string out_;
};

void encode_policy(Encoder& out, const RetryPolicy& retry) {
  const RetryPolicy& usual = kDefaults.retry;
  out.number_unless(Tag::max_attempts, static_cast<std::uint64_t>(std::max(retry.max_attempts, 0)),
                    static_cast<std::uint64_t>(usual.max_attempts));
  out.number_unless(Tag::backoff, static_cast<std::uint64_t>(retry.backoff),
                    static_cast<std::uint64_t>(usual.backoff));
  out.millis_unless(Tag::initial, retry.initial, usual.initial);
  out.millis_unless(Tag::max, retry.max, usual.max);
}

void encode_state(Encoder& out, const Message& message) {
  out.number_unless(Tag::status, static_cast<std::uint64_t>(message.status), 0);
  out.number_unless(Tag::attempt_count, message.attempt_count, 0);
  out.number_unless(Tag::failure, static_cast<std::uint64_t>(message.failure), 0);
  if (message.deferral.count > 0) {
    std::string bytes;
    append_varint(bytes, message.deferral.count);
    append_varint(bytes, static_cast<std::uint64_t>(message.deferral.kind));
    append_instant(bytes, message.deferral.at);
    out.text(Tag::deferral, bytes.append(pack_node(message.deferral.node)));
  }
  if (message.taken_over.count > 0) {
    std::string bytes;
    append_varint(bytes, message.taken_over.count);
    append_instant(bytes, message.taken_over.at);
    out.text(Tag::taken_over, bytes.append(pack_node(message.taken_over.node)));
  }
  out.number_unless(Tag::occurrence, message.occurrence, 0);
  out.text_unless(Tag::series, message.series, {});
  if (message.finished_at) out.instant(Tag::finished_at, *message.finished_at);
  // In history the score is the finish time: it tells neither of the two.
  const bool finished = is_finished(message.status);
  if (finished || message.spec.due != message.next_run) out.instant(Tag::due, message.spec.due);
  if (finished) out.instant(Tag::next_run, message.next_run);
}

}  // namespace

std::string record_format::pack_node(std::string_view node) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  if (node.size() != 16 || node.find_first_not_of("0123456789abcdef") != std::string_view::npos) {
    return std::string(node);
  }
  std::string out;
  for (std::size_t i = 0; i < node.size(); i += 2) {
    out.push_back(static_cast<char>(digit(node[i]) << 4 | digit(node[i + 1])));
  }
  return out;
}

std::string encode_record(const Message& message, bool drop_payload) {
  const MessageSpec& spec = message.spec;
  Encoder out(message.generation);
  out.reserve(spec.webhook_url.size() + (drop_payload ? 0 : spec.payload.size()) + 64);
  if (!message.child && !spec.id.empty() && !made_uid(spec.id)) out.text(Tag::uid, message.uid.bytes());
  out.url(!spec.handler.empty()   ? std::string(keys::kHandlerOrigin) + spec.handler
          : !spec.channel.empty() ? std::string(keys::kChannelOrigin) + spec.channel
                                  : spec.webhook_url);
  if (message.child) out.text_unless(Tag::account, spec.account, kDefaults.account);
  encode_state(out, message);
  out.text_unless(Tag::queue, spec.queue, kDefaults.queue);
  for (const auto& tag : spec.tags) out.text(Tag::tag, tag);
  out.text_unless(Tag::method, spec.method, kDefaults.method);
  out.millis_unless(Tag::timeout, spec.timeout, kDefaults.timeout);
  encode_policy(out, spec.retry);
  if (spec.expires_at) out.instant(Tag::expires_at, *spec.expires_at);
  out.text_unless(Tag::callback_url, spec.callback_url, {});
  out.text_unless(Tag::local_time, spec.local_time, {});
  out.text_unless(Tag::timezone, spec.timezone, {});
  if (message.payload_dropped || (drop_payload && spec.has_payload)) out.text(Tag::payload_dropped, {});

  if (spec.has_payload && !drop_payload) out.text(Tag::payload, spec.payload);
  for (const auto& [name, value] : spec.headers) {
    std::string bytes;
    append_text(bytes, name);
    out.text(Tag::header, bytes.append(value));
  }
  if (spec.repeat) out.text(Tag::repeat, repeat_bytes(*spec.repeat));
  const std::size_t skipped = message.attempts.size() - std::min(message.attempts.size(), kMaxAttemptsKept);
  for (std::size_t i = skipped; i < message.attempts.size(); ++i) {
    out.text(Tag::attempt, attempt_bytes(message.attempts[i]));
  }
  out.text(Tag::end, {});
  return std::move(out).take();
}

}  // namespace recado::engine
