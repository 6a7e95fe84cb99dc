#include "api/pt/words.hpp"

namespace recado::api::pt {
namespace {

struct Word {
  std::string_view ours, theirs;
};
constexpr Word kWords[] = {{"channel", "canal"},
                           {"to", "destinatario"},
                           {"subject", "assunto"},
                           {"text", "conteudo"},
                           {"scheduleTo", "data_agendamento"}};
constexpr Word kStatuses[] = {
    {"scheduled", "AGENDADO"}, {"sent", "ENVIADO"}, {"failed", "ERRO"}, {"cancelled", "CANCELADO"}};

}  // namespace

std::string word_for(std::string_view ours) {
  for (const auto& word : kWords) {
    if (word.ours == ours) return std::string(word.theirs);
  }
  return std::string(ours);
}

FieldErrors in_portuguese(const messaging::FieldProblems& problems) {
  FieldErrors errors;
  for (const auto& problem : problems) errors.emplace_back(word_for(problem.field), problem.message);
  return errors;
}

const char* status_word(std::string_view state) noexcept {
  for (const auto& word : kStatuses) {
    if (word.ours == state) return word.theirs.data();
  }
  return "ERRO";
}

std::string state_of(std::string_view status) {
  for (const auto& word : kStatuses) {
    if (word.theirs == status) return std::string(word.ours);
  }
  return {};
}

Result<Instant> read_time(const std::string& text, const std::string& default_timezone) {
  auto read = parse_time(text, std::nullopt);
  if (!read) {
    const auto local = parse_time(text, default_timezone);
    if (!local) return read.error();
    read = local;
  }
  return read->at;
}

std::vector<Field> message_fields(bool required) {
  std::vector<Field> fields;
  const auto add = [&](Field field, bool needed) {
    if (required && needed) field.required = true;
    fields.push_back(std::move(field));
  };
  add(Field("canal", line(1, 255), "`email`, `whatsapp`, or a channel's name.", R"("email")"), true);
  add(Field("destinatario", line(1, 320), "An e-mail address, or a telephone number in any usual spelling.",
            R"("cliente@empresa.com")"),
      true);
  add(Field("assunto", nullable(line(0, 998)), "Of an e-mail.", R"("Renovação de Contrato")"), false);
  add(Field("conteudo", text(1, 65'536), "What is said.", R"("Seu contrato vence em 10 dias.")"), true);
  return fields;
}

messaging::ScheduledFields read_message_fields(const Values& values) {
  messaging::ScheduledFields fields;
  const auto take = [&values](const char* name, std::optional<std::string>& into) {
    if (values.find(name) != nullptr) into = values.string(name).value_or("");
  };
  take("canal", fields.channel);
  take("destinatario", fields.to);
  take("assunto", fields.subject);
  take("conteudo", fields.text);
  return fields;
}

}  // namespace recado::api::pt
