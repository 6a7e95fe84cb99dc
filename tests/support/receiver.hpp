// A destination whose every byte a test decides: a TCP or TLS server on 127.0.0.1, one thread a connection,
// blocking sockets, a script that reads and answers.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cctype>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace recado::test {

/// A request as it came over the wire.
struct ReceivedRequest {
  std::string method;
  std::string target;
  std::string head;                            ///< everything up to and with the empty line, as sent
  std::map<std::string, std::string> headers;  ///< names in lower case
  std::string body;
};

class Receiver {
 public:
  /// One accepted connection, as its script sees it. Every call blocks; after stop() they fail.
  class Connection {
   public:
    Connection(int fd, SSL* ssl, int number) : fd_(fd), ssl_(ssl), number_(number) {}
    /// Counts the connections of this receiver, from 1.
    int number() const { return number_; }

    /// The next request with its whole body (Content-Length); nullopt: the peer is gone.
    std::optional<ReceivedRequest> read_request() {
      auto request = read_head();
      if (!request) return request;
      const auto length = request->headers.find("content-length");
      const std::size_t size = length == request->headers.end() ? 0 : std::stoul(length->second);
      while (buffer_.size() < size) {
        if (!fill()) return std::nullopt;
      }
      request->body = buffer_.substr(0, size);
      buffer_.erase(0, size);
      return request;
    }

    /// The next request's head only; the body stays unread.
    std::optional<ReceivedRequest> read_head() {
      std::size_t end = 0;
      while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
        if (!fill()) return std::nullopt;
      }
      auto request = parse(buffer_.substr(0, end + 4));
      buffer_.erase(0, end + 4);
      return request;
    }

