// A server on loopback that answers what the test says: for what a real Redis cannot be brought to say on
// demand. It runs on the test's own loop.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "io/loop.hpp"
#include "redis/endpoint.hpp"
#include "redis/reply_reader.hpp"

namespace recado::redis::testing {

inline std::string bulk(const std::string& text) {
  return "$" + std::to_string(text.size()) + "\r\n" + text + "\r\n";
}
inline std::string integer(std::int64_t number) {
  return ":" + std::to_string(number) + "\r\n";
}
inline std::string failure(const std::string& text) {
  return "-" + text + "\r\n";
}
inline std::string array(const std::vector<std::string>& replies) {
  std::string out = "*" + std::to_string(replies.size()) + "\r\n";
  for (const std::string& reply : replies) out += reply;
  return out;
}
/// What a client reads from the bytes of one reply.
inline Reply reply(const std::string& wire) {
  ReplyReader reader;
  reader.feed(wire);
  auto next = reader.next();
  return std::move(**next);
}
inline const std::string kOk = "+OK\r\n";
inline const std::string kNil = "$-1\r\n";

class FakeServer {
 public:
  using Words = std::vector<std::string>;
  /// The reply as it goes over the wire; empty: none at all.
  using Script = std::function<std::string(const Words&)>;

  FakeServer(io::Loop& loop, Script script)
      : loop_(loop), script_(std::move(script)), tasks_(loop), acceptor_(loop.executor()) {
    namespace ip = boost::asio::ip;
    const ip::tcp::endpoint any(ip::address_v4::loopback(), 0);
    acceptor_.open(any.protocol());
    acceptor_.bind(any);
    acceptor_.listen();
    port_ = acceptor_.local_endpoint().port();
    tasks_.spawn("accept", accept());
  }
  FakeServer(const FakeServer&) = delete;
  FakeServer& operator=(const FakeServer&) = delete;

  std::uint16_t port() const noexcept { return port_; }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  /// All it was told that is no greeting, word by word with spaces.
  std::vector<std::string> heard;

  void hang_up() {
    for (const auto& socket : sockets_) close(*socket);
  }
  void stop() {
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    hang_up();
  }

 private:
  using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, io::Executor>;

  static void close(Socket& socket) {
    boost::system::error_code ignored;
    socket.close(ignored);
  }

  io::Task<> accept() {
    while (acceptor_.is_open()) {
      auto socket = std::make_shared<Socket>(loop_.executor());
      auto [error] = co_await acceptor_.async_accept(*socket, io::as_result);
      if (error) co_return;
      sockets_.push_back(socket);
      tasks_.spawn("serve", serve(socket));
    }
  }

  io::Task<> serve(std::shared_ptr<Socket> socket) {
    boost::asio::streambuf buffer;
    const auto line = [&]() -> io::Task<std::string> {
      auto [error, size] = co_await boost::asio::async_read_until(*socket, buffer, "\r\n", io::as_result);
      if (error) co_return std::string();
      const auto* const begin = static_cast<const char*>(buffer.data().data());
      std::string text(begin, size - 2);
      buffer.consume(size);
      co_return text;
    };
    while (true) {
      const std::string header = co_await line();
      if (header.empty()) break;
      Words words;
      const auto count = static_cast<std::size_t>(std::stoi(header.substr(1)));
      while (words.size() < count) {
        const std::string size = co_await line();
        if (size.empty()) break;
        words.push_back(co_await line());  // no test sends line breaks
      }
      if (words.size() < count) break;  // it hung up in the middle of a command
      const std::string reply = answer(words);
      if (reply.empty()) continue;
      auto [error, written] =
          co_await boost::asio::async_write(*socket, boost::asio::buffer(reply), io::as_result);
      if (error) break;
    }
    close(*socket);
  }

  std::string answer(const Words& words) {
    if (words.empty()) return {};
    const std::string& verb = words.front();
    if (verb == "CLIENT" || verb == "AUTH" || verb == "SELECT") return kOk;
    if (verb == "PING") return "+PONG\r\n";
    if (verb == "SCRIPT") return bulk("loaded");
    std::string all;
    for (const std::string& word : words) all += (all.empty() ? "" : " ") + word;
    heard.push_back(all);
    return script_(words);
  }

  io::Loop& loop_;
  const Script script_;
  io::TaskGroup tasks_;
  boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, io::Executor> acceptor_;
  std::uint16_t port_ = 0;
  std::list<std::shared_ptr<Socket>> sockets_;
};

}  // namespace recado::redis::testing
