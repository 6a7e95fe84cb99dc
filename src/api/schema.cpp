#include "api/schema.hpp"

namespace recado::api {

const Field* Shape::find(std::string_view field) const noexcept {
  for (const auto& candidate : fields) {
    if (candidate.name == field) return &candidate;
  }
  return nullptr;
}

Type any() {
  return {};
}

Type text(std::size_t min_bytes, std::optional<std::size_t> max_bytes) {
  Type type;
  type.kind = Kind::string;
  type.min_size = min_bytes;
  type.max_size = max_bytes;
  return type;
}

Type line(std::size_t min_bytes, std::size_t max_bytes) {
  auto type = text(min_bytes, max_bytes);
  type.controls = false;
  return type;
}

Type one_of(std::vector<std::string> values) {
  auto type = text();
  type.one_of = std::move(values);
  return type;
}

Type instant() {
  auto type = text();
  type.format = "date-time";
  return type;
}

Type integer(std::optional<std::int64_t> minimum, std::optional<std::int64_t> maximum) {
  Type type;
  type.kind = Kind::integer;
  type.minimum = minimum;
  type.maximum = maximum;
  return type;
}

Type boolean() {
  Type type;
  type.kind = Kind::boolean;
  return type;
}

Type duration(Millis minimum, Millis maximum) {
  Type type;
  type.kind = Kind::duration;
  type.minimum = minimum.count();
  type.maximum = maximum.count();
  return type;
}

Type list_of(Type item, std::optional<std::size_t> max_items) {
  Type type;
  type.kind = Kind::array;
  type.max_size = max_items;
  type.item = std::make_shared<const Type>(std::move(item));
  return type;
}

Type map_of(Type item, std::optional<std::size_t> max_entries) {
  Type type;
  type.kind = Kind::map;
  type.max_size = max_entries;
  type.item = std::make_shared<const Type>(std::move(item));
  return type;
}

Type object(ShapePtr shape) {
  Type type;
  type.kind = Kind::object;
  type.shape = std::move(shape);
  return type;
}

Type nullable(Type type) {
  type.nullable = true;
  return type;
}

}  // namespace recado::api
