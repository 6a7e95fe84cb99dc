// What a line of the log looks like. Part of log.cpp; other rooms use log.hpp.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/log.hpp"
#include "base/time.hpp"

namespace recado::log {

/// The line without its end. Whatever the values hold, it is one line of valid UTF-8, and with Format::json
/// one JSON object.
std::string format_line(Format format, Instant at, Level level, std::string_view event,
                        std::span<const Field> fields);

}  // namespace recado::log
