#include "records/query.hpp"

#include <algorithm>

#include "base/words.hpp"

namespace recado::records {

Query& Query::where(const Field& field, std::string_view value) {
  conditions_.push_back(with_value(field, value));
  return *this;
}

Query& Query::search(std::string_view text) {
  if (text.empty()) return *this;
  auto words = words_of(text);
  nothing_ = nothing_ || words.empty();
  std::sort(words.begin(), words.end());
  for (std::size_t i = 0; i < words.size(); ++i) {
    // `jo joao` asks no more than `joao`.
    const bool implied = i + 1 < words.size() && words[i + 1].starts_with(words[i]);
    if (!implied) conditions_.push_back(with_word(words[i]));
  }
  return *this;
}

Query& Query::order_by(const Field& field, std::optional<std::int64_t> from, std::optional<std::int64_t> to) {
  order_ = conditions_.size();
  conditions_.push_back(ordered_by(field, from, to));
  return *this;
}

}  // namespace recado::records
