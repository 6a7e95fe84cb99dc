// `scheduleTo`, `timezone`, `delay`, `expiresAt`: when. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/message_parse.hpp"
#include "api/validate.hpp"
#include "engine/message.hpp"

namespace recado::api {

/// Sets due, local_time, timezone and expires_at of `spec` from the fields that `values` names. `errors`
/// holds what the schema found already; fields named there are left alone. `patch`: what is not named stays
/// as `spec` has it.
void read_times(const Values& values, const ParseContext& context, bool patch, engine::MessageSpec& spec,
                FieldErrors& errors, std::vector<std::string>& notes);

/// Whether `errors` has something on `field` or inside it.
bool names_field(const FieldErrors& errors, std::string_view field);

/// An RFC 3339 instant from a query parameter; a `+` that was not percent-encoded arrives as a space and is
/// put back.
Result<Instant> read_instant(std::string text);

}  // namespace recado::api
