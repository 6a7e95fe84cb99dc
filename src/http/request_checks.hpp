// What a request's head must satisfy before its body is read, beyond framing and routing. Pure.
#pragma once

#include <optional>

#include "http/message.hpp"
#include "http/router.hpp"

namespace recado::http {

/// 415 for a Content-Encoding or a Content-Type that the route does not take. Call for requests with a body
/// only.
std::optional<Response> refuse_media_type(const Request& request, const Route& route);

/// Whether the media type of `content_type` is one of the route's, and its charset UTF-8.
bool accepts_content_type(const Route& route, std::string_view content_type);

/// `100-continue` is meant; 1.0 clients cannot mean it.
bool expects_continue(const Request& request);

/// 417 for an expectation that is not `100-continue`.
std::optional<Response> refuse_expectation(const Request& request);

}  // namespace recado::http
