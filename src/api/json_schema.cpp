#include "api/json_schema.hpp"

#include <algorithm>

namespace recado::api {
namespace {

constexpr const char* kNoControls = R"(^[^\u0000-\u001F\u007F]*$)";
constexpr const char* kDurationPattern =
    R"(^([0-9]+(\.[0-9]+)?|(?=[0-9])([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?)$)";

void write_type_name(json::Writer& out, const char* name, bool nullable) {
  out.key("type");
  if (nullable) {
    out.begin_array().value(name).value("null").end_array();
  } else {
    out.value(name);
  }
}

void write_string(json::Writer& out, const Type& type) {
  write_type_name(out, "string", type.nullable);
  if (type.min_size > 0) out.member("minLength", type.min_size);
  if (type.max_size) out.member("maxLength", *type.max_size);
  if (!type.controls) out.member("pattern", kNoControls);
  if (!type.format.empty()) out.member("format", type.format);
  if (type.one_of.empty()) return;
  out.key("enum").begin_array();
  for (const auto& value : type.one_of) out.value(value);
  if (type.nullable) out.null();
  out.end_array();
}

void write_members(json::Writer& out, const Shape& shape) {
  out.key("properties").begin_object();
  for (const auto& field : shape.fields) {
    out.key(field.name);
    write_schema(out, field.type, field.doc, field.example);
  }
  out.end_object();
  if (std::any_of(shape.fields.begin(), shape.fields.end(), [](const Field& f) { return f.required; })) {
    out.key("required").begin_array();
    for (const auto& field : shape.fields) {
      if (field.required) out.value(field.name);
    }
    out.end_array();
  }
  if (!shape.open) out.member("additionalProperties", false);
}

/// A reference cannot carry `null` itself.
void write_reference(json::Writer& out, const std::string& name, bool nullable) {
  const auto target = "#/components/schemas/" + name;
  if (!nullable) {
    out.member("$ref", target);
    return;
  }
  out.key("anyOf").begin_array();
  out.begin_object().member("$ref", target).end_object();
  out.begin_object().member("type", "null").end_object();
  out.end_array();
}

}  // namespace

void write_schema(json::Writer& out, const Type& type, const std::string& doc, const std::string& example) {
  out.begin_object();
  std::string range;
  switch (type.kind) {
    case Kind::any:
      break;
    case Kind::string:
      write_string(out, type);
      break;
    case Kind::integer:
      write_type_name(out, "integer", type.nullable);
      if (type.minimum) out.member("minimum", *type.minimum);
      if (type.maximum) out.member("maximum", *type.maximum);
      break;
    case Kind::boolean:
      write_type_name(out, "boolean", type.nullable);
      break;
    case Kind::duration:
      write_reference(out, "Duration", type.nullable);
      range = format_duration(Millis{*type.minimum}) + " to " + format_duration(Millis{*type.maximum}) + ".";
      break;
    case Kind::array:
      write_type_name(out, "array", type.nullable);
      if (type.min_size > 0) out.member("minItems", type.min_size);
      if (type.max_size) out.member("maxItems", *type.max_size);
      out.key("items");
      write_schema(out, *type.item);
      break;
    case Kind::map:
      write_type_name(out, "object", type.nullable);
      if (type.max_size) out.member("maxProperties", *type.max_size);
      out.key("additionalProperties");
      write_schema(out, *type.item);
      break;
    case Kind::object:
      if (type.shape->name.empty()) {
        write_type_name(out, "object", type.nullable);
        write_members(out, *type.shape);
      } else {
        write_reference(out, type.shape->name, type.nullable);
      }
      break;
  }
  const auto description = doc.empty() ? range : (range.empty() ? doc : doc + " " + range);
  if (!description.empty()) out.member("description", description);
  if (!example.empty()) out.key("examples").begin_array().raw(example).end_array();
  out.end_object();
}

void write_shape(json::Writer& out, const Shape& shape) {
  out.begin_object();
  out.member("type", "object");
  if (!shape.doc.empty()) out.member("description", shape.doc);
  write_members(out, shape);
  if (!shape.example.empty()) out.key("examples").begin_array().raw(shape.example).end_array();
  out.end_object();
}

void write_duration_schema(json::Writer& out) {
  out.begin_object();
  out.member("description",
             "A length of time: seconds as a number, or text with the units d, h, m, s, ms in this order. "
             "Rounded up to "
             "the millisecond.");
  out.key("oneOf").begin_array();
  out.begin_object().member("type", "number").member("minimum", 0).end_object();
  out.begin_object().member("type", "string").member("pattern", kDurationPattern).end_object();
  out.end_array();
  out.key("examples").begin_array();
  for (const char* text : {"90s", "10m", "2h", "3d", "1d10h30m"}) out.value(text);
  out.value(90).end_array();
  out.end_object();
}

void collect_shapes(const Type& type, std::vector<const Shape*>& shapes) {
  if (type.item) collect_shapes(*type.item, shapes);
  if (!type.shape) return;
  if (!type.shape->name.empty()) {
    // A name is one declaration, also where two resources build it from the same table.
    const auto same = [&type](const Shape* shape) { return shape->name == type.shape->name; };
    if (std::any_of(shapes.begin(), shapes.end(), same)) return;
    shapes.push_back(type.shape.get());
  }
  for (const auto& field : type.shape->fields) collect_shapes(field.type, shapes);
}

}  // namespace recado::api
