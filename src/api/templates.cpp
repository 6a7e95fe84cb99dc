// `/templates`: what is written again and again, with variables.
#include "api/answers.hpp"
#include "api/message_render.hpp"
#include "api/problem_schema.hpp"
#include "api/record_resource.hpp"
#include "api/resources.hpp"

namespace recado::api {
namespace {

using http::Response;

constexpr std::size_t kMostParameters = 100;

ShapePtr provider_template_shape() {
  static const auto shape = std::make_shared<const Shape>(Shape{
      "ProviderTemplate",
      "A template that the provider keeps and fills in. Meta's: `name`, `language`, `parameters`; Twilio's: "
      "`contentSid`, `variables`. The parameters are templates themselves.",
      {Field("name", line(1, 512), "Of Meta's template.", R"("lembrete")"),
       Field("language", line(1, 20), "", R"("pt_BR")"),
       Field("parameters", list_of(text(1, 1024), kMostParameters), "For `{{1}}`, `{{2}}`, … in order.",
             R"(["{{name}}"])"),
       Field("contentSid", line(1, 100), "Of Twilio's.", R"("HX00000000000000000000000000000000")"),
       Field("variables", map_of(text(1, 1024), kMostParameters), "The same by their numbers.",
             R"({"1":"{{name}}"})")}});
  return shape;
}

RecordResource template_resource(const ApiContext& api) {
  auto& templates = api.messaging.templates();
  RecordResource resource("/templates", "Template", "Templates", templates);
  resource.doc =
      "A message with variables: `{{name}}`, sections `{{#items}}…{{/items}}`, as Mustache has them.";
  const auto add = [&](Member member) { resource.members.push_back(std::move(member)); };
  add(Member(Field("name", line(1, 200), "Unique, whatever its case.", R"("lembrete")")).required());
  add(Member(Field("channel", line(1, 20), "`whatsapp` or `email`; null: for either.", R"("whatsapp")")));
  add(Member(Field("subject", line(1, 998), "Of an e-mail.", R"("Consulta de {{name}}")")));
  add(Member(Field("body", text(0, messaging::kMaxTemplateBytes), "Plain text.",
                   R"("Oi {{name}}, sua consulta é {{day}}.")")));
  add(Member(Field("html", text(0, messaging::kMaxTemplateBytes),
                   "Of an e-mail; `{{name}}` is escaped there, `{{{name}}}` is not.")));
  add(Member(
      Field("defaults", map_of(any(), 100), "What a variable is that nobody gave.", R"({"day":"amanhã"})"),
      "{}"));
  add(Member(Field("providerTemplate", object(provider_template_shape()), "Instead of the texts.")));
  resource.example =
      R"({"name":"lembrete","channel":"whatsapp","body":"Oi {{name}}, sua consulta é {{day}}."})";
  resource.patch_example = R"({"body":"Oi {{name}}!"})";
  resource.filters = {
      Field("search", text(0, 200), "Words, or their beginnings, of name, subject and body.", R"("lemb")"),
      Field("channel", one_of({"whatsapp", "email"}), "For this channel alone.")};
  resource.read_filters = [&templates](const Call& call, records::Query& query, FieldErrors&) {
    if (const auto text = call.query.text("search")) query.search(*text);
    if (const auto channel = call.query.text("channel"))
      query.where(*templates.type().find("channel"), *channel);
  };
  return resource;
}

/// The contact that a preview is for; 404 and 422 are its business.
io::Task<Result<std::optional<records::Record>>> contact_of(const ApiContext& api, const Call& call,
                                                            const Values& values) {
  const auto* const given = values.given("contact");
  if (given == nullptr) co_return std::optional<records::Record>();
  std::string which(given->text);
  if (given->kind == json::Kind::string) which = values.string("contact").value_or("");
  auto found = co_await api.messaging.contacts().find(call.who.account, std::move(which));
  if (found && !*found) co_return Error(ErrorCode::invalid_argument, "there is no contact " + shown(*given));
  co_return found;
}

void write_content(json::Writer& out, const messaging::Content& content) {
  const auto text = [&out](const char* name, const std::string& value) {
    out.key(name);
    value.empty() ? out.null() : out.value(value);
  };
  text("subject", content.subject);
  text("text", content.text);
  text("html", content.html);
  out.key("providerTemplate");
  if (!content.provider_template) {
    out.null();
    return;
  }
  write_provider_template(out, *content.provider_template);
}

io::Task<Response> preview(const ApiContext& api, Call call) {
  const auto found = co_await api.messaging.templates().find(call.who.account, call.path(0));
  if (!found) co_return failure(found.error(), "previewTemplate");
  if (!*found) co_return http::problem(404, "there is no template " + shown(call.path(0)));
  const Values values(call.body);
  const auto contact = co_await contact_of(api, call, values);
  if (!contact && contact.error().code() == ErrorCode::invalid_argument)
    co_return unprocessable("contact", contact.error().detail());
  if (!contact) co_return failure(contact.error(), "previewTemplate");
  messaging::Value variables;
  if (*contact) variables = messaging::contact_variables(**contact);
  if (const auto* const given = values.given("variables")) {
    auto read = messaging::parse_value(given->text);
    if (!read) co_return unprocessable("variables", read.error().detail());
    messaging::give_variables(variables, std::move(*read));
  }
  messaging::FieldProblems problems;
  const auto parsed =
      messaging::MessageTemplate::parse(messaging::template_source((*found)->fields), problems);
  if (!parsed) co_return unprocessable(problems);
  const auto filled = parsed->fill(variables);
  FieldErrors errors;
  for (const auto& problem : filled.problems)
    errors.emplace_back("variables." + problem.name, problem.message);
  if (!errors.empty()) co_return unprocessable(std::move(errors));
  json::Writer out;
  out.begin_object();
  write_content(out, filled.content);
  out.end_object();
  co_return Response::json(200, std::move(out).str());
}

ShapePtr preview_body_shape() {
  static const auto shape = std::make_shared<const Shape>(
      Shape{"TemplatePreviewBody",
            "",
            {Field("contact", any(),
                   "`id` or `uuid` of a contact, whose fields are variables: `name`, `email`, "
                   "`phone`, its custom ones.",
                   "1"),
             Field("variables", map_of(any(), 1'000),
                   "Further variables; they win over the contact's fields.", R"({"day":"amanhã"})")}});
  return shape;
}

ShapePtr preview_shape() {
  static const auto shape = std::make_shared<const Shape>(
      Shape{"TemplatePreview",
            "What would be sent.",
            {Field("subject", nullable(text()), "").require(), Field("text", nullable(text()), "").require(),
             Field("html", nullable(text()), "").require(),
             Field("providerTemplate", nullable(object(provider_template_shape())), "").require()}});
  return shape;
}

}  // namespace

Operations template_operations(const ApiContext& api) {
  auto table = record_operations(template_resource(api));
  Operation op;
  op.method = "POST";
  op.path = "/templates/{id}/preview";
  op.scope = http::Scope::read;
  op.name = "previewTemplate";
  op.tag = "Templates";
  op.summary = "Show what a template would say";
  op.doc = "Changes nothing. A variable that is missing is a 422 that names it.";
  op.path_fields.emplace_back("id", text(1, 64), "Its `id` or `uuid`.", R"("1")");
  op.body = object(preview_body_shape());
  op.body_example = R"({"variables":{"name":"Ana","day":"amanhã"}})";
  op.answers.emplace_back(200, "As it would be sent.", object(preview_shape()));
  op.handler = bind(api, preview);
  table.push_back(std::move(op));
  return table;
}

}  // namespace recado::api
