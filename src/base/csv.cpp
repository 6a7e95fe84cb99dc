#include "base/csv.hpp"

#include <algorithm>
#include <array>

#include "base/utf8.hpp"

namespace recado {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

/// Windows-1252 from 0x80 to 0x9F; the five that it does not define are the control characters of Latin-1.
constexpr std::array<char32_t, 32> kWindows1252 = {
    0x20AC, 0x81,   0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x8D,   0x017D, 0x8F,   0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D,   0x017E, 0x0178};

/// The first byte beyond ASCII; npos when there is none.
std::size_t beyond_ascii(std::string_view text) {
  const auto found =
      std::find_if(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
  return found == text.end() ? std::string_view::npos : static_cast<std::size_t>(found - text.begin());
}

std::string from_windows_1252(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const char32_t code = byte >= 0x80 && byte < 0xA0 ? kWindows1252[byte - 0x80] : byte;
    if (code < 0x80) {
      out += c;
    } else if (code < 0x800) {
      out += static_cast<char>(0xC0 | code >> 6);
      out += static_cast<char>(0x80 | (code & 0x3F));
    } else {
      out += static_cast<char>(0xE0 | code >> 12);
      out += static_cast<char>(0x80 | (code >> 6 & 0x3F));
      out += static_cast<char>(0x80 | (code & 0x3F));
    }
  }
  return out;
}

bool is_formula_start(char c) noexcept {
  return c == '=' || c == '+' || c == '-' || c == '@' || c == '\t' || c == '\r';
}

bool is_e164(std::string_view text) noexcept {
  return text.size() >= 7 && text.size() <= 16 && text.front() == '+' &&
         std::all_of(text.begin() + 1, text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// Any number of guards and then what a formula begins with.
bool looks_guarded_or_formula(std::string_view text) noexcept {
  const auto at = text.find_first_not_of('\'');
  return at != std::string_view::npos && is_formula_start(text[at]);
}

}  // namespace

void CsvReader::feed(std::string_view bytes) {
  buffer_.erase(0, at_);
  at_ = 0;
  if (!failure_.empty()) return;
  if (bytes.find('\0') != std::string_view::npos) {
    failure_ = "holds NUL bytes: it is no CSV in UTF-8 or Windows-1252 (UTF-16 has to be saved as UTF-8)";
    return;
  }
  buffer_ += bytes;
}

/// Looks at the beginning of the file; false: more of it is needed.
bool CsvReader::begin() {
  const auto rest = std::string_view(buffer_).substr(at_);
  const bool may_be_mark = kByteOrderMark.starts_with(rest) || rest == "\xFF" || rest == "\xFE";
  if (may_be_mark && rest.size() < kByteOrderMark.size() && !finished_) return false;
  if (rest.starts_with("\xFF\xFE") || rest.starts_with("\xFE\xFF")) {
    failure_ = "is UTF-16: save it as UTF-8";
    return false;
  }
  if (rest.starts_with(kByteOrderMark)) {
    at_ += kByteOrderMark.size();
    encoding_ = Encoding::utf8;
  }
  begun_ = true;
  return true;
}

/// Counts outside of quotes, in the first row.
void CsvReader::choose_separator(std::string_view text) {
  std::size_t commas = 0, semicolons = 0;
  bool quoted = false;
  for (const char c : text) {
    if (c == '"') quoted = !quoted;
    if (quoted) continue;
    if (c == ',') ++commas;
    if (c == ';') ++semicolons;
  }
  separator_ = semicolons > commas ? ';' : ',';
}

/// Just behind the line break that ends the line at `from`, or npos. A CR at the very end may still be half
/// of a line break.
std::size_t CsvReader::line_end(std::size_t from) const {
  const auto at = buffer_.find_first_of("\r\n", from);
  if (at == std::string::npos) return finished_ ? buffer_.size() : std::string::npos;
  if (buffer_[at] == '\n') return at + 1;
  if (at + 1 == buffer_.size()) return finished_ ? at + 1 : std::string::npos;
  return buffer_[at + 1] == '\n' ? at + 2 : at + 1;
}

/// Reads a row from at_ on. `end`: just behind it; `lines`: how many line breaks it had.
CsvReader::Scan CsvReader::scan(CsvRow& row, std::size_t& end, std::size_t& lines) {
  enum class State { start, plain, quoted, closed };
  auto state = State::start;
  std::string field;
  std::size_t i = at_;
  const auto end_field = [&] {
    row.fields.push_back(std::move(field));
    field.clear();
    state = State::start;
  };
  for (; i < buffer_.size(); ++i) {
    if (i - at_ > kMaxCsvRowBytes) return Scan::broken;
    const char c = buffer_[i];
    const bool line_break = c == '\n' || c == '\r';
    if (state == State::quoted) {
      if (c == '"') {
        if (i + 1 == buffer_.size() && !finished_) return Scan::more;
        if (i + 1 < buffer_.size() && buffer_[i + 1] == '"') {
          field += '"';
          ++i;
        } else {
          state = State::closed;
        }
        continue;
      }
      if (c == '\n' || (c == '\r' && (i + 1 == buffer_.size() || buffer_[i + 1] != '\n'))) ++lines;
      field += c;
      continue;
    }
    if (c == separator_) {
      end_field();
    } else if (line_break) {
      const auto behind = line_end(i);
      if (behind == std::string::npos) return Scan::more;
      end_field();
      ++lines;
      end = behind;
      return Scan::row;
    } else if (state == State::start && c == '"') {
      state = State::quoted;
    } else {
      if (state == State::closed && row.problem.empty()) {
        row.problem = "has text behind a closing quote: a quote inside a quoted field is written twice";
      }
      if (state == State::start) state = State::plain;
      field += c;
    }
  }
  if (!finished_) return Scan::more;
  if (state == State::quoted) return Scan::broken;
  end_field();
  end = i;
  return Scan::row;
}

void CsvReader::decode(CsvRow& row) {
  for (auto& field : row.fields) {
    const auto at = beyond_ascii(field);
    if (at == std::string::npos) continue;
    if (encoding_ == Encoding::undecided) {
      const auto step = utf8_step(field.data() + at, field.data() + field.size());
      encoding_ = step.valid ? Encoding::utf8 : Encoding::windows_1252;
    }
    if (encoding_ == Encoding::windows_1252) {
      field = from_windows_1252(field);
    } else if (!is_utf8(field)) {
      if (row.problem.empty()) row.problem = "is not UTF-8, as the rows before it are";
      field.clear();
    }
  }
}

std::optional<CsvRow> CsvReader::next() {
  while (failure_.empty() && (begun_ || begin())) {
    if (at_ == buffer_.size()) return std::nullopt;
    if (separator_ == 0 && buffer_[at_] != '\r' && buffer_[at_] != '\n') {
      const auto first = line_end(at_);
      if (first == std::string::npos && buffer_.size() - at_ <= kMaxCsvRowBytes) return std::nullopt;
      const auto text =
          std::string_view(buffer_).substr(at_, first == std::string::npos ? first : first - at_);
      const bool said = text.starts_with("sep=") && text.size() > 4 && (text[4] == ',' || text[4] == ';') &&
                        text.find_first_not_of("\r\n", 5) == std::string_view::npos;
      if (said) {
        separator_ = text[4];
        at_ = first;
        ++line_;
        continue;
      }
      choose_separator(text);
    }
    if (buffer_[at_] == '\r' || buffer_[at_] == '\n') {
      const auto behind = line_end(at_);
      if (behind == std::string::npos) return std::nullopt;
      at_ = behind;
      ++line_;
      continue;
    }
    CsvRow row;
    row.line = line_;
    std::size_t end = 0, lines = 0;
    const auto scanned = scan(row, end, lines);
    if (scanned == Scan::more) return std::nullopt;
    if (scanned == Scan::broken) {
      row.fields.clear();
      row.problem =
          "opens a quote that is not closed, or is longer than " + std::to_string(kMaxCsvRowBytes) + " bytes";
      // A line that is longer than a row may be cannot be kept until its end is found.
      const auto behind = line_end(at_);
      end = std::min(behind == std::string::npos ? buffer_.size() : behind, buffer_.size());
      lines = behind == std::string::npos ? 0 : 1;
    }
    at_ = end;
    line_ += lines;
    decode(row);
    return row;
  }
  return std::nullopt;
}

void append_csv_field(std::string& row, std::string_view text, bool first, char separator) {
  if (!first) row += separator;
  const bool plain = text.find_first_of("\"\r\n,;") == std::string_view::npos &&
                     (text.empty() || (text.front() != ' ' && text.back() != ' '));
  // A row of one empty field would be an empty line, which is no row.
  if (plain && !(first && text.empty())) {
    row += text;
    return;
  }
  row += '"';
  for (const char c : text) {
    if (c == '"') row += '"';
    row += c;
  }
  row += '"';
}

std::string guard_formula(std::string_view text) {
  if (!looks_guarded_or_formula(text) || is_e164(text)) return std::string(text);
  return "'" + std::string(text);
}

std::string_view unguard_formula(std::string_view text) {
  if (text.starts_with('\'') && looks_guarded_or_formula(text)) text.remove_prefix(1);
  return text;
}

}  // namespace recado
