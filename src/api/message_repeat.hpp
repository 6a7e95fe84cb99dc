// `repeat`: by what rule a message comes again. Pure.
#pragma once

#include <vector>

#include "api/message_parse.hpp"
#include "api/schema.hpp"
#include "api/validate.hpp"
#include "base/json.hpp"
#include "engine/message.hpp"

namespace recado::api {

/// The declaration of `repeat`.
ShapePtr repeat_shape();

/// Sets repeat and due of `spec` when `values` names `repeat`; null ends the repetition and leaves the time.
/// `errors` holds what the schema found already. To be called after read_times().
void read_repeat(const Values& values, const ParseContext& context, engine::MessageSpec& spec,
                 FieldErrors& errors, std::vector<std::string>& notes);

/// The same object as it was given, with the start that was understood.
void write_repeat(json::Writer& out, const engine::Repeat& repeat);

/// At most `count` times strictly after `from`, as a JSON array.
void write_next(json::Writer& out, const engine::Repeat& repeat, Instant from, std::size_t count,
                std::vector<std::string>& notes);

}  // namespace recado::api
