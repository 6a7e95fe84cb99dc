// Commands in RESP: an array of bulk strings. Binary-safe; appends, so that a turn's commands share one
// buffer.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace recado::redis {

/// `*count\r\n`: exactly `count` append_bulk() must follow.
void append_header(std::string& out, std::size_t count);
/// `$length\r\nbytes\r\n`.
void append_bulk(std::string& out, std::string_view bytes);
/// A whole command.
void append_command(std::string& out, std::span<const std::string> arguments);

}  // namespace recado::redis
