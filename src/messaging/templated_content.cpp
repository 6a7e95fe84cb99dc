#include "messaging/templated_content.hpp"

#include <optional>
#include <utility>

#include "base/json.hpp"

namespace recado::messaging {
namespace {

/// The members of a payload that holds a template: views into it.
struct Parts {
  std::string_view source, defaults, variables;
};

/// nullopt: it holds no template.
std::optional<Parts> parts_of(std::string_view payload) {
  const auto raw = json::parse(payload);
  if (!raw) return std::nullopt;
  const auto members = json::members(*raw);
  if (!members) return std::nullopt;
  Parts parts;
  for (const auto& member : *members) {
    if (member.key == "template") parts.source = member.value.text;
    if (member.key == "defaults") parts.defaults = member.value.text;
    if (member.key == "variables") parts.variables = member.value.text;
  }
  if (parts.source.empty()) return std::nullopt;
  return parts;
}

Error cannot_be_read(const std::string& why) {
  return Error(ErrorCode::protocol, "the template of the message cannot be read: " + why);
}

}  // namespace

std::string encode_templated_content(const TemplatedContent& content) {
  Content source;
  source.subject = content.source.subject;
  source.text = content.source.body;
  source.html = content.source.html;
  source.provider_template = content.source.provider_template;
  json::Writer out;
  out.begin_object().member("to", content.to).key("template").raw(encode_content(source));
  if (content.contact != 0) out.member("contact", content.contact);
  if (!content.schedule.empty()) out.member("schedule", content.schedule);
  if (!content.source.defaults.empty()) out.key("defaults").raw(content.source.defaults);
  if (!content.variables.empty()) out.key("variables").raw(content.variables);
  return std::move(out.end_object()).str();
}

Result<Content> content_of_payload(std::string_view payload) {
  const auto parts = parts_of(payload);
  if (!parts) return decode_content(payload);
  const auto around = decode_content(payload);
  if (!around) return around.error();
  auto kept = decode_content(parts->source);
  if (!kept) return kept.error();
  TemplateSource source;
  source.subject = std::move(kept->subject);
  source.body = std::move(kept->text);
  source.html = std::move(kept->html);
  source.provider_template = std::move(kept->provider_template);
  source.defaults = std::string(parts->defaults);
  FieldProblems problems;
  const auto parsed = MessageTemplate::parse(source, problems);
  if (!parsed) return cannot_be_read(problems.front().field + " " + problems.front().message);
  const auto variables = parse_value(parts->variables);
  if (!variables) return cannot_be_read(variables.error().detail());
  auto filled = parsed->fill(*variables);
  if (!filled.problems.empty()) {
    const auto& first = filled.problems.front();
    return Error(ErrorCode::invalid_argument, "template: variable `" + first.name + "` " + first.message);
  }
  filled.content.to = around->to;
  filled.content.contact = around->contact;
  filled.content.schedule = around->schedule;
  return std::move(filled.content);
}

}  // namespace recado::messaging
