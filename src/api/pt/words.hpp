// The Portuguese dialect's names for ours, and what its resources share. For this folder only.
#pragma once

#include <string>
#include <string_view>

#include "api/api.hpp"
#include "api/validate.hpp"

namespace recado::api::pt {

/// `destinatario` for `to`; a name that it has no word for stays as it is.
std::string word_for(std::string_view ours);

/// The same problems under the dialect's names.
FieldErrors in_portuguese(const messaging::FieldProblems& problems);

/// `AGENDADO` of a record's state.
const char* status_word(std::string_view state) noexcept;

/// The state of a record with that status; empty when there is none.
std::string state_of(std::string_view status);

/// A time with an offset, or without one in DEFAULT_TIMEZONE.
Result<Instant> read_time(const std::string& text, const std::string& default_timezone);

/// The body's fields `canal`, `destinatario`, `assunto` and `conteudo`; `required` of those that a new
/// message needs.
std::vector<Field> message_fields(bool required);
messaging::ScheduledFields read_message_fields(const Values& values);

}  // namespace recado::api::pt
