#include "net/smtp_transfer.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <string_view>
#include <utility>

namespace recado::net {
namespace {

constexpr std::size_t kMostText = 1024;
constexpr long kConnectTimeoutMs = 10'000;

std::string url_of(const MailServer& server) {
  const bool v6 = server.host.find(':') != std::string::npos;
  return std::string(server.tls == MailTls::implicit ? "smtps://" : "smtp://") +
         (v6 ? "[" + server.host + "]" : server.host) + ":" + std::to_string(server.port);
}

}  // namespace

SmtpTransfer::SmtpTransfer(MailRequest request, std::string addresses, std::string ca_file,
                           OpenSockets& sockets, std::function<void(MailResponse)> done)
    : request_(std::move(request)),
      resolve_(request_.server.host + ":" + std::to_string(request_.server.port) + ":" + addresses),
      ca_file_(std::move(ca_file)),
      sockets_(sockets),
      done_(std::move(done)) {}

SmtpTransfer::~SmtpTransfer() {
  if (handle_ == nullptr) return;
  curl_->easy_cleanup(handle_);
  curl_->slist_free_all(recipients_);
  curl_->slist_free_all(resolved_);
}

CURL* SmtpTransfer::begin(const CurlLibrary& curl) {
  curl_ = &curl;
  handle_ = curl.easy_init();
  if (handle_ != nullptr) configure();
  return handle_;
}

void SmtpTransfer::refuse(std::string detail) {
  response_.error = SendError::connect;
  response_.detail = std::move(detail);
  done_(std::move(response_));
}

void SmtpTransfer::configure() {
  const MailServer& server = request_.server;
  const auto set = [this](CURLoption option, auto value) { curl_->easy_setopt(handle_, option, value); };
  const std::string url = url_of(server);  // libcurl copies texts
  set(CURLOPT_URL, url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  set(CURLOPT_PROXY, "");  // the address that was checked is the one connected to
  resolved_ = curl_->slist_append(nullptr, resolve_.c_str());
  set(CURLOPT_RESOLVE, resolved_);
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_OPENSOCKETFUNCTION, &SmtpTransfer::open_socket);
  set(CURLOPT_OPENSOCKETDATA, &sockets_);
  set(CURLOPT_CLOSESOCKETFUNCTION, &SmtpTransfer::close_socket);
  set(CURLOPT_CLOSESOCKETDATA, &sockets_);
  set(CURLOPT_ERRORBUFFER, error_text_);
  const long timeout = std::max<long>(1, static_cast<long>(request_.timeout.count()));
  set(CURLOPT_TIMEOUT_MS, timeout);
  set(CURLOPT_CONNECTTIMEOUT_MS, std::min(timeout, kConnectTimeoutMs));
  // A connection to a server that was checked once is not for those that were not, and the other way round.
  if (!server.trusted) {
    set(CURLOPT_FRESH_CONNECT, 1L);
    set(CURLOPT_FORBID_REUSE, 1L);
  }
  if (server.tls == MailTls::starttls) set(CURLOPT_USE_SSL, static_cast<long>(CURLUSESSL_ALL));
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!ca_file_.empty()) set(CURLOPT_CAINFO, ca_file_.c_str());
  if (!server.username.empty()) {
    const std::string password(server.password.reveal());
    set(CURLOPT_USERNAME, server.username.c_str());
    set(CURLOPT_PASSWORD, password.c_str());
  }
  set(CURLOPT_DEBUGFUNCTION, &SmtpTransfer::watch);
  set(CURLOPT_DEBUGDATA, this);
  set(CURLOPT_VERBOSE, 1L);  // the only way to learn how far the conversation came
  if (request_.probe) {
    set(CURLOPT_CUSTOMREQUEST, "NOOP");
    return;
  }
  const std::string from = "<" + request_.from + ">";
  set(CURLOPT_MAIL_FROM, from.c_str());
  recipients_ = curl_->slist_append(nullptr, ("<" + request_.to + ">").c_str());
  set(CURLOPT_MAIL_RCPT, recipients_);
  set(CURLOPT_READFUNCTION, &SmtpTransfer::read);
  set(CURLOPT_READDATA, this);
  set(CURLOPT_UPLOAD, 1L);
}

