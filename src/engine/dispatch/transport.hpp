// What a channel to people sends and gets, whichever transport it is for. Pure.
#pragma once

#include <optional>

#include "engine/channel.hpp"

namespace recado::engine {

/// The request of the next attempt over `channel`. `mail`: set when it is mail; the result then is not to be
/// sent.
Result<net::HttpRequest> personal_request(const PersonalChannel& channel, const Message& message, Instant now,
                                          std::optional<net::MailRequest>& mail);

/// What the dispatcher itself looks at, whatever the transport was.
net::HttpResponse transport_part(const net::MailResponse& answer);

/// The answer as the channel reads it: `mail`, where that is set.
Response personal_response(const net::HttpResponse& http, const std::optional<net::MailResponse>& mail);

}  // namespace recado::engine
