// A template of a message: for each part of it a Mustache text, or a template that the provider keeps. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "messaging/content.hpp"
#include "messaging/field_problem.hpp"
#include "messaging/templates/mustache.hpp"

namespace recado::messaging {

/// As a client writes it. Either texts, or `provider_template`, whose parameters are Mustache texts too.
struct TemplateSource {
  std::string subject;   ///< e-mail; one line, raw
  std::string body;      ///< plain text, raw
  std::string html;      ///< e-mail; `{{name}}` is escaped
  std::string defaults;  ///< a JSON object: what a variable is that nobody gave; empty: none
  std::optional<ProviderTemplate> provider_template;
};

class MessageTemplate {
 public:
  /// nullopt and `problems` filled (fields `subject`, `body`, `html`, `defaults`, `providerTemplate`).
  static std::optional<MessageTemplate> parse(const TemplateSource& source, FieldProblems& problems);

  struct Filled {
    Content content;                        ///< without `to`; to be used only when there are no problems
    std::vector<VariableProblem> problems;  ///< each name once
  };
  /// `variables`: an object.
  Filled fill(const Value& variables) const;

 private:
  std::optional<Mustache> subject_;
  std::optional<Mustache> body_;
  std::optional<Mustache> html_;
  std::optional<ProviderTemplate> provider_template_;
  std::vector<Mustache> parameters_;
  Value defaults_;
};

}  // namespace recado::messaging
