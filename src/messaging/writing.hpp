// What a client writes to somebody, judged and made the engine's. Pure.
#pragma once

#include <optional>
#include <string>

#include "engine/message.hpp"
#include "messaging/channel_directory.hpp"
#include "messaging/content.hpp"
#include "messaging/templates/message_template.hpp"

namespace recado::messaging {

inline constexpr std::size_t kMaxWhatsAppText = 4096;  ///< characters, as Meta has it
inline constexpr std::size_t kMaxSubject = 998;        ///< bytes, RFC 5322

/// Fields as a client gave them; those that are not named stay as the message has them.
struct Written {
  std::optional<std::string> channel;  ///< a kind or a name
  std::optional<std::string> to;
  std::optional<std::string> text;
  std::optional<std::string> subject;
  std::optional<std::string> html;
  bool any() const { return channel || to || text || subject || html; }
};

/// Sets channel and payload of `spec`, which may be a stored message's; the fields that are wrong go to
/// `problems`, and `spec` then is not to be used.
void write_to(const Written& written, const ChannelDirectory& channels, engine::MessageSpec& spec,
              FieldProblems& problems);

}  // namespace recado::messaging
