#include "records/entries.hpp"

#include <algorithm>
#include <set>

#include "base/big_endian.hpp"
#include "base/crypto.hpp"
#include "base/utf8.hpp"
#include "base/words.hpp"

namespace recado::records {
namespace {

constexpr char kAll = '\x01';
constexpr char kWord = '\x02';
constexpr char kShared = '\x03';
constexpr std::size_t kMaxValueBytes = 96;  ///< of an index's value; longer ones are shortened to a digest
constexpr std::size_t kKeptBytes = 32;

std::string ordered_number(std::int64_t number) {
  return big_endian(static_cast<std::uint64_t>(number) ^ (std::uint64_t{1} << 63), 8);
}

/// The first text after all that begin with `prefix`.
std::string after(std::string prefix) {
  prefix.back() = static_cast<char>(static_cast<unsigned char>(prefix.back()) + 1);
  return prefix;
}

/// What an index sees of a field: the text of a string, the texts of a list, the JSON of anything else.
std::vector<std::string> indexed_values(const Document& document, const Field& field) {
  const auto value = document.find(field.name());
  if (!value) return {};
  if (value->starts_with('"') || value->starts_with('[')) return document.texts(field.name());
  if (value->starts_with('{')) return {};
  std::vector<std::string> one;
  const auto number = document.number(field.name());
  one.push_back(number ? std::to_string(*number) : std::string(*value));
  return one;
}

std::size_t shared_start(std::string_view one, std::string_view other) noexcept {
  return static_cast<std::size_t>(std::mismatch(one.begin(), one.end(), other.begin(), other.end()).first -
                                  one.begin());
}

void add_words(const Type& type, const Document& document, std::vector<std::string>& index) {
  std::set<std::string> words;
  for (const auto& field : type.fields()) {
    if (!field.is_searched()) continue;
    for (const auto& text : indexed_values(document, field)) {
      for (auto& word : words_of(text)) {
        if (words.size() < kMaxWords) words.insert(std::move(word));
      }
    }
  }
  if (type.more_words()) {
    for (const auto& text : type.more_words()(document)) {
      for (auto& word : words_of(text)) {
        if (words.size() < kMaxWords) words.insert(std::move(word));
      }
    }
  }
  std::string_view before;
  char place = 0;
  for (const auto& word : words) {
    const auto shared = shared_start(before, word);
    std::string entry(1, kWord);
    entry += word;
    entry += '\0';
    entry += static_cast<char>(shared);
    index.push_back(std::move(entry));
    if (shared > 0) {
      entry.assign(1, kShared);
      entry.append(word, 0, shared);
      entry += '\0';
      entry += place;
      index.push_back(std::move(entry));
    }
    before = word;
    ++place;
  }
}

}  // namespace

std::string id_bytes(std::int64_t id) {
  return big_endian(static_cast<std::uint64_t>(id), kIdBytes);
}

std::int64_t id_at_end(std::string_view text) noexcept {
  if (text.size() < kIdBytes) return 0;
  return static_cast<std::int64_t>(read_big_endian(text.substr(text.size() - kIdBytes)));
}

std::string index_value(const Field& field, std::string_view text) {
  std::string value = field.is_folded() ? fold(text) : std::string(text);
  if (value.size() <= kMaxValueBytes && value.find('\0') == std::string::npos) return value;
  const auto digest = sha256(value);
  std::string shortened(cut_utf8(std::string_view(value).substr(0, value.find('\0')), kKeptBytes));
  shortened += '\x01';
  // In hexadecimal: the digest may hold a NUL.
  for (std::size_t i = 0; i < 16; ++i) {
    const auto byte = static_cast<unsigned char>(digest[i]);
    shortened += "0123456789abcdef"[byte >> 4];
    shortened += "0123456789abcdef"[byte & 15];
  }
  return shortened;
}

std::string unique_entry(const Field& field, std::string_view text) {
  return field.unique_code() + index_value(field, text);
}

Entries entries_of(const Type& type, const Document& document) {
  Entries entries;
  entries.index.emplace_back(1, kAll);
  add_words(type, document, entries.index);
  for (const auto& field : type.fields()) {
    if (field.unique_code() == 0 && field.lookup_code() == 0 && field.sorted_code() == 0) continue;
    const auto values = indexed_values(document, field);
    if (field.unique_code() != 0 && !values.empty() && !values.front().empty())
      entries.unique.push_back(unique_entry(field, values.front()));
    if (field.lookup_code() != 0) {
      for (const auto& value : values) entries.index.push_back(with_value(field, value).min);
    }
    if (field.sorted_code() != 0 && !values.empty()) {
      const auto number = document.number(field.name());
      std::string entry(1, field.sorted_code());
      if (number) {
        entry += ordered_number(*number);
      } else {
        const auto folded = fold(values.front());
        entry += cut_utf8(std::string_view(folded).substr(0, folded.find('\0')), kMaxWordBytes);
        entry += '\0';
      }
      entries.index.push_back(std::move(entry));
    }
  }
  std::sort(entries.index.begin(), entries.index.end());
  entries.index.erase(std::unique(entries.index.begin(), entries.index.end()), entries.index.end());
  return entries;
}

bool Range::matches(const Entries& entries) const noexcept {
  return std::any_of(entries.index.begin(), entries.index.end(),
                     [&](const std::string& entry) { return has(entry); });
}

bool Range::is_first(std::string_view entry) const noexcept {
  if (prefix.empty()) return true;
  return static_cast<unsigned char>(entry.back()) < prefix.size();
}

Range all_records() {
  return Range{std::string(1, kAll), std::string(1, kWord), {}};
}

Range with_value(const Field& field, std::string_view text) {
  std::string min(1, field.lookup_code());
  min += index_value(field, text);
  min += '\0';
  auto max = after(min);
  return Range{std::move(min), std::move(max), {}};
}

Range with_word(std::string word) {
  std::string min = kWord + word;
  std::string max = min + '\xFF';  // no UTF-8 has it
  return Range{std::move(min), std::move(max), std::move(word)};
}

Range shared_starts(std::string_view word) {
  std::string min = kShared + std::string(word);
  std::string max = min + '\xFF';
  return Range{std::move(min), std::move(max), {}};
}

Range linked_with(std::int64_t from) {
  std::string min = "f" + id_bytes(from);
  std::string max = min + std::string(kIdBytes + 1, '\xFF');
  return Range{std::move(min), std::move(max), {}};
}

Range ordered_by(const Field& field, std::optional<std::int64_t> from, std::optional<std::int64_t> to) {
  const std::string code(1, field.sorted_code());
  return Range{from ? code + ordered_number(*from) : code, to ? code + ordered_number(*to) : after(code), {}};
}

}  // namespace recado::records
