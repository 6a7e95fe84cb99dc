#include "auth/scopes.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"

namespace recado::auth {
namespace {

constexpr std::pair<Scope, std::string_view> kNames[] = {
    {Scope::read, "read"}, {Scope::write, "write"}, {Scope::admin, "admin"}};

}  // namespace

Result<Scopes> Scopes::parse(std::string_view text) {
  Scopes scopes;
  while (true) {
    const auto name = trimmed(text.substr(0, text.find(',')), " ");
    const auto* found = std::find_if(std::begin(kNames), std::end(kNames),
                                     [&](const auto& known) { return known.second == name; });
    if (found == std::end(kNames)) {
      return Error(ErrorCode::invalid_argument,
                   "`" + std::string(name.substr(0, 64)) +
                       "` is no scope; accepted are read, write and admin, with commas between");
    }
    scopes.add(found->first);
    const auto comma = text.find(',');
    if (comma == std::string_view::npos) return scopes;
    text.remove_prefix(comma + 1);
  }
}

std::vector<std::string> Scopes::names() const {
  std::vector<std::string> names;
  for (const auto& [scope, name] : kNames) {
    if (has(scope)) names.emplace_back(name);
  }
  return names;
}

std::string Scopes::text() const {
  std::string text;
  for (const auto& name : names()) {
    if (!text.empty()) text += ',';
    text += name;
  }
  return text;
}

}  // namespace recado::auth
