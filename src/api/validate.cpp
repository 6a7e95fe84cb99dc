#include "api/validate.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "api/suggest.hpp"
#include "base/utf8.hpp"

namespace recado::api {
namespace {

constexpr std::size_t kShownBytes = 64;

bool has_controls(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

std::string a_kind(json::Kind kind) {
  switch (kind) {
    case json::Kind::null:
      return "null";
    case json::Kind::boolean:
      return "a boolean";
    case json::Kind::number:
      return "a number";
    case json::Kind::string:
      return "a string";
    case json::Kind::array:
      return "an array";
    case json::Kind::object:
      return "an object";
  }
  return "nothing";
}

std::string range_text(const Type& type) {
  const auto number = [&](std::int64_t n) {
    return type.kind == Kind::duration ? format_duration(Millis{n}) : std::to_string(n);
  };
  if (type.minimum && type.maximum) return number(*type.minimum) + " to " + number(*type.maximum);
  if (type.minimum) return number(*type.minimum) + " or more";
  return type.maximum ? number(*type.maximum) + " or less" : "any";
}

bool in_range(const Type& type, std::int64_t n) {
  return (!type.minimum || n >= *type.minimum) && (!type.maximum || n <= *type.maximum);
}

std::string size_text(const Type& type, const char* unit) {
  if (!type.max_size) return "at least " + std::to_string(type.min_size) + " " + unit;
  if (type.min_size == 0) return "at most " + std::to_string(*type.max_size) + " " + unit;
  return std::to_string(type.min_size) + " to " + std::to_string(*type.max_size) + " " + unit;
}

void check_text(const Type& type, std::string_view value, const std::string& path, FieldErrors& errors) {
  if (!type.one_of.empty()) {
    if (std::find(type.one_of.begin(), type.one_of.end(), value) == type.one_of.end()) {
      errors.emplace_back(path, shown(value) + " is not accepted: use one of " + joined(type.one_of));
    }
    return;
  }
  if (value.size() < type.min_size || (type.max_size && value.size() > *type.max_size)) {
    errors.emplace_back(path,
                        (value.empty() ? std::string("must not be empty")
                                       : shown(value) + " has " + std::to_string(value.size()) + " bytes") +
                            ": accepted are " + size_text(type, "bytes of UTF-8"));
    return;
  }
  if (!type.controls && has_controls(value)) {
    errors.emplace_back(path, shown(value) + " holds a control character (U+0000 to U+001F, U+007F)");
  }
}

void check_integer(const Type& type, json::Raw value, const std::string& path, FieldErrors& errors) {
  const auto number = json::as_int(value);
  if (!number || !in_range(type, *number)) {
    errors.emplace_back(path,
                        shown(value) + " is not accepted: expected a whole number, " + range_text(type));
  }
}

void check_duration(const Type& type, json::Raw value, const std::string& path, FieldErrors& errors) {
  const auto length = read_duration(value);
  if (!length) {
    errors.emplace_back(path, length.error().detail());
  } else if (!in_range(type, length->count())) {
    errors.emplace_back(path, shown(value) + " is out of range: accepted is " + range_text(type));
  }
}

void check_list(const Type& type, json::Raw value, const std::string& path, FieldErrors& errors) {
  const auto items = json::elements(value);
  if (!items) {
    errors.emplace_back(path, items.error().detail());
    return;
  }
  if (items->size() < type.min_size || (type.max_size && items->size() > *type.max_size)) {
    errors.emplace_back(
        path, "has " + std::to_string(items->size()) + " items: accepted are " + size_text(type, "items"));
    return;
  }
  for (std::size_t i = 0; i < items->size() && errors.size() < kMostFieldErrors; ++i) {
    validate(*type.item, (*items)[i], path + "[" + std::to_string(i) + "]", errors);
  }
}

std::string member_path(const std::string& path, const std::string& key) {
  std::string name = key;
  if (!is_utf8(name) || has_controls(name) || name.size() > kShownBytes) name = shown(name);
  return path.empty() ? name : path + "." + name;
}

/// The members, with every key that occurs twice named.
std::optional<std::vector<json::Member>> distinct_members(json::Raw value, const std::string& path,
                                                          FieldErrors& errors) {
  auto members = json::members(value);
  if (!members) {
    errors.emplace_back(path, members.error().detail());
    return std::nullopt;
  }
  std::vector<std::string_view> keys;
  keys.reserve(members->size());
  for (const auto& member : *members) keys.push_back(member.key);
  std::sort(keys.begin(), keys.end());
  for (auto twice = std::adjacent_find(keys.begin(), keys.end());
       twice != keys.end() && errors.size() < kMostFieldErrors;) {
    errors.emplace_back(member_path(path, std::string{*twice}), "is given more than once: give it once");
    twice = std::adjacent_find(std::upper_bound(twice, keys.end(), *twice), keys.end());
  }
  return std::move(members).value();
}

void check_map(const Type& type, json::Raw value, const std::string& path, FieldErrors& errors) {
  const auto members = distinct_members(value, path, errors);
  if (!members) return;
  if (type.max_size && members->size() > *type.max_size) {
    errors.emplace_back(path, "has " + std::to_string(members->size()) + " entries: accepted are " +
                                  size_text(type, "entries"));
    return;
  }
  for (const auto& member : *members) {
    if (errors.size() >= kMostFieldErrors) return;
    validate(*type.item, member.value, member_path(path, member.key), errors);
  }
}

std::string unknown_member(const Shape& shape, std::string_view key) {
  std::vector<std::string> names;
  for (const auto& field : shape.fields) names.push_back(field.name);
  const auto meant = closest(key, names);
  return "is not a known field: " + (meant ? "did you mean " + *meant + "? " : std::string()) +
         "Accepted are " + joined(names);
}

void check_members(const Shape& shape, const std::vector<json::Member>& members, const std::string& path,
                   FieldErrors& errors) {
  for (const auto& field : shape.fields) {
    const auto given = std::find_if(members.begin(), members.end(),
                                    [&](const json::Member& member) { return member.key == field.name; });
    if (given != members.end()) {
      validate(field.type, given->value, member_path(path, field.name), errors);
    } else if (field.required) {
      errors.emplace_back(member_path(path, field.name), "is required");
    }
  }
  for (const auto& member : members) {
    if (errors.size() >= kMostFieldErrors) return;
    if (shape.find(member.key) != nullptr) continue;
    const auto refused = std::find_if(shape.refused.begin(), shape.refused.end(),
                                      [&](const auto& pair) { return pair.first == member.key; });
    if (refused != shape.refused.end()) {
      errors.emplace_back(member_path(path, member.key), refused->second);
    } else if (!shape.open) {
      errors.emplace_back(member_path(path, member.key), unknown_member(shape, member.key));
    }
  }
}

void check_object(const Shape& shape, json::Raw value, const std::string& path, FieldErrors& errors) {
  if (const auto members = distinct_members(value, path, errors))
    check_members(shape, *members, path, errors);
}

/// Whether a value of this JSON kind can be one of `type` at all; otherwise what is expected.
std::optional<std::string> expected_kind(const Type& type, json::Kind kind) {
  switch (type.kind) {
    case Kind::any:
      return std::nullopt;
    case Kind::string:
      return kind == json::Kind::string ? std::nullopt : std::optional<std::string>("a string");
    case Kind::integer:
      return kind == json::Kind::number ? std::nullopt : std::optional<std::string>("a whole number");
    case Kind::boolean:
      return kind == json::Kind::boolean ? std::nullopt : std::optional<std::string>("true or false");
    case Kind::duration:
      if (kind == json::Kind::number || kind == json::Kind::string) return std::nullopt;
      return R"(seconds as a number, or text such as "90s", "10m", "1d10h30m")";
    case Kind::array:
      return kind == json::Kind::array ? std::nullopt : std::optional<std::string>("an array");
    case Kind::map:
    case Kind::object:
      return kind == json::Kind::object ? std::nullopt : std::optional<std::string>("an object");
  }
  return std::nullopt;
}

}  // namespace

Values::Values(json::Raw object) {
  if (object.kind != json::Kind::object) return;
  if (auto members = json::members(object)) members_ = std::move(members).value();
}

const json::Raw* Values::find(std::string_view name) const noexcept {
  for (const auto& member : members_) {
    if (member.key == name) return &member.value;
  }
  return nullptr;
}

const json::Raw* Values::given(std::string_view name) const noexcept {
  const auto* value = find(name);
  return value == nullptr || value->kind == json::Kind::null ? nullptr : value;
}

std::optional<std::string> Values::string(std::string_view name) const {
  const auto* value = given(name);
  if (value == nullptr) return std::nullopt;
  auto decoded = json::as_string(*value);
  if (!decoded) return std::nullopt;
  return std::move(decoded).value();
}

void validate(const Type& type, json::Raw value, const std::string& path, FieldErrors& errors) {
  if (type.kind == Kind::any || (type.nullable && value.kind == json::Kind::null)) return;
  if (const auto expected = expected_kind(type, value.kind)) {
    std::string found = shown(value);
    if (value.kind != json::Kind::null) found += " is " + a_kind(value.kind);
    errors.emplace_back(path, found + ": expected " + *expected +
                                  (type.one_of.empty() ? "" : ", one of " + joined(type.one_of)));
    return;
  }
  switch (type.kind) {
    case Kind::any:
    case Kind::boolean:
      return;
    case Kind::string: {
      const auto decoded = json::as_string(value);
      if (decoded) {
        check_text(type, *decoded, path, errors);
      } else {
        errors.emplace_back(path, decoded.error().detail());
      }
      return;
    }
    case Kind::integer:
      return check_integer(type, value, path, errors);
    case Kind::duration:
      return check_duration(type, value, path, errors);
    case Kind::array:
      return check_list(type, value, path, errors);
    case Kind::map:
      return check_map(type, value, path, errors);
    case Kind::object:
      return check_object(*type.shape, value, path, errors);
  }
}

Values validated(const ShapePtr& shape, json::Raw value, FieldErrors& errors) {
  if (value.kind != json::Kind::object) {
    validate(object(shape), value, "", errors);
    return Values();
  }
  auto members = distinct_members(value, "", errors);
  if (!members) return Values();
  check_members(*shape, *members, "", errors);
  return Values(std::move(*members));
}

void validate_parameter(const Type& type, std::string_view value, const std::string& name,
                        FieldErrors& errors) {
  if (!is_utf8(value)) {
    errors.emplace_back(name, shown(value) + " is not UTF-8");
    return;
  }
  if (type.kind == Kind::integer) {
    std::int64_t number = 0;
    const auto [end, problem] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (problem != std::errc() || end != value.data() + value.size() || !in_range(type, number)) {
      errors.emplace_back(name,
                          shown(value) + " is not accepted: expected a whole number, " + range_text(type));
    }
  } else if (type.kind == Kind::boolean) {
    if (value != "true" && value != "false") {
      errors.emplace_back(name, shown(value) + " is not accepted: use one of true, false");
    }
  } else {
    check_text(type, value, name, errors);
  }
}

Result<Millis> read_duration(json::Raw value) {
  if (value.kind == json::Kind::string) {
    const auto decoded = json::as_string(value);
    return decoded ? parse_duration(*decoded) : Result<Millis>(decoded.error());
  }
  // A plain decimal is read by its digits; only an exponent needs the detour over a double.
  if (value.text.find_first_of("eE") == std::string_view::npos) return parse_duration(value.text);
  const auto number = json::as_number(value);
  constexpr double kLongestSeconds = 1e10;
  if (!number || !(*number >= 0 && *number <= kLongestSeconds)) {
    return Error(
        ErrorCode::invalid_argument,
        shown(value) + R"( is out of range: accepted are seconds as a number, or text such as "90s")");
  }
  return Millis{static_cast<std::int64_t>(std::ceil(*number * 1000))};
}

std::string shown(std::string_view text) {
  std::string out = "\"";
  const char* const end = text.data() + text.size();
  for (const char* p = text.data(); p != end;) {
    const auto step = utf8_step(p, end);
    if (static_cast<std::size_t>(p - text.data()) + step.length > kShownBytes) {
      out += "…";
      break;
    }
    if (!step.valid || static_cast<unsigned char>(*p) < 0x20 || *p == 0x7F) {
      out += '?';
    } else {
      out.append(p, step.length);
    }
    p += step.length;
  }
  return out += '"';
}

std::string shown(json::Raw value) {
  switch (value.kind) {
    case json::Kind::object:
      return "{…}";
    case json::Kind::array:
      return "[…]";
    case json::Kind::string: {
      const auto decoded = json::as_string(value);
      return decoded ? shown(std::string_view{*decoded}) : shown(value.text);
    }
    default:
      break;
  }
  return value.text.size() <= kShownBytes ? std::string{value.text}
                                          : std::string{value.text.substr(0, kShownBytes)} + "…";
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

}  // namespace recado::api
