// JSON as a tree, for assertions.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.hpp"

namespace recado::api::testing {

/// Asking for what is not there throws, which fails the test with the name.
class Tree {
 public:
  static Tree of(std::string_view text) {
    const auto raw = json::parse(text);
    if (!raw)
      throw std::runtime_error("no JSON: " + raw.error().detail() + " in " +
                               std::string{text.substr(0, 200)});
    return Tree(*raw);
  }

  explicit Tree(json::Raw raw) : kind(raw.kind), source(raw.text) {
    if (kind == json::Kind::object) {
      for (const auto& member : json::members(raw).value())
        members.emplace_back(member.key, Tree(member.value));
    } else if (kind == json::Kind::array) {
      for (const auto& element : json::elements(raw).value()) items.emplace_back(element);
    }
  }

  const Tree* find(std::string_view name) const {
    for (const auto& [key, value] : members) {
      if (key == name) return &value;
    }
    return nullptr;
  }
  bool has(std::string_view name) const { return find(name) != nullptr; }
  const Tree& operator[](std::string_view name) const {
    const auto* found = find(name);
    if (found == nullptr) throw std::out_of_range("no member " + std::string{name} + " in " + source);
    return *found;
  }
  const Tree& operator[](const char* name) const { return (*this)[std::string_view{name}]; }
  const Tree& operator[](int index) const { return items.at(static_cast<std::size_t>(index)); }

  bool is_null() const { return kind == json::Kind::null; }
  std::string text() const { return json::as_string(json::Raw{kind, source}).value(); }
  std::int64_t number() const { return json::as_int(json::Raw{kind, source}).value(); }
  bool truth() const { return json::as_bool(json::Raw{kind, source}).value(); }
  std::vector<std::string> keys() const {
    std::vector<std::string> names;
    for (const auto& [key, value] : members) names.push_back(key);
    return names;
  }
  std::vector<std::string> texts() const {
    std::vector<std::string> out;
    for (const auto& item : items) out.push_back(item.text());
    return out;
  }

  json::Kind kind;
  std::string source;
  std::vector<std::pair<std::string, Tree>> members;
  std::vector<Tree> items;
};

}  // namespace recado::api::testing
