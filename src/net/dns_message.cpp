#include "net/dns_message.hpp"

#include <algorithm>

namespace recado::net::dns {
namespace {

constexpr std::size_t kHeader = 12;
constexpr std::size_t kMaxWireName = 255;
constexpr int kMaxAliases = 16;
constexpr int kMaxPointers = 32;
constexpr std::size_t kMaxAddresses = 64;
constexpr std::uint16_t kClassIn = 1;
constexpr std::uint16_t kTypeCname = 5;

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

void put16(std::string& out, std::uint16_t value) {
  out.push_back(static_cast<char>(value >> 8));
  out.push_back(static_cast<char>(value & 0xff));
}

/// Lower case, each label behind its length, the root's zero at the end. Empty: not a name that DNS can
/// carry.
std::string wire_name(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  std::string out;
  for (std::string_view rest = name;;) {
    const auto dot = rest.find('.');
    const auto label = rest.substr(0, dot);
    if (label.empty() || label.size() > 63) return {};
    out.push_back(static_cast<char>(label.size()));
    for (const char c : label) out.push_back(lower(c));
    if (dot == std::string_view::npos) break;
    rest.remove_prefix(dot + 1);
  }
  out.push_back('\0');
  return out.size() <= kMaxWireName ? out : std::string();
}

/// Walks a message; after a read past the end `ok` is false and every value is zero.
class Reader {
 public:
  explicit Reader(std::string_view message) : message_(message) {}

  bool ok() const { return ok_; }
  std::size_t position() const { return position_; }

  std::uint16_t u16() {
    const auto bytes = take(2);
    if (bytes.empty()) return 0;
    return static_cast<std::uint16_t>(byte(bytes[0]) << 8 | byte(bytes[1]));
  }

  std::uint32_t u32() {
    const std::uint32_t high = u16();
    return high << 16 | u16();
  }

  std::string_view take(std::size_t count) {
    if (!ok_ || count > message_.size() - position_) {
      ok_ = false;
      return {};
    }
    const auto out = message_.substr(position_, count);
    position_ += count;
    return out;
  }

  /// A name in the form of wire_name(), compression undone.
  std::string name() {
    std::string out;
    std::size_t at = position_;
    // A pointer must lead before every place visited so far: such a walk cannot loop.
    std::size_t before = at;
    int pointers = 0;
    while (ok_) {
      if (at >= message_.size()) return fail();
      const unsigned length = byte(message_[at]);
      if (length >= 0xc0) {
        if (at + 1 >= message_.size()) return fail();
        const std::size_t target = (length & 0x3fU) << 8 | byte(message_[at + 1]);
        if (target >= before || pointers == kMaxPointers) return fail();
        if (pointers++ == 0) position_ = at + 2;
        at = before = target;
        continue;
      }
      if (length > 63 || at + 1 + length > message_.size() || out.size() + 1 + length > kMaxWireName)
        return fail();
      out.push_back(message_[at]);
      for (std::size_t i = 0; i < length; ++i) out.push_back(lower(message_[at + 1 + i]));
      at += 1 + length;
      if (length == 0) {
        if (pointers == 0) position_ = at;
        return out;
      }
    }
    return {};
  }

 private:
  static unsigned byte(char c) { return static_cast<unsigned char>(c); }

  std::string fail() {
    ok_ = false;
    return {};
  }

