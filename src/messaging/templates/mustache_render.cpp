#include <algorithm>
#include <string>
#include <vector>

#include "base/text.hpp"

#include "messaging/templates/mustache_node.hpp"

namespace recado::messaging {
namespace {

using Node = Mustache::Node;

class Renderer {
 public:
  Renderer(const Value& values, const Value& defaults, Escape escape)
      : defaults_(defaults), escape_(escape), frames_{&defaults, &values} {}

  Rendered render(const std::vector<Node>& nodes) && {
    walk(nodes);
    if (too_much_) {
      out_.problems.push_back({"template", "renders to more than " + std::to_string(kMaxRenderedBytes) +
                                               " bytes or " + std::to_string(kMaxRenderedPieces) +
                                               " pieces"});
    }
    return std::move(out_);
  }

 private:
  /// The first part of a name is looked for from the innermost frame outwards, the others only inside what
  /// was found (specification, "Dotted Names").
  const Value* find(std::string_view name) const {
    if (name == ".") return frames_.back();
    const auto dot = name.find('.');
    for (auto frame = frames_.rbegin(); frame != frames_.rend(); ++frame) {
      if ((*frame)->find(name.substr(0, dot)) != nullptr) return inside(**frame, name);
    }
    return nullptr;
  }

  static const Value* inside(const Value& object, std::string_view name) {
    const Value* found = &object;
    while (found != nullptr) {
      const auto dot = name.find('.');
      found = found->find(name.substr(0, dot));
      if (dot == std::string_view::npos) break;
      name.remove_prefix(dot + 1);
    }
    return found;
  }

  const Value* find_or_default(std::string_view name) const {
    const Value* found = find(name);
    const bool nothing = found == nullptr || found->kind == Value::Kind::null ||
                         (found->kind == Value::Kind::text && found->text.empty());
    return nothing && name != "." ? inside(defaults_, name) : found;
  }

  void problem(const std::string& name, std::string message) {
    const bool known = std::any_of(out_.problems.begin(), out_.problems.end(),
                                   [&](const auto& one) { return one.name == name; });
    if (!known) out_.problems.push_back({name, std::move(message)});
  }

  void variable(const Node& node) {
    const Value* value = find_or_default(node.text);
    if (value == nullptr || value->kind == Value::Kind::null) {
      problem(node.text, "is missing: the template needs it");
      return;
    }
    switch (value->kind) {
      case Value::Kind::text:
        if (value->text.empty()) {
          problem(node.text, "is empty: the template needs it");
          return;
        }
        [[fallthrough]];
      case Value::Kind::number:
        write(node.kind == Node::Kind::variable && escape_ == Escape::html ? html_escape(value->text)
                                                                           : value->text);
        return;
      case Value::Kind::list:
      case Value::Kind::object:
      case Value::Kind::boolean:
      case Value::Kind::null:
        problem(node.text, "is neither text nor a number: {{" + node.text + "}} cannot write it");
        return;
    }
  }

  void section(const Node& node) {
    const Value* value = find_or_default(node.text);
    const bool shown = value != nullptr && !value->is_falsy();
    if (node.kind == Node::Kind::inverted) {
      if (!shown) walk(node.children);
      return;
    }
    if (!shown) return;
    if (value->kind != Value::Kind::list) {
      frames_.push_back(value);
      walk(node.children);
      frames_.pop_back();
      return;
    }
    for (const auto& item : value->items) {
      if (too_much_) return;
      frames_.push_back(&item);
      walk(node.children);
      frames_.pop_back();
    }
  }

  void walk(const std::vector<Node>& nodes) {
    pieces_ += 1;  // an empty section over a long list counts too
    for (const auto& node : nodes) {
      if (++pieces_ > kMaxRenderedPieces || out_.text.size() > kMaxRenderedBytes) too_much_ = true;
      if (too_much_) return;
      switch (node.kind) {
        case Node::Kind::text:
          write(node.text);
          break;
        case Node::Kind::variable:
        case Node::Kind::raw_variable:
          variable(node);
          break;
        case Node::Kind::section:
        case Node::Kind::inverted:
          section(node);
          break;
      }
    }
  }

  void write(std::string_view text) { out_.text.append(text); }

  const Value& defaults_;
  const Escape escape_;
  std::vector<const Value*> frames_;  ///< innermost last
  std::size_t pieces_ = 0;
  bool too_much_ = false;
  Rendered out_;
};

}  // namespace

Rendered Mustache::render(const Value& values, const Value& defaults, Escape escape) const {
  return Renderer(values, defaults, escape).render(*nodes_);
}

}  // namespace recado::messaging
