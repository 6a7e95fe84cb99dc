#include "api/operation.hpp"

#include <algorithm>
#include <charconv>

#include "api/answers.hpp"
#include "api/suggest.hpp"
#include "base/text.hpp"

namespace recado::api {
namespace {

constexpr std::string_view kForm = "application/x-www-form-urlencoded";

void judge_query(const Operation& operation, Call& call, FieldErrors& errors) {
  std::vector<std::string> seen;
  for (auto& [name, value] : call.request.query_parameters()) {
    if (operation.takes_query && operation.body->shape->find(name) != nullptr) continue;
    const auto field = std::find_if(operation.query.begin(), operation.query.end(),
                                    [&, &key = name](const Field& f) { return f.name == key; });
    if (field == operation.query.end()) {
      std::vector<std::string> names;
      for (const auto& f : operation.query) names.push_back(f.name);
      const auto meant = closest(name, names);
      errors.emplace_back(
          shown(name),
          "is not a known query parameter: " + (meant ? "did you mean " + *meant + "? " : std::string()) +
              (names.empty() ? "none is accepted here" : "Accepted are " + joined(names)));
      continue;
    }
    if (std::find(seen.begin(), seen.end(), name) != seen.end()) {
      errors.emplace_back(name, "is given more than once: give it once");
      continue;
    }
    seen.push_back(name);
    validate_parameter(field->type, value, name, errors);
    call.query.add(std::move(name), std::move(value));
  }
}

std::optional<http::Response> judge_path(const Operation& operation, const Call& call) {
  FieldErrors errors;
  for (std::size_t i = 0; i < operation.path_fields.size(); ++i) {
    const auto& field = operation.path_fields[i];
    validate_parameter(field.type, call.path(i), field.name, errors);
  }
  if (errors.empty()) return std::nullopt;
  if (operation.bad_path_status == 422) return unprocessable(std::move(errors));
  return http::problem(operation.bad_path_status, errors.front().field + ": " + errors.front().message);
}

/// The text of a form's field as JSON: what the declaration wants as a number or a boolean, and is one, is
/// one.
std::string form_value(const Field* field, const std::string& text) {
  if (field != nullptr && (field->type.kind == Kind::integer || field->type.kind == Kind::boolean)) {
    const auto value = json::parse(text);
    if (value &&
        value->kind == (field->type.kind == Kind::integer ? json::Kind::number : json::Kind::boolean))
      return text;
  }
  return json::quote(text);
}

/// Fields as the JSON object that says the same.
std::string as_json(const Shape& shape, std::vector<std::pair<std::string, std::string>> fields) {
  std::vector<std::pair<std::string, std::string>> members;
  for (auto& [name, value] : fields) {
    auto text = form_value(shape.find(name), value);
    const auto same = std::find_if(members.begin(), members.end(),
                                   [&, &key = name](const auto& member) { return member.first == key; });
    if (same != members.end()) {
      same->second = std::move(text);
    } else {
      members.emplace_back(std::move(name), std::move(text));
    }
  }
  json::Writer out;
  out.begin_object();
  for (const auto& [name, value] : members) out.key(name).raw(value);
  return std::move(out.end_object()).str();
}

bool is_form(const http::Request& request) {
  const auto type = request.header("content-type").value_or("");
  if (type.size() < kForm.size()) return false;
  return std::equal(kForm.begin(), kForm.end(), type.begin(), [](char expected, char c) {
    return expected == (c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c);
  });
}

/// Adds to the body what the query says and the body does not. A body that is no object is left as it is.
void add_query(const Shape& shape, http::Request& request) {
  auto parameters = request.query_parameters();
  std::erase_if(parameters, [&](const auto& one) { return shape.find(one.first) == nullptr; });
  if (trimmed(request.body).empty()) {
    request.body = as_json(shape, std::move(parameters));
    return;
  }
  const auto body = json::parse(request.body);
  if (parameters.empty() || !body || body->kind != json::Kind::object) return;
  const auto members = json::members(*body);
  if (!members) return;
  std::erase_if(parameters, [&](const auto& one) {
    return std::any_of(members->begin(), members->end(),
                       [&](const json::Member& member) { return member.key == one.first; });
  });
  const auto more = as_json(shape, std::move(parameters));
  json::Writer out;
  out.begin_object();
  for (const auto& member : *members) out.key(member.key).raw(member.value.text);
  for (const auto& member : json::members(*json::parse(more)).value())
    out.key(member.key).raw(member.value.text);
  request.body = std::move(out.end_object()).str();
}

std::optional<http::Response> judge_body(const Operation& operation, Call& call, FieldErrors& errors) {
  if (operation.takes_form && is_form(call.request))
    call.request.body = as_json(*operation.body->shape, http::form_fields(call.request.body));
  if (operation.takes_query) add_query(*operation.body->shape, call.request);
  const auto body = json::parse(call.request.body);
  const bool list = operation.body->kind == Kind::array;
  if (!body) {
    const bool empty = call.request.body.find_first_not_of(" \t\r\n") == std::string::npos;
    return http::problem(
        400, empty ? std::string("the body is empty: expected a JSON ") + (list ? "array" : "object")
                   : "the body is " + body.error().detail());
  }
  call.body = body.value();
  const auto expected = list ? json::Kind::array : json::Kind::object;
  if (operation.handler_judges_body && call.body.kind == expected) return std::nullopt;
  validate(*operation.body, call.body, "", errors);
  return std::nullopt;
}

io::Task<http::Response> answer(const Operation& operation, http::Request& request,
                                const http::Principal& who) {
  Call call(request, who);
  if (auto refusal = judge(operation, call)) co_return std::move(*refusal);
  co_return co_await operation.handler(std::move(call));
}

io::Task<http::Response> answer_upload(const Operation& operation, http::Request& request,
                                       const http::Principal& who, http::BodyStream& body) {
  Call call(request, who);
  if (auto refusal = judge(operation, call)) co_return std::move(*refusal);
  co_return co_await operation.upload(std::move(call), body);
}

}  // namespace

std::optional<std::string> Query::text(std::string_view name) const {
  for (const auto& [key, value] : values_) {
    if (key == name) return value;
  }
  return std::nullopt;
}

std::int64_t Query::integer(std::string_view name, std::int64_t otherwise) const {
  const auto value = text(name);
  if (!value) return otherwise;
  std::from_chars(value->data(), value->data() + value->size(), otherwise);
  return otherwise;
}

bool Query::flag(std::string_view name) const {
  return text(name) == "true";
}

std::optional<http::Response> judge(const Operation& operation, Call& call) {
  if (auto refusal = judge_path(operation, call)) return refusal;
  FieldErrors errors;
  if (operation.body) {
    if (auto refusal = judge_body(operation, call, errors)) return refusal;
  }
  judge_query(operation, call, errors);
  if (errors.empty()) return std::nullopt;
  return unprocessable(std::move(errors));
}

Operation open_get(const char* tag, const char* path, const char* name, const char* summary) {
  Operation op;
  op.method = "GET";
  op.path = path;
  op.scope = http::Scope::open;
  op.work = http::Work::vital;
  op.name = name;
  op.tag = tag;
  op.summary = summary;
  op.needs_redis = false;
  return op;
}

http::Route route_of(const Operation& operation) {
  http::Route route;
  route.method = operation.method;
  route.path = operation.path;
  route.scope = operation.scope;
  route.work = operation.work;
  route.max_body_bytes = operation.max_body_bytes;
  route.accepts_body = operation.body.has_value();
  route.name = operation.name;
  if (operation.takes_form) route.content_types = {"application/json", std::string(kForm)};
  if (operation.upload) {
    route.accepts_body = true;
    route.any_charset = true;
    route.content_types = operation.upload_types;
    route.stream_handler = [&operation](http::Request& request, const http::Principal& who,
                                        http::BodyStream& body) {
      return answer_upload(operation, request, who, body);
    };
    return route;
  }
  route.handler = [&operation](http::Request& request, const http::Principal& who) {
    return answer(operation, request, who);
  };
  return route;
}

}  // namespace recado::api
