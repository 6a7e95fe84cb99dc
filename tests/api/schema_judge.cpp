#include "api/schema_judge.hpp"

#include <algorithm>
#include <array>
#include <regex>

namespace recado::api::testing {
namespace {

using json::Kind;

bool is_type(const std::string& type, const Tree& value) {
  switch (value.kind) {
    case Kind::null:
      return type == "null";
    case Kind::boolean:
      return type == "boolean";
    case Kind::number:
      return type == "number" ||
             (type == "integer" && json::as_int(json::Raw{value.kind, value.source}).ok());
    case Kind::string:
      return type == "string";
    case Kind::array:
      return type == "array";
    case Kind::object:
      return type == "object";
  }
  return false;
}

bool type_fits(const Tree& types, const Tree& value) {
  if (types.kind == Kind::string) return is_type(types.text(), value);
  return std::any_of(types.items.begin(), types.items.end(),
                     [&](const Tree& t) { return is_type(t.text(), value); });
}

std::string decoded(const Tree& value) {
  auto text = json::as_string(json::Raw{value.kind, value.source});
  return text ? *text : value.source;
}

std::size_t characters(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

double number(const Tree& value) {
  const auto read = json::as_number(json::Raw{value.kind, value.source});
  return read ? *read : (value.source.front() == '-' ? -1e308 : 1e308);
}

bool pattern_fits(const std::string& pattern, const std::string& text) {
  // libstdc++'s regex knows no \u in bytes: the one pattern that has it is spelled out.
  if (pattern == R"(^[^\u0000-\u001F\u007F]*$)") {
    return std::none_of(text.begin(), text.end(),
                        [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
  }
  return std::regex_search(text, std::regex(pattern, std::regex::ECMAScript));
}

constexpr std::array<std::string_view, 4> kNotes{"description", "examples", "format", "required"};

}  // namespace

const Tree& SchemaJudge::resolve(std::string_view reference) const {
  if (!reference.starts_with("#/"))
    throw std::runtime_error("not a local reference: " + std::string{reference});
  reference.remove_prefix(2);
  const Tree* node = &document_;
  while (!reference.empty()) {
    const auto slash = std::min(reference.find('/'), reference.size());
    node = &(*node)[reference.substr(0, slash)];
    reference.remove_prefix(std::min(slash + 1, reference.size()));
  }
  return *node;
}

std::vector<std::string> SchemaJudge::problems(const Tree& schema, const Tree& value) const {
  std::vector<std::string> out;
  judge(schema, value, "", out);
  return out;
}

void SchemaJudge::judge(const Tree& schema, const Tree& value, const std::string& place,
                        std::vector<std::string>& out) const {
  const auto wrong = [&](const std::string& what) {
    out.push_back(place + ": " + what + ": " + value.source);
  };
  for (const auto& [keyword, rule] : schema.members) {
    if (keyword == "$ref") {
      judge(resolve(rule.text()), value, place, out);
    } else if (keyword == "type") {
      if (!type_fits(rule, value)) wrong("not of type " + rule.source);
    } else if (keyword == "enum") {
      const auto same = [&](const Tree& one) {
        return one.kind == value.kind &&
               (value.kind == Kind::string ? decoded(one) == decoded(value) : one.source == value.source);
      };
      if (std::none_of(rule.items.begin(), rule.items.end(), same)) wrong("not in enum " + rule.source);
    } else if (keyword == "oneOf" || keyword == "anyOf") {
      const auto count = std::count_if(rule.items.begin(), rule.items.end(),
                                       [&](const Tree& one) { return accepts(one, value); });
      if (count == 0 || (keyword == "oneOf" && count != 1))
        wrong("fits " + std::to_string(count) + " of " + keyword);
    } else if (keyword == "minLength" || keyword == "maxLength") {
      if (value.kind != Kind::string) continue;
      const auto size = static_cast<std::int64_t>(characters(decoded(value)));
      if (keyword == "minLength" ? size < rule.number() : size > rule.number()) wrong(keyword);
    } else if (keyword == "pattern") {
      if (value.kind == Kind::string && !pattern_fits(rule.text(), decoded(value)))
        wrong("pattern " + rule.text());
    } else if (keyword == "minimum" || keyword == "maximum") {
      if (value.kind != Kind::number) continue;
      if (keyword == "minimum" ? number(value) < number(rule) : number(value) > number(rule)) wrong(keyword);
    } else if (keyword == "items") {
      for (std::size_t i = 0; i < value.items.size(); ++i) {
        judge(rule, value.items[i], place + "[" + std::to_string(i) + "]", out);
      }
    } else if (keyword == "minItems" || keyword == "maxItems") {
      const auto size = static_cast<std::int64_t>(value.items.size());
      if (value.kind == Kind::array && (keyword == "minItems" ? size < rule.number() : size > rule.number()))
        wrong(keyword);
    } else if (keyword == "maxProperties") {
      if (static_cast<std::int64_t>(value.members.size()) > rule.number()) wrong(keyword);
    } else if (keyword == "properties") {
      for (const auto& [name, member] : value.members) {
        if (const auto* known = rule.find(name)) judge(*known, member, place + "." + name, out);
      }
    } else if (keyword == "additionalProperties") {
      const auto* known = schema.find("properties");
      for (const auto& [name, member] : value.members) {
        if (known != nullptr && known->has(name)) continue;
        if (rule.kind == Kind::boolean) {
          if (!rule.truth()) wrong("unknown member " + name);
        } else {
          judge(rule, member, place + "." + name, out);
        }
      }
    } else if (std::find(kNotes.begin(), kNotes.end(), keyword) == kNotes.end()) {
      throw std::runtime_error("unknown keyword " + keyword);
    }
  }
  if (const auto* required = schema.find("required"); required != nullptr && value.kind == Kind::object) {
    for (const auto& name : required->texts()) {
      if (!value.has(name)) wrong("lacks " + name);
    }
  }
}

}  // namespace recado::api::testing
