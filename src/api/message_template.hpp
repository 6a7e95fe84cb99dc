// `template` and `variables` of a message: what it says, found out before its body is read.
#pragma once

#include <optional>
#include <string>

#include "api/api.hpp"
#include "api/message_parse.hpp"

namespace recado::api {

/// Whether `body` may name a template: quicker than to find out.
inline bool may_name_template(json::Raw body) {
  return body.text.find(R"("template")") != std::string_view::npos;
}

/// The template that `body` names, filled with its variables and with the fields of the contact to whom its
/// `to` belongs; nullopt when it names none, or no channel. Errors: those of records::Store.
io::Task<Result<std::optional<FilledTemplate>>> fill_template(const ApiContext& api, std::string account,
                                                              json::Raw body);

}  // namespace recado::api
