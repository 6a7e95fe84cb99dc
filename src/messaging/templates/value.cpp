#include "messaging/templates/value.hpp"

#include "base/json.hpp"

namespace recado::messaging {
namespace {

/// The nesting is bounded: json::parse refuses what is deeper than json::kMaxDepth.
Result<Value> tree_of(json::Raw raw) {
  Value value;
  switch (raw.kind) {
    case json::Kind::null:
      break;
    case json::Kind::boolean:
      value.kind = Value::Kind::boolean;
      value.flag = raw.text == "true";
      break;
    case json::Kind::number:
      value.kind = Value::Kind::number;
      value.text.assign(raw.text);
      break;
    case json::Kind::string: {
      auto text = json::as_string(raw);
      if (!text) return text.error();
      value.kind = Value::Kind::text;
      value.text = std::move(text).value();
      break;
    }
    case json::Kind::array: {
      value.kind = Value::Kind::list;
      auto elements = json::elements(raw);
      if (!elements) return elements.error();
      value.items.reserve(elements->size());
      for (const auto& element : *elements) {
        auto item = tree_of(element);
        if (!item) return item.error();
        value.items.push_back(std::move(item).value());
      }
      break;
    }
    case json::Kind::object: {
      value.kind = Value::Kind::object;
      auto members = json::members(raw);
      if (!members) return members.error();
      value.members.reserve(members->size());
      for (auto& member : *members) {
        auto item = tree_of(member.value);
        if (!item) return item.error();
        value.members.emplace_back(std::move(member.key), std::move(item).value());
      }
      break;
    }
  }
  return value;
}

}  // namespace

const Value* Value::find(std::string_view name) const noexcept {
  for (auto member = members.rbegin(); member != members.rend(); ++member) {
    if (member->first == name) return &member->second;
  }
  return nullptr;
}

bool Value::is_falsy() const noexcept {
  switch (kind) {
    case Kind::null:
      return true;
    case Kind::boolean:
      return !flag;
    case Kind::text:
      return text.empty();
    case Kind::list:
      return items.empty();
    case Kind::number:
    case Kind::object:
      break;
  }
  return false;
}

Value Value::of_text(std::string text) {
  Value value;
  value.kind = Kind::text;
  value.text = std::move(text);
  return value;
}

Result<Value> parse_value(std::string_view json) {
  if (json.empty()) {
    Value none;
    none.kind = Value::Kind::object;
    return none;
  }
  const auto raw = json::parse(json);
  if (!raw) return raw.error();
  return tree_of(*raw);
}

namespace {

void write(json::Writer& out, const Value& value) {
  switch (value.kind) {
    case Value::Kind::null:
      out.null();
      return;
    case Value::Kind::boolean:
      out.value(value.flag);
      return;
    case Value::Kind::number:
      out.raw(value.text);
      return;
    case Value::Kind::text:
      out.value(value.text);
      return;
    case Value::Kind::list:
      out.begin_array();
      for (const auto& item : value.items) write(out, item);
      out.end_array();
      return;
    case Value::Kind::object:
      out.begin_object();
      for (const auto& [name, member] : value.members) {
        if (value.find(name) == &member) write(out.key(name), member);
      }
      out.end_object();
      return;
  }
}

}  // namespace

std::string json_of(const Value& value) {
  json::Writer out;
  write(out, value);
  return std::move(out).str();
}

}  // namespace recado::messaging
