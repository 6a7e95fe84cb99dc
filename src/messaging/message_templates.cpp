#include "messaging/message_templates.hpp"

#include <algorithm>
#include <map>

#include "base/text.hpp"
#include "messaging/contacts.hpp"

namespace recado::messaging {
namespace {

using records::Document;
using records::Field;

constexpr std::size_t kMostParameters = 100;

/// Twilio's variables are the parameters by their number.
void read_numbered(const Document& given, ProviderTemplate& into) {
  const auto variables = given.find("variables");
  if (!variables) return;
  const auto object = Document::parse(*variables);
  if (!object) return;
  std::map<std::size_t, std::string> numbered;
  for (const auto& [key, value] : object->fields()) {
    const bool number = !key.empty() && key.size() <= 3 &&
                        std::all_of(key.begin(), key.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (number) numbered[std::stoul(key)] = object->text(key).value_or("");
  }
  for (auto& [number, text] : numbered) {
    if (number != into.parameters.size() + 1) break;
    into.parameters.push_back(std::move(text));
  }
}

std::optional<ProviderTemplate> read_provider_template(const Document& fields) {
  const auto json = fields.find("providerTemplate");
  if (!json) return std::nullopt;
  const auto given = Document::parse(*json);
  if (!given) return std::nullopt;
  ProviderTemplate made;
  made.name = given->text("name").value_or("");
  made.language = given->text("language").value_or("");
  made.content_sid = given->text("contentSid").value_or("");
  made.parameters = given->texts("parameters");
  if (made.parameters.empty()) read_numbered(*given, made);
  return made;
}

void judge_variables(const Document& fields, FieldProblems& problems) {
  const auto json = fields.find("providerTemplate");
  const auto given = json ? Document::parse(*json) : Result<Document>(Document());
  if (!given || !given->find("variables")) return;
  if (given->find("parameters")) {
    problems.emplace_back("providerTemplate.variables", "stands beside parameters: give one of them");
    return;
  }
  const auto object = Document::parse(*given->find("variables"));
  if (!object) return;
  const auto read = read_provider_template(fields);
  if (object->fields().size() > kMostParameters || read->parameters.size() != object->fields().size())
    problems.emplace_back("providerTemplate.variables",
                          "must be numbered: expected the keys \"1\", \"2\" and so on, up to " +
                              std::to_string(kMostParameters));
}

void judge_channel_kind(const Document& fields, FieldProblems& problems) {
  const auto channel = fields.text("channel");
  if (!channel) return;
  if (std::find(std::begin(kContactChannels), std::end(kContactChannels), *channel) ==
      std::end(kContactChannels)) {
    problems.emplace_back("channel", "is no channel: use one of whatsapp, email");
    return;
  }
  if (*channel == "email") {
    if (fields.find("providerTemplate"))
      problems.emplace_back("providerTemplate", "is for WhatsApp only: e-mail has subject, body and html");
    return;
  }
  for (const char* field : {"subject", "html"}) {
    if (fields.find(field)) problems.emplace_back(field, "is for e-mail only");
  }
}

void judge_template(Draft& draft, FieldProblems& problems) {
  auto& fields = draft.fields;
  const auto name = std::string(trimmed(fields.text("name").value_or("")));
  if (name.empty()) {
    problems.emplace_back("name", "is required");
  } else {
    fields.set_text("name", name);
  }
  for (const char* field : {"subject", "body", "html"}) {
    if (fields.text(field) == "") fields.remove(field);
  }
  if (fields.find("defaults") == "{}") fields.remove("defaults");
  judge_channel_kind(fields, problems);
  judge_variables(fields, problems);
  MessageTemplate::parse(template_source(fields), problems);
}

}  // namespace

const records::Type& message_template_type() {
  static const records::Type type(
      "templates", {Field("name").searched().sorted('n').unique('u').folded(), Field("channel").lookup('c'),
                    Field("subject").searched(), Field("body").searched()});
  return type;
}

TemplateSource template_source(const Document& fields) {
  TemplateSource source;
  source.subject = fields.text("subject").value_or("");
  source.body = fields.text("body").value_or("");
  source.html = fields.text("html").value_or("");
  source.defaults = std::string(fields.find("defaults").value_or(""));
  source.provider_template = read_provider_template(fields);
  return source;
}

MessageTemplates::MessageTemplates(records::Store& store)
    : Collection(store, message_template_type(), judge_template) {}

io::Task<Result<std::optional<records::Record>>> MessageTemplates::find_called(std::string account,
                                                                               std::string which) {
  if (records::Question::by_path(which)) {
    auto found = co_await find(account, which);
    if (!found || *found) co_return found;
  }
  std::vector<records::Question> questions;
  questions.push_back(records::Question::by_unique(*type().find("name"), trimmed(which)));
  auto found = co_await store().find_all(std::move(account), type(), std::move(questions));
  if (!found) co_return found.error();
  if (found->front().empty()) co_return std::optional<records::Record>();
  co_return std::optional<records::Record>(std::move(found->front().front()));
}

}  // namespace recado::messaging
