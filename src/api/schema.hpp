// What a JSON value may be, declared once: the validator (validate.hpp) and the schemas of openapi.json
// (json_schema.hpp) read the same declaration. Pure.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.hpp"

namespace recado::api {

enum class Kind { any, string, integer, boolean, duration, array, map, object };

struct Shape;

/// A type with its constraints. Sizes of strings are bytes of UTF-8 (JSON Schema counts characters, of which
/// there are never more); sizes of arrays are items, of maps entries.
struct Type {
  Kind kind = Kind::any;
  bool nullable = false;  ///< null stands for an absent value
  std::size_t min_size = 0;
  std::optional<std::size_t> max_size;
  bool controls = true;                 ///< of strings: whether control characters may occur
  std::vector<std::string> one_of;      ///< of strings: the accepted values; empty: any
  std::string format;                   ///< of strings: JSON Schema's `format`, for the document only
  std::optional<std::int64_t> minimum;  ///< of integers; of durations: milliseconds
  std::optional<std::int64_t> maximum;
  std::shared_ptr<const Type> item;    ///< of arrays and maps
  std::shared_ptr<const Shape> shape;  ///< of objects
};

/// One member of an object, or one parameter.
struct Field {
  Field(std::string n, Type t, std::string d, std::string e = {})
      : name(std::move(n)), type(std::move(t)), doc(std::move(d)), example(std::move(e)) {}
  Field require() && {
    required = true;
    return std::move(*this);
  }
  std::string name;
  Type type;
  std::string doc;      ///< Markdown, for the document
  std::string example;  ///< JSON; of parameters too
  bool required = false;
};

/// An object with known members.
struct Shape {
  std::string name{};  ///< under `#/components/schemas`; empty: written in place
  std::string doc{};
  std::vector<Field> fields{};
  bool open = false;  ///< further members are allowed
  /// Members that are refused with a sentence of their own instead of "unknown".
  std::vector<std::pair<std::string, std::string>> refused{};
  std::string example{};  ///< JSON

  const Field* find(std::string_view field) const noexcept;
};

using ShapePtr = std::shared_ptr<const Shape>;

// How types are written in a table.
Type any();
Type text(std::size_t min_bytes = 0, std::optional<std::size_t> max_bytes = std::nullopt);
/// Text without control characters.
Type line(std::size_t min_bytes, std::size_t max_bytes);
Type one_of(std::vector<std::string> values);
/// An RFC 3339 instant in an answer.
Type instant();
Type integer(std::optional<std::int64_t> minimum = std::nullopt,
             std::optional<std::int64_t> maximum = std::nullopt);
Type boolean();
/// Seconds as a number, or text such as `90s`.
Type duration(Millis minimum, Millis maximum);
Type list_of(Type item, std::optional<std::size_t> max_items = std::nullopt);
/// An object of any keys.
Type map_of(Type item, std::optional<std::size_t> max_entries = std::nullopt);
Type object(ShapePtr shape);
Type nullable(Type type);

}  // namespace recado::api
