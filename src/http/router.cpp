#include "http/router.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace recado::http {

namespace {

constexpr std::array<std::string_view, 8> kMethods{"GET",   "HEAD",   "POST",    "PUT",
                                                   "PATCH", "DELETE", "OPTIONS", "TRACE"};

bool is_known(std::string_view method) noexcept {
  return std::find(kMethods.begin(), kMethods.end(), method) != kMethods.end();
}

/// Takes the first segment off `rest`, which starts with a slash.
std::string_view take_segment(std::string_view& rest) noexcept {
  rest.remove_prefix(1);
  const std::string_view segment = rest.substr(0, rest.find('/'));
  rest.remove_prefix(segment.size());
  return segment;
}

Response options_answer(std::string allow) {
  Response answer;
  answer.status = 204;
  answer.headers.emplace_back("Allow", std::move(allow));
  return answer;
}

Response not_found(const Request& request) {
  return problem(404, "there is nothing at " + request.path);
}

}  // namespace

const char* to_string(Scope scope) noexcept {
  switch (scope) {
    case Scope::open:
      return "open";
    case Scope::any:
      return "any";
    case Scope::read:
      return "read";
    case Scope::write:
      return "write";
    case Scope::admin:
      return "admin";
  }
  return "open";
}

bool Principal::may(Scope needed) const noexcept {
  switch (needed) {
    case Scope::open:
    case Scope::any:
      return true;
    case Scope::read:
      return read;
    case Scope::write:
      return write;
    case Scope::admin:
      return admin;
  }
  return false;
}

/// The segments that parameters matched so far, still encoded.
struct Router::Captures {
  std::array<std::string_view, 8> values;
  std::size_t count = 0;
};

std::size_t Router::child(std::size_t node, std::string_view segment) {
  const bool parameter = segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
  if (parameter) {
    if (nodes_[node].parameter == 0) {
      nodes_[node].parameter = nodes_.size();
      nodes_.emplace_back();
    }
    return nodes_[node].parameter;
  }
  for (const auto& [literal, index] : nodes_[node].literals) {
    if (literal == segment) return index;
  }
  const std::size_t added = nodes_.size();
  nodes_.emplace_back();
  nodes_[node].literals.emplace_back(segment, added);
  return added;
}

void Router::add(Route route) {
  std::string_view rest = route.path;
  if (!rest.starts_with('/')) throw std::logic_error("a route's path must start with /: " + route.path);
  std::size_t node = 0;
  std::size_t parameters = 0;
  while (rest.size() > 1) {
    const std::string_view segment = take_segment(rest);
    if (segment.empty()) throw std::logic_error("a route's path has an empty segment: " + route.path);
    if (segment.front() == '{') ++parameters;
    node = child(node, segment);
  }
  if (parameters > Captures().values.size()) throw std::logic_error("too many parameters: " + route.path);
  for (const std::size_t other : nodes_[node].routes) {
    if (routes_[other].method == route.method) {
      throw std::logic_error("two routes for " + route.method + " " + route.path);
    }
  }
  if (route.scope == Scope::open) nodes_[node].open = true;
  nodes_[node].routes.push_back(routes_.size());
  routes_.push_back(std::move(route));
  nodes_[node].allow = allow_of(nodes_[node].routes);
}

void Router::set_authoriser(Authoriser authoriser, LateAuthoriser late) {
  authoriser_ = std::move(authoriser);
  late_ = std::move(late);
}

void Router::set_fallback(Handler handler) {
  Route& route = fallback_.emplace();
  route.method = "*";
  route.path = "*";
  route.scope = Scope::open;
  route.handler = std::move(handler);
  route.content_types = {"*/*"};
}

std::string Router::allow_of(const std::vector<std::size_t>& routes) const {
  std::string allow;
  for (const std::string_view method : kMethods) {
    const bool served =
        method == "OPTIONS" || std::any_of(routes.begin(), routes.end(), [&](std::size_t index) {
          return routes_[index].method == method || (method == "HEAD" && routes_[index].method == "GET");
        });
    if (!served) continue;
    if (!allow.empty()) allow += ", ";
    allow += method;
  }
  return allow;
}

