#include "records/type.hpp"

#include <set>
#include <stdexcept>

namespace recado::records {

Type::Type(std::string name, std::vector<Field> fields, MoreWords more_words, std::vector<Relation> relations)
    : name_(std::move(name)),
      fields_(std::move(fields)),
      more_words_(std::move(more_words)),
      relations_(std::move(relations)) {
  std::set<char> entries, uniques;
  for (const auto& field : fields_) {
    for (const char code : {field.lookup_code(), field.sorted_code(), field.unique_code()}) {
      if (code == 0) continue;
      const bool letter = (code >= 'a' && code <= 'z') || (code >= 'A' && code <= 'Z');
      auto& taken = code == field.unique_code() ? uniques : entries;
      if (!letter || !taken.insert(code).second)
        throw std::invalid_argument("index code of " + name_ + "." + field.name());
    }
  }
}

const Field* Type::find(std::string_view field) const noexcept {
  for (const auto& candidate : fields_) {
    if (candidate.name() == field) return &candidate;
  }
  return nullptr;
}

const Field* Type::unique_field(char code) const noexcept {
  for (const auto& field : fields_) {
    if (field.unique_code() == code && code != 0) return &field;
  }
  return nullptr;
}

}  // namespace recado::records
