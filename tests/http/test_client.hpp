// A blocking HTTP client over a raw socket: sends exactly the bytes it is given.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace recado::http::testing {

struct Answer {
  int status = 0;                                   ///< 0: the connection ended before a whole answer
  std::multimap<std::string, std::string> headers;  ///< names in lower case
  std::string body;

  /// First value; empty when absent.
  std::string header(const std::string& name) const;
};

class Client {
 public:
  explicit Client(std::uint16_t port, const char* address = "127.0.0.1");
  ~Client();
  Client(Client&& other) noexcept;
  Client& operator=(Client&&) = delete;

  /// False when the server has closed.
  bool send(std::string_view bytes);
  /// One answer; `without_body` after HEAD. Waits at most 10 s.
  Answer read(bool without_body = false);
  /// Whether the server ended the connection in order (no reset), after what was read so far and within 10 s.
  bool at_end();
  /// Says the end of our side.
  void finish_sending();
  Answer ask(std::string_view request, bool without_body = false);
  int descriptor() const noexcept { return socket_; }

 private:
  bool more();
  bool read_chunks(std::string& body);

  int socket_ = -1;
  std::string buffer_;
};

/// `GET path` in HTTP/1.1.
std::string get(std::string_view path, std::string_view headers = "");
/// `POST path` with a body and its length.
std::string post(std::string_view path, std::string_view body, std::string_view headers = "");

}  // namespace recado::http::testing
