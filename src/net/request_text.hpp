// The head of an HTTP/1.1 request as text. Pure; private to the room.
#pragma once

#include <string>

#include "base/error.hpp"
#include "net/http_client.hpp"

namespace recado::net {

/// Request line, Host, the caller's headers in order, Content-Length and the empty line. Content-Length is
/// left out only for an empty body under a method that has none (GET, HEAD, DELETE, …). Errors:
/// invalid_argument for a method, target or header that would break the framing, or a header that only the
/// client may write.
Result<std::string> request_head(const HttpRequest& request);

}  // namespace recado::net
