// E-mail: content to an RFC 5322 message, an SMTP server's reply to a reading. Pure.
#pragma once

#include <memory>
#include <string>

#include "base/error.hpp"
#include "base/time.hpp"
#include "messaging/channels/reading.hpp"
#include "messaging/content.hpp"

namespace recado::messaging {

/// An address, with the name that is shown before it.
struct Mailbox {
  std::string name;
  std::string address;
};
/// `ana@example.com` or `Clínica Centro <contato@example.com>`. Errors: invalid_argument.
Result<Mailbox> parse_mailbox(std::string_view text);
/// The address itself, checked: ASCII, at most 254 bytes, a name and a domain with a dot (or `localhost`).
/// Errors: invalid_argument, one sentence that can follow the name of a field.
Result<std::string> parse_address(std::string_view text);

struct MailSettings {
  net::MailServer server;
  Mailbox from;
};

/// What one mail has beside its content.
struct MailHead {
  std::string message_id;   ///< without brackets; the same over attempts
  Instant date{};           ///< of the attempt
  std::string unsubscribe;  ///< a URL that takes the recipient off with one POST (RFC 8058); empty: none
};

/// Errors: invalid_argument: a line break in a header, no text and no HTML, a provider's template.
Result<std::string> compose_mail(const Mailbox& from, const Content& content, const MailHead& head);

class Mail {
 public:
  explicit Mail(MailSettings settings) : settings_(std::move(settings)) {}

  /// The caller sets the timeout. Errors: as compose_mail().
  Result<net::MailRequest> request(const Content& content, const MailHead& head) const;
  Reading read(const net::MailResponse& response) const;
  /// Connects and authenticates; sends nothing.
  net::MailRequest probe() const;
  ProbeResult read_probe(const net::MailResponse& response) const;
  /// What makes a Message-ID of ours unique to this sender.
  std::string domain() const;

 private:
  MailSettings settings_;
};

}  // namespace recado::messaging
