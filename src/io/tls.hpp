// TLS over a stream: client (destinations, rediss://) and server (our own port).
//
// TLS 1.2 and newer. The client checks the certificate chain against the system's CA store and the host name
// (RFC 6125, OpenSSL's X509_VERIFY_PARAM), sends SNI, and resumes sessions.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/error.hpp"
#include "io/stream.hpp"

typedef struct ssl_ctx_st SSL_CTX;
typedef struct ssl_session_st SSL_SESSION;

namespace recado::io {

/// Settings of outgoing connections and the sessions to resume, by host name and port. Loop thread only.
class TlsClient {
 public:
  /// `ca_file` empty: the system's store. Errors: configuration.
  static Result<std::unique_ptr<TlsClient>> create(const std::string& ca_file);
  /// Believes any certificate: only for asking our own port how it is (`recado health`), never for what
  /// leaves the machine.
  static std::unique_ptr<TlsClient> create_unverified();
  ~TlsClient();

  /// Handshakes over `inner` as a client of `host` (a DNS name or an address literal, without brackets);
  /// `session_key` (host and port) names the session to resume. On failure null, with `error` and one
  /// sentence in `reason` (such as the certificate's flaw). Bound it with a Deadline on `inner`.
  Task<std::unique_ptr<Stream>> handshake(std::unique_ptr<Stream>& inner, std::string host,
                                          std::string session_key, error_code& error, std::string& reason);

 private:
  struct Impl;
  explicit TlsClient(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};

/// Certificate and key of our own port.
class TlsServer {
 public:
  /// PEM files; the certificate file may hold a chain. Errors: configuration, naming the file and the reason.
  static Result<std::unique_ptr<TlsServer>> create(const std::string& certificate_file,
                                                   const std::string& key_file);
  ~TlsServer();

  /// Reads both files again, for handshakes from now on. Errors as create(); the former pair then stays.
  Result<void> reload();

  Task<std::unique_ptr<Stream>> handshake(std::unique_ptr<Stream>& inner, error_code& error);

 private:
  struct Impl;
  explicit TlsServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace recado::io
