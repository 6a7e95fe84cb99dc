#include "api/message_template.hpp"

#include <utility>

namespace recado::api {
namespace {

using Filled = std::optional<FilledTemplate>;

/// The text by which a template is named; empty when it can be none.
std::string name_of(const json::Raw& given) {
  if (given.kind == json::Kind::string) return json::as_string(given).ok() ? *json::as_string(given) : "";
  return given.kind == json::Kind::number && json::as_int(given).ok() ? std::string(given.text) : "";
}

/// The first contact that has that address; nullopt when there is none, or it is no address.
io::Task<Result<std::optional<records::Record>>> contact_at(const ApiContext& api, std::string account,
                                                            std::string address) {
  auto& contacts = api.messaging.contacts();
  if (!messaging::is_email_address(address)) {
    auto phone = messaging::read_phone(address, contacts.country());
    if (!phone) co_return std::optional<records::Record>();
    address = std::move(*phone);
  }
  auto found = co_await contacts.reached_at(std::move(account), std::move(address));
  if (!found) co_return found.error();
  if (found->empty()) co_return std::optional<records::Record>();
  co_return std::optional<records::Record>(std::move(found->front()));
}

void fill(const records::Record& record, const messaging::Value& variables, FilledTemplate& filled) {
  messaging::FieldProblems problems;
  const auto parsed = messaging::MessageTemplate::parse(messaging::template_source(record.fields), problems);
  for (auto& problem : problems) filled.errors.emplace_back("template." + problem.field, problem.message);
  if (!parsed) return;
  auto said = parsed->fill(variables);
  for (auto& problem : said.problems)
    filled.errors.emplace_back("variables." + problem.name, std::move(problem.message));
  filled.content = std::move(said.content);
}

}  // namespace

io::Task<Result<std::optional<FilledTemplate>>> fill_template(const ApiContext& api, std::string account,
                                                              json::Raw body) {
  if (body.kind != json::Kind::object) co_return Filled();
  const Values values(body);
  const auto* const given = values.given("template");
  if (given == nullptr || values.given("channel") == nullptr) co_return Filled();
  FilledTemplate filled;
  const auto name = name_of(*given);
  Result<std::optional<records::Record>> found = std::optional<records::Record>();
  if (!name.empty()) found = co_await api.messaging.templates().find_called(account, name);
  if (!found) co_return found.error();
  if (!*found) {
    filled.errors.emplace_back(
        "template", shown(*given) + " is no template: give an id, a uuid or a name (GET /templates)");
    co_return Filled(std::move(filled));
  }
  messaging::Value variables;
  const auto contact = co_await contact_at(api, account, values.string("to").value_or(""));
  if (!contact) co_return contact.error();
  if (*contact) variables = messaging::contact_variables(**contact);
  const auto* const more = values.given("variables");
  if (more != nullptr && more->kind == json::Kind::object) {
    auto read = messaging::parse_value(more->text);
    if (read) {
      messaging::give_variables(variables, std::move(*read));
    } else {
      filled.errors.emplace_back("variables", read.error().detail());
    }
  }
  fill(**found, variables, filled);
  co_return Filled(std::move(filled));
}

}  // namespace recado::api