    /// False when the peer is gone.
    bool send(std::string_view bytes) {
      while (!bytes.empty()) {
        const auto n = ssl_ != nullptr ? SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size()))
                                       : ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (n <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(n));
      }
      return true;
    }

    /// A whole answer with Content-Length.
    bool answer(int status, std::string_view body = "", std::string_view headers = "") {
      return send("HTTP/1.1 " + std::to_string(status) + " Some Reason\r\nContent-Length: " +
                  std::to_string(body.size()) + "\r\n" + std::string(headers) + "\r\n" + std::string(body));
    }

    void shutdown_write() { ::shutdown(fd_, SHUT_WR); }
    /// Ends with RST instead of FIN once the script returns.
    void reset() {
      const linger now{1, 0};
      ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    }
    /// Reads and drops until the peer is gone.
    void wait_closed() {
      do buffer_.clear();
      while (fill());
    }
    bool session_reused() const { return ssl_ != nullptr && SSL_session_reused(ssl_) == 1; }

   private:
    bool fill() {
      char bytes[16384];
      const auto n =
          ssl_ != nullptr ? SSL_read(ssl_, bytes, sizeof bytes) : ::recv(fd_, bytes, sizeof bytes, 0);
      if (n <= 0) return false;
      buffer_.append(bytes, static_cast<std::size_t>(n));
      return true;
    }

    static ReceivedRequest parse(std::string head) {
      ReceivedRequest out;
      const auto line_end = head.find("\r\n");
      const auto first = head.find(' ');
      const auto second = head.find(' ', first + 1);
      out.method = head.substr(0, first);
      out.target = head.substr(first + 1, second - first - 1);
      for (std::size_t at = line_end + 2; at < head.size();) {
        const auto end = head.find("\r\n", at);
        if (end == at) break;
        const auto colon = head.find(':', at);
        std::string name = head.substr(at, colon - at);
        for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        out.headers[name] = head.substr(colon + 2, end - colon - 2);
        at = end + 2;
      }
      out.head = std::move(head);
      return out;
    }

    int fd_;
    SSL* ssl_;
    int number_;
    std::string buffer_;
  };

  using Script = std::function<void(Connection&)>;

  /// Where to listen, when it matters. Port 0: any that is free.
  struct Place {
    std::string address = "127.0.0.1";
    std::uint16_t port = 0;
  };

  /// Runs `script` for each connection, which closes when it returns. With PEM files: TLS.
  explicit Receiver(Script script, const std::string& certificate = "", const std::string& key = "")
      : Receiver(std::move(script), certificate, key, Place()) {}
  Receiver(Script script, const Place& place) : Receiver(std::move(script), "", "", place) {}
  Receiver(Script script, const std::string& certificate, const std::string& key, const Place& place)
      : script_(std::move(script)) {
    std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL
    if (!certificate.empty()) {
      context_ = SSL_CTX_new(TLS_server_method());
      if (SSL_CTX_use_certificate_chain_file(context_, certificate.c_str()) != 1 ||
          SSL_CTX_use_PrivateKey_file(context_, key.c_str(), SSL_FILETYPE_PEM) != 1) {
        throw std::runtime_error("the receiver's certificate cannot be used");
      }
      SSL_CTX_set_session_id_context(context_, reinterpret_cast<const unsigned char*>("receiver"), 8);
    }
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(place.port);
    ::inet_pton(AF_INET, place.address.c_str(), &address.sin_addr);
    const int again = 1;
    ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &again, sizeof again);
    socklen_t size = sizeof address;
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        ::listen(listener_, 512) != 0) {
      throw std::runtime_error("the receiver cannot listen");
    }
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { accept_all(); });
  }

  /// Answers every request with `status`, keeping connections alive.
  static Script answering(int status, std::string body = "") {
    return [status, body](Connection& connection) {
      while (connection.read_request()) connection.answer(status, body);
    };
  }

  ~Receiver() {
    stop();
    if (context_ != nullptr) SSL_CTX_free(context_);
  }
  Receiver(const Receiver&) = delete;
  Receiver& operator=(const Receiver&) = delete;

  std::uint16_t port() const { return port_; }
  std::string url(std::string_view path = "/") const {
    return (context_ != nullptr ? "https://localhost:" : "http://127.0.0.1:") + std::to_string(port_) +
           std::string(path);
  }
  /// Connections accepted so far.
  int connections() const { return accepted_; }

  /// Ends every connection and waits for the scripts. Safe to call twice.
  void stop() {
    if (stopped_.exchange(true)) return;
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    {
      const std::lock_guard lock(mutex_);
      for (const int fd : open_) ::shutdown(fd, SHUT_RDWR);
    }
    for (auto& thread : threads_) thread.join();
    ::close(listener_);
  }

 private:
  void accept_all() {
    while (true) {
      const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) return;
      const int one = 1;
      ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
      const std::lock_guard lock(mutex_);
      const auto place = open_.insert(open_.end(), fd);
      const int number = ++accepted_;
      threads_.emplace_back([this, place, number] { serve(place, number); });
    }
  }

  void serve(std::list<int>::iterator place, int number) {
    SSL* ssl = nullptr;
    bool ready = true;
    if (context_ != nullptr) {
      ssl = SSL_new(context_);
      SSL_set_fd(ssl, *place);
      ready = SSL_accept(ssl) == 1;
    }
    if (ready) {
      Connection connection(*place, ssl, number);
      script_(connection);
    }
    if (ssl != nullptr) {
      if (ready) SSL_shutdown(ssl);
      SSL_free(ssl);
      ERR_clear_error();
    }
    const std::lock_guard lock(mutex_);
    ::close(*place);
    open_.erase(place);
  }

  Script script_;
  SSL_CTX* context_ = nullptr;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::thread acceptor_;
  std::atomic<int> accepted_{0};
  std::atomic<bool> stopped_{false};
  std::mutex mutex_;
  std::list<int> open_;               // guarded by mutex_
  std::vector<std::thread> threads_;  // grown by the acceptor, joined after it
};

/// Something one thread says and another waits for.
class Signal {
 public:
  void set() {
    const std::lock_guard lock(mutex_);
    set_ = true;
    changed_.notify_all();
  }
  /// False when it did not come within ten seconds: the test has failed, instead of hanging.
  bool wait() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(10), [this] { return set_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool set_ = false;
};

}  // namespace recado::test
