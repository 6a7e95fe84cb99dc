// Judges a client's values by their declaration and hands them out. Pure.
//
// What is wrong is collected, up to kMostFieldErrors, each with the path of its field (`retry.maxAttempts`,
// `tags[2]`), the value given (shortened) and what would be accepted.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/schema.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "http/message.hpp"

namespace recado::api {

using FieldErrors = std::vector<http::FieldError>;

/// So many are collected of one body: somebody who mends these sees the next, and a body of ten thousand
/// unknown members costs little.
inline constexpr std::size_t kMostFieldErrors = 50;

/// The members of an object by name: views into the client's bytes.
class Values {
 public:
  Values() = default;
  /// `object` must be one that validate() accepted; for any other it is empty.
  explicit Values(json::Raw object);
  explicit Values(std::vector<json::Member> members) : members_(std::move(members)) {}

  /// nullptr when absent. A null is a value here.
  const json::Raw* find(std::string_view name) const noexcept;
  /// Absent and null are the same: nullptr.
  const json::Raw* given(std::string_view name) const noexcept;
  /// Decoded text of a member that is there and a string.
  std::optional<std::string> string(std::string_view name) const;
  const std::vector<json::Member>& members() const noexcept { return members_; }

 private:
  std::vector<json::Member> members_;
};

/// Judges `value`; adds what is wrong to `errors` under `path` (empty: the body itself).
void validate(const Type& type, json::Raw value, const std::string& path, FieldErrors& errors);
/// The same for an object whose members are wanted then: they are taken apart once. Empty when it is none.
Values validated(const ShapePtr& shape, json::Raw value, FieldErrors& errors);
/// The same for text that is no JSON: a path or query parameter.
void validate_parameter(const Type& type, std::string_view value, const std::string& name,
                        FieldErrors& errors);

/// Seconds as a JSON number, or text such as `90s`, rounded up to the millisecond. Errors: invalid_argument.
Result<Millis> read_duration(json::Raw value);

/// `text` between quotes as it may stand in an error: cut after 64 bytes, control characters and what is no
/// UTF-8 as `?`.
std::string shown(std::string_view text);
/// A JSON value likewise; objects and arrays by their kind.
std::string shown(json::Raw value);
/// `a, b, c`.
std::string joined(const std::vector<std::string>& words);

}  // namespace recado::api
