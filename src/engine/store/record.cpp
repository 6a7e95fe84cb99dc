#include "engine/store/record.hpp"

#include <optional>

#include "base/big_endian.hpp"
#include "base/varint.hpp"
#include "engine/store/keys.hpp"
#include "engine/store/record_format.hpp"

namespace recado::engine {

using namespace record_format;  // NOLINT: its only reader beside record_encoder.cpp

namespace {

/// A record being read: fields are applied one by one.
class Decoder {
 public:
  explicit Decoder(Message& message) : message_(message) {}
  /// False: damaged. Unknown tags are skipped.
  bool apply(Tag tag, std::string_view bytes);

  bool has_due = false;
  bool has_next_run = false;

 private:
  static bool number(std::string_view bytes, std::uint64_t limit, std::uint64_t& value) {
    return read_varint(bytes, value) == Varint::read && bytes.empty() && value < limit;
  }
  template <class T>
  static bool number(std::string_view bytes, std::uint64_t limit, T& out) {
    std::uint64_t value = 0;
    if (!number(bytes, limit, value)) return false;
    out = static_cast<T>(value);
    return true;
  }
  static bool millis(std::string_view bytes, Millis& out) {
    std::uint64_t value = 0;
    if (!number(bytes, kMillisLimit, value)) return false;
    out = Millis{static_cast<std::int64_t>(value)};
    return true;
  }
  static bool instant(std::string_view bytes, Instant& out) {
    if (bytes.size() != kInstantBytes) return false;
    std::int64_t ms = 0;
    for (const char c : bytes) ms = ms << 8 | static_cast<unsigned char>(c);
    out = from_ms(ms);
    return true;
  }
  static bool instant(std::string_view bytes, std::optional<Instant>& out) {
    return instant(bytes, out.emplace());
  }
  static bool text(std::string_view& rest, std::string_view& out) {
    std::uint64_t length = 0;
    if (read_varint(rest, length) != Varint::read || length > rest.size()) return false;
    out = rest.substr(0, length);
    rest.remove_prefix(length);
    return true;
  }
  bool deferral(std::string_view bytes);
  bool taken_over(std::string_view bytes);
  bool header(std::string_view bytes);
  bool attempt(std::string_view bytes);
  bool repeat(std::string_view bytes);