  std::string_view message_;
  std::size_t position_ = 0;
  bool ok_ = true;
};

struct Record {
  std::string name;
  std::uint16_t type = 0;
  std::uint32_t ttl_s = 0;
  std::string target;                               ///< CNAME
  std::optional<boost::asio::ip::address> address;  ///< A, AAAA
};

std::optional<boost::asio::ip::address> read_address(std::string_view bytes) {
  namespace ip = boost::asio::ip;
  if (bytes.size() == 4) {
    ip::address_v4::bytes_type v4;
    std::transform(bytes.begin(), bytes.end(), v4.begin(),
                   [](char c) { return static_cast<unsigned char>(c); });
    return ip::address_v4(v4);
  }
  if (bytes.size() == 16) {
    ip::address_v6::bytes_type v6;
    std::transform(bytes.begin(), bytes.end(), v6.begin(),
                   [](char c) { return static_cast<unsigned char>(c); });
    return ip::address_v6(v6);
  }
  return std::nullopt;
}

/// The records of the answer section that matter; nullopt: malformed.
std::optional<std::vector<Record>> read_records(Reader& reader, unsigned count, Type type) {
  std::vector<Record> records;
  for (unsigned i = 0; i < count; ++i) {
    Record record;
    record.name = reader.name();
    record.type = reader.u16();
    const std::uint16_t record_class = reader.u16();
    record.ttl_s = reader.u32();
    // RFC 2181 section 8: a TTL with the highest bit set is zero.
    if (record.ttl_s > 0x7fffffffU) record.ttl_s = 0;
    const std::size_t length = reader.u16();
    const std::size_t start = reader.position();
    if (record.type == kTypeCname) {
      record.target = reader.name();
      if (!reader.ok() || reader.position() != start + length) return std::nullopt;
    } else {
      const auto bytes = reader.take(length);
      if (!reader.ok()) return std::nullopt;
      if (record.type != static_cast<std::uint16_t>(type)) continue;
      if (bytes.size() != (type == Type::a ? 4U : 16U)) return std::nullopt;
      record.address = read_address(bytes);
    }
    if (record_class == kClassIn) records.push_back(std::move(record));
  }
  return records;
}

/// Follows aliases from `name` to its addresses.
Answer resolve(const std::vector<Record>& records, std::string name) {
  Answer answer(Status::no_address);
  answer.ttl_s = UINT32_MAX;
  for (int hop = 0; hop <= kMaxAliases; ++hop) {
    const Record* alias = nullptr;
    for (const auto& record : records) {
      if (record.name != name) continue;
      if (record.address && answer.addresses.size() < kMaxAddresses) {
        answer.addresses.push_back(*record.address);
        answer.ttl_s = std::min(answer.ttl_s, record.ttl_s);
      } else if (record.type == kTypeCname) {
        alias = &record;
      }
    }
    if (!answer.addresses.empty()) {
      answer.status = Status::found;
      return answer;
    }
    if (alias == nullptr) return Answer(Status::no_address);
    answer.ttl_s = std::min(answer.ttl_s, alias->ttl_s);
    name = alias->target;
  }
  return Answer(Status::failed);
}

}  // namespace

Result<std::string> encode(const Question& question) {
  const auto name = wire_name(question.name);
  if (name.empty()) {
    return Error(ErrorCode::invalid_argument, "`" + question.name.substr(0, 100) + "` cannot be a DNS name");
  }
  std::string out;
  put16(out, question.id);
  put16(out, 0x0100);  // a standard query, recursion desired
  put16(out, 1);       // one question
  out.append(6, '\0');
  out += name;
  put16(out, static_cast<std::uint16_t>(question.type));
  put16(out, kClassIn);
  return out;
}

std::optional<Answer> parse_answer(std::string_view message, const Question& question) {
  if (message.size() < kHeader) return std::nullopt;
  Reader reader(message);
  const auto id = reader.u16();
  const unsigned flags = reader.u16();
  const unsigned questions = reader.u16();
  const unsigned answers = reader.u16();
  reader.take(4);  // authority and additional counts: those sections are not read
  const bool is_response = (flags & 0x8000U) != 0 && (flags & 0x7800U) == 0;
  if (id != question.id || !is_response) return std::nullopt;

  const unsigned code = flags & 0x000fU;
  if (questions == 0) {
    // Some servers leave the question out when they refuse; they cannot vouch for anything else then.
    if (code == 0 || code == 3) return std::nullopt;
    return Answer(Status::failed);
  }
  const auto name = reader.name();
  const auto type = reader.u16();
  const auto question_class = reader.u16();
  if (!reader.ok() || questions != 1 || name != wire_name(question.name) ||
      type != static_cast<std::uint16_t>(question.type) || question_class != kClassIn) {
    return std::nullopt;
  }
  if (flags & 0x0200U) return Answer(Status::truncated);
  if (code == 3) return Answer(Status::no_name);
  if (code != 0) return Answer(Status::failed);
  const auto records = read_records(reader, answers, question.type);
  if (!records) return Answer(Status::failed);
  return resolve(*records, name);
}

}  // namespace recado::net::dns
