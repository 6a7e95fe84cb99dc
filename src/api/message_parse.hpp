// A client's JSON → what the engine is asked for. Pure: the clock's reading comes in.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/validate.hpp"
#include "base/time.hpp"
#include "engine/destination.hpp"
#include "engine/message.hpp"
#include "messaging/messaging.hpp"

namespace recado::api {

/// What a template that a body names says, filled; or why it cannot be.
struct FilledTemplate {
  messaging::Content content;  ///< without `to`
  FieldErrors errors;          ///< then `content` is not to be used
};

struct ParseContext {
  /// `c` null: there are no channels to people.
  ParseContext(const engine::Destinations& d, Instant n, std::size_t max, std::string zone = "UTC",
               const messaging::ChannelDirectory* c = nullptr)
      : destinations(d), channels(c), now(n), max_payload_bytes(max), default_timezone(std::move(zone)) {}
  const engine::Destinations& destinations;
  const messaging::ChannelDirectory* channels;
  Instant now;
  std::size_t max_payload_bytes;
  std::string default_timezone;  ///< DEFAULT_TIMEZONE, of `repeat`
  /// Of the body's `template` (message_template.hpp); null: it names none.
  const FilledTemplate* filled = nullptr;
};

/// What was understood besides the spec, for `plan`.
struct ParseNotes {
  std::vector<std::string> notes;  ///< daylight saving, a time that has passed
  /// Set before parsing: a destination that only the address policy refuses is no field error.
  bool tolerate_refused_address = false;
};

/// Judges `body` by new_message_shape() and the rules between fields, and sets what it names in `spec`. What
/// is wrong is added to `errors`; `spec` then is not to be used.
void read_message(json::Raw body, const ParseContext& context, engine::MessageSpec& spec, FieldErrors& errors,
                  ParseNotes* notes = nullptr);

/// The same by message_patch_shape(): `spec` is a stored message's, whose fields that are not named stay.
void patch_message(json::Raw body, const ParseContext& context, engine::MessageSpec& spec,
                   FieldErrors& errors);

}  // namespace recado::api
