#include "messaging/content.hpp"

#include <utility>

#include "base/json.hpp"

namespace recado::messaging {
namespace {

void write_template(json::Writer& w, const ProviderTemplate& given) {
  w.key("providerTemplate").begin_object();
  if (!given.name.empty()) w.member("name", given.name);
  if (!given.language.empty()) w.member("language", given.language);
  if (!given.content_sid.empty()) w.member("contentSid", given.content_sid);
  w.key("parameters").begin_array();
  for (const auto& parameter : given.parameters) w.value(parameter);
  w.end_array().end_object();
}

Result<void> read_text(const json::Member& member, std::string& into) {
  auto text = json::as_string(member.value);
  if (!text) return text.error();
  into = std::move(text).value();
  return {};
}

Result<ProviderTemplate> read_template(json::Raw raw) {
  ProviderTemplate out;
  const auto members = json::members(raw);
  if (!members) return members.error();
  for (const auto& member : *members) {
    Result<void> read;
    if (member.key == "name") read = read_text(member, out.name);
    if (member.key == "language") read = read_text(member, out.language);
    if (member.key == "contentSid") read = read_text(member, out.content_sid);
    if (!read) return read.error();
    if (member.key != "parameters") continue;
    const auto elements = json::elements(member.value);
    if (!elements) return elements.error();
    for (const auto& element : *elements) {
      auto text = json::as_string(element);
      if (!text) return text.error();
      out.parameters.push_back(std::move(text).value());
    }
  }
  return out;
}

Result<Content> read_content(std::string_view payload) {
  const auto raw = json::parse(payload);
  if (!raw) return raw.error();
  const auto members = json::members(*raw);
  if (!members) return members.error();
  Content out;
  for (const auto& member : *members) {
    Result<void> read;
    if (member.key == "to") read = read_text(member, out.to);
    if (member.key == "text") read = read_text(member, out.text);
    if (member.key == "subject") read = read_text(member, out.subject);
    if (member.key == "html") read = read_text(member, out.html);
    if (member.key == "schedule") read = read_text(member, out.schedule);
    if (member.key == "contact") {
      const auto id = json::as_int(member.value);
      if (!id) return id.error();
      out.contact = *id;
    }
    if (member.key == "refusal") read = read_text(member, out.refusal);
    if (!read) return read.error();
    if (member.key == "providerTemplate") {
      auto given = read_template(member.value);
      if (!given) return given.error();
      out.provider_template = std::move(given).value();
    }
  }
  return out;
}

}  // namespace

std::string encode_content(const Content& content) {
  json::Writer w;
  w.begin_object();
  w.member("to", content.to);
  if (!content.subject.empty()) w.member("subject", content.subject);
  if (!content.text.empty()) w.member("text", content.text);
  if (!content.html.empty()) w.member("html", content.html);
  if (!content.refusal.empty()) w.member("refusal", content.refusal);
  if (content.provider_template) write_template(w, *content.provider_template);
  if (content.contact != 0) w.member("contact", content.contact);
  if (!content.schedule.empty()) w.member("schedule", content.schedule);
  w.end_object();
  return std::move(w).str();
}

Result<Content> decode_content(std::string_view payload) {
  auto content = read_content(payload);
  if (content) return content;
  return Error(ErrorCode::protocol, "the content of the message cannot be read: " + content.error().detail());
}

}  // namespace recado::messaging
