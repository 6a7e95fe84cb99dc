#include "api/record_resource.hpp"

#include <algorithm>
#include <memory>

#include "api/answers.hpp"
#include "api/filters.hpp"
#include "api/problem_schema.hpp"
#include "base/crypto.hpp"

namespace recado::api {
namespace {

using http::Response;
using Kept = std::shared_ptr<const RecordResource>;

/// What we give out and nobody sets; it may come back in, and is ignored.
const char* const kOurs[] = {"id", "uuid", "createdAt", "updatedAt"};

const Member* find_member(const RecordResource& resource, std::string_view name, bool& by_alias) {
  for (const auto& member : resource.members) {
    by_alias = !member.alias.empty() && member.alias == name;
    if (by_alias || member.field.name == name) return &member;
  }
  return nullptr;
}

/// What stands beside some records, for each of them.
io::Task<Result<std::vector<JsonMembers>>> read_beside(Kept resource, std::string account,
                                                       const std::vector<records::Record>& records) {
  if (!resource->beside.read) co_return std::vector<JsonMembers>(records.size());
  std::vector<std::int64_t> ids;
  for (const auto& record : records) ids.push_back(record.id);
  co_return co_await resource->beside.read(std::move(account), std::move(ids));
}

io::Task<Response> one(int status, Kept resource, std::string account, records::Record record) {
  std::vector<records::Record> records;
  records.push_back(std::move(record));
  const auto beside = co_await read_beside(resource, std::move(account), records);
  if (!beside) co_return failure(beside.error(), "read");
  json::Writer out;
  write_record(out, *resource, records.front(), beside->front());
  co_return Response::json(status, std::move(out).str());
}

/// Why the members beside the record cannot be; nullopt: they can.
io::Task<std::optional<Response>> judge_beside(Kept resource, const Call& call) {
  if (!resource->beside.judge) co_return std::nullopt;
  auto errors = co_await resource->beside.judge(call.who.account, call.body);
  if (!errors) co_return failure(errors.error(), "judge");
  if (errors->empty()) co_return std::nullopt;
  co_return unprocessable(std::move(*errors));
}

/// Stores what stands beside a record that was written, and answers.
io::Task<Response> settled(int status, Kept resource, const Call& call, records::Record record) {
  if (resource->beside.store) {
    const auto stored = co_await resource->beside.store(call.who.account, record.id, call.body);
    if (!stored && (stored.error().code() == ErrorCode::unavailable ||
                    stored.error().code() == ErrorCode::outcome_unknown)) {
      co_return unavailable(stored.error().detail() + "; " + resource->path + "/" +
                                std::to_string(record.id) +
                                " was stored, but not everything that belongs to it",
                            "\"id\":" + std::to_string(record.id));
    }
    if (!stored) co_return failure(stored.error(), "settle");
  }
  co_return co_await one(status, resource, call.who.account, std::move(record));
}

/// The members of `body` under our names; a name of ours wins over its other spelling.
std::vector<std::pair<std::string, std::string_view>> renamed(const RecordResource& resource,
                                                              const json::Raw& body) {
  const Values values(body);
  std::vector<std::pair<std::string, std::string_view>> fields;
  for (const auto& [name, value] : values.members()) {
    bool by_alias = false;
    const auto* const member = find_member(resource, name, by_alias);
    if (member == nullptr || member->is_ours || (by_alias && values.find(member->field.name) != nullptr))
      continue;
    fields.emplace_back(member->field.name, value.text);
  }
  return fields;
}

io::Task<Response> create(Kept resource, Call call) {
  auto refused = co_await judge_beside(resource, call);
  if (refused) co_return std::move(*refused);
  const auto stored =
      co_await resource->collection.create(call.who.account, read_fields(*resource, call.body));
  if (!stored.problems.empty()) co_return unprocessable(stored.problems);
  if (stored.written.refusal != records::Refusal::none)
    co_return refusal(*resource, stored.written, {}, "create");
  auto response = co_await settled(201, resource, call, stored.written.record);
  if (response.status == 201)
    response.headers.emplace_back("Location",
                                  resource->path + "/" + std::to_string(stored.written.record.id));
  co_return response;
}

io::Task<Response> read_one(Kept resource, Call call) {
  const auto found = co_await resource->collection.find(call.who.account, call.path(0));
  if (!found) co_return failure(found.error(), "read");
  if (!*found) {
    records::Written none;
    none.refusal = records::Refusal::not_found;
    co_return refusal(*resource, none, call.path(0), "read");
  }
  co_return co_await one(200, resource, call.who.account, **found);
}

io::Task<Response> replace(Kept resource, Call call) {
  auto refused = co_await judge_beside(resource, call);
  if (refused) co_return std::move(*refused);
  const auto stored = co_await resource->collection.replace(call.who.account, call.path(0),
                                                            read_fields(*resource, call.body));
  if (!stored.problems.empty()) co_return unprocessable(stored.problems);
  if (stored.written.refusal != records::Refusal::none)
    co_return refusal(*resource, stored.written, call.path(0), "replace");
  co_return co_await settled(200, resource, call, stored.written.record);
}

io::Task<Response> merge(Kept resource, Call call) {
  auto refused = co_await judge_beside(resource, call);
  if (refused) co_return std::move(*refused);
  json::Writer patch;
  patch.begin_object();
  for (const auto& [name, value] : renamed(*resource, call.body)) patch.key(name).raw(value);
  patch.end_object();
  const auto stored = co_await resource->collection.merge(call.who.account, call.path(0), patch.str());
  if (!stored.problems.empty()) co_return unprocessable(stored.problems);
  if (stored.written.refusal != records::Refusal::none)
    co_return refusal(*resource, stored.written, call.path(0), "change");
  co_return co_await settled(200, resource, call, stored.written.record);
}

io::Task<Response> remove(Kept resource, Call call) {
  const auto written = co_await resource->collection.remove(call.who.account, call.path(0));
  if (written.refusal != records::Refusal::none)
    co_return refusal(*resource, written, call.path(0), "remove");
  Response response;
  response.status = 204;
  co_return response;
}

io::Task<Response> list(Kept resource, Call call) {
  FieldErrors errors;
  records::Query query;
  if (resource->read_filters) resource->read_filters(call, query, errors);
  auto request = read_page(call, errors);
  if (!errors.empty()) co_return unprocessable(std::move(errors));
  const bool by_cursor = !request.cursor.empty();
  const auto page =
      co_await resource->collection.list(call.who.account, std::move(query), std::move(request));
  if (!page && page.error().code() == ErrorCode::invalid_argument)
    co_return unprocessable(by_cursor ? "cursor" : "page", page.error().detail());
  if (!page) co_return failure(page.error(), "list");
  const auto beside = co_await read_beside(resource, call.who.account, page->records);
  if (!beside) co_return failure(beside.error(), "list");
  std::size_t at = 0;
  co_return page_response(call, *page, [&](json::Writer& out, const records::Record& record) {
    write_record(out, *resource, record, (*beside)[at++]);
  });
}

Operation operation_of(const RecordResource& resource, const char* method, const char* verb, bool item) {
  Operation op;
  op.method = method;
  op.path = item ? resource.path + "/{id}" : resource.path;
  op.scope = std::string_view(method) == "GET" ? http::Scope::read : http::Scope::write;
  const bool list = std::string_view(verb) == "list";
  op.name = verb + (list ? resource.plural : resource.name);
  op.tag = resource.plural;
  if (item) op.path_fields.emplace_back("id", text(1, 64), "Its `id` or `uuid`.", R"("1")");
  return op;
}

std::string lower_first(std::string word) {
  word.front() = static_cast<char>(word.front() | 0x20);
  return word;
}

}  // namespace

ShapePtr answer_shape(const RecordResource& resource) {
  Shape shape;
  shape.name = resource.name;
  shape.doc = resource.doc;
  shape.fields.push_back(Field("id", integer(1), "Of the account.", "1").require());
  shape.fields.push_back(Field("uuid", text(), "").require());
  for (const auto& member : resource.members) {
    if (member.hidden) continue;
    auto field = member.field;
    field.required = true;
    if (member.absent == "null") field.type.nullable = true;
    shape.fields.push_back(field);
    if (member.alias.empty()) continue;
    field.name = member.alias;
    field.doc = "The same as `" + member.field.name + "`.";
    shape.fields.push_back(std::move(field));
  }
  for (auto field : resource.beside.answered) shape.fields.push_back(std::move(field).require());
  shape.fields.push_back(Field("createdAt", instant(), "").require());
  shape.fields.push_back(Field("updatedAt", instant(), "").require());
  return std::make_shared<const Shape>(std::move(shape));
}

ShapePtr body_shape(const RecordResource& resource, bool patch) {
  Shape shape;
  shape.name = resource.name + (patch ? "Patch" : "Body");
  for (const auto& member : resource.members) {
    auto field = member.field;
    if (member.is_ours) {
      shape.fields.emplace_back(field.name, any(), "Ignored: it is ours to say.");
      continue;
    }
    field.required = member.must && !patch;
    field.type.nullable = !member.must;
    shape.fields.push_back(field);
    if (member.alias.empty()) continue;
    field.name = member.alias;
    field.required = false;
    field.type.nullable = true;
    field.doc = "The same as `" + member.field.name + "`, which wins when both are given.";
    shape.fields.push_back(std::move(field));
  }
  for (const auto& field : resource.beside.taken) shape.fields.push_back(field);
  for (const char* name : kOurs) shape.fields.emplace_back(name, any(), "Ignored: it is ours to say.");
  return std::make_shared<const Shape>(std::move(shape));
}

void write_record(json::Writer& out, const RecordResource& resource, const records::Record& record,
                  const JsonMembers& beside) {
  out.begin_object().member("id", record.id).member("uuid", record.uid.uuid());
  for (const auto& member : resource.members) {
    if (member.hidden) continue;
    const auto value = record.fields.find(member.field.name);
    out.key(member.field.name).raw(value.value_or(member.absent));
    if (!member.alias.empty()) out.key(member.alias).raw(value.value_or(member.absent));
  }
  for (const auto& [name, value] : beside) out.key(name).raw(value);
  out.member("createdAt", format_time(record.created_at()));
  out.member("updatedAt", format_time(record.updated_at)).end_object();
}

records::Document read_fields(const RecordResource& resource, const json::Raw& body) {
  records::Document fields;
  for (const auto& [name, value] : renamed(resource, body)) fields.set(name, value);
  return fields;
}

Response unprocessable(const messaging::FieldProblems& problems) {
  FieldErrors errors;
  for (const auto& problem : problems) errors.emplace_back(problem.field, problem.message);
  return unprocessable(std::move(errors));
}

Response refusal(const RecordResource& resource, const records::Written& written, const std::string& path,
                 const char* operation) {
  using records::Refusal;
  const auto what = lower_first(resource.name);
  switch (written.refusal) {
    case Refusal::not_found:
      return http::problem(404, "there is no " + what + " " + shown(path));
    case Refusal::taken: {
      json::Writer id;
      id.value(written.other_id);
      return http::problem(
          409,
          written.field + ": " + what + " " + std::to_string(written.other_id) + " has this value already",
          {}, "\"field\":" + json::quote(written.field) + ",\"id\":" + id.str());
    }
    case Refusal::outcome_unknown: {
      const auto uuid = written.record.uid.uuid();
      return unavailable(written.detail + "; it may have been done: look for " + what + " " + uuid,
                         "\"uuid\":" + json::quote(uuid));
    }
    case Refusal::unavailable:
      return unavailable(written.detail);
    case Refusal::none:
    case Refusal::changed:
    case Refusal::declined:
      break;
  }
  return failure(Error(ErrorCode::internal, "an unexpected refusal"), operation);
}

Response page_response(const Call& call, const records::Page& page,
                       const std::function<void(json::Writer&, const records::Record&)>& write) {
  json::Writer out;
  out.begin_array();
  for (const auto& record : page.records) write(out, record);
  auto response = Response::json(200, std::move(out.end_array()).str());
  if (page.total) response.headers.emplace_back("X-Total-Count", std::to_string(*page.total));
  if (page.next_cursor.empty()) return response;
  std::string next = call.request.path + "?";
  for (const auto& [name, value] : call.query.values()) {
    if (name != "cursor" && name != "page") next += name + "=" + http::percent_encode(value) + "&";
  }
  next += "cursor=" + http::percent_encode(base64_encode(page.next_cursor));
  response.headers.emplace_back("Link", "<" + next + R"(>; rel="next")");
  return response;
}

void add_page_fields(Operation& op) {
  op.query.emplace_back("limit", integer(1, kMaxLimit), "Default 100.", "100");
  op.query.emplace_back("cursor", text(0, 1024),
                        "From the header `Link` of the page before; still right when others come and go.");
  op.query.emplace_back("page", integer(1, 1'000'000'000),
                        "A page by its number, from 1, instead of a cursor.", "1");
}

records::PageRequest read_page(const Call& call, FieldErrors& errors) {
  records::PageRequest request;
  request.limit = static_cast<std::size_t>(call.query.integer("limit", kDefaultLimit));
  request.page = static_cast<std::uint64_t>(call.query.integer("page", 1));
  const auto cursor = call.query.text("cursor");
  if (!cursor || cursor->empty()) return request;
  auto decoded = base64_decode(*cursor);
  if (!decoded || decoded->empty()) {
    errors.emplace_back("cursor", "is not a cursor of ours: use the one in the header Link");
  } else if (call.query.text("page")) {
    errors.emplace_back("page", "cannot stand beside a cursor: give one of them");
  } else {
    request.cursor = std::move(*decoded);
  }
  return request;
}

Answer page_answer(std::string doc, Type item) {
  Answer answer(200, std::move(doc), list_of(std::move(item)));
  answer.headers.emplace_back(
      "X-Total-Count", integer(0),
      "How many there are; missing when several conditions together have too many candidates to count.");
  answer.headers.emplace_back("Link", text(), R"(`<…>; rel="next"` when there are more.)");
  return answer;
}

std::vector<Operation> record_operations(RecordResource given) {
  const auto resource = std::make_shared<const RecordResource>(std::move(given));
  const auto answer = object(answer_shape(*resource));
  const auto body = object(body_shape(*resource, false));
  const auto what = lower_first(resource->name);
  std::vector<Operation> table;
  const auto add = [&](Operation op, io::Task<Response> (*handler)(Kept, Call)) {
    op.handler = [resource, handler](Call call) { return handler(resource, std::move(call)); };
    table.push_back(std::move(op));
  };
  const auto taken = [](Operation& op) {
    op.answers.emplace_back(409, "Another has this value already; `field` and `id` name both.",
                            object(problem_shape()));
  };

  auto op = operation_of(*resource, "GET", "list", false);
  op.summary = "List " + lower_first(resource->plural);
  add_page_fields(op);
  for (const auto& filter : resource->filters) op.query.push_back(filter);
  op.answers.push_back(page_answer(resource->list_doc, answer));
  add(std::move(op), list);

  op = operation_of(*resource, "GET", "get", true);
  op.summary = "Read a " + what;
  op.answers.emplace_back(200, "As it is now.", answer);
  add(std::move(op), read_one);

  if (resource->read_only) return table;

  op = operation_of(*resource, "POST", "create", false);
  op.summary = "Make a " + what;
  op.work = http::Work::registration;
  op.body = body;
  op.body_example = resource->example;
  Answer made(201, "Made.", answer);
  made.headers.emplace_back("Location", text(), "`" + resource->path + "/{id}`");
  op.answers.push_back(std::move(made));
  taken(op);
  add(std::move(op), create);

  op = operation_of(*resource, "PUT", "replace", true);
  op.summary = "Replace a " + what;
  op.body = body;
  op.body_example = resource->example;
  op.answers.emplace_back(200, "As it is now.", answer);
  taken(op);
  add(std::move(op), replace);

  op = operation_of(*resource, "PATCH", "patch", true);
  op.summary = "Change fields of a " + what;
  op.doc = "Fields that are not named stay as they are; null removes one (RFC 7396).";
  op.body = object(body_shape(*resource, true));
  op.body_example = resource->patch_example;
  op.answers.emplace_back(200, "As it is now.", answer);
  taken(op);
  add(std::move(op), merge);

  op = operation_of(*resource, "DELETE", "delete", true);
  op.summary = "Remove a " + what;
  op.answers.emplace_back(204, "It is gone.", Type());
  add(std::move(op), remove);
  return table;
}

}  // namespace recado::api
