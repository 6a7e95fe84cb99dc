#include "api/openapi.hpp"

#include <algorithm>
#include <map>

#include "api/json_schema.hpp"
#include "api/message_schema.hpp"
#include "api/problem_schema.hpp"

namespace recado::api {
namespace {

constexpr const char* kAbout =
    "Leave a message and a time; at that time it is delivered to a webhook, however often the server "
    "restarts in "
    "between. Delivery is at least once: every attempt carries the same `webhook-id`, by which a receiver "
    "can drop the "
    "rare repeat.\n\nErrors are RFC 9457 problem documents. `/api/X` is `/X`; a trailing slash is ignored.";

const std::vector<std::pair<std::string, std::string>>& tags() {
  static const std::vector<std::pair<std::string, std::string>> list = {
      {"Messages", "What is to be delivered, where and when."},
      {"Queues", "Named groups of messages, which can be paused."},
      {"Channels", "Over which people are written to: WhatsApp and e-mail."},
      {"Contacts", "People to whom messages go."},
      {"Groups", "Contacts that are written to together."},
      {"Templates", "Messages with variables, written once."},
      {"Agendamentos", "Messages to people, in Portuguese: as clients of the former system write them."},
      {"Schedules", "What is written to whom, at which times."},
      {"Logs", "What became of every attempt to reach somebody, and what came back."},
      {"Callbacks", "What providers tell of their own accord."},
      {"Statistics", "How many, of what, by when."},
      {"Tokens", "Who may use the API, and for what."},
      {"System", "Health, metrics, who am I."},
      {"Documentation", "This document and its pages."},
  };
  return list;
}

struct SharedAnswer {
  int status;
  const char* name;
  const char* doc;
};
constexpr SharedAnswer kSharedAnswers[] = {
    {400, "BadRequest", "The body is not JSON; the detail names line and column."},
    {401, "Unauthorized", "No, or no valid, token."},
    {403, "Forbidden", "The token lacks the scope that this needs; the detail names it."},
    {404, "NotFound", "There is none."},
    {413, "ContentTooLarge", "The body is larger than MAX_BODY_BYTES allows."},
    {415, "UnsupportedMediaType", "The body's Content-Type is not one that is taken here."},
    {422, "Unprocessable", "A value cannot be accepted; `errors` names each field and what would be."},
    {429, "TooManyRequests",
     "Too many wrong tokens came from this address. Try again after `Retry-After` seconds."},
    {500, "InternalError", "A defect of ours; the log has the cause."},
    {503, "Unavailable",
     "Redis cannot be reached or went away meanwhile, or there is more to do than this node can: "
     "registrations are refused first. Try again after `Retry-After` seconds."},
};

const SharedAnswer* shared_answer(int status) {
  for (const auto& answer : kSharedAnswers) {
    if (answer.status == status) return &answer;
  }
  return nullptr;
}

bool declares(const Operation& operation, int status) {
  return std::any_of(operation.answers.begin(), operation.answers.end(),
                     [&](const Answer& answer) { return answer.status == status; });
}

/// The statuses that follow from what the operation takes and needs.
std::vector<int> implied_statuses(const Operation& operation) {
  std::vector<int> statuses;
  if (operation.body) statuses.insert(statuses.end(), {400, 413, 415});
  if (operation.upload) statuses.insert(statuses.end(), {400, 415, 422});
  // Without Redis it may be unknown whether a token is valid.
  if (operation.scope != http::Scope::open) statuses.insert(statuses.end(), {401, 429, 503});
  if (operation.scope != http::Scope::open && operation.scope != http::Scope::any) statuses.push_back(403);
  if (!operation.path_fields.empty()) statuses.push_back(operation.bad_path_status);
  if (operation.body || !operation.query.empty()) statuses.push_back(422);
  if (operation.needs_redis) statuses.push_back(500);
  if (operation.needs_redis || operation.work != http::Work::vital) statuses.push_back(503);
  std::sort(statuses.begin(), statuses.end());
  statuses.erase(std::unique(statuses.begin(), statuses.end()), statuses.end());
  std::erase_if(statuses, [&](int status) { return declares(operation, status); });
  return statuses;
}

void write_parameter(json::Writer& out, const Field& field, const char* in) {
  out.begin_object().member("name", field.name).member("in", in);
  out.member("required", field.required || std::string_view{in} == "path");
  out.member("description", field.doc).key("schema");
  write_schema(out, field.type);
  if (!field.example.empty()) out.key("example").raw(field.example);
  out.end_object();
}

void write_content(json::Writer& out, const std::string& content_type, const Type& type,
                   const std::string& example) {
  out.key("content").begin_object().key(content_type).begin_object().key("schema");
  write_schema(out, type);
  if (!example.empty()) out.key("example").raw(example);
  out.end_object().end_object();
}

void write_bodies(json::Writer& out, const Operation& operation) {
  out.key("content").begin_object();
  for (const char* type : {"application/json", "application/x-www-form-urlencoded"}) {
    if (type != std::string_view("application/json") && !operation.takes_form) continue;
    out.key(type).begin_object().key("schema");
    write_schema(out, *operation.body);
    if (!operation.body_example.empty()) out.key("example").raw(operation.body_example);
    out.end_object();
  }
  out.end_object();
}

void write_headers(json::Writer& out, const std::vector<Field>& headers) {
  if (headers.empty()) return;
  out.key("headers").begin_object();
  for (const auto& header : headers) {
    out.key(header.name).begin_object().member("description", header.doc).key("schema");
    write_schema(out, header.type);
    out.end_object();
  }
  out.end_object();
}

void write_answer(json::Writer& out, const Answer& answer) {
  out.begin_object().member("description", answer.doc);
  write_headers(out, answer.headers);
  if (answer.status == 204 || answer.status == 304) {
    out.end_object();
    return;
  }
  const bool is_problem = answer.type.shape == problem_shape() || answer.type.shape == conflict_shape();
  auto type = answer.type;
  if (answer.content_type != "application/json") type = text();
  write_content(out, is_problem ? "application/problem+json" : answer.content_type, type, "");
  out.end_object();
}

void write_answers(json::Writer& out, const Operation& operation) {
  std::map<int, const Answer*> answers;
  for (const auto& answer : operation.answers) answers[answer.status] = &answer;
  for (const int status : implied_statuses(operation)) answers[status] = nullptr;
  out.key("responses").begin_object();
  for (const auto& [status, answer] : answers) {
    out.key(std::to_string(status));
    if (answer != nullptr) {
      write_answer(out, *answer);
    } else {
      const std::string name = shared_answer(status)->name;
      out.begin_object().member("$ref", "#/components/responses/" + name).end_object();
    }
  }
  out.end_object();
}

/// OpenAPI 3.1 allows roles beside any scheme: here the scope that the token needs.
void write_needed_scope(json::Writer& out, http::Scope scope) {
  out.key("security").begin_array();
  if (scope != http::Scope::open) {
    out.begin_object().key("bearer").begin_array();
    if (scope != http::Scope::any) out.value(http::to_string(scope));
    out.end_array().end_object();
  }
  out.end_array();
}

/// A file, as the body or as the part `file` of a form.
void write_upload(json::Writer& out, const Operation& operation) {
  out.key("requestBody").begin_object().member("required", true).member("description", operation.upload_doc);
  out.key("content").begin_object();
  for (const auto& type : operation.upload_types) {
    out.key(type).begin_object().key("schema").begin_object();
    if (type == "multipart/form-data") {
      out.member("type", "object").key("properties").begin_object().key("file").begin_object();
      out.member("type", "string").member("contentMediaType", operation.upload_types.front());
      out.end_object().end_object().key("required").begin_array().value("file").end_array();
    } else {
      out.member("type", "string");
    }
    out.end_object().end_object();
  }
  out.end_object().end_object();
}

void write_operation(json::Writer& out, const Operation& operation) {
  out.begin_object().member("operationId", operation.name).member("summary", operation.summary);
  if (!operation.doc.empty()) out.member("description", operation.doc);
  out.key("tags").begin_array().value(operation.tag).end_array();
  write_needed_scope(out, operation.scope);
  if (!operation.path_fields.empty() || !operation.query.empty() || operation.takes_query) {
    out.key("parameters").begin_array();
    for (const auto& field : operation.path_fields) write_parameter(out, field, "path");
    for (const auto& field : operation.query) write_parameter(out, field, "query");
    if (operation.takes_query) {
      for (Field field : operation.body->shape->fields) {
        field.required = false;
        write_parameter(out, field, "query");
      }
    }
    out.end_array();
  }
  if (operation.body) {
    out.key("requestBody").begin_object().member("required", !operation.takes_query);
    write_bodies(out, operation);
    out.end_object();
  }
  if (operation.upload) write_upload(out, operation);
  write_answers(out, operation);
  out.end_object();
}

std::string lower(std::string text) {
  for (auto& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return text;
}

void write_paths(json::Writer& out, const std::vector<Operation>& operations) {
  std::vector<std::string> paths;
  for (const auto& operation : operations) {
    if (std::find(paths.begin(), paths.end(), operation.path) == paths.end()) paths.push_back(operation.path);
  }
  out.key("paths").begin_object();
  for (const auto& path : paths) {
    out.key(path).begin_object();
    for (const auto& operation : operations) {
      if (operation.path != path) continue;
      out.key(lower(operation.method));
      write_operation(out, operation);
    }
    out.end_object();
  }
  out.end_object();
}

void write_shared_answers(json::Writer& out) {
  out.key("responses").begin_object();
  for (const auto& shared : kSharedAnswers) {
    Answer answer(shared.status, shared.doc, object(problem_shape()));
    if (shared.status == 401) answer.headers.emplace_back("WWW-Authenticate", text(), "`Bearer`");
    if (shared.status == 429 || shared.status == 503)
      answer.headers.emplace_back("Retry-After", integer(0), "Seconds.");
    out.key(shared.name);
    write_answer(out, answer);
  }
  out.end_object();
}

void write_schemas(json::Writer& out, const std::vector<Operation>& operations) {
  std::vector<const Shape*> shapes;
  collect_shapes(object(problem_shape()), shapes);
  for (const auto& operation : operations) {
    if (operation.body) collect_shapes(*operation.body, shapes);
    for (const auto& answer : operation.answers) collect_shapes(answer.type, shapes);
  }
  std::sort(shapes.begin(), shapes.end(), [](const Shape* a, const Shape* b) { return a->name < b->name; });
  out.key("schemas").begin_object().key("Duration");
  write_duration_schema(out);
  for (const auto* shape : shapes) {
    out.key(shape->name);
    write_shape(out, *shape);
  }
  out.end_object();
}

void write_security(json::Writer& out) {
  out.key("securitySchemes").begin_object();
  out.key("bearer").begin_object().member("type", "http").member("scheme", "bearer");
  out.member("description", "`Authorization: Bearer <token>`; `Token <token>` is accepted too.").end_object();
  out.end_object();
}

}  // namespace

std::string openapi_document(const std::vector<Operation>& operations, const std::string& version) {
  json::Writer out;
  out.begin_object().member("openapi", "3.1.0");
  out.key("info").begin_object().member("title", "Recado").member("version", version);
  out.member("summary", "A message left with someone, to be delivered later.").member("description", kAbout);
  out.key("license")
      .begin_object()
      .member("name", "MIT")
      .member("identifier", "MIT")
      .end_object()
      .end_object();
  out.key("servers").begin_array().begin_object().member("url", "/").member("description", "This server.");
  out.end_object().end_array();
  out.key("security")
      .begin_array()
      .begin_object()
      .key("bearer")
      .begin_array()
      .end_array()
      .end_object()
      .end_array();
  out.key("tags").begin_array();
  for (const auto& [name, doc] : tags()) {
    out.begin_object().member("name", name).member("description", doc).end_object();
  }
  out.end_array();
  write_paths(out, operations);
  out.key("components").begin_object();
  write_security(out);
  write_shared_answers(out);
  write_schemas(out, operations);
  return std::move(out.end_object().end_object()).str();
}

}  // namespace recado::api