  Message& message_;
};

bool Decoder::deferral(std::string_view bytes) {
  Deferral& read = message_.deferral;
  std::uint64_t count = 0, kind = 0;
  if (read_varint(bytes, count) != Varint::read || count >= kIntLimit) return false;
  if (read_varint(bytes, kind) != Varint::read) return false;
  if (!instant(bytes.substr(0, kInstantBytes), read.at)) return false;
  read.count = static_cast<std::uint32_t>(count);
  read.kind = kind <= kLastGateKind ? static_cast<GateKind>(kind) : GateKind::other;
  read.node = unpack_node(bytes.substr(kInstantBytes));
  return true;
}

bool Decoder::taken_over(std::string_view bytes) {
  TakenOver& read = message_.taken_over;
  std::uint64_t count = 0;
  if (read_varint(bytes, count) != Varint::read || count >= kIntLimit) return false;
  if (!instant(bytes.substr(0, kInstantBytes), read.at)) return false;
  read.count = static_cast<std::uint32_t>(count);
  read.node = unpack_node(bytes.substr(kInstantBytes));
  return true;
}

bool Decoder::header(std::string_view bytes) {
  std::string_view name;
  if (!text(bytes, name)) return false;
  message_.spec.headers.emplace_back(name, bytes);
  return true;
}

bool Decoder::attempt(std::string_view bytes) {
  Attempt read;
  std::uint64_t status = 0, latency = 0, failure = 0;
  std::string_view detail, response;
  if (!instant(bytes.substr(0, kInstantBytes), read.at)) return false;
  bytes.remove_prefix(kInstantBytes);
  if (read_varint(bytes, status) != Varint::read || status >= kIntLimit) return false;
  if (read_varint(bytes, latency) != Varint::read || latency >= kMillisLimit) return false;
  if (read_varint(bytes, failure) != Varint::read || failure > kLastFailure) return false;
  if (!text(bytes, detail) || !text(bytes, response)) return false;
  read.status = static_cast<int>(status);
  read.latency = Millis{static_cast<std::int64_t>(latency)};
  read.failure = static_cast<Failure>(failure);
  read.detail = detail;
  read.response = response;
  if (!bytes.empty()) {
    std::uint64_t before = 0, reason = 0, wait = 0;
    std::string_view node;
    if (read_varint(bytes, read.claim) != Varint::read || read_varint(bytes, before) != Varint::read)
      return false;
    if (!text(bytes, node) || read_varint(bytes, reason) != Varint::read) return false;
    if (read_varint(bytes, wait) != Varint::read) return false;
    if (before >= kMillisLimit || wait >= kMillisLimit || reason > kLastRetryReason) return false;
    read.claimed_before = Millis{static_cast<std::int64_t>(before)};
    read.node = unpack_node(node);
    read.retry = static_cast<RetryReason>(reason);
    read.retry_in = Millis{static_cast<std::int64_t>(wait)};
  }
  auto& kept = message_.attempts;
  if (kept.size() == kMaxAttemptsKept) kept.erase(kept.begin());
  kept.push_back(std::move(read));
  return true;
}

bool Decoder::repeat(std::string_view bytes) {
  auto read = std::make_shared<Repeat>();
  RepeatSpec& rule = read->rule;
  std::string_view part;
  for (std::string* to :
       {&rule.cron, &rule.rrule, &rule.frequency, &rule.timezone, &rule.start_at, &rule.end_at}) {
    if (!text(bytes, part)) return false;
    *to = part;
  }
  std::uint64_t count = 0, dates = 0;
  if (read_varint(bytes, count) != Varint::read || count >= kIntLimit) return false;
  if (read_varint(bytes, dates) != Varint::read) return false;
  rule.count = static_cast<std::int64_t>(count);
  for (; dates > 0; --dates) {
    if (!text(bytes, part)) return false;
    rule.except_dates.emplace_back(part);
  }
  if (!instant(bytes.substr(0, kInstantBytes), read->bounds.start)) return false;
  bytes.remove_prefix(kInstantBytes);
  if (!bytes.empty() && !instant(bytes, read->bounds.last)) return false;
  message_.spec.repeat = std::move(read);
  return true;
}

bool Decoder::apply(Tag tag, std::string_view bytes) {
  MessageSpec& spec = message_.spec;
  const auto url = [&](std::string_view scheme) {
    spec.webhook_url.assign(scheme).append(bytes);
    return true;
  };
  const auto assign = [&](std::string& text) {
    text.assign(bytes);
    return true;
  };
  switch (tag) {
    case Tag::uid:
      if (bytes.size() != Uid::kSize) return false;
      // Under a key that is a Uid, that one is the message's identity.
      if (!spec.id.empty()) message_.uid = Uid::from_bytes(bytes);
      return true;
    case Tag::url_https:
      return url(kHttps);
    case Tag::url_http:
      return url(kHttp);
    case Tag::url_other:
      if (bytes.starts_with(keys::kHandlerOrigin)) {
        spec.handler.assign(bytes.substr(keys::kHandlerOrigin.size()));
        return true;
      }
      if (!bytes.starts_with(keys::kChannelOrigin)) return url({});
      spec.channel.assign(bytes.substr(keys::kChannelOrigin.size()));
      return true;
    case Tag::status:
      return number(bytes, kLastStatus + 1, message_.status);
    case Tag::attempt_count:
      return number(bytes, kIntLimit, message_.attempt_count);
    case Tag::failure:
      return number(bytes, kLastFailure + 1, message_.failure);
    case Tag::finished_at:
      return instant(bytes, message_.finished_at);
    case Tag::due:
      return has_due = instant(bytes, spec.due);
    case Tag::next_run:
      return has_next_run = instant(bytes, message_.next_run);
    case Tag::queue:
      return assign(spec.queue);
    case Tag::tag:
      spec.tags.emplace_back(bytes);
      return true;
    case Tag::method:
      return assign(spec.method);
    case Tag::timeout:
      return millis(bytes, spec.timeout);
    case Tag::max_attempts:
      return number(bytes, kIntLimit, spec.retry.max_attempts);
    case Tag::backoff:
      return number(bytes, kLastBackoff + 1, spec.retry.backoff);
    case Tag::initial:
      return millis(bytes, spec.retry.initial);
    case Tag::max:
      return millis(bytes, spec.retry.max);
    case Tag::expires_at:
      return instant(bytes, spec.expires_at);
    case Tag::callback_url:
      return assign(spec.callback_url);
    case Tag::local_time:
      return assign(spec.local_time);
    case Tag::timezone:
      return assign(spec.timezone);
    case Tag::account:
      return message_.child ? assign(spec.account) : true;
    case Tag::payload_dropped:
      message_.payload_dropped = true;
      return true;
    case Tag::deferral:
      return deferral(bytes);
    case Tag::taken_over:
      return taken_over(bytes);
    case Tag::occurrence:
      return number(bytes, kIntLimit, message_.occurrence);
    case Tag::series:
      return assign(message_.series);
    case Tag::repeat:
      return repeat(bytes);
    case Tag::payload:
      spec.has_payload = true;
      return assign(spec.payload);
    case Tag::header:
      return header(bytes);
    case Tag::attempt:
      return attempt(bytes);
    case Tag::end:
      return bytes.empty();
  }
  return true;
}

struct Field {
  std::uint8_t tag = 0;
  std::string_view bytes;
};
enum class Step { field, cut, damaged };

/// The next field. `tag` is set even when the field is cut, as soon as its first byte is there. Requires
/// !rest.empty().
Step next_field(std::string_view& rest, Field& field) {
  field.tag = static_cast<std::uint8_t>(rest.front());
  rest.remove_prefix(1);
  std::uint64_t length = 0;
  switch (read_varint(rest, length)) {
    case Varint::cut:
      return Step::cut;
    case Varint::damaged:
      return Step::damaged;
    case Varint::read:
      break;
  }
  if (length > rest.size()) return Step::cut;
  field.bytes = rest.substr(0, length);
  rest.remove_prefix(length);
  return Step::field;
}

Error damaged(std::string_view what) {
  return Error(ErrorCode::protocol, std::string("a stored message cannot be read: ").append(what));
}

}  // namespace

std::string record_format::unpack_node(std::string_view bytes) {
  if (bytes.size() != 8) return std::string(bytes);
  std::string out;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out += {"0123456789abcdef"[byte >> 4], "0123456789abcdef"[byte & 15]};
  }
  return out;
}

