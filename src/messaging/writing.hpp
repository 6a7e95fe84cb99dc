// What a client writes to somebody, judged and made the engine's. Pure.
#pragma once

#include <optional>
#include <string>

#include "engine/message.hpp"
#include "messaging/channel_directory.hpp"
#include "messaging/content.hpp"
#include "messaging/templated_content.hpp"

namespace recado::messaging {

inline constexpr std::size_t kMaxWhatsAppText = 4096;  ///< characters, as Meta has it
inline constexpr std::size_t kMaxSubject = 998;        ///< bytes, RFC 5322

/// Fields as a client gave them; those that are not named stay as the message has them.
struct Written {
  std::optional<std::string> channel;  ///< a kind, a name, an id or a uuid
  std::optional<std::string> to;
  std::optional<std::string> text;
  std::optional<std::string> subject;
  std::optional<std::string> html;
  std::optional<ProviderTemplate> provider_template;  ///< instead of `text`
  /// Text, subject and html come from a template, which may have parts that the channel has no place for.
  bool from_template = false;
  bool any() const { return channel || to || text || subject || html || provider_template; }
};

/// To whom, as it is kept: a telephone number as E.164 (without a country code of `country`), or an address.
/// Errors: invalid_argument, one sentence that can follow the name of a field.
Result<std::string> read_recipient(ChannelKind kind, const std::string& to, const std::string& country);

/// Sets channel and payload of `spec`, which may be a stored message's; the fields that are wrong go to
/// `problems`, and `spec` then is not to be used.
void write_to(const Written& written, const ChannelDirectory& channels, engine::MessageSpec& spec,
              FieldProblems& problems);

/// The same of a template that is filled only when the message is sent: a variable that is missing then fails
/// the message, whose attempt's detail names it. `channel`: a kind or a name; problems of the template are
/// under `template`.
void write_template_to(const std::string& channel, TemplatedContent content, const ChannelDirectory& channels,
                       engine::MessageSpec& spec, FieldProblems& problems);

}  // namespace recado::messaging
