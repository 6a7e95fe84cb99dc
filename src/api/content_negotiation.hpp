// RFC 9110 12.5.1, as far as one question needs it. Pure.
#pragma once

#include <string_view>

namespace recado::api {

/// Whether who sent this Accept header would rather have text/html than application/json. Nobody who does not
/// name text/html (or text/*) would: scripts send `*/*` or nothing.
bool prefers_html(std::string_view accept);

}  // namespace recado::api
