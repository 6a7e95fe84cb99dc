// What a message on a channel says and to whom: the engine keeps it as the message's payload, a JSON object.
// Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace recado::messaging {

/// A template that the provider keeps and fills in itself; what lies outside WhatsApp's window of 24 hours
/// must be one.
struct ProviderTemplate {
  std::string name;                     ///< Meta: the template's name
  std::string language;                 ///< Meta: its language code, `pt_BR`
  std::string content_sid;              ///< Twilio: `HX…`
  std::vector<std::string> parameters;  ///< for {{1}}, {{2}}, … of the body, in order
  friend bool operator==(const ProviderTemplate&, const ProviderTemplate&) = default;
};

struct Content {
  std::string to;       ///< E.164 (`+5511987654321`) or an e-mail address
  std::string text;     ///< what WhatsApp shows; an e-mail's plain text
  std::string subject;  ///< e-mail only
  std::string html;     ///< e-mail only: the alternative to `text`, or instead of it
  std::optional<ProviderTemplate> provider_template;  ///< instead of `text`
  std::int64_t contact = 0;                           ///< the contact that it is for; 0: found by `to` alone
  std::string schedule;  ///< the uuid of the schedule that it belongs to; empty: none
  /// Our message's id, for a provider that repeats it in its callbacks; not a part of the payload.
  std::string message;
  std::string refusal;  ///< why it cannot be sent: it fails when it is to be, and says so
  friend bool operator==(const Content&, const Content&) = default;
};

/// The payload. Fields that are empty are left out.
std::string encode_content(const Content& content);
/// Errors: protocol for what encode_content() did not write. Members it does not know are skipped.
Result<Content> decode_content(std::string_view payload);

}  // namespace recado::messaging
