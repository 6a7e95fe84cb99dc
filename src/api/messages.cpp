// `/messages` and `/messages/{id}`: one message at a time, and the list.
#include "api/answers.hpp"
#include "api/filters.hpp"
#include "api/message_parse.hpp"
#include "api/message_render.hpp"
#include "api/message_schema.hpp"
#include "api/message_template.hpp"
#include "api/message_time.hpp"
#include "api/problem_schema.hpp"
#include "api/resources.hpp"

namespace recado::api {
namespace {

using engine::Change;
using engine::Refusal;
using http::Response;

constexpr std::int64_t kDefaultMessages = 1000;

ParseContext parse_context(const ApiContext& api) {
  return {*api.destinations, api.loop.clock().now(), api.max_body_bytes, api.default_timezone,
          &api.messaging.channel_directory()};
}

/// A new message's channel is not known here: it may have been made at another node just now. `id`: of the
/// path.
io::Task<> read_anew(const ApiContext& api, const Call& call, const ParseContext& context,
                     engine::MessageSpec& spec, FieldErrors& errors, std::string id = {}) {
  const bool fresh = co_await api.messaging.channel_watch().refresh();
  if (!fresh) co_return;
  spec = engine::MessageSpec();
  spec.account = call.who.account;
  spec.id = std::move(id);
  errors.clear();
  read_message(call.body, context, spec, errors);
}

/// The problem of a change that did not happen. `id`: the one asked for, empty when none was given.
Response refusal(const Change& change, const std::string& id, bool deleting = false) {
  const auto& known = id.empty() ? change.id : id;
  const auto refused = describe_refusal(change, known, deleting);
  std::string members;
  if (refused.status == 409 && change.message) members = conflict_members(*change.message);
  if (refused.status != 503) return http::problem(refused.status, refused.detail, {}, std::move(members));
  if (change.refusal == Refusal::outcome_unknown && !known.empty())
    members = R"("messageId":)" + json::quote(known);
  return unavailable(refused.detail, std::move(members));
}

Response registered(const engine::Message& message, int status) {
  const auto id = message.id();
  auto response = Response::json(status, scheduled_json(id, message.spec.due));
  response.headers.emplace_back("Location", "/messages/" + http::percent_encode(id));
  return response;
}

io::Task<Response> create(const ApiContext& api, Call call) {
  engine::MessageSpec spec;
  spec.account = call.who.account;
  FieldErrors errors;
  auto context = parse_context(api);
  std::optional<FilledTemplate> filled;
  if (may_name_template(call.body)) {
    auto found = co_await fill_template(api, call.who.account, call.body);
    if (!found) co_return failure(found.error(), "createMessage");
    filled = std::move(*found);
    if (filled) context.filled = &*filled;
  }
  read_message(call.body, context, spec, errors);
  if (names_field(errors, "channel")) co_await read_anew(api, call, context, spec, errors);
  if (!errors.empty()) co_return unprocessable(std::move(errors));
  const auto id = spec.id;
  const auto change = co_await api.engine.add(std::move(spec));
  if (change.refusal != Refusal::none) co_return refusal(change, id);
  co_return registered(change.message.value(), 201);
}

io::Task<Response> put(const ApiContext& api, Call call) {
  const auto id = call.path(0);
  engine::MessageSpec spec;
  spec.account = call.who.account;
  spec.id = id;
  FieldErrors errors;
  if (id == "." || id == "..")
    errors.emplace_back("id", shown(std::string_view{id}) + " cannot stand in a path");
  auto context = parse_context(api);
  std::optional<FilledTemplate> filled;
  if (may_name_template(call.body)) {
    auto found = co_await fill_template(api, call.who.account, call.body);
    if (!found) co_return failure(found.error(), "putMessage");
    filled = std::move(*found);
    if (filled) context.filled = &*filled;
  }
  read_message(call.body, context, spec, errors);
  if (names_field(errors, "channel") && !names_field(errors, "id"))
    co_await read_anew(api, call, context, spec, errors, id);
  if (!errors.empty()) co_return unprocessable(std::move(errors));
  const auto change = co_await api.engine.put(std::move(spec));
  if (change.refusal != Refusal::none) co_return refusal(change, id);
  co_return registered(change.message.value(), change.created ? 201 : 200);
}

io::Task<Response> patch(const ApiContext& api, Call call) {
  const auto id = call.path(0);
  const auto context = parse_context(api);
  // The engine may ask again when the message changed meanwhile: what is wrong is found anew each time.
  const auto errors = std::make_shared<FieldErrors>();
  const std::function<Result<void>(engine::MessageSpec&)> edit =
      [&context, errors, body = call.body, id](engine::MessageSpec& spec) -> Result<void> {
    errors->clear();
    if (spec.id.empty()) {  // an id that we made: the body may repeat it
      spec.id = id;
      patch_message(body, context, spec, *errors);
      spec.id.clear();
    } else {
      patch_message(body, context, spec, *errors);
    }
    if (errors->empty()) return {};
    return Error(ErrorCode::invalid_argument, detail_of(*errors));
  };
  // What is wrong whatever the message is, is refused without reading it; so a wrong body is a 422 also where
  // there is no such message.
  validate(object(message_patch_shape()), call.body, "", *errors);
  if (!errors->empty()) co_return unprocessable(std::move(*errors));
  if (const auto channel = Values(call.body).string("channel");
      channel && api.messaging.channel_directory().resolve(call.who.account, *channel) == nullptr) {
    static_cast<void>(co_await api.messaging.channel_watch().refresh());
  }
  std::optional<Error> edit_error;
  const auto change = co_await api.engine.patch(call.who.account, id, edit, edit_error);
  if (edit_error) co_return unprocessable(std::move(*errors));
  if (change.refusal != Refusal::none) co_return refusal(change, id);
  co_return Response::json(200, message_json(change.message.value(), api.messaging.channel_directory()));
}

io::Task<Response> read_one(const ApiContext& api, Call call) {
  const auto id = call.path(0);
  const auto found = co_await api.engine.get(call.who.account, id);
  if (!found) co_return failure(found.error(), "getMessage");
  if (!*found || (*found)->child)
    co_return http::problem(404, "there is no message " + shown(std::string_view{id}));
  std::string delivery;
  if (!(*found)->spec.channel.empty()) {
    const auto row = co_await api.messaging.logs().newest_of(call.who.account, call.path(0));
    // Redis answered for the message itself: rather null here than nothing at all.
    if (row && *row) delivery = (*row)->fields.text("status").value_or("");
  }
  co_return Response::json(200, message_json(**found, api.messaging.channel_directory(), delivery));
}

io::Task<Response> remove(const ApiContext& api, Call call) {
  const auto id = call.path(0);
  const auto change = co_await api.engine.cancel(call.who.account, id);
  if (change.refusal != Refusal::none) co_return refusal(change, id, true);
  co_return Response::json(200, R"({"status":"deleted","messageId":)" + json::quote(id) + "}");
}

io::Task<Response> send_now(const ApiContext& api, Call call) {
  const auto id = call.path(0);
  const auto change = co_await api.engine.send_now(call.who.account, id);
  if (change.refusal != Refusal::none) co_return refusal(change, id);
  co_return Response::json(202, scheduled_json(id, change.message.value().next_run));
}

io::Task<Response> resolve(const ApiContext& api, Call call) {
  const auto id = call.path(0);
  const Values values(call.body);
  const bool delivered = json::as_bool(*values.find("delivered")).value();  // the schema made sure of it
  const auto change = co_await api.engine.resolve(call.who.account, id, delivered);
  if (change.refusal != Refusal::none) co_return refusal(change, id);
  co_return Response::json(200, message_json(change.message.value(), api.messaging.channel_directory()));
}

std::string list_json(const engine::Page& page, Instant now, const messaging::ChannelDirectory& channels) {
  json::Writer out;
  out.begin_object().key("scheduledJobs").begin_array();
  for (const auto& message : page.messages) write_list_item(out, message, channels);
  out.end_array().member("count", page.messages.size());
  out.key("total");
  page.total ? out.value(static_cast<std::int64_t>(*page.total)) : out.null();
  out.member("timestamp", format_time_z(now)).key("nextCursor");
  page.next_cursor.empty() ? out.null() : out.value(page.next_cursor);
  return std::move(out.end_object()).str();
}

io::Task<Response> list(const ApiContext& api, Call call) {
  FieldErrors errors;
  auto filter = read_filter(call, errors);
  filter.status = read_status(call.query.text("status").value_or("pending"));
  if (!errors.empty()) co_return unprocessable(std::move(errors));
  const auto limit = static_cast<std::size_t>(call.query.integer("limit", kDefaultMessages));
  const auto page =
      co_await api.engine.list(std::move(filter), call.query.text("cursor").value_or(""), limit);
  if (!page && page.error().code() == ErrorCode::invalid_argument) {
    co_return unprocessable("cursor", page.error().detail());
  }
  if (!page) co_return failure(page.error(), "listMessages");
  co_return Response::json(200, list_json(*page, api.loop.clock().now(), api.messaging.channel_directory()));
}

Operation create_operation() {
  Operation op;
  op.method = "POST";
  op.path = "/messages";
  op.scope = http::Scope::write;
  op.work = http::Work::registration;
  op.name = "createMessage";
  op.tag = "Messages";
  op.summary = "Leave a message";
  op.doc = "Registers a message for its time. A 201 means that it is stored and will be delivered.";
  op.body = object(new_message_shape());
  op.body_example = new_message_shape()->example;
  op.handler_judges_body = true;
  Answer created(201, "Registered.", object(scheduled_shape()));
  created.headers.emplace_back("Location", text(), "`/messages/{id}`");
  op.answers.push_back(std::move(created));
  op.answers.emplace_back(409, "A message of that id is not finished.", object(conflict_shape()));
  return op;
}

Operation on_message(std::string method, std::string suffix, std::string name, std::string summary) {
  Operation op;
  op.method = std::move(method);
  op.path = "/messages/{id}" + suffix;
  op.scope = op.method == "GET" ? http::Scope::read : http::Scope::write;
  op.name = std::move(name);
  op.tag = "Messages";
  op.summary = std::move(summary);
  op.path_fields = {message_id_field()};
  return op;
}

Operation put_operation() {
  auto op = on_message("PUT", "", "putMessage", "Create or replace a message");
  op.work = http::Work::registration;
  op.doc = "For workflows that are run again. A finished message is replaced by a new one.";
  op.bad_path_status = 422;
  op.body = object(new_message_shape());
  op.body_example = R"({"delay":"10m","payload":{"message":"Sua mensagem aqui"},"webhookUrl":)"
                    R"("https://seu-webhook.com/endpoint"})";
  op.handler_judges_body = true;
  Answer replaced(200, "Replaced.", object(scheduled_shape()));
  replaced.headers.emplace_back("Location", text(), "`/messages/{id}`");
  auto created = replaced;
  created.status = 201;
  created.doc = "Created.";
  op.answers.push_back(std::move(replaced));
  op.answers.push_back(std::move(created));
  op.answers.emplace_back(409, "It is being sent, or another node has claimed it.", object(conflict_shape()));
  return op;
}

Operation patch_operation() {
  auto op = on_message("PATCH", "", "patchMessage", "Change a message");
  op.doc = "Replaces the fields that it names, each whole; null sets a field back to its default.";
  op.body = object(message_patch_shape());
  op.body_example = message_patch_shape()->example;
  op.handler_judges_body = true;
  op.answers.emplace_back(200, "As it now stands.", object(message_shape()));
  op.answers.emplace_back(409, "It is being sent, another node has claimed it, or it is finished.",
                          object(conflict_shape()));
  return op;
}

Operation list_operation() {
  Operation op;
  op.method = "GET";
  op.path = "/messages";
  op.work = http::Work::heavy;
  op.name = "listMessages";
  op.tag = "Messages";
  op.summary = "List messages";
  op.query = {{"status", one_of({"pending", "delivered", "failed", "unknown"}),
               "Default `pending`: scheduled, retrying, delivering.", R"("pending")"}};
  for (auto& field : filter_fields()) op.query.push_back(std::move(field));
  op.query.emplace_back("limit", integer(1, kMaxLimit), "Default 1000.", "1000");
  op.query.emplace_back("cursor", text(0, 1024), "`nextCursor` of the page before.");
  op.answers.emplace_back(200, "A page of messages.", object(message_list_shape()));
  return op;
}

Operation sending_operation(const char* suffix, const char* name, const char* summary) {
  auto op = on_message("POST", suffix, name, summary);
  op.doc =
      "A message that waits is sent at once. A finished one is sent again, with fresh attempts and the same "
      "`webhook-id`.";
  op.answers.emplace_back(202, "It is on its way.", object(scheduled_shape()));
  op.answers.emplace_back(409, "It is being sent, or another node has claimed it.", object(conflict_shape()));
  return op;
}

}  // namespace

Operations message_operations(const ApiContext& api) {
  Operations table;
  const auto add = [&](Operation op, io::Task<Response> (*handler)(const ApiContext&, Call)) {
    op.handler = bind(api, handler);
    table.push_back(std::move(op));
  };
  add(create_operation(), create);
  add(list_operation(), list);

  auto get = on_message("GET", "", "getMessage", "Read a message");
  get.answers.emplace_back(200, "Everything about it.", object(message_shape()));
  add(std::move(get), read_one);

  add(put_operation(), put);
  add(patch_operation(), patch);

  auto del = on_message("DELETE", "", "deleteMessage", "Cancel a message");
  del.answers.emplace_back(200, "It will not be sent.", object(deleted_shape()));
  del.answers.emplace_back(404, "There is none, or it is finished.", object(problem_shape()));
  del.answers.emplace_back(409, "It is being sent, or another node has claimed it.",
                           object(conflict_shape()));
  add(std::move(del), remove);

  auto settle = on_message("POST", "/resolve", "resolveMessage", "Settle a message of unknown outcome");
  settle.doc =
      "For a message that is `unknown`: it may have been sent, and its channel cannot drop repeats, so "
      "nobody "
      "repeated it. Say what became of it.";
  settle.body = object(resolution_shape());
  settle.body_example = resolution_shape()->example;
  settle.answers.emplace_back(200, "As it now stands.", object(message_shape()));
  settle.answers.emplace_back(404, "There is none.", object(problem_shape()));
  settle.answers.emplace_back(409, "It is not `unknown`.", object(conflict_shape()));
  add(std::move(settle), resolve);

  add(sending_operation("/send", "sendMessage", "Send a message now"), send_now);
  add(sending_operation("/retry", "retryMessage", "Send a failed message again"), send_now);
  return table;
}

}  // namespace recado::api
