#include "api/suggest.hpp"

#include <algorithm>

namespace recado::api {
namespace {

constexpr std::size_t kLongestWord = 40;  // what is longer is no typing error

std::string folded(std::string_view word) {
  std::string out;
  for (const char c : word) {
    if (c == '_' || c == '-') continue;
    out += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  }
  return out;
}

/// Levenshtein's distance: insertions, deletions and replacements of one byte.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row[b.size()];
}

}  // namespace

std::optional<std::string> closest(std::string_view word, const std::vector<std::string>& names) {
  if (word.size() > kLongestWord) return std::nullopt;
  const auto wanted = folded(word);
  std::optional<std::string> best;
  std::size_t best_distance = 3;
  for (const auto& name : names) {
    const auto d = distance(wanted, folded(name));
    // Two errors in a word of three letters make another word.
    if (d < best_distance && d * 3 <= name.size()) {
      best = name;
      best_distance = d;
    }
  }
  return best;
}

}  // namespace recado::api