Result<Message> decode_record(std::string_view key, std::string_view blob, Instant score, bool* complete,
                              Extent* extent) {
  auto parts = parse_key(key);
  if (!parts) return parts.error();
  if (blob.size() < kRecordHeaderBytes) return damaged("it is shorter than its header");
  if (blob.front() != kRecordVersion) {
    return damaged("it has format version " + std::to_string(static_cast<unsigned char>(blob.front())) +
                   ", this program reads version " + std::to_string(int{kRecordVersion}));
  }
  Message message;
  message.spec.account = parts->account;
  if (!parts->made && !parts->child) message.spec.id = parts->id;
  message.uid = parts->uid;
  message.child = parts->child;
  message.child_shard = static_cast<std::uint8_t>(parts->shard);
  message.generation = record_generation(blob);

  Decoder decoder(message);
  Extent reached = Extent::part_of_head;
  std::string_view rest = blob.substr(kRecordHeaderBytes);
  while (!rest.empty() && reached != Extent::whole) {
    Field field;
    const Step step = next_field(rest, field);
    if (step == Step::damaged) return damaged("the length of a field does not fit 64 bits");
    if (field.tag >= kTail) reached = Extent::head;
    const auto tag = static_cast<Tag>(field.tag);
    if (step == Step::cut) {
      if (tag == Tag::payload) message.spec.has_payload = true;
      break;
    }
    if (!decoder.apply(tag, field.bytes))
      return damaged("field " + std::to_string(field.tag) + " is malformed");
    if (tag == Tag::end) reached = Extent::whole;
  }
  if (!rest.empty() && reached == Extent::whole) return damaged("there are bytes after its end");
  const bool whole_expected = complete == nullptr && extent == nullptr;
  if (whole_expected && reached != Extent::whole) return damaged("it was cut short");
  if (complete != nullptr) *complete = reached == Extent::whole;
  if (extent != nullptr) *extent = reached;
  if (!decoder.has_due) message.spec.due = score;
  if (!decoder.has_next_run) message.next_run = score;
  return message;
}

std::string record_url(std::string_view /*key*/, std::string_view blob) {
  if (blob.size() < kRecordHeaderBytes || blob.front() != kRecordVersion) return {};
  std::string_view rest = blob.substr(kRecordHeaderBytes);
  Field field;
  while (!rest.empty() && next_field(rest, field) == Step::field) {
    switch (static_cast<Tag>(field.tag)) {
      case Tag::url_https:
        return std::string(kHttps).append(field.bytes);
      case Tag::url_http:
        return std::string(kHttp).append(field.bytes);
      case Tag::url_other:
        return std::string(field.bytes);
      default:
        break;
    }
  }
  return {};
}

std::uint32_t record_generation(std::string_view blob) noexcept {
  if (blob.size() < kRecordHeaderBytes) return 0;
  return static_cast<std::uint32_t>(read_big_endian(blob.substr(1, kRecordHeaderBytes - 1)));
}

}  // namespace recado::engine
