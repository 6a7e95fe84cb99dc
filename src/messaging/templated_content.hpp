// What a message says only once it is sent: a template and what fills it, kept as the message's payload in
// the place of the text. A schedule to many registers its messages so: what is missing for one recipient
// fails that message alone, when it is sent. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "messaging/content.hpp"
#include "messaging/templates/message_template.hpp"

namespace recado::messaging {

struct TemplatedContent {
  std::string to;  ///< this, contact and schedule as Content has them
  std::int64_t contact = 0;
  std::string schedule;
  TemplateSource source;
  std::string variables;  ///< a JSON object; empty: none
};

/// The payload.
std::string encode_templated_content(const TemplatedContent& content);

/// What a payload says, whether it holds the text or a template. Errors: protocol, as decode_content();
/// invalid_argument, when a variable is missing: `template: variable `name` is missing: …`.
Result<Content> content_of_payload(std::string_view payload);

}  // namespace recado::messaging