curl_socket_t SmtpTransfer::open_socket(void* sockets, curlsocktype /*purpose*/, curl_sockaddr* address) {
  const int made = ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  if (made < 0) return CURL_SOCKET_BAD;
  static_cast<OpenSockets*>(sockets)->insert(made);
  return made;
}

int SmtpTransfer::close_socket(void* sockets, curl_socket_t socket) {
  static_cast<OpenSockets*>(sockets)->erase(socket);
  return ::close(socket);
}

std::size_t SmtpTransfer::read(char* buffer, std::size_t size, std::size_t count, void* self) {
  auto& one = *static_cast<SmtpTransfer*>(self);
  const std::size_t part = std::min(size * count, one.request_.message.size() - one.sent_);
  std::memcpy(buffer, one.request_.message.data() + one.sent_, part);
  one.sent_ += part;
  // The end of the text is followed at once by the dot that makes it a mail.
  if (part == 0) one.response_.written = true;
  return part;
}

/// Commands tell the phase; replies are kept for the answer. What goes out is never kept: AUTH is among it.
int SmtpTransfer::watch(CURL* /*handle*/, curl_infotype type, char* data, std::size_t size, void* self) {
  MailResponse& response = static_cast<SmtpTransfer*>(self)->response_;
  const std::string_view line(data, size);
  if (type == CURLINFO_HEADER_OUT) {
    if (line.starts_with("AUTH")) response.phase = MailPhase::authenticate;
    if (line.starts_with("MAIL ")) response.phase = MailPhase::sender;
    if (line.starts_with("RCPT ")) response.phase = MailPhase::recipient;
    if (line.starts_with("DATA")) response.phase = MailPhase::content;
    if (line.starts_with("QUIT")) return 0;
    response.text.clear();
  }
  // The reply to QUIT says nothing of the mail.
  if (type == CURLINFO_HEADER_IN && line.starts_with("221")) return 0;
  if (type == CURLINFO_HEADER_IN && response.text.size() < kMostText) {
    // A reply may have several lines; those of one reply begin with the same code.
    if (!response.text.starts_with(line.substr(0, 3))) response.text.clear();
    response.text.append(line.substr(0, kMostText - response.text.size()));
  }
  return 0;
}

SendError SmtpTransfer::error_of(CURLcode result) const {
  switch (result) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return SendError::dns;
    case CURLE_COULDNT_CONNECT:
      return SendError::connect;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_USE_SSL_FAILED:
      return SendError::tls;
    case CURLE_OPERATION_TIMEDOUT:
      return SendError::timeout;
    default:
      return SendError::closed;
  }
}

void SmtpTransfer::give_up_connection(CURLcode result) {
  curl_socket_t socket = CURL_SOCKET_BAD;
  if (result == CURLE_OK) return;
  if (curl_->easy_getinfo(handle_, CURLINFO_ACTIVESOCKET, &socket) != CURLE_OK) return;
  if (socket != CURL_SOCKET_BAD) ::shutdown(socket, SHUT_RDWR);
}

void SmtpTransfer::finish(CURLcode result) {
  long code = 0;
  curl_off_t total_us = 0;
  curl_->easy_getinfo(handle_, CURLINFO_RESPONSE_CODE, &code);
  curl_->easy_getinfo(handle_, CURLINFO_TOTAL_TIME_T, &total_us);
  response_.latency = Millis{total_us / 1000};
  response_.code = static_cast<int>(code);
  const bool refused = code >= 400 && code <= 599 && result != CURLE_OPERATION_TIMEDOUT;
  if (result != CURLE_OK && !refused) {
    response_.error = error_of(result);
    response_.detail = error_text_[0] != '\0' ? error_text_ : curl_->easy_strerror(result);
  } else if (result == CURLE_LOGIN_DENIED) {
    response_.phase = MailPhase::authenticate;
  }
  while (response_.text.ends_with('\n') || response_.text.ends_with('\r')) response_.text.pop_back();
  done_(std::move(response_));
}

}  // namespace recado::net
