// Templates of messages, kept as records: `/templates`.
//
// Stored fields: name (unique), channel (`whatsapp` or `email`; absent: either), subject, body, html,
// defaults (object), providerTemplate (object: name and language, or contentSid, with parameters or
// variables).
#pragma once

#include <optional>
#include <string>

#include "messaging/collection.hpp"
#include "messaging/templates/message_template.hpp"

namespace recado::messaging {

const records::Type& message_template_type();

/// As the fields of a record have it; what is of the wrong type counts as absent.
TemplateSource template_source(const records::Document& fields);

class MessageTemplates : public Collection {
 public:
  explicit MessageTemplates(records::Store& store);

  /// By id, UUID or name.
  io::Task<Result<std::optional<records::Record>>> find_called(std::string account, std::string which);
};

}  // namespace recado::messaging
