#include "engine/recurrence/words.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace recado::engine::words {
namespace {

constexpr char upper_case(char c) noexcept {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
}

bool same(std::string_view name, std::string_view text) noexcept {
  return std::ranges::equal(name, text, [](char a, char b) { return a == upper_case(b); });
}

}  // namespace

std::optional<int> number(std::string_view text) noexcept {
  if (text.empty() || text.size() > 9) return std::nullopt;
  int out = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    out = out * 10 + (c - '0');
  }
  return out;
}

std::optional<int> signed_number(std::string_view text) noexcept {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  const auto size = number(text);
  return size && negative ? -*size : size;
}

std::optional<int> month(std::string_view name) noexcept {
  static constexpr std::array<std::string_view, 12> kNames = {"JAN", "FEB", "MAR", "APR", "MAY", "JUN",
                                                              "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (same(kNames[i], name)) return static_cast<int>(i) + 1;
  }
  return std::nullopt;
}

std::optional<int> weekday(std::string_view name, std::size_t letters) noexcept {
  static constexpr std::array<std::string_view, 7> kNames = {"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"};
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (same(kNames[i].substr(0, letters), name)) return static_cast<int>(i);
  }
  return std::nullopt;
}

std::string upper(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), upper_case);
  return out;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> out;
  while (true) {
    const auto at = text.find(separator);
    out.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return out;
    text.remove_prefix(at + 1);
  }
}

Error refused(std::string_view what, std::string_view text, std::string_view accepted) {
  return {ErrorCode::invalid_argument,
          std::string(what) + " " + quoted(text) + ": accepted is " + std::string(accepted)};
}

}  // namespace recado::engine::words
