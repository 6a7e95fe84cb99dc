// A pending message as one line of text, and back: what `recado export` writes and `recado import FILE`
// reads. Pure.
#pragma once

#include <string>
#include <string_view>

#include "api/message_parse.hpp"
#include "engine/message.hpp"

namespace recado::app {

/// One JSON object without a line break, in the form that `POST /messages` takes. A payload is in it byte for
/// byte; one with line breaks between its tokens stands as `payloadBase64` instead, which only
/// read_message_line() takes.
std::string message_line(const engine::Message& message);

/// Judges `line` by the rules of `POST /messages`. What is wrong is added to `errors`, with an empty field
/// when it is the line as a whole; `spec` then is not to be used.
void read_message_line(std::string_view line, const api::ParseContext& context, engine::MessageSpec& spec,
                       api::FieldErrors& errors);

}  // namespace recado::app
