// `/mensagem/enviar` and `/mensagem/agendar`, as seed 000 has them.
#include <algorithm>

#include "api/answers.hpp"
#include "api/message_render.hpp"
#include "api/pt/words.hpp"
#include "api/resources.hpp"

namespace recado::api {
namespace {

using http::Response;

constexpr Millis kWaitForOutcome{10'000};
constexpr Millis kFirstPause{20};
constexpr Millis kLongestPause{250};
constexpr std::int64_t kMostMinutes = 10 * 366 * 24 * 60;

/// The engine's message that the body asks for; what is wrong goes to `errors`.
engine::MessageSpec read_message(const ApiContext& api, const Call& call, Instant due, FieldErrors& errors) {
  const auto fields = pt::read_message_fields(Values(call.body));
  messaging::Written written;
  written.channel = fields.channel.value_or("");
  written.to = fields.to.value_or("");
  written.subject = fields.subject.value_or("");
  written.text = fields.text.value_or("");
  written.from_template = true;  // WhatsApp has no subject, and seed 000's clients give one
  engine::MessageSpec spec;
  spec.account = call.who.account;
  spec.due = due;
  messaging::FieldProblems problems;
  messaging::write_to(written, api.messaging.channel_directory(), spec, problems);
  errors = pt::in_portuguese(problems);
  return spec;
}

Response refused(const engine::Change& change, const char* operation) {
  if (!engine::redis_error(change))
    return failure(Error(ErrorCode::internal, "an unexpected refusal"), operation);
  return unavailable(change.detail, change.id.empty() ? "" : "\"id\":" + json::quote(change.id));
}

/// The message once it is finished or held, or as it is when that takes too long. nullopt: it is not kept any
/// more.
io::Task<Result<std::optional<engine::Message>>> outcome_of(const ApiContext& api, std::string account,
                                                            std::string id) {
  Millis waited{0};
  Millis pause = kFirstPause;
  while (true) {
    auto found = co_await api.engine.get(account, id);
    if (!found || !*found || engine::is_finished((*found)->status) || !(*found)->held_by.empty() ||
        waited >= kWaitForOutcome) {
      co_return found;
    }
    co_await api.loop.sleep(pause);
    waited += pause;
    pause = std::min(2 * pause, kLongestPause);
  }
}

/// Why it has not been sent; empty when nothing is wrong.
std::string reason_of(const engine::Message& message) {
  if (message.status == engine::Status::delivered) return {};
  if (!message.held_by.empty()) return "waits, held by " + message.held_by;
  if (!message.attempts.empty()) return message.attempts.back().detail;
  return message.failure == engine::Failure::none ? "" : engine::to_string(message.failure);
}

Response outcome_answer(const std::string& id, const std::optional<engine::Message>& message) {
  using engine::Status;
  const auto status = message ? message->status : Status::delivered;
  const auto reason = message ? reason_of(*message) : std::string();
  json::Writer out;
  out.begin_object().member("status", status == Status::delivered   ? "enviado"
                                      : engine::is_finished(status) ? "erro"
                                                                    : "agendado");
  out.member("id", id).key("erro_mensagem");
  reason.empty() ? out.null() : out.value(reason);
  return Response::json(200, std::move(out.end_object()).str());
}

io::Task<Response> send(const ApiContext& api, Call call) {
  FieldErrors errors;
  auto spec = read_message(api, call, api.loop.clock().now(), errors);
  if (!errors.empty()) co_return unprocessable(std::move(errors));
  const auto account = spec.account;
  const auto added = co_await api.engine.add(std::move(spec));
  if (added.refusal != engine::Refusal::none) co_return refused(added, "sendMensagem");
  const auto id = added.message.value().id();
  const auto message = co_await outcome_of(api, account, id);
  // It is registered: that its outcome cannot be read is no reason to have it sent again.
  if (!message) co_return outcome_answer(id, added.message);
  co_return outcome_answer(id, *message);
}

io::Task<Response> schedule(const ApiContext& api, Call call) {
  const auto minutes = json::as_int(*Values(call.body).find("minutos"));  // the schema made sure of it
  const auto due = api.loop.clock().now() + Millis{minutes.ok() ? *minutes * 60'000 : 0};
  FieldErrors errors;
  auto spec = read_message(api, call, due, errors);
  if (!errors.empty()) co_return unprocessable(std::move(errors));
  const auto added = co_await api.engine.add(std::move(spec));
  if (added.refusal != engine::Refusal::none) co_return refused(added, "scheduleMensagem");
  json::Writer out;
  out.begin_object().member("status", "agendado").member("id", added.message.value().id());
  out.member("data_agendamento", format_time(due)).end_object();
  co_return Response::json(200, std::move(out).str());
}

Operation operation(const char* path, const char* name, const char* summary, ShapePtr body) {
  Operation op;
  op.method = "POST";
  op.path = path;
  op.scope = http::Scope::write;
  op.work = http::Work::registration;
  op.name = name;
  op.tag = "Agendamentos";
  op.summary = summary;
  op.body = object(std::move(body));
  op.takes_form = true;
  op.takes_query = true;
  return op;
}

}  // namespace

Operations mensagem_operations(const ApiContext& api) {
  Operations table;
  const auto shape = [](const char* name, std::vector<Field> fields) {
    return std::make_shared<const Shape>(Shape{name, "", std::move(fields)});
  };
  auto op = operation("/mensagem/enviar", "sendMensagem", "Send a message to somebody now",
                      shape("Mensagem", pt::message_fields(true)));
  op.doc =
      "Waits up to 10 seconds for the outcome. What is still `agendado` then is sent as any other message.";
  op.body_example =
      R"({"canal":"email","destinatario":"teste@teste.com","conteudo":"Olá!","assunto":"Teste"})";
  op.answers.emplace_back(
      200, "What became of it.",
      object(shape("MensagemEnviada",
                   {Field("status", one_of({"enviado", "erro", "agendado"}), "").require(),
                    Field("id", text(), "The message's, for `/messages/{id}`.").require(),
                    Field("erro_mensagem", nullable(text()), "Why it has not been sent.").require()})));
  op.handler = bind(api, send);
  table.push_back(std::move(op));

  auto fields = pt::message_fields(true);
  fields.push_back(Field("minutos", integer(0, kMostMinutes), "In how many minutes.", "10").require());
  op = operation("/mensagem/agendar", "scheduleMensagem", "Send a message to somebody in some minutes",
                 shape("MensagemEmMinutos", std::move(fields)));
  op.body_example = R"({"canal":"email","destinatario":"teste@teste.com","conteudo":"Olá!","minutos":10})";
  op.answers.emplace_back(
      200, "Scheduled.",
      object(shape("MensagemAgendada", {Field("status", one_of({"agendado"}), "").require(),
                                        Field("id", text(), "The message's, for `/messages/{id}`.").require(),
                                        Field("data_agendamento", instant(), "").require()})));
  op.handler = bind(api, schedule);
  table.push_back(std::move(op));
  return table;
}

}  // namespace recado::api
