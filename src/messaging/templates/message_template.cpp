#include "messaging/templates/message_template.hpp"

#include <algorithm>

namespace recado::messaging {
namespace {

std::optional<Mustache> parsed(const std::string& field, const std::string& source, FieldProblems& problems) {
  if (source.empty()) return std::nullopt;
  auto made = Mustache::parse(source);
  if (made) return std::move(made).value();
  problems.emplace_back(field, made.error().detail());
  return std::nullopt;
}

Value read_defaults(const std::string& source, FieldProblems& problems) {
  auto value = parse_value(source);
  if (value && value->kind == Value::Kind::object) return std::move(value).value();
  problems.emplace_back(
      "defaults", value ? "is no object: give names and what they are by default" : value.error().detail());
  return {};
}

}  // namespace

std::optional<MessageTemplate> MessageTemplate::parse(const TemplateSource& source, FieldProblems& problems) {
  const std::size_t before = problems.size();
  MessageTemplate made;
  made.defaults_ = read_defaults(source.defaults, problems);
  made.subject_ = parsed("subject", source.subject, problems);
  made.body_ = parsed("body", source.body, problems);
  made.html_ = parsed("html", source.html, problems);
  if (source.subject.find_first_of("\r\n") != std::string::npos) {
    problems.emplace_back("subject", "has a line break: a subject is one line");
  }
  if (source.provider_template) {
    const ProviderTemplate& given = *source.provider_template;
    if (!source.body.empty() || !source.html.empty() || !source.subject.empty()) {
      problems.emplace_back("providerTemplate", "stands beside a text: the provider keeps the text itself");
    }
    if (given.name.empty() == given.content_sid.empty()) {
      problems.emplace_back("providerTemplate", "needs either name (Meta) or contentSid (Twilio)");
    }
    if (!given.name.empty() && given.language.empty()) {
      problems.emplace_back("providerTemplate.language", "is missing: `pt_BR`, `en_US`, …");
    }
    for (std::size_t i = 0; i < given.parameters.size(); ++i) {
      const std::string field = "providerTemplate.parameters[" + std::to_string(i) + "]";
      if (given.parameters[i].empty()) problems.emplace_back(field, "is empty: no provider accepts that");
      auto one = parsed(field, given.parameters[i], problems);
      if (one) made.parameters_.push_back(*std::move(one));
    }
    made.provider_template_ = given;
    made.provider_template_->parameters.clear();
  } else if (source.body.empty() && source.html.empty()) {
    problems.emplace_back("body", "is missing: give body, html or providerTemplate");
  }
  if (problems.size() != before) return std::nullopt;
  return made;
}

MessageTemplate::Filled MessageTemplate::fill(const Value& variables) const {
  Filled out;
  const auto write = [&](const Mustache& part, Escape escape) {
    Rendered rendered = part.render(variables, defaults_, escape);
    for (auto& problem : rendered.problems) {
      const bool known = std::any_of(out.problems.begin(), out.problems.end(),
                                     [&](const auto& one) { return one.name == problem.name; });
      if (!known) out.problems.push_back(std::move(problem));
    }
    return std::move(rendered.text);
  };
  if (subject_) {
    // A name may carry a line break; a header must not.
    out.content.subject = write(*subject_, Escape::none);
    std::replace_if(
        out.content.subject.begin(), out.content.subject.end(), [](char c) { return c == '\r' || c == '\n'; },
        ' ');
  }
  if (body_) out.content.text = write(*body_, Escape::none);
  if (html_) out.content.html = write(*html_, Escape::html);
  if (provider_template_) {
    out.content.provider_template = *provider_template_;
    for (const auto& parameter : parameters_) {
      out.content.provider_template->parameters.push_back(write(parameter, Escape::none));
    }
  }
  return out;
}

}  // namespace recado::messaging