const Router::Node* Router::find(std::size_t node, std::string_view rest, Captures& captures) const {
  const Node& here = nodes_[node];
  if (rest.empty()) return here.routes.empty() ? nullptr : &here;
  const std::string_view segment = take_segment(rest);
  for (const auto& [literal, index] : here.literals) {
    if (literal != segment) continue;
    if (const Node* found = find(index, rest, captures)) return found;
    break;
  }
  // Dot segments are neither resolved nor names; an id that is really `..` comes as %2E%2E.
  if (here.parameter == 0 || segment.empty() || segment == "." || segment == "..") return nullptr;
  const std::size_t count = captures.count;
  captures.values[captures.count++] = segment;
  const Node* found = find(here.parameter, rest, captures);
  if (found == nullptr) captures.count = count;
  return found;
}

/// What the late authoriser said.
struct Router::Decided {
  Principal principal;
  std::optional<Response> refusal;
};

Router::Match Router::match(Request& request) const {
  return match(request, nullptr);
}

io::Task<Router::Match> Router::decide(Request& request, Scope needed) const {
  Decided decided;
  decided.refusal = co_await late_(request, needed, decided.principal);
  co_return match(request, &decided);
}

Router::Match Router::match(Request& request, Decided* decided) const {
  Match match;
  request.path_parameters.clear();
  Captures captures;
  const Node* node = nullptr;
  if (request.path == "/") {
    node = nodes_.front().routes.empty() ? nullptr : &nodes_.front();
  } else if (request.path.starts_with('/')) {
    node = find(0, request.path, captures);
  }

  if (fallback_ && node == nullptr) {
    match.route = &*fallback_;
    return match;
  }

  if (request.method == "OPTIONS") {
    if (request.path == "*") {
      std::vector<std::size_t> all(routes_.size());
      for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
      match.refusal = options_answer(allow_of(all));
    } else {
      match.refusal = node != nullptr ? options_answer(node->allow) : not_found(request);
    }
    return match;
  }

  if (node != nullptr) {
    const std::string_view wanted = request.method == "HEAD" ? std::string_view("GET") : request.method;
    for (const std::size_t index : node->routes) {
      // HEAD may be declared itself.
      if (routes_[index].method == request.method) match.route = &routes_[index];
      if (match.route == nullptr && routes_[index].method == wanted) match.route = &routes_[index];
    }
  }
  if (fallback_ && match.route == nullptr) match.route = &*fallback_;
  const bool open =
      match.route != nullptr ? match.route->scope == Scope::open : node != nullptr && node->open;
  if (!open && authoriser_) {
    match.needed = match.route != nullptr ? match.route->scope : Scope::any;
    if (decided != nullptr) {
      match.principal = std::move(decided->principal);
      match.refusal = std::move(decided->refusal);
    } else {
      auto said = authoriser_(request, match.needed, match.principal);
      match.refusal = std::move(said.refusal);
      match.undecided = said.undecided;
    }
    if (match.refusal || match.undecided) return match;
  }
  if (node == nullptr) {
    match.refusal = not_found(request);
    return match;
  }
  if (match.route == nullptr) {
    if (is_known(request.method)) {
      match.refusal = problem(405, request.path + " answers " + node->allow + ", not " + request.method);
      match.refusal->headers.emplace_back("Allow", node->allow);
    } else {
      match.refusal =
          problem(501, "the method is not known here; " + request.path + " answers " + node->allow);
    }
    return match;
  }
  for (std::size_t i = 0; i < captures.count; ++i) {
    auto value = percent_decode(captures.values[i]);
    if (!value) {
      match.refusal = problem(400, value.error().detail());
      return match;
    }
    request.path_parameters.push_back(std::move(value).value());
  }
  return match;
}

}  // namespace recado::http
