#include "records/document.hpp"

#include <algorithm>

namespace recado::records {
namespace {

/// Of a value that was valid when it was set.
json::Raw raw(std::string_view text) {
  json::Raw value;
  value.text = text;
  switch (text.empty() ? 'n' : text.front()) {
    case '"':
      value.kind = json::Kind::string;
      break;
    case '{':
      value.kind = json::Kind::object;
      break;
    case '[':
      value.kind = json::Kind::array;
      break;
    case 't':
    case 'f':
      value.kind = json::Kind::boolean;
      break;
    case 'n':
      value.kind = json::Kind::null;
      break;
    default:
      value.kind = json::Kind::number;
  }
  return value;
}

}  // namespace

Result<Document> Document::parse(std::string_view text) {
  const auto whole = json::parse(text);
  if (!whole) return whole.error();
  const auto members = json::members(*whole);
  if (!members) return members.error();
  Document document;
  document.fields_.reserve(members->size());
  for (const auto& member : *members) document.set(member.key, member.value.text);
  return document;
}

void Document::set(std::string_view field, std::string_view json) {
  if (json == "null") return remove(field);
  for (auto& [name, value] : fields_) {
    if (name == field) {
      value = json;
      return;
    }
  }
  fields_.emplace_back(field, json);
}

void Document::set_text(std::string_view field, std::string_view text) {
  set(field, json::quote(text));
}

void Document::set_flag(std::string_view field, bool flag) {
  set(field, flag ? "true" : "false");
}

void Document::set_number(std::string_view field, std::int64_t number) {
  set(field, std::to_string(number));
}

void Document::set_texts(std::string_view field, const std::vector<std::string>& texts) {
  json::Writer out;
  out.begin_array();
  for (const auto& text : texts) out.value(text);
  set(field, out.end_array().str());
}

void Document::remove(std::string_view field) {
  std::erase_if(fields_, [&](const auto& member) { return member.first == field; });
}

Result<void> Document::merge(std::string_view patch) {
  const auto whole = json::parse(patch);
  if (!whole) return whole.error();
  const auto members = json::members(*whole);
  if (!members) return members.error();
  for (const auto& member : *members) {
    if (member.value.kind != json::Kind::object) {
      set(member.key, member.value.text);
      continue;
    }
    const auto before = find(member.key);
    // What was no object counts as an empty one. Depth is what json::parse allowed.
    auto inner = before && before->starts_with('{') ? parse(*before) : Result<Document>(Document());
    if (!inner) return inner.error();
    if (const auto merged = inner->merge(member.value.text); !merged) return merged;
    set(member.key, inner->json());
  }
  return {};
}

std::optional<std::string_view> Document::find(std::string_view field) const noexcept {
  for (const auto& [name, value] : fields_) {
    if (name == field) return value;
  }
  return std::nullopt;
}

std::optional<std::string> Document::text(std::string_view field) const {
  const auto value = find(field);
  if (!value) return std::nullopt;
  const auto decoded = json::as_string(raw(*value));
  if (!decoded) return std::nullopt;
  return *decoded;
}

std::optional<std::int64_t> Document::number(std::string_view field) const {
  const auto value = find(field);
  if (!value) return std::nullopt;
  const auto decoded = json::as_int(raw(*value));
  if (!decoded) return std::nullopt;
  return *decoded;
}

bool Document::flag(std::string_view field) const {
  return find(field) == "true";
}

std::vector<std::string> Document::texts(std::string_view field) const {
  std::vector<std::string> texts;
  const auto value = find(field);
  if (!value) return texts;
  if (value->starts_with('"')) {
    if (auto one = text(field)) texts.push_back(std::move(*one));
    return texts;
  }
  for (const auto& element : elements(field)) {
    auto decoded = json::as_string(element);
    if (decoded) texts.push_back(std::move(*decoded));
  }
  return texts;
}

std::vector<json::Raw> Document::elements(std::string_view field) const {
  const auto value = find(field);
  auto elements =
      value ? json::elements(raw(*value)) : Result<std::vector<json::Raw>>(std::vector<json::Raw>());
  return elements ? std::move(*elements) : std::vector<json::Raw>();
}

std::vector<std::string> Document::names() const {
  std::vector<std::string> names;
  for (const auto& [name, value] : fields_) names.push_back(name);
  return names;
}

std::string Document::json() const {
  json::Writer out;
  out.begin_object();
  for (const auto& [name, value] : fields_) out.key(name).raw(value);
  return std::move(out.end_object()).str();
}

}  // namespace recado::records
