// One mail on its way through libcurl. Private to the room; lives on the SMTP client's thread.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>

#include "net/curl_library.hpp"
#include "net/smtp_client.hpp"

namespace recado::net {

/// The sockets that libcurl has open, those of idle connections too.
using OpenSockets = std::set<curl_socket_t>;

class SmtpTransfer {
 public:
  /// `addresses`: the checked ones, `1.2.3.4,::1`; those and no others are connected to. `done` is called on
  /// the client's thread, once.
  /// `sockets` is kept up to date, and must outlive the connection, which may outlive the transfer.
  SmtpTransfer(MailRequest request, std::string addresses, std::string ca_file, OpenSockets& sockets,
               std::function<void(MailResponse)> done);
  ~SmtpTransfer();
  SmtpTransfer(const SmtpTransfer&) = delete;
  SmtpTransfer& operator=(const SmtpTransfer&) = delete;

  /// On the client's thread, once, before anything below: the handle for a multi, nullptr when libcurl has no
  /// memory. `curl` must outlive the transfer.
  CURL* begin(const CurlLibrary& curl);
  /// Instead of begin(), when the mail cannot even be tried.
  void refuse(std::string detail);
  /// To be called while the handle is still in its multi: after a failure nobody knows where the conversation
  /// stands, so the connection must serve no other mail.
  void give_up_connection(CURLcode result);
  /// Reads what it came to and calls `done`.
  void finish(CURLcode result);

 private:
  void configure();
  static std::size_t read(char* buffer, std::size_t size, std::size_t count, void* self);
  static curl_socket_t open_socket(void* sockets, curlsocktype purpose, curl_sockaddr* address);
  static int close_socket(void* sockets, curl_socket_t socket);
  static int watch(CURL* handle, curl_infotype type, char* data, std::size_t size, void* self);
  SendError error_of(CURLcode result) const;

  MailRequest request_;
  std::string resolve_;
  std::string ca_file_;
  OpenSockets& sockets_;
  std::function<void(MailResponse)> done_;
  const CurlLibrary* curl_ = nullptr;  ///< from begin() on
  CURL* handle_ = nullptr;
  curl_slist* recipients_ = nullptr;
  curl_slist* resolved_ = nullptr;
  char error_text_[CURL_ERROR_SIZE] = {};
  std::size_t sent_ = 0;
  MailResponse response_;
};

}  // namespace recado::net
