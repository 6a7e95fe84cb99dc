// What a template is filled with: a contact's fields, and what is given beside them. Pure.
#pragma once

#include <string_view>

#include "base/error.hpp"
#include "messaging/templates/value.hpp"
#include "records/record.hpp"

namespace recado::messaging {

/// `name`, `email`, `phone`, `preferredChannel`, `externalCode`, `tags`, `notes`, `custom`, and each of its
/// own fields at the top level too, unless it is called like one of those.
Value contact_variables(const records::Record& contact);

/// Adds the members of `given` to `variables`, both objects; what is given, and is not null, wins.
void give_variables(Value& variables, Value given);

}  // namespace recado::messaging
