// Face: which headers a message may carry, for those who register messages. The webhook channel implements
// it.
#pragma once

#include <string_view>

namespace recado::engine {

/// Header names a message may not set: hop-by-hop (RFC 9110 7.6.1), Host, Content-Length, and those that the
/// webhook channel signs or sets itself (webhook-*, recado-*). Any letter case.
bool header_is_reserved(std::string_view name);
/// RFC 9110 5.1 / 5.5: a token; a value without CR, LF, NUL or other controls.
bool header_name_is_valid(std::string_view name);
bool header_value_is_valid(std::string_view value);

}  // namespace recado::engine
