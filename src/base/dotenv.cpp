#include "base/dotenv.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/config.hpp"

namespace recado {
namespace {

bool is_blank(char c) noexcept {
  return c == ' ' || c == '\t';
}

void skip_blanks(std::string_view& text) noexcept {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
}

bool is_key_character(char c) noexcept {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

/// One line that is neither empty nor a comment, taken apart from the left.
class Line {
 public:
  Line(std::string_view text, int number) : rest_(text), number_(number) {}

  Result<std::string> key() {
    if (rest_.starts_with("export") && rest_.size() > 6 && is_blank(rest_[6])) {
      rest_.remove_prefix(6);
      skip_blanks(rest_);
    }
    const auto key_end = std::find_if_not(rest_.begin(), rest_.end(), is_key_character);
    const std::string key(rest_.begin(), key_end);
    rest_.remove_prefix(key.size());
    skip_blanks(rest_);
    const bool starts_with_digit = !key.empty() && key.front() >= '0' && key.front() <= '9';
    if (key.empty() || starts_with_digit || !rest_.starts_with('=')) {
      return error(
          "expected KEY=value, with a key of letters, digits and _ that does not start with a digit");
    }
    rest_.remove_prefix(1);
    return key;
  }

  Result<std::string> value() {
    const bool blank_before = !rest_.empty() && is_blank(rest_.front());
    skip_blanks(rest_);
    if (rest_.empty() || (blank_before && rest_.front() == '#')) return std::string{};
    if (rest_.front() == '\'' || rest_.front() == '"') return quoted_value(rest_.front());
    std::size_t end = 0;
    while (end < rest_.size() && !(rest_[end] == '#' && end > 0 && is_blank(rest_[end - 1]))) ++end;
    while (end > 0 && is_blank(rest_[end - 1])) --end;
    return std::string(rest_.substr(0, end));
  }

 private:
  Result<std::string> quoted_value(char quote) {
    rest_.remove_prefix(1);
    std::string value;
    for (; !rest_.empty() && rest_.front() != quote; rest_.remove_prefix(1)) {
      if (quote == '"' && rest_.size() > 1 && rest_[0] == '\\' &&
          (rest_[1] == 'n' || rest_[1] == '"' || rest_[1] == '\\')) {
        rest_.remove_prefix(1);
        value += rest_.front() == 'n' ? '\n' : rest_.front();
      } else {
        value += rest_.front();
      }
    }
    if (rest_.empty()) return error(fmt::format("the quote {} is not closed on its line", quote));
    rest_.remove_prefix(1);
    skip_blanks(rest_);
    if (!rest_.empty() && rest_.front() != '#') return error("only a # comment may follow a quoted value");
    return value;
  }

  Error error(std::string reason) const {
    // Never the line itself: it may hold a secret.
    return Error(ErrorCode::configuration, fmt::format(".env:{}: {}", number_, reason));
  }

  std::string_view rest_;
  int number_;
};

}  // namespace

Result<std::map<std::string, DotenvEntry>> parse_dotenv_entries(std::string_view text) {
  std::map<std::string, DotenvEntry> entries;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);  // Windows editors write one
  for (int number = 1; !text.empty(); ++number) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    skip_blanks(line);
    if (line.empty() || line.front() == '#') continue;
    Line cursor(line, number);
    auto key = cursor.key();
    if (!key) return key.error();
    auto value = cursor.value();
    if (!value) return value.error();
    entries.insert_or_assign(*key, DotenvEntry{*std::move(value), number});
  }
  return entries;
}

Result<std::map<std::string, std::string>> parse_dotenv(std::string_view text) {
  auto entries = parse_dotenv_entries(text);
  if (!entries) return entries.error();
  std::map<std::string, std::string> values;
  for (auto& [key, entry] : *entries) values.emplace(key, std::move(entry.value));
  return values;
}

}  // namespace recado
