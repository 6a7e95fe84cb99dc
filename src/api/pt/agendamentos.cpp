// `/agendamentos`, as seed 000 has them: messages to one person at one time, kept after they were sent.
#include "api/answers.hpp"
#include "api/problem_schema.hpp"
#include "api/pt/words.hpp"
#include "api/record_resource.hpp"
#include "api/resources.hpp"

namespace recado::api {
namespace {

using http::Response;
using messaging::ScheduledChange;
using messaging::ScheduledMessages;
using Scheduled = std::shared_ptr<ScheduledMessages>;

void write_time(json::Writer& out, const char* name, const std::optional<std::int64_t>& ms) {
  out.key(name);
  ms ? out.value(format_time(from_ms(*ms))) : out.null();
}

void write_agendamento(json::Writer& out, const records::Record& record) {
  const auto& fields = record.fields;
  out.begin_object().member("id", record.id);
  out.member("canal", fields.text("channel")).member("destinatario", fields.text("to"));
  out.member("assunto", fields.text("subject")).member("conteudo", fields.text("text"));
  write_time(out, "data_agendamento", fields.number("due"));
  out.member("status", pt::status_word(fields.text("state").value_or("")));
  out.member("criado_em", format_time(record.created_at()));
  write_time(out, "enviado_em", fields.number("sentAt"));
  out.member("erro_mensagem", fields.text("error")).end_object();
}

Response one(int status, const records::Record& record) {
  json::Writer out;
  write_agendamento(out, record);
  return Response::json(status, std::move(out).str());
}

Response no_such(const std::string& path) {
  return http::problem(404, "there is no agendamento " + shown(path));
}

/// What a change that did not happen answers.
Response refusal(const ScheduledChange& change, const std::string& path, const char* operation) {
  switch (change.kind) {
    case ScheduledChange::Kind::refused:
      return unprocessable(pt::in_portuguese(change.problems));
    case ScheduledChange::Kind::not_found:
      return no_such(path);
    case ScheduledChange::Kind::too_late:
      return http::problem(409, change.detail);
    case ScheduledChange::Kind::failed:
    case ScheduledChange::Kind::done:
      break;
  }
  return failure(change.error.value_or(Error(ErrorCode::internal, "an unexpected refusal")), operation);
}

/// What the body says; a time that cannot be read goes to `errors`.
messaging::ScheduledFields read_fields(const ApiContext& api, const Call& call, FieldErrors& errors) {
  const Values values(call.body);
  auto fields = pt::read_message_fields(values);
  if (const auto time = values.string("data_agendamento")) {
    const auto due = pt::read_time(*time, api.default_timezone);
    if (due) {
      fields.due = *due;
    } else {
      errors.emplace_back("data_agendamento", due.error().detail());
    }
  }
  return fields;
}

io::Task<Response> create(const ApiContext& api, Scheduled scheduled, Call call) {
  FieldErrors errors;
  auto fields = read_fields(api, call, errors);
  if (!errors.empty()) co_return unprocessable(std::move(errors));
  const auto made = co_await scheduled->create(call.who.account, std::move(fields));
  if (made.kind != ScheduledChange::Kind::done) co_return refusal(made, {}, "createAgendamento");
  auto response = one(201, made.record);
  response.headers.emplace_back("Location", "/agendamentos/" + std::to_string(made.record.id));
  co_return response;
}

io::Task<Response> read_one(const ApiContext&, Scheduled scheduled, Call call) {
  const auto found = co_await scheduled->find(call.who.account, call.path(0));
  if (!found) co_return failure(found.error(), "getAgendamento");
  if (!*found) co_return no_such(call.path(0));
  co_return one(200, **found);
}

io::Task<Response> change(const ApiContext& api, Scheduled scheduled, Call call) {
  FieldErrors errors;
  auto fields = read_fields(api, call, errors);
  if (!errors.empty()) co_return unprocessable(std::move(errors));
  const auto changed = co_await scheduled->change(call.who.account, call.path(0), std::move(fields));
  if (changed.kind != ScheduledChange::Kind::done)
    co_return refusal(changed, call.path(0), "changeAgendamento");
  co_return one(200, changed.record);
}

io::Task<Response> cancel(const ApiContext&, Scheduled scheduled, Call call) {
  const auto cancelled = co_await scheduled->cancel(call.who.account, call.path(0));
  if (cancelled.kind != ScheduledChange::Kind::done)
    co_return refusal(cancelled, call.path(0), "cancelAgendamento");
  json::Writer out;
  out.begin_object().member("status", "cancelado").member("id", cancelled.record.id).end_object();
  co_return Response::json(200, std::move(out).str());
}

io::Task<Response> list_of_state(Scheduled scheduled, Call call, std::string state) {
  FieldErrors errors;
  auto request = read_page(call, errors);
  if (!errors.empty()) co_return unprocessable(std::move(errors));
  const bool by_cursor = !request.cursor.empty();
  const auto page = co_await scheduled->list(call.who.account, std::move(state), std::move(request));
  if (!page && page.error().code() == ErrorCode::invalid_argument)
    co_return unprocessable(by_cursor ? "cursor" : "page", page.error().detail());
  if (!page) co_return failure(page.error(), "listAgendamentos");
  co_return page_response(call, *page, write_agendamento);
}

io::Task<Response> list(const ApiContext&, Scheduled scheduled, Call call) {
  auto state = pt::state_of(call.query.text("status").value_or(""));
  return list_of_state(std::move(scheduled), std::move(call), std::move(state));
}

io::Task<Response> list_active(const ApiContext&, Scheduled scheduled, Call call) {
  return list_of_state(std::move(scheduled), std::move(call), "scheduled");
}

io::Task<Response> process(const ApiContext&, Scheduled scheduled, Call call) {
  const auto sent = co_await scheduled->send_due(call.who.account);
  if (!sent) co_return failure(sent.error(), "processAgendamentos");
  json::Writer out;
  out.begin_object().member("mensagens_processadas", static_cast<std::int64_t>(*sent)).end_object();
  co_return Response::json(200, std::move(out).str());
}

Type status_type() {
  return one_of({"AGENDADO", "ENVIADO", "ERRO", "CANCELADO"});
}

ShapePtr agendamento_shape() {
  static const auto shape = [] {
    Shape made{"Agendamento", "A message to one person at one time.", {}};
    made.fields.push_back(Field("id", integer(1), "", "1").require());
    for (auto& field : pt::message_fields(true)) made.fields.push_back(std::move(field).require());
    for (auto& field : made.fields) field.type.nullable = field.name != "id";
    made.fields.push_back(Field("data_agendamento", instant(), "").require());
    made.fields.push_back(Field("status", status_type(), "").require());
    made.fields.push_back(Field("criado_em", instant(), "").require());
    made.fields.push_back(Field("enviado_em", nullable(instant()), "").require());
    made.fields.push_back(Field("erro_mensagem", nullable(text()), "Why it is `ERRO`.").require());
    return std::make_shared<const Shape>(std::move(made));
  }();
  return shape;
}

ShapePtr body_shape(bool patch) {
  Shape made{patch ? "AgendamentoPatch" : "AgendamentoBody", "", pt::message_fields(!patch)};
  Field when("data_agendamento", text(1, 100),
             "RFC 3339, or without an offset in `DEFAULT_TIMEZONE`. What has passed is sent at once.",
             R"("2027-11-03T09:00:00")");
  made.fields.push_back(patch ? std::move(when) : std::move(when).require());
  for (const char* name : {"id", "status", "criado_em", "enviado_em", "erro_mensagem"})
    made.fields.emplace_back(name, any(), "Ignored: it is ours to say.");
  return std::make_shared<const Shape>(std::move(made));
}

Operation operation(const char* method, const char* path, const char* name, const char* summary) {
  Operation op;
  op.method = method;
  op.path = path;
  op.scope = std::string_view(method) == "GET" ? http::Scope::read : http::Scope::write;
  op.name = name;
  op.tag = "Agendamentos";
  op.summary = summary;
  if (op.path.ends_with("{id}")) op.path_fields.emplace_back("id", text(1, 64), "Its `id`.", R"("1")");
  return op;
}

}  // namespace

Operations agendamento_operations(const ApiContext& api) {
  const auto scheduled = std::make_shared<ScheduledMessages>(
      api.loop, api.messaging.store(), api.engine, api.messaging.logs(), &api.messaging.channel_directory());
  Operations table;
  const auto add = [&](Operation op, io::Task<Response> (*handler)(const ApiContext&, Scheduled, Call)) {
    op.handler = [&api, scheduled, handler](Call call) { return handler(api, scheduled, std::move(call)); };
    table.push_back(std::move(op));
  };
  const auto item = object(agendamento_shape());
  const auto too_late = [](Operation& op) {
    op.answers.emplace_back(409, "It is sent, failed or cancelled, or being sent right now.",
                            object(problem_shape()));
  };

  auto op = operation("POST", "/agendamentos", "createAgendamento", "Schedule a message to somebody");
  op.work = http::Work::registration;
  op.body = object(body_shape(false));
  op.body_example =
      R"({"canal":"email","destinatario":"cliente@empresa.com","assunto":"Renovação de Contrato","conteudo":"Seu contrato vence em 10 dias. Renove agora!","data_agendamento":"2027-11-03T09:00:00"})";
  Answer made(201, "Scheduled.", item);
  made.headers.emplace_back("Location", text(), "`/agendamentos/{id}`");
  op.answers.push_back(std::move(made));
  add(std::move(op), create);

  op = operation("GET", "/agendamentos", "listAgendamentos", "List scheduled messages");
  op.query.emplace_back("status", status_type(), "With this status.", R"("AGENDADO")");
  add_page_fields(op);
  op.answers.push_back(page_answer("By id.", item));
  add(std::move(op), list);

  op = operation("GET", "/agendamentos/ativos/listar", "listActiveAgendamentos",
                 "List messages that are to be sent");
  add_page_fields(op);
  op.answers.push_back(page_answer("Those that are `AGENDADO`, by id.", item));
  add(std::move(op), list_active);

  op = operation("GET", "/agendamentos/{id}", "getAgendamento", "Read a scheduled message");
  op.answers.emplace_back(200, "As it is now.", item);
  add(std::move(op), read_one);

  op = operation("PUT", "/agendamentos/{id}", "changeAgendamento", "Change a scheduled message");
  op.doc = "Fields that are not named stay as they are.";
  op.body = object(body_shape(true));
  op.body_example = R"({"data_agendamento":"2027-11-04T09:00:00"})";
  op.answers.emplace_back(200, "As it is now.", item);
  too_late(op);
  add(std::move(op), change);

  op = operation("DELETE", "/agendamentos/{id}", "cancelAgendamento", "Cancel a scheduled message");
  op.doc = "It stays in the list as `CANCELADO`.";
  op.answers.emplace_back(
      200, "Cancelled.",
      object(std::make_shared<const Shape>(Shape{
          "AgendamentoCancelado",
          "",
          {Field("status", one_of({"cancelado"}), "").require(), Field("id", integer(1), "").require()}})));
  too_late(op);
  add(std::move(op), cancel);

  op = operation("POST", "/agendamentos/processar/manual", "processAgendamentos", "Send what is due");
  op.doc = "What is due is sent by itself; this sends at once what waits to be tried again.";
  op.answers.emplace_back(
      200, "How many were sent, or given to be sent, since this was asked last.",
      object(std::make_shared<const Shape>(Shape{
          "AgendamentosProcessados", "", {Field("mensagens_processadas", integer(0), "", "1").require()}})));
  add(std::move(op), process);
  return table;
}

}  // namespace recado::api
