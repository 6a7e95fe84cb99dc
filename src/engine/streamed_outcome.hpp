// What is told of attempts to reach people: the engine keeps it in a stream until it was read.
#pragma once

#include <string>

#include "engine/message.hpp"

namespace recado::engine {

/// What an attempt to reach somebody over a channel came to, as it was recorded.
struct StreamedOutcome {
  StreamedOutcome() = default;
  std::string cursor;       ///< for forget_outcomes()
  bool readable = true;     ///< false: nothing else is known of it
  Message message;          ///< as it then stood, with its payload
  std::string provider_id;  ///< what the provider calls it, when it accepted it
};

}  // namespace recado::engine
