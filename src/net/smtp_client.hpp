// The outbound SMTP client (RFC 5321), over libcurl: STARTTLS, implicit TLS, AUTH, one connection for several
// mails. One thread of its own, which starts and loads libcurl with the first mail, drives the transfers;
// everything here is for the loop thread.
//
// A mail whose last byte left without an answer may have been sent: `written` says so. Nothing is silently
// repeated.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/error.hpp"
#include "base/secret.hpp"
#include "io/loop.hpp"
#include "net/address_policy.hpp"
#include "net/http_client.hpp"
#include "net/resolver.hpp"

namespace recado::net {

enum class MailTls {
  starttls,  ///< required: no mail, and no password, over a connection that stays plain
  implicit,  ///< TLS from the first byte (port 465)
  none,
};

struct MailServer {
  std::string host;  ///< a name or an address literal, IPv6 without brackets
  std::uint16_t port = 587;
  MailTls tls = MailTls::starttls;
  std::string username;  ///< empty: no AUTH
  Secret password;
  /// The operator named the server: the address policy does not apply.
  bool trusted = false;
};

struct MailRequest {
  MailServer server;
  std::string from;     ///< the envelope's sender, an address without brackets
  std::string to;       ///< the envelope's recipient
  std::string message;  ///< RFC 5322, lines ended by CRLF; dots are stuffed by the client
  bool probe = false;   ///< connect, AUTH, NOOP: nothing is sent
  Millis timeout{30'000};
};

/// How far the conversation had come.
enum class MailPhase { connect, authenticate, sender, recipient, content };

struct MailResponse {
  SendError error = SendError::none;  ///< none: the server's reply is in `code`
  std::string detail;                 ///< one sentence when error is set
  bool written = false;               ///< the whole mail left: "maybe sent"
  MailPhase phase = MailPhase::connect;
  int code = 0;      ///< the last reply, 250 when the mail was accepted
  std::string text;  ///< its text, at most 1 KiB
  Millis latency{0};
};

class SmtpClient {
 public:
  /// `policy` and `resolver` must outlive the client, the loop must have ended before it goes. `ca_file`
  /// empty: the system's store, or SSL_CERT_FILE.
  static std::unique_ptr<SmtpClient> create(io::Loop& loop, const AddressPolicy& policy, Resolver& resolver,
                                            const std::string& ca_file);
  virtual ~SmtpClient() = default;
  /// Never fails as a call: what went wrong is in the response. `before_write`, when set, is asked once the
  /// server's addresses are known, before anything is sent; false ends it as SendError::closed.
  virtual io::Task<MailResponse> send(MailRequest request, std::function<bool()> before_write = {}) = 0;
};

}  // namespace recado::net
