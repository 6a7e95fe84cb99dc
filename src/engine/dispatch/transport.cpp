#include "engine/dispatch/transport.hpp"

#include <utility>

namespace recado::engine {

Result<net::HttpRequest> personal_request(const PersonalChannel& channel, const Message& message, Instant now,
                                          std::optional<net::MailRequest>& mail) {
  auto request = channel.request(message, now);
  if (!request.ok()) return request.error();
  if (auto* http = std::get_if<net::HttpRequest>(&*request)) return std::move(*http);
  mail = std::get<net::MailRequest>(std::move(request).value());
  return net::HttpRequest();
}

net::HttpResponse transport_part(const net::MailResponse& answer) {
  net::HttpResponse out;
  out.error = answer.error;
  out.written = answer.written;
  out.latency = answer.latency;
  return out;
}

Response personal_response(const net::HttpResponse& http, const std::optional<net::MailResponse>& mail) {
  if (mail) return *mail;
  return http;
}

}  // namespace recado::engine
