#include "http/request_checks.hpp"

#include <algorithm>

#include "http/head_syntax.hpp"

namespace recado::http {

namespace {

bool is_json(std::string_view type) noexcept {
  if (equal_ignoring_case(type, "application/json")) return true;
  return type.size() > 5 && type.find('/') != std::string_view::npos &&
         equal_ignoring_case(type.substr(type.size() - 5), "+json");
}

/// Whether every `charset` among the parameters is UTF-8.
bool is_utf8(std::string_view parameters) noexcept {
  while (!parameters.empty()) {
    const std::size_t end = std::min(parameters.find(';'), parameters.size());
    const std::string_view parameter = trimmed(parameters.substr(0, end));
    parameters.remove_prefix(std::min(end + 1, parameters.size()));
    const std::size_t equals = parameter.find('=');
    if (equals == std::string_view::npos ||
        !equal_ignoring_case(trimmed(parameter.substr(0, equals)), "charset")) {
      continue;
    }
    std::string_view value = trimmed(parameter.substr(equals + 1));
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
      value = value.substr(1, value.size() - 2);
    if (!equal_ignoring_case(value, "utf-8") && !equal_ignoring_case(value, "utf8")) return false;
  }
  return true;
}

std::string accepted_types(const Route& route) {
  if (route.content_types.empty()) return "application/json";
  std::string types;
  for (const auto& type : route.content_types) types += (types.empty() ? "" : ", ") + type;
  return types;
}

}  // namespace

bool accepts_content_type(const Route& route, std::string_view content_type) {
  const std::size_t end = std::min(content_type.find(';'), content_type.size());
  const std::string_view type = trimmed(content_type.substr(0, end));
  if (!route.any_charset && !is_utf8(content_type.substr(std::min(end + 1, content_type.size()))))
    return false;
  if (route.content_types.empty()) return is_json(type);
  return std::any_of(
      route.content_types.begin(), route.content_types.end(), [&](const std::string& accepted) {
        return equal_ignoring_case(type, accepted) || (accepted == "application/json" && is_json(type));
      });
}

std::optional<Response> refuse_media_type(const Request& request, const Route& route) {
  const auto& types = route.content_types;
  const bool anything = std::find(types.begin(), types.end(), "*/*") != types.end();
  if (!route.accepts_body || anything) return std::nullopt;
  const auto encoding = request.header("content-encoding");
  if (encoding && !equal_ignoring_case(*encoding, "identity")) {
    auto refusal = problem(415, "Content-Encoding is not supported: send the body as it is");
    refusal.headers.emplace_back("Accept-Encoding", "identity");
    return refusal;
  }
  const auto content_type = request.header("content-type");
  // What takes files as they arrive takes no JSON.
  const std::string_view otherwise =
      route.stream_handler ? std::string_view(route.content_types.front()) : "application/json";
  if (accepts_content_type(route, content_type.value_or(otherwise))) return std::nullopt;
  const std::string accepted = accepted_types(route);
  auto refusal = problem(415, "Content-Type must be " + accepted + (route.any_charset ? "" : ", in UTF-8"));
  refusal.headers.emplace_back("Accept", accepted);
  return refusal;
}

bool expects_continue(const Request& request) {
  if (request.version < 11) return false;
  const auto expect = request.header("expect");
  return expect && equal_ignoring_case(*expect, "100-continue");
}

std::optional<Response> refuse_expectation(const Request& request) {
  if (request.version < 11 || !request.header("expect") || expects_continue(request)) return std::nullopt;
  return problem(417, "the only expectation that can be met is 100-continue");
}

}  // namespace recado::http
