// What a record says: fields with JSON values. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/json.hpp"

namespace recado::records {

/// Field names with their values as JSON text, in the order they were set. A field with null is absent.
class Document {
 public:
  /// Reads a JSON object; a field that comes twice has the last value. Errors: invalid_argument.
  static Result<Document> parse(std::string_view text);

  /// `json` is one valid value (the caller vouches); `null` removes the field.
  void set(std::string_view field, std::string_view json);
  void set_text(std::string_view field, std::string_view text);
  void set_flag(std::string_view field, bool flag);
  void set_number(std::string_view field, std::int64_t number);
  void set_texts(std::string_view field, const std::vector<std::string>& texts);
  void remove(std::string_view field);
  /// Merges a JSON object into the fields as RFC 7396 says: null removes, objects are merged, all else
  /// replaces. Errors: invalid_argument when `patch` is no JSON object.
  Result<void> merge(std::string_view patch);

  /// The value's JSON text; nullopt when absent.
  std::optional<std::string_view> find(std::string_view field) const noexcept;
  /// Decoded; nullopt when absent or of another kind.
  std::optional<std::string> text(std::string_view field) const;
  std::optional<std::int64_t> number(std::string_view field) const;
  bool flag(std::string_view field) const;
  /// Of a list its texts; of a text the one; else none.
  std::vector<std::string> texts(std::string_view field) const;

  /// Of a list its elements, views into this; else none.
  std::vector<json::Raw> elements(std::string_view field) const;

  const std::vector<std::pair<std::string, std::string>>& fields() const noexcept { return fields_; }
  std::vector<std::string> names() const;
  /// As a JSON object.
  std::string json() const;

  friend bool operator==(const Document&, const Document&) = default;

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

}  // namespace recado::records
