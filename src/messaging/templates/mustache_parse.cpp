#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/text.hpp"

#include "messaging/templates/mustache_node.hpp"

namespace recado::messaging {
namespace {

using Node = Mustache::Node;

constexpr std::string_view kBlank = " \t";
constexpr std::string_view kWhite = " \t\r\n";

class Parser {
 public:
  explicit Parser(std::string_view source) : source_(source) {}

  Result<std::vector<Node>> parse() {
    while (true) {
      const auto start = source_.find(open_, at_);
      if (start == std::string_view::npos) break;
      if (auto done = tag(start); !done) return done.error();
    }
    text(source_.substr(at_));
    if (!sections_.empty()) {
      return problem(sections_.back().start, "the section `" + sections_.back().node.text +
                                                 "` is not closed: write {{/" + sections_.back().node.text +
                                                 "}} at its end");
    }
    return std::move(root_);
  }

 private:
  struct Section {
    Node node;
    std::size_t start;
  };

  Error problem(std::size_t position, const std::string& what) const {
    const auto line =
        std::count(source_.begin(), source_.begin() + static_cast<std::ptrdiff_t>(position), '\n');
    return Error(ErrorCode::invalid_argument, "line " + std::to_string(line + 1) + ": " + what);
  }

  std::vector<Node>& here() { return sections_.empty() ? root_ : sections_.back().node.children; }

  void text(std::string_view piece) {
    if (piece.empty()) return;
    Node node;
    node.text.assign(piece);
    here().push_back(std::move(node));
  }

  /// The tag that opens at `start`: the text before it, then what it stands for.
  Result<void> tag(std::size_t start) {
    std::size_t inside = start + open_.size();
    char sigil = inside < source_.size() ? source_[inside] : '\0';
    std::string close = close_;
    if (sigil == '{' && open_ == "{{") close = "}}}";
    if (sigil == '=') close = "=" + close_;
    constexpr std::string_view kSigils = "#^/!&{=>";
    if (kSigils.find(sigil) == std::string_view::npos || sigil == '\0') {
      sigil = '\0';
    } else {
      ++inside;
    }
    const auto end = source_.find(close, inside);
    if (end == std::string_view::npos) {
      return problem(start, "a tag is not closed: write `" + close + "` at its end");
    }
    const std::string_view content = trimmed(source_.substr(inside, end - inside));
    std::size_t after = end + close.size();
    std::size_t before = start;
    if (sigil != '\0' && sigil != '&' && sigil != '{') leave_line(before, after);
    text(source_.substr(at_, before - at_));
    at_ = after;
    if (sigil == '!') return {};
    if (sigil == '=') return delimiters(start, content);
    return named(start, sigil, content);
  }

  /// A line that holds nothing but this tag goes with it.
  void leave_line(std::size_t& before, std::size_t& after) const {
    const auto newline = before == 0 ? std::string_view::npos : source_.rfind('\n', before - 1);
    const std::size_t line = newline == std::string_view::npos ? 0 : newline + 1;
    if (source_.substr(line, before - line).find_first_not_of(kBlank) != std::string_view::npos) return;
    auto rest = source_.find_first_not_of(kBlank, after);
    if (rest == std::string_view::npos) rest = source_.size();
    if (source_.substr(rest, 2) == "\r\n") {
      rest += 2;
    } else if (source_.substr(rest, 1) == "\n") {
      rest += 1;
    } else if (rest != source_.size()) {
      return;
    }
    before = line;
    after = rest;
  }

  Result<void> named(std::size_t start, char sigil, std::string_view name) {
    if (sigil == '>') return problem(start, "partials ({{>…}}) are not available: a template stands alone");
    if (name.empty()) return problem(start, "a tag has no name");
    if (name.find_first_of("{}\r\n") != std::string_view::npos) {
      return problem(start, "a tag's name has a brace or a line break in it: is its end missing?");
    }
    if (name != "." &&
        (name.front() == '.' || name.back() == '.' || name.find("..") != std::string_view::npos)) {
      return problem(start, "`" + std::string(name) + "` is not a name: a part between dots is empty");
    }
    Node node;
    node.text.assign(name);
    switch (sigil) {
      case '#':
      case '^':
        if (sections_.size() >= static_cast<std::size_t>(kMaxSectionDepth)) {
          return problem(start,
                         "sections are nested more than " + std::to_string(kMaxSectionDepth) + " deep");
        }
        node.kind = sigil == '#' ? Node::Kind::section : Node::Kind::inverted;
        sections_.push_back({std::move(node), start});
        return {};
      case '/':
        return close_section(start, name);
      default:
        node.kind = sigil == '\0' ? Node::Kind::variable : Node::Kind::raw_variable;
        here().push_back(std::move(node));
        return {};
    }
  }

  Result<void> close_section(std::size_t start, std::string_view name) {
    if (sections_.empty()) {
      return problem(start, "{{/" + std::string(name) + "}} closes a section that was not opened");
    }
    if (sections_.back().node.text != name) {
      return problem(start, "{{/" + std::string(name) + "}} stands where {{/" + sections_.back().node.text +
                                "}} is expected");
    }
    Node node = std::move(sections_.back().node);
    sections_.pop_back();
    here().push_back(std::move(node));
    return {};
  }

  Result<void> delimiters(std::size_t start, std::string_view content) {
    const auto gap = content.find_first_of(kWhite);
    const std::string_view open = content.substr(0, gap);
    const std::string_view close = gap == std::string_view::npos ? "" : trimmed(content.substr(gap));
    const auto usable = [](std::string_view one) {
      return !one.empty() && one.find('=') == std::string_view::npos &&
             one.find_first_of(kWhite) == std::string_view::npos;
    };
    if (!usable(open) || !usable(close)) {
      return problem(start, "delimiters are changed by {{=<% %>=}}: two of them, without spaces or `=`");
    }
    open_.assign(open);
    close_.assign(close);
    return {};
  }

  std::string_view source_;
  std::size_t at_ = 0;  ///< all before it has been read
  std::string open_ = "{{";
  std::string close_ = "}}";
  std::vector<Node> root_;
  std::vector<Section> sections_;
};

}  // namespace

Result<Mustache> Mustache::parse(std::string_view source) {
  if (source.size() > kMaxTemplateBytes) {
    return Error(ErrorCode::invalid_argument, "has " + std::to_string(source.size()) +
                                                  " bytes: accepted are at most " +
                                                  std::to_string(kMaxTemplateBytes));
  }
  auto nodes = Parser(source).parse();
  if (!nodes) return nodes.error();
  Mustache made;
  made.nodes_ = std::make_shared<const std::vector<Node>>(std::move(nodes).value());
  return made;
}

}  // namespace recado::messaging
