#include "records/record.hpp"

#include "base/big_endian.hpp"
#include "base/varint.hpp"

namespace recado::records {
namespace {

constexpr char kVersion = 1;
constexpr std::size_t kHeadBytes = 1 + kGenerationBytes + Uid::kSize;

Error damaged(const char* what) {
  return Error(ErrorCode::protocol, std::string("a stored record is damaged: ") + what);
}

void append_all(std::string& out, const std::vector<std::string>& list) {
  append_varint(out, list.size());
  for (const auto& text : list) {
    append_varint(out, text.size());
    out += text;
  }
}

bool read_all(std::string_view& rest, std::vector<std::string>& list) {
  std::uint64_t count = 0;
  if (read_varint(rest, count) != Varint::read || count > rest.size()) return false;
  list.reserve(count);
  for (; count > 0; --count) {
    std::uint64_t length = 0;
    if (read_varint(rest, length) != Varint::read || length > rest.size()) return false;
    list.emplace_back(rest.substr(0, length));
    rest.remove_prefix(length);
  }
  return true;
}

/// `rest` is what follows the entries.
Result<Entries> read_entries(std::string_view stored, std::string_view& rest, std::uint64_t& updated_at) {
  if (stored.size() < kHeadBytes) return damaged("it is too short");
  if (stored.front() != kVersion) return damaged("it is of another version");
  rest = stored.substr(kHeadBytes);
  Entries entries;
  if (read_varint(rest, updated_at) != Varint::read || !read_all(rest, entries.unique) ||
      !read_all(rest, entries.index)) {
    return damaged("its entries are cut off");
  }
  return entries;
}

}  // namespace

std::string encode(const Record& record) {
  std::string out(1, kVersion);
  out += big_endian(record.generation, kGenerationBytes);
  out += record.uid.bytes();
  append_varint(out, static_cast<std::uint64_t>(to_ms(record.updated_at)));
  append_all(out, record.entries.unique);
  append_all(out, record.entries.index);
  out += record.fields.json();
  return out;
}

Result<Record> decode(std::int64_t id, std::string_view stored) {
  std::string_view rest;
  std::uint64_t updated_at = 0;
  auto entries = read_entries(stored, rest, updated_at);
  if (!entries) return entries.error();
  Record record;
  record.id = id;
  record.generation = static_cast<std::uint32_t>(read_big_endian(stored.substr(1, kGenerationBytes)));
  record.uid = Uid::from_bytes(stored.substr(1 + kGenerationBytes, Uid::kSize));
  record.updated_at = from_ms(static_cast<std::int64_t>(updated_at));
  record.entries = std::move(*entries);
  auto fields = Document::parse(rest);
  if (!fields) return damaged("its fields are no JSON object");
  record.fields = std::move(*fields);
  return record;
}

bool has_entries(std::string_view stored, const std::vector<Range>& conditions, std::size_t but) {
  if (stored.size() < kHeadBytes || stored.front() != kVersion) return false;
  auto rest = stored.substr(kHeadBytes);
  std::uint64_t number = 0;
  if (read_varint(rest, number) != Varint::read) return false;  // when it was changed
  std::uint64_t missing = conditions.size() - (but < conditions.size() ? 1 : 0);
  if (missing == 0) return true;
  std::vector<bool> met(conditions.size());
  for (const bool unique : {true, false}) {
    std::uint64_t count = 0;
    if (read_varint(rest, count) != Varint::read) return false;
    for (; count > 0 && missing > 0; --count) {
      if (read_varint(rest, number) != Varint::read || number > rest.size()) return false;
      const auto entry = rest.substr(0, number);
      rest.remove_prefix(number);
      for (std::size_t i = 0; !unique && i < conditions.size(); ++i) {
        if (i == but || met[i] || !conditions[i].has(entry)) continue;
        met[i] = true;
        --missing;
      }
    }
  }
  return missing == 0;
}

}  // namespace recado::records
